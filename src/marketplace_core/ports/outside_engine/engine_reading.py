"""The port that reads an outside engine's books."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    TheirAccount,
    TheirBooks,
    TheirInvoice,
    TheirItem,
    TheirPayment,
)

T = TypeVar("T")


@frozen
class Page(Generic[T]):
    """Some of a long list; ``next_offset`` is None at its end."""

    rows: tuple[T, ...]
    next_offset: int | None = None


class EngineReading(Protocol):
    """Reads what stands there, void and draft invoices with it; ``PartnerUnavailable`` where it does not answer."""

    @abstractmethod
    def books_of(self, key: AccountKey) -> TheirBooks | None:
        """The whole account of a lease; None where it has none."""

    @abstractmethod
    def account_key_of(self, account_id: str) -> str:
        """The external key of an account, by their id; ``NotFound`` where there is none."""

    @abstractmethod
    def preview(self, account_id: str, until: date) -> tuple[TheirItem, ...]:
        """The recurring items that would be billed up to and with a day and are not yet; writes nothing."""

    @abstractmethod
    def account_page(self, offset: int, limit: int) -> Page[TheirAccount]:
        """Accounts with their balances, in the engine's own order."""

    @abstractmethod
    def invoice_page(self, offset: int, limit: int) -> Page[TheirInvoice]:
        """Invoices with their items; drafts may be left out."""

    @abstractmethod
    def payment_page(self, offset: int, limit: int) -> Page[TheirPayment]:
        """Payments; ``invoice_id`` may be empty."""
