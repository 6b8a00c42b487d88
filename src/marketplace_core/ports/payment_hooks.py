"""The port that reads what a payment provider posts."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.payment import CollectionAccount, PaymentReport


@frozen
class PaymentQuestion:
    """The provider asks whether a payment may be made: to which account number, naming what."""

    account_number: str
    reference_text: str


class PaymentHooks(Protocol):
    """Reads one partner's bodies; ``InvalidInput`` for what cannot be read or is something else."""

    @abstractmethod
    def report(self, body: bytes, account: CollectionAccount) -> PaymentReport:
        """The payment that a confirmation tells of."""

    @abstractmethod
    def question(self, body: bytes) -> PaymentQuestion:
        """What a validation request asks."""
