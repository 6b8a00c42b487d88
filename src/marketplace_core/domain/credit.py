"""Credits of a lease account, what they are used for, and their allocations to invoices, on two time axes."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.identifiers import (
    AllocationId,
    CreditId,
    InvoiceId,
    LeaseId,
    MatchId,
    PortfolioId,
)
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidInput, OverAllocation


class CreditSource(StrEnum):
    """Where a credit of a lease comes from."""

    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    DEPOSIT = "deposit"
    OPENING = "opening"


class UseKind(StrEnum):
    """What takes unapplied credit away without paying an invoice."""

    REFUND = "refund"
    TO_DEPOSIT = "to_deposit"


@frozen
class Pin:
    """An explicit allocation: so much of the credit pays that invoice, whatever the policy says."""

    invoice_id: InvoiceId
    amount: Money

    def __attrs_post_init__(self) -> None:
        """Refuse nothing or less."""
        if not self.amount.is_positive:
            raise OverAllocation(f"allocation to {self.invoice_id}: the amount must be above zero, not {self.amount}")


@frozen
class Credit:
    """Money that stands to a lease's credit from its value date on.

    ``source_id`` names the payment, credit note, … it comes from; ``order_key`` (the transaction id for payments)
    breaks ties of one value date. ``pins`` are allocated first; the rest by policy, oldest due first, unless
    ``pinned_only`` (write-offs). ``ended_on`` is the value day from which it no longer counts (a reversal; for an
    undone match its own value date, so that it never counted), known from ``ended_recorded_at`` on.
    """

    credit_id: CreditId
    portfolio_id: PortfolioId
    lease_id: LeaseId
    source: CreditSource
    source_id: str
    amount: Money
    value_date: date
    recorded_at: datetime
    order_key: str = ""
    pins: tuple[Pin, ...] = ()
    match_id: MatchId | None = None
    ended_on: date | None = None
    ended_recorded_at: datetime | None = None
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse nothing or less, and pins beyond the amount."""
        if not self.amount.is_positive:
            raise InvalidInput(f"credit {self.credit_id}: the amount must be above zero, not {self.amount}")
        pinned = sum(pin.amount.amount_minor for pin in self.pins)
        if pinned > self.amount.amount_minor:
            raise OverAllocation(
                f"credit {self.credit_id} of {self.amount} cannot pay {pinned} minor units of invoices"
            )

    def counts(self, as_of: date) -> bool:
        """True when it stands to the lease's credit on that day."""
        return counts_on(self, as_of)

    @property
    def pinned_only(self) -> bool:
        """True where what is not pinned pays nothing."""
        return self.source is CreditSource.WRITE_OFF


@frozen
class CreditUse:
    """Unapplied credit that left the account: refunded, or moved into the deposit.

    ``ended_on`` is the value day from which it counts no more: it came back, or its credit was taken back and what
    was refunded is asked for again by an invoice. Its own value date means that it never counted. Known from
    ``ended_recorded_at`` on.
    """

    use_id: str
    portfolio_id: PortfolioId
    lease_id: LeaseId
    credit_id: CreditId
    kind: UseKind
    amount: Money
    value_date: date
    recorded_at: datetime
    reason: str
    ended_on: date | None = None
    ended_recorded_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse nothing or less, and silence about why."""
        if not self.amount.is_positive:
            raise InvalidInput(f"use of credit {self.credit_id}: the amount must be above zero")
        if not self.reason.strip():
            raise InvalidInput(f"use of credit {self.credit_id}: say why")

    def counts(self, as_of: date) -> bool:
        """True when it has left the account by that day and has not come back."""
        return counts_on(self, as_of)


def counts_on(it: Credit | CreditUse, as_of: date) -> bool:
    """True from its value date up to but without its end."""
    return it.value_date <= as_of and (it.ended_on is None or as_of < it.ended_on)


def never_counted(it: Credit | CreditUse) -> bool:
    """True where it ended on its own value date: it was a mistake, and never was."""
    return it.ended_on is not None and it.ended_on <= it.value_date


@frozen
class Allocation:
    """So much of a credit pays an invoice from ``value_date`` up to but without ``ended_on`` (None: still).

    Known from ``recorded_at`` up to but without ``superseded_at``; a row is never changed but for that last time.
    """

    allocation_id: AllocationId
    portfolio_id: PortfolioId
    lease_id: LeaseId
    credit_id: CreditId
    invoice_id: InvoiceId
    amount: Money
    value_date: date
    recorded_at: datetime
    invoice_kind: InvoiceKind = InvoiceKind.RECURRING
    ended_on: date | None = None
    superseded_at: datetime | None = None

    def holds(self, as_of: date, known_on: datetime | None = None) -> bool:
        """True when it counts on that day, as known at that instant (None: as known last)."""
        if not (self.value_date <= as_of and (self.ended_on is None or as_of < self.ended_on)):
            return False
        if known_on is None:
            return self.superseded_at is None
        return self.recorded_at <= known_on and (self.superseded_at is None or known_on < self.superseded_at)
