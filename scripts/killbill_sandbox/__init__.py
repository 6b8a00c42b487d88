"""The real Kill Bill on this machine, for developers and tests: needs Java 17 or later and Maven, no container."""

from scripts.killbill_sandbox.client import PASSWORD, USER, Server, Tenant
from scripts.killbill_sandbox.server import Sandbox

__all__ = ["PASSWORD", "USER", "Sandbox", "Server", "Tenant"]
