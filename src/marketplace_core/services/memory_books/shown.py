"""What of a book in memory is in reach, as rows with the values that they are filtered and sorted by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from marketplace_core.domain.access import Reach, Target
from marketplace_core.domain.identifiers import InvoiceId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.paging import Kind
from marketplace_core.domain.register import (
    APPLICATIONS,
    CREDIT_NOTES,
    INQUIRIES,
    INVOICES,
    LAST_DAY,
    LEASES,
    LISTINGS,
    PAYMENTS,
    PEOPLE,
    PROPERTIES,
    RECEIPTS,
    TICKETS,
    UNITS,
    Archived,
    InvoiceEntry,
    LeaseEntry,
    PaymentEntry,
    ReceiptEntry,
    TicketEntry,
    UnitEntry,
)
from marketplace_core.services.memory_books.shown_listings import applications, inquiries, listings
from marketplace_core.services.memory_books.shown_rows import Shown, ShownRow
from marketplace_core.services.memory_books.tables import Book


def rows_of(book: Book, reach: Reach, kind: Kind[Any]) -> Iterable[ShownRow]:
    """The rows of a kind in reach, in no order."""
    return _ROWS[kind.name](Shown(book, reach))


def _properties(shown: Shown) -> Iterator[ShownRow]:
    by_lease = {shown.property_of(it.lease) for it in shown.accounts()}
    for it in shown.book.properties.values():
        if it.property_id in by_lease or shown.reach.shows(Target(it.portfolio_id, it.property_id)):
            yield ShownRow(
                it.property_id, it, {"property_id": it.property_id, "name": it.name, "archived": Archived.of(it)}
            )


def _units(shown: Shown) -> Iterator[ShownRow]:
    book = shown.book
    leases_of: defaultdict[UnitId, list[Lease]] = defaultdict(list)
    for account in shown.accounts():
        leases_of[account.lease.unit_id].append(account.lease)
    for it in book.units.values():
        leases = leases_of[it.unit_id]
        if not leases and not shown.reach.shows(Target(it.portfolio_id, it.property_id)):
            continue
        running = (one.lease_id for one in leases if one.status in (LeaseStatus.ACTIVE, LeaseStatus.NOTICE))
        entry = UnitEntry(it, book.properties[it.property_id].name, tuple(running))
        values = {
            "unit_id": it.unit_id,
            "property_id": it.property_id,
            "code": it.code,
            "vacant_on": _is_vacant(leases),
            "archived": Archived.of(it),
        }
        yield ShownRow(it.unit_id, entry, values)


def _is_vacant(leases: Iterable[Lease]) -> Callable[[date], bool]:
    taken = [(it.start, it.end or LAST_DAY) for it in leases if it.occupies_unit]
    return lambda day: not any(start <= day < end for start, end in taken)


def _people(shown: Shown) -> Iterator[ShownRow]:
    reach = shown.reach
    tenants = {
        it
        for account in shown.accounts()
        if shown.property_of(account.lease) in reach.property_ids
        for it in account.lease.tenant_ids
    }
    for it in shown.book.people.values():
        if it.person_id in tenants or reach.shows(Target(reach.portfolio_id, person_id=it.person_id)):
            values = {"person_id": it.person_id, "name": it.name, "phone": it.phones}
            yield ShownRow(it.person_id, it, values)


def _leases(shown: Shown) -> Iterator[ShownRow]:
    people = shown.book.people
    for it in (account.lease for account in shown.accounts()):
        unit = shown.book.units[it.unit_id]
        names = tuple(people[one].name if one in people else "" for one in it.tenant_ids)
        values = {
            "lease_id": it.lease_id,
            "property_id": unit.property_id,
            "unit_id": it.unit_id,
            "tenant_id": it.tenant_ids,
            "status": it.status,
            "reference": it.reference,
            "starts_on": it.start,
            "ends_on": it.end or LAST_DAY,
        }
        yield ShownRow(it.lease_id, LeaseEntry(it, unit.property_id, unit.code, names), values)


def _invoices(shown: Shown) -> Iterator[ShownRow]:
    for account in shown.accounts():
        unit = shown.book.units[account.lease.unit_id]
        paid: dict[InvoiceId, int] = {}
        for allocation in account.standing_allocations():
            if allocation.ended_on is None:
                paid[allocation.invoice_id] = paid.get(allocation.invoice_id, 0) + allocation.amount.amount_minor
        for it in account.invoices:
            is_void = account.is_void(it.invoice_id)
            entry = InvoiceEntry.of(it, unit.code, paid.get(it.invoice_id, 0), is_void=is_void)
            values = {
                "invoice_id": it.invoice_id,
                "property_id": unit.property_id,
                "unit_id": unit.unit_id,
                "lease_id": it.lease_id,
                "kind": it.kind,
                "status": entry.status,
                "number": it.number,
                "issue_date": it.issue_date,
                "due_date": it.due_date,
            }
            yield ShownRow(it.invoice_id, entry, values)


def _credit_notes(shown: Shown) -> Iterator[ShownRow]:
    for it in (it for account in shown.accounts() for it in account.credit_notes):
        values = {
            "credit_note_id": it.credit_note_id,
            "lease_id": it.lease_id,
            "invoice_id": it.invoice_id,
            "number": it.number,
            "issue_date": it.issue_date,
        }
        yield ShownRow(it.credit_note_id, it, values)


def _payments(shown: Shown) -> Iterator[ShownRow]:
    for it in shown.book.payments.values():
        given_minor, leases = shown.given(it.payment_id)
        if not leases and not shown.reach.is_whole:
            continue
        entry = PaymentEntry.of(it, given_minor, leases)
        values = {
            "payment_id": it.payment_id,
            "lease_id": leases,
            "state": entry.state,
            "collection_account_id": it.collection_account_id,
            "transaction_id": it.transaction_id,
            "value_date": it.value_date,
        }
        yield ShownRow(it.payment_id, entry, values)


def _receipts(shown: Shown) -> Iterator[ShownRow]:
    for it in shown.book.receipts.values():
        leases = shown.given(it.payment_id)[1]
        if not leases and not shown.reach.is_whole:
            continue
        payment = shown.book.payments[it.payment_id]
        values = {
            "receipt_id": it.receipt_id,
            "lease_id": leases,
            "payment_id": it.payment_id,
            "number": it.number,
            "issued_on": it.issued_on,
        }
        yield ShownRow(it.receipt_id, ReceiptEntry(it, payment.transaction_id, leases, payment.reversed_on), values)


def _tickets(shown: Shown) -> Iterator[ShownRow]:
    book, reach = shown.book, shown.reach
    for it in (file.ticket for file in book.tickets.values()):
        reporter = book.people[it.reporter_id] if it.reporter_id else None
        whose = [reporter.person_id, reporter.merged_into] if reporter else [None]
        targets = (Target(book.portfolio_id, it.property_id, person_id=one) for one in whose)
        if not any(map(reach.shows, targets)):
            continue
        place = book.properties[it.property_id].name if it.property_id else ""
        entry = TicketEntry(it, place, book.units[it.unit_id].code if it.unit_id else "")
        values = {
            "ticket_id": it.ticket_id,
            "property_id": (it.property_id,) if it.property_id else (),
            "unit_id": (it.unit_id,) if it.unit_id else (),
            "status": it.status,
            "priority": it.priority,
            "archived": Archived.of(it),
            "opened_on": it.opened_on,
        }
        yield ShownRow(it.ticket_id, entry, values)


_ROWS: Final[Mapping[str, Callable[[Shown], Iterator[ShownRow]]]] = {
    PROPERTIES.name: _properties,
    UNITS.name: _units,
    PEOPLE.name: _people,
    LEASES.name: _leases,
    INVOICES.name: _invoices,
    CREDIT_NOTES.name: _credit_notes,
    PAYMENTS.name: _payments,
    RECEIPTS.name: _receipts,
    TICKETS.name: _tickets,
    LISTINGS.name: listings,
    APPLICATIONS.name: applications,
    INQUIRIES.name: inquiries,
}
