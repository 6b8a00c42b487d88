"""The port that posts an event to whoever asked for it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.delivery import Message


class EventSink(Protocol):
    """Posts signed messages."""

    @abstractmethod
    def post(self, message: Message) -> None:
        """Return when the receiver has acknowledged it; it may come twice.

        Raises:
            PartnerUnavailable: no acknowledgement; what the receiver got is not known.
            RuleViolation: the address may not be posted to.
        """

    @abstractmethod
    def check(self, url: str) -> None:
        """Refuse an address that may not be posted to: ``InvalidInput`` or ``RuleViolation``."""
