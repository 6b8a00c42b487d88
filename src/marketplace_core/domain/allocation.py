"""Which credit pays which invoice from when to when: a fold over days, the same in any order of arrival.

The policy part is a pure function of what happened, not of when we heard of it: credits are taken in order of
value date, then transaction id; invoices oldest due first. So a late report of an early payment gives the
allocations that would stand had it come in time, and undoing a match gives those in which it never happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from marketplace_core.domain.credit import Credit, CreditSource, CreditUse, never_counted
from marketplace_core.domain.identifiers import CreditId, InvoiceId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.errors import OverAllocation


class AllocationSpan(NamedTuple):
    """So many minor units of a credit pay an invoice on the days from ``start`` up to but without ``end``."""

    credit_id: CreditId
    invoice_id: InvoiceId
    amount_minor: int
    start: date
    end: date | None


class Stand(NamedTuple):
    """An invoice and from which day it is void, if it is."""

    invoice: Invoice
    voided_on: date | None


def allocate(
    stands: Sequence[Stand], credits_: Sequence[Credit], uses: Sequence[CreditUse] = ()
) -> tuple[AllocationSpan, ...]:
    """The allocations that follow from an account's invoices, credits and uses, sorted.

    Explicit pins always hold, pushing policy allocations aside from their day on; ``OverAllocation`` where pins
    or uses ask for more than an invoice or a credit has. Nothing on a day depends on a later day.
    """
    fold = _Fold()
    for day in _days(stands, credits_, uses):
        fold.take(
            day,
            _Happened(
                [stand.invoice for stand in stands if stand.invoice.issue_date == day and stand.voided_on != day],
                [stand.invoice.invoice_id for stand in stands if stand.voided_on == day],
                [credit for credit in credits_ if credit.value_date == day and not never_counted(credit)],
                [credit.credit_id for credit in credits_ if credit.ended_on == day and not never_counted(credit)],
                [use for use in uses if use.value_date == day and not never_counted(use)],
                [use for use in uses if use.ended_on == day and not never_counted(use)],
            ),
        )
    return fold.spans()


def _days(stands: Iterable[Stand], credits_: Iterable[Credit], uses: Iterable[CreditUse]) -> list[date]:
    days = {day for use in uses for day in (use.value_date, use.ended_on) if day is not None}
    for stand in stands:
        days.add(stand.invoice.issue_date)
        if stand.voided_on is not None:
            days.add(stand.voided_on)
    for credit in credits_:
        days.add(credit.value_date)
        if credit.ended_on is not None:
            days.add(credit.ended_on)
    return sorted(days)


class _Happened(NamedTuple):
    """What happened on a day: invoices issued and voided, credits that came and ended, money out and back."""

    issued: Sequence[Invoice]
    voided: Sequence[InvoiceId]
    arrived: Sequence[Credit]
    ended: Sequence[CreditId]
    uses: Sequence[CreditUse]
    back: Sequence[CreditUse]


class _Running:
    """One allocation under way: an amount since a day."""

    __slots__ = ("amount", "credit_id", "invoice_id", "pinned", "since")

    def __init__(self, credit_id: CreditId, invoice_id: InvoiceId, amount: int, since: date, *, pinned: bool) -> None:
        self.credit_id, self.invoice_id, self.amount, self.since, self.pinned = (
            credit_id,
            invoice_id,
            amount,
            since,
            pinned,
        )


class _Fold:
    """The state of an account on one day after another."""

    def __init__(self) -> None:
        self._invoices: dict[InvoiceId, Invoice] = {}
        self._open: dict[InvoiceId, int] = {}
        self._credits: dict[CreditId, Credit] = {}
        self._free: dict[CreditId, int] = {}
        self._running: list[_Running] = []
        self._done: list[AllocationSpan] = []

    def take(self, day: date, it: _Happened) -> None:
        """What ends frees what it held; then what came is pinned, used, and given by the policy."""
        for invoice in it.issued:
            self._invoices[invoice.invoice_id] = invoice
            self._open[invoice.invoice_id] = invoice.amount.amount_minor
        for invoice_id in it.voided:
            self._release(day, [running for running in self._running if running.invoice_id == invoice_id])
            self._invoices.pop(invoice_id, None)
            self._open.pop(invoice_id, None)
        for credit_id in it.ended:
            self._release(day, [running for running in self._running if running.credit_id == credit_id])
            self._credits.pop(credit_id, None)
            self._free.pop(credit_id, None)
        for use in it.back:
            if use.credit_id in self._free:
                self._free[use.credit_id] += use.amount.amount_minor
        for credit in sorted(it.arrived, key=_credit_order):
            self._credits[credit.credit_id] = credit
            self._free[credit.credit_id] = credit.amount.amount_minor
        self._pin(day)
        for use in sorted(it.uses, key=lambda use: use.use_id):
            self._use(day, use)
        self._apply_policy(day)

    def _pin(self, day: date) -> None:
        """Make each explicit allocation whose invoice and credit both stand by now."""
        standing = {(running.credit_id, running.invoice_id) for running in self._running if running.pinned}
        for credit in sorted(self._credits.values(), key=_credit_order):
            for pin in credit.pins:
                if pin.invoice_id not in self._invoices or (credit.credit_id, pin.invoice_id) in standing:
                    continue
                needed = pin.amount.amount_minor
                on_invoice = [run for run in self._running if run.invoice_id == pin.invoice_id]
                self._make_room(day, f"invoice {pin.invoice_id}", needed, self._open[pin.invoice_id], on_invoice)
                self._make_room_in_credit(day, credit.credit_id, needed)
                self._start(credit.credit_id, pin.invoice_id, needed, day, pinned=True)

    def _use(self, day: date, use: CreditUse) -> None:
        if use.credit_id not in self._free:
            raise OverAllocation(f"credit {use.credit_id} does not stand on {day}: nothing of it can be used")
        self._make_room_in_credit(day, use.credit_id, use.amount.amount_minor)
        self._free[use.credit_id] -= use.amount.amount_minor

    def _make_room_in_credit(self, day: date, credit_id: CreditId, needed: int) -> None:
        of_credit = [run for run in self._running if run.credit_id == credit_id]
        self._make_room(day, f"credit {credit_id}", needed, self._free[credit_id], of_credit)

    def _make_room(self, day: date, what: str, needed: int, left: int, among: Sequence[_Running]) -> None:
        """Push policy allocations aside, the latest first, until so much is free."""
        short = needed - left
        for running in reversed(among):
            if short <= 0:
                break
            if not running.pinned:
                taken = min(short, running.amount)
                short -= taken
                self._shrink(day, running, taken)
        self._running = [running for running in self._running if running.amount]
        if short > 0:
            raise OverAllocation(
                f"{what} has {needed - short} minor units to give on {day}, but {needed} are asked for"
            )

    def _shrink(self, day: date, running: _Running, taken: int) -> None:
        if running.since < day:
            self._done.append(AllocationSpan(running.credit_id, running.invoice_id, running.amount, running.since, day))
            running.since = day
        running.amount -= taken
        self._open[running.invoice_id] += taken
        self._free[running.credit_id] += taken

    def _release(self, day: date, gone: Iterable[_Running]) -> None:
        for running in gone:
            self._shrink(day, running, running.amount)
        self._running = [running for running in self._running if running.amount]

    def _start(self, credit_id: CreditId, invoice_id: InvoiceId, amount: int, day: date, *, pinned: bool) -> None:
        self._open[invoice_id] -= amount
        self._free[credit_id] -= amount
        self._running.append(_Running(credit_id, invoice_id, amount, day, pinned=pinned))

    def _apply_policy(self, day: date) -> None:
        """Free credit pays what is open: credits by value date then order key, invoices oldest due first."""
        free = [credit for credit in self._credits.values() if self._free[credit.credit_id] and not credit.pinned_only]
        if not free:
            return
        unpaid = sorted((self._invoices[key] for key, left in self._open.items() if left), key=_invoice_order)
        for credit in sorted(free, key=_credit_order):
            for invoice in unpaid:
                if credit.source is CreditSource.DEPOSIT and invoice.kind is InvoiceKind.DEPOSIT:
                    continue  # what was taken out of a deposit does not fill it again
                amount = min(self._free[credit.credit_id], self._open[invoice.invoice_id])
                if amount:
                    self._start(credit.credit_id, invoice.invoice_id, amount, day, pinned=False)

    def spans(self) -> tuple[AllocationSpan, ...]:
        running = [AllocationSpan(run.credit_id, run.invoice_id, run.amount, run.since, None) for run in self._running]
        return tuple(sorted(_joined([*self._done, *running]), key=_span_order))


def _joined(spans: Sequence[AllocationSpan]) -> Iterable[AllocationSpan]:
    """Spans of one pair that start and end together, as one."""
    sums: dict[tuple[CreditId, InvoiceId, date, date | None], int] = {}
    for span in spans:
        key = (span.credit_id, span.invoice_id, span.start, span.end)
        sums[key] = sums.get(key, 0) + span.amount_minor
    for (credit_id, invoice_id, start, end), amount in sums.items():
        yield AllocationSpan(credit_id, invoice_id, amount, start, end)


def _credit_order(credit: Credit) -> tuple[date, str, str]:
    return (credit.value_date, credit.order_key, credit.credit_id)


def _invoice_order(invoice: Invoice) -> tuple[date, date, str]:
    return (invoice.due_date, invoice.issue_date, invoice.invoice_id)


def _span_order(span: AllocationSpan) -> tuple[date, str, str, date, int]:
    return (span.start, span.credit_id, span.invoice_id, span.end or date.max, span.amount_minor)
