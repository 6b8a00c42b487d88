"""Condo as the property manager's system: properties, occupancies and tickets are read, tickets are written to."""

from marketplace_adapters.condo.care import CondoCare
from marketplace_adapters.condo.client import Time
from marketplace_adapters.condo.condo import Condo
from marketplace_adapters.condo.looking import CondoState
from marketplace_adapters.condo.operations import Stream
from marketplace_adapters.condo.server import CondoServer

__all__ = ["Condo", "CondoCare", "CondoServer", "CondoState", "Stream", "Time"]
