"""What must hold over the whole of the first system's book before any of it is taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from marketplace_core.domain.first_system.rows import Book, InvoiceRow, LeaseRow, PaymentRow, ReceiptRow
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.money import Money
from marketplace_core.domain.reference import normalise
from marketplace_core.errors import InvalidRow

OPENING_PREFIX: Final = "OB-"
"""What the numbers of opening balances begin with."""


def problems_of(book: Book, first_billing_day: date, incomplete: frozenset[str] = frozenset()) -> Iterator[InvalidRow]:
    """Everything that contradicts itself: ids, links, days, overlaps, and money that does not add up.

    ``incomplete`` names the files, such as ``leases.csv``, that have rows which could not be read: what those
    rows would have said is not held against the others.
    """
    yield from _duplicates(book)
    yield from (problem for problem, whose in _dangling(book) if whose not in incomplete)
    yield from _leases(book, first_billing_day)
    yield from _days_of_invoices(book, first_billing_day)
    if incomplete.isdisjoint({"invoices.csv", "payments.csv", "receipts.csv"}):
        yield from _paid(book)
        yield from _receipts(book)


def _problem(file: str, line: int, column: str | None, reason: str) -> InvalidRow:
    return InvalidRow(file=f"{file}.csv", line=line, column=column, reason=reason)


def _duplicates(book: Book) -> Iterator[InvalidRow]:
    yield from _twice("properties", "property_id", ((row.line, row.property_id) for row in book.properties))
    yield from _twice("units", "unit_id", ((row.line, row.unit_id) for row in book.units))
    yield from _twice("units", "code", ((row.line, normalise(row.code) or row.code) for row in book.units))
    yield from _twice("tenants", "tenant_id", ((row.line, row.tenant_id) for row in book.tenants))
    yield from _twice("leases", "lease_id", ((row.line, row.lease_id) for row in book.leases))
    yield from _twice("invoices", "invoice_id", ((row.line, row.invoice_id) for row in book.invoices))
    yield from _twice("invoices", "number", ((row.line, row.number) for row in book.invoices))
    yield from _twice("payments", "payment_id", ((row.line, row.payment_id) for row in book.payments))
    given = ((row.line, row.transaction_id.upper()) for row in book.payments if row.transaction_id)
    yield from _twice("payments", "transaction_id", given)
    yield from _twice("receipts", "receipt_id", ((row.line, row.receipt_id) for row in book.receipts))


def _twice(file: str, column: str, values: Iterable[tuple[int, str]]) -> Iterator[InvalidRow]:
    line_of_value: dict[str, int] = {}
    for line, value in values:
        first = line_of_value.setdefault(value, line)
        if first != line:
            yield _problem(file, line, column, f"{value!r} stands on line {first} already; it must be unique")


def _dangling(book: Book) -> Iterator[tuple[InvalidRow, str]]:
    properties = {row.property_id for row in book.properties}
    units = {row.unit_id for row in book.units}
    tenants = {row.tenant_id for row in book.tenants}
    leases = {row.lease_id for row in book.leases}
    invoices = {row.invoice_id for row in book.invoices}
    payments = {row.payment_id for row in book.payments}
    for unit in book.units:
        yield from _absent("units", unit.line, "property_id", unit.property_id, properties)
    for lease in book.leases:
        yield from _absent("leases", lease.line, "unit_id", lease.unit_id, units)
        for tenant_id in lease.tenant_ids:
            yield from _absent("leases", lease.line, "tenant_ids", tenant_id, tenants)
    for invoice in book.invoices:
        yield from _absent("invoices", invoice.line, "lease_id", invoice.lease_id, leases)
    for payment in book.payments:
        if payment.lease_id:
            yield from _absent("payments", payment.line, "lease_id", payment.lease_id, leases)
    for receipt in book.receipts:
        yield from _absent("receipts", receipt.line, "payment_id", receipt.payment_id, payments)
        yield from _absent("receipts", receipt.line, "invoice_id", receipt.invoice_id, invoices)


def _absent(file: str, line: int, column: str, value: str, known: Collection[str]) -> Iterator[tuple[InvalidRow, str]]:
    if value not in known:
        whose = {"tenant_ids": "tenants", "property_id": "properties"}.get(column, column.removesuffix("_id") + "s")
        yield _problem(file, line, column, f"{value!r} does not stand in {whose}.csv"), f"{whose}.csv"


def _leases(book: Book, first_billing_day: date) -> Iterator[InvalidRow]:
    of_unit: dict[str, list[LeaseRow]] = defaultdict(list)
    for row in book.leases:
        if not row.tenant_ids:
            yield _problem("leases", row.line, "tenant_ids", "must name a tenant")
        if len(set(row.tenant_ids)) != len(row.tenant_ids):
            yield _problem("leases", row.line, "tenant_ids", "names a tenant twice")
        if row.last_day is not None and row.last_day < row.start_day:
            yield _problem("leases", row.line, "last_day", f"{row.last_day} is before the start on {row.start_day}")
        elif lease_status(row, first_billing_day) not in (LeaseStatus.DRAFT, LeaseStatus.CANCELLED):
            of_unit[row.unit_id].append(row)
        if row.status is LeaseStatus.ENDED and row.last_day is None:
            yield _problem("leases", row.line, "last_day", "an ended lease needs its last day")
    for unit_id, let in of_unit.items():
        let.sort(key=lambda row: (row.start_day, row.line))
        longest = let[0]
        for row in let[1:]:
            if longest.last_day is None or row.start_day <= longest.last_day:
                until = longest.last_day or "open"
                reason = f"unit {unit_id!r} is let by lease {longest.lease_id!r} until {until} (line {longest.line})"
                yield _problem("leases", row.line, "start_day", f"{reason}; end that one first")
            if longest.last_day is not None and (row.last_day is None or row.last_day > longest.last_day):
                longest = row


def lease_status(row: LeaseRow, first_billing_day: date) -> LeaseStatus:
    """The status given, else ended where it was over before the first billing day, else active."""
    if row.status is not None:
        return row.status
    over = row.last_day is not None and row.last_day < first_billing_day
    return LeaseStatus.ENDED if over else LeaseStatus.ACTIVE


def _days_of_invoices(book: Book, first_billing_day: date) -> Iterator[InvalidRow]:
    for row in book.invoices:
        if row.number.startswith(OPENING_PREFIX):
            reason = f"{row.number[:40]!r}: numbers that begin with {OPENING_PREFIX} are kept for opening balances"
            yield _problem("invoices", row.line, "number", reason)
        if row.due_day < row.issue_day:
            yield _problem("invoices", row.line, "due_day", f"{row.due_day} is before the issue on {row.issue_day}")
        if row.issue_day >= first_billing_day:
            reason = f"{row.issue_day} is on or after {first_billing_day}, from which this system bills itself"
            yield _problem("invoices", row.line, "issue_day", reason)


def _paid(book: Book) -> Iterator[InvalidRow]:
    paid: dict[str, int] = defaultdict(int)
    for receipt in book.receipts:
        paid[receipt.invoice_id] += receipt.amount.amount_minor
    for row in book.invoices:
        left = row.amount.amount_minor - paid[row.invoice_id]
        if left < 0:
            reason = f"receipts pay {_shown(paid[row.invoice_id], row.amount)} of an invoice of {row.amount}"
            yield _problem("invoices", row.line, "amount", reason)
        elif row.balance is not None and row.balance.amount_minor != left:
            reason = f"{row.balance} is stated, but the amount less its receipts is {_shown(left, row.amount)}"
            yield _problem("invoices", row.line, "balance", reason)


def _receipts(book: Book) -> Iterator[InvalidRow]:
    payments = {row.payment_id: row for row in book.payments}
    invoices = {row.invoice_id: row for row in book.invoices}
    spent: dict[str, int] = defaultdict(int)
    seen: set[tuple[str, str]] = set()
    for row in book.receipts:
        spent[row.payment_id] += row.amount.amount_minor
        yield from _receipt(row, payments.get(row.payment_id), invoices.get(row.invoice_id))
        if (row.payment_id, row.invoice_id) in seen:
            yield _problem("receipts", row.line, "invoice_id", "this payment pays this invoice in another row already")
        seen.add((row.payment_id, row.invoice_id))
    for payment in book.payments:
        left = payment.amount.amount_minor - spent[payment.payment_id]
        if left < 0:
            reason = f"receipts spend {_shown(spent[payment.payment_id], payment.amount)} of {payment.amount}"
            yield _problem("payments", payment.line, "amount", reason)
        elif left and not payment.lease_id:
            reason = f"{_shown(left, payment.amount)} has no receipt: name the lease whose credit it is"
            yield _problem("payments", payment.line, "lease_id", reason)


def _receipt(row: ReceiptRow, payment: PaymentRow | None, invoice: InvoiceRow | None) -> Iterator[InvalidRow]:
    if payment is None or invoice is None:
        return
    if payment.lease_id and payment.lease_id != invoice.lease_id:
        reason = f"the payment is of lease {payment.lease_id!r}, the invoice of {invoice.lease_id!r}"
        yield _problem("receipts", row.line, "invoice_id", f"{reason}; leave the payment's lease blank if meant so")
    if row.day < payment.day - timedelta(days=1):
        yield _problem("receipts", row.line, "day", f"{row.day} is before the payment on {payment.day}")


def _shown(minor: int, like: Money) -> Money:
    return Money(minor, like.currency)
