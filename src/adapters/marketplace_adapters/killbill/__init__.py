"""Kill Bill as the outside engine that bills: its tenant is read, written to and looked after over HTTP."""

from marketplace_adapters.killbill.care import KillBillCare
from marketplace_adapters.killbill.client import Client, Time
from marketplace_adapters.killbill.reading import KillBillReading
from marketplace_adapters.killbill.server import KillBillServer
from marketplace_adapters.killbill.writing import KillBillWriting

__all__ = ["Client", "KillBillCare", "KillBillReading", "KillBillServer", "KillBillWriting", "Time"]
