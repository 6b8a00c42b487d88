"""What the suites of an outside engine share: the place that an adapter's author gives, and a lease's account there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import pytest
from attrs import frozen

from marketplace_core.domain.identifiers import ChargeId, LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money, total
from marketplace_core.domain.outside_engine.markers import marker_of
from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    ItemKind,
    TheirBooks,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
)
from marketplace_core.domain.outside_engine.steps import (
    Charge,
    GiveCredit,
    OpenAccount,
    RecordPayment,
    ResumeBilling,
    Step,
    Subscribe,
    TakeBackPayment,
)
from marketplace_core.ports.outside_engine.engine_care import EngineCare
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting

NEW_YEAR: Final = date(2026, 1, 1)
"""The engine's day when a test begins."""


@frozen
class EnginePlace:
    """An engine that is set up, holds nothing and stands on 1 January 2026.

    ``move_to`` lets days pass and comes back when the engine has billed what is due; ``wait`` comes back when it has
    done what it was told, where it does so in the background. ``holds_below``: whole units it cannot hold, or None.
    """

    writing: EngineWriting
    reading: EngineReading
    care: EngineCare
    move_to: Callable[[date], None]
    wait: Callable[[], None] = lambda: None
    holds_below: int | None = 1_000_000


@frozen
class LeaseThere:
    """A lease's account in the engine, in the words of a test; amounts are texts of KES."""

    place: EnginePlace
    key: AccountKey
    account_id: str

    def do(self, step: Step) -> str:
        """Do a step in this account."""
        return self.place.writing.perform(self.key, self.account_id, step)

    def resume(self, on: date = NEW_YEAR) -> None:
        """Let the account be billed from now on; what is due of it is billed when this comes back."""
        self.do(ResumeBilling(self.marker("resume", "account"), on))
        self.place.wait()

    def subscribe(
        self, price: str = "15000", starts_on: date = NEW_YEAR, billing_day: int = 1, charge: str = "c"
    ) -> str:
        """Bill a recurring charge, and let what is due of it be billed; its subscription's id."""
        key = self.key.subscription(ChargeId(charge))
        found = self.do(Subscribe(self.marker("subscribe", charge), key, starts_on, kes(price), billing_day))
        self.place.wait()
        return found

    def charge(self, amount: str, subject: str = "i1", *, words: str = "Water", rides: bool = False) -> str:
        """Ask for an amount; the marker that it bears."""
        marker = self.marker("charge", subject)
        self.do(Charge(marker, kes(amount), NEW_YEAR, words, rides=rides))
        return marker

    def credit(self, amount: str, subject: str = "crd1") -> str:
        """Give credit; the marker that it bears."""
        marker = self.marker("credit", subject)
        self.do(GiveCredit(marker, kes(amount), NEW_YEAR, "Credit note"))
        return marker

    def pay(self, invoice_id: str, amount: str, key: str = "mp/crd1/i1") -> str:
        """Record a payment of an invoice; its id."""
        return self.do(RecordPayment(self.marker("pay", key), key, invoice_id, kes(amount), NEW_YEAR))

    def take_back(self, payment_id: str, amount: str, *, is_chargeback: bool = False) -> None:
        """Take a payment back."""
        self.do(TakeBackPayment(self.marker("end", payment_id), payment_id, kes(amount), is_chargeback))

    def marker(self, kind: str, subject: str) -> str:
        """The marker of what is about a subject."""
        return marker_of(self.key, kind, subject)

    def books(self) -> TheirBooks:
        """What stands there now; its balance must be that of its invoices less the credit."""
        self.place.wait()
        books = self.place.reading.books_of(self.key)
        assert books is not None
        account = books.account
        assert account.balance == total((it.balance for it in books.invoices), KES) - account.credit
        return books

    def invoices(self) -> list[TheirInvoice]:
        """Those that count, in order of their numbers."""
        found = (it for it in self.books().invoices if it.status is TheirInvoiceStatus.COMMITTED)
        return sorted(found, key=lambda it: int(it.number))

    def invoice_of(self, marker: str) -> TheirInvoice:
        """The one invoice that has an item with that marker, whether it counts or not."""
        (found,) = (it for it in self.books().invoices if any(item.marker == marker for item in it.items))
        return found

    def items(self, *kinds: ItemKind) -> list[TheirItem]:
        """Items of those kinds on invoices that count, by day and amount."""
        found = (item for invoice in self.invoices() for item in invoice.items if item.kind in kinds)
        return sorted(found, key=lambda it: (it.span is None or it.span.start, it.amount.amount_minor))

    def billed(self) -> list[tuple[str, str]]:
        """The days and amounts of what was billed by itself, taken back or not."""
        return [(str(it.span), it.amount.plain()) for it in self.items(ItemKind.RECURRING)]

    def repaired(self) -> list[tuple[str, str]]:
        """The days and amounts of what was taken back."""
        return [(str(it.span), it.amount.plain()) for it in self.items(ItemKind.REPAIR)]

    @property
    def balance(self) -> str:
        """What is owed less the credit."""
        return self.books().account.balance.plain()

    @property
    def unused_credit(self) -> str:
        """What stands to its credit."""
        return self.books().account.credit.plain()


class EngineSuite:
    """Needs a fixture ``engine_place``: a fresh one for each test, safe for eight threads."""

    @pytest.fixture
    def engine_place(self) -> EnginePlace:
        """Override me."""
        raise NotImplementedError("give a fixture `engine_place` that returns a fresh, empty place in the engine")


def kes(amount: str) -> Money:
    """So many shillings."""
    return Money.parse(amount)


def open_account(key: AccountKey, billing_day: int = 1) -> OpenAccount:
    """The step that opens a lease's account."""
    return OpenAccount(
        marker_of(key, "open", "account"), key, f"Lease {key.lease_id}", KES, "Africa/Nairobi", billing_day
    )


def let(place: EnginePlace, lease: str = "l1", billing_day: int = 1, *, paused: bool = False) -> LeaseThere:
    """A lease whose account is open, and billed unless it stays ``paused``."""
    key = AccountKey(PortfolioId("p1"), LeaseId(lease))
    there = LeaseThere(place, key, place.writing.perform(key, "", open_account(key, billing_day)))
    if not paused:
        there.resume()
    return there
