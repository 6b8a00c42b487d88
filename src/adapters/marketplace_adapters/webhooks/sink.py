"""Events posted as Standard Webhooks: signed by every key that lives."""

from __future__ import annotations

from typing import Final

from attrs import frozen
from standardwebhooks import Webhook
from typing_extensions import override

from marketplace_adapters.webhooks.client import GuardedClient
from marketplace_core.domain.delivery import Message
from marketplace_core.errors import PartnerUnavailable
from marketplace_core.ports.event_sink import EventSink

_WELL: Final = range(200, 300)


@frozen
class SignedWebhooks(EventSink):
    """Posts JSON with the headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``."""

    client: GuardedClient

    @override
    def post(self, message: Message) -> None:
        status = self.client.post(message.url, message.body, headers_of(message))
        if status not in _WELL:
            raise PartnerUnavailable(f"the receiver answered {status}: it must answer 200 to 299, and not redirect")

    @override
    def check(self, url: str) -> None:
        self.client.check(url)


def headers_of(message: Message) -> dict[str, str]:
    """The headers of a message; one signature a key, so that a receiver may know either."""
    text = message.body.decode()
    signed = (Webhook(key).sign(message.message_id, message.sent_at, text) for key in message.keys)
    return {
        "content-type": "application/json",
        "user-agent": "marketplace-core",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(message.sent_at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
