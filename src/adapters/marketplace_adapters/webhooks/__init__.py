"""Posts to addresses that others give us: signed, and only where the public internet is."""

from marketplace_adapters.webhooks.addresses import Addresses
from marketplace_adapters.webhooks.client import GuardedClient
from marketplace_adapters.webhooks.sink import SignedWebhooks

__all__ = ["Addresses", "GuardedClient", "SignedWebhooks"]
