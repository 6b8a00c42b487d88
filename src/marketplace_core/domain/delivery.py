"""Events told to others: who gets which, what a message holds, and what it never holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NewType, cast

from attrs import field, frozen

from marketplace_core.domain.codec import canonical
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import PortfolioId, derive_id
from marketplace_core.errors import InvalidInput

SubscriptionId = NewType("SubscriptionId", str)

DISABLED_AFTER: Final = timedelta(days=5)
"""A receiver that failed for so long without a break gets nothing any more until a person says so."""
_LONGEST_URL: Final = 2000
_PARTS: Final = frozenset(
    [
        *("lease_id", "invoice_id", "payment_id", "unit_id", "property_id", "credit_id", "use_id", "allocation_id"),
        *("match_id", "receipt_id", "entry_id", "credit_note_id", "reversal_id", "collection_account_id", "person_id"),
        *("number", "kind", "status", "source", "invoices", "version", "value_date", "due_date", "voided_on", "start"),
        *("end", "reversed_on", "issued_on", "period", "window_start", "window_end"),
        *("listing_id", "change", "state"),
    ]
)
"""The parts of a fact that a message may hold, wherever they stand in it: ids, kinds, days and counts."""
_MONEY_PARTS: Final = 2


@frozen
class Subscription:
    """Who is told of a portfolio's events: an address, and up to which link it has acknowledged.

    ``kinds`` empty is every kind. ``key_version`` names the key that signs, ``old_key_version`` one that signs beside
    it while the receiver changes over. ``failures`` in a row since ``failing_since``; not tried before ``retry_at``.
    """

    subscription_id: SubscriptionId
    portfolio_id: PortfolioId
    url: str
    made_at: datetime
    kinds: tuple[str, ...] = ()
    key_version: int = 1
    old_key_version: int | None = None
    sequence: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    retry_at: datetime | None = None
    last_words: str = ""
    disabled_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what is no address."""
        if len(self.url) > _LONGEST_URL or not self.url.isprintable() or " " in self.url:
            raise InvalidInput("the address of a subscription is too long or has signs that no address has")

    def wants(self, event: Event) -> bool:
        """True where its kind is asked for."""
        return not self.kinds or event.kind in self.kinds

    def is_due(self, now: datetime) -> bool:
        """True where it may be tried now."""
        return self.disabled_at is None and (self.retry_at is None or self.retry_at <= now)


@frozen
class Message:
    """What is posted: the same id and body for an event whenever it is posted; ``keys`` sign it."""

    message_id: str
    url: str
    sent_at: datetime
    body: bytes
    keys: tuple[bytes, ...] = field(repr=False)


def message_id_of(event: Event) -> str:
    """The id of an event for its receivers: of its place in the chain and its hash."""
    return derive_id("evt", event.portfolio_id, str(event.sequence), event.hash)


def body_of(event: Event) -> bytes:
    """The event as its receivers get it: ids, kinds, days and amounts, the link's hash; no name, no free text."""
    facts = [{"fact": it["fact"], **_told(it["body"])} for it in json.loads(event.payload)]
    told = {
        "type": event.kind,
        "timestamp": event.recorded_at.isoformat(),
        "data": {
            "event_id": message_id_of(event),
            "portfolio_id": event.portfolio_id,
            "sequence": event.sequence,
            "hash": event.hash,
            "facts": facts,
        },
    }
    return canonical(told).encode()


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in body.items():
        if _is_money(value):
            found[name] = {"amount_minor": value[0], "currency": value[1]}
        elif isinstance(value, dict):
            inner = _told(cast("dict[str, Any]", value))
            found |= {name: inner} if inner else {}
        elif name in _PARTS and isinstance(value, str | int):
            found[name] = value
    return found


def _is_money(value: object) -> bool:
    """Money is written as minor units and a currency."""
    if not isinstance(value, list):
        return False
    parts = cast("list[object]", value)
    return len(parts) == _MONEY_PARTS and type(parts[0]) is int and isinstance(parts[1], str)
