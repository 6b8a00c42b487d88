"""The real Kill Bill on this machine, for developers and tests: needs Java 17 or later and Maven, no container."""

from scripts.killbill_sandbox.client import PASSWORD, USER, Server, Tenant
from scripts.killbill_sandbox.server import SCHEMA_PRECISION, WIDE_PRECISION, Sandbox

__all__ = ["PASSWORD", "SCHEMA_PRECISION", "USER", "WIDE_PRECISION", "Sandbox", "Server", "Tenant"]
