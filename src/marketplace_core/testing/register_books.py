"""Books, reaches and asks as they come, and everything of a book as the register's words say that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from attrs import evolve, frozen
from hypothesis import strategies as st

from marketplace_core.domain.access import Reach, Target
from marketplace_core.domain.codec import from_text
from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId, PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.lease import LeaseStatus, LeaseTerm
from marketplace_core.domain.maintenance.decisions import NewTicket, open_ticket, ticket_id_of
from marketplace_core.domain.maintenance.status import TicketPriority
from marketplace_core.domain.money import KES
from marketplace_core.domain.paging import Filter, Kind, Operator, PageAsk, Sort
from marketplace_core.domain.party import Person, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Receipt
from marketplace_core.domain.register import (
    KINDS,
    TICKETS,
    Archived,
    InvoiceEntry,
    InvoiceStatus,
    LeaseEntry,
    PaymentEntry,
    PaymentState,
    ReceiptEntry,
    TicketEntry,
    UnitEntry,
)
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.leases import RecordDirectory
from marketplace_core.testing.life import BookStore, PortfolioLife
from marketplace_core.testing.register_listings import Candidate, listing_candidates, listings_as_they_come

PLACES = ("north", "south", "west")
UNITS = 6
_END = date.max


class Taken(NamedTuple):
    """A span of days on which a unit has a lease."""

    start: date
    end: date


@frozen
class _Spans:
    taken: tuple[Taken, ...]


def open_book(store: BookStore, portfolio_id: str) -> PortfolioLife:
    """A book with three properties of two units each, and eight people."""
    account = CollectionAccount(
        CollectionAccountId(f"till-{portfolio_id}"), CollectionKind.TILL, portfolio_id.removeprefix("r"), KES
    )
    life = PortfolioLife(store, portfolio_id, account).opened(1)
    own = life.portfolio_id
    RecordDirectory(store)(
        life.command("directory.record"),
        people=[
            Person(PersonId(f"t{n}"), f"{'AaBbCcDd'[n - 1]} tenant", (f"2547000000{n // 2:02d}",)) for n in range(1, 9)
        ],
        properties=[Property(own, PropertyId(name), f"{name[:1]}. house") for name in PLACES],
        units=[Unit(own, UnitId(f"u{n}"), PropertyId(PLACES[n % 3]), f"H{9 - n}") for n in range(1, UNITS + 1)],
    )
    return life


def random_book(data: st.DataObject, life: PortfolioLife) -> None:
    """Let units, bill, receive, give, undo, reverse and correct, as it comes; what the books refuse is left."""
    numbers = st.integers(1, UNITS)
    for number in range(1, UNITS + 1):
        start = date(2026, 1, 1) + timedelta(days=data.draw(st.sampled_from([0, 0, 14, 40])))
        end = data.draw(st.sampled_from([None, None, date(2026, 3, 15)]))
        tenants = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=2, unique=True))
        life.let(
            number,
            data.draw(st.sampled_from([5_000, 7_000])),
            terms=(LeaseTerm(start, end),),
            status=data.draw(st.sampled_from([LeaseStatus.ACTIVE, LeaseStatus.NOTICE, LeaseStatus.DRAFT])),
            tenant_ids=tuple(PersonId(f"t{it}") for it in tenants),
        )
    for month in ("2026-01", "2026-02"):
        life.bill(month)
    for number in range(data.draw(st.integers(2, 7))):
        payment = life.pay(f"T{number}", 9_000, f"2026-02-0{data.draw(st.integers(1, 4))}")
        with suppress(MarketplaceError):
            for _ in range(data.draw(st.integers(0, 2))):
                to = data.draw(st.sets(numbers, min_size=1, max_size=2))
                match = life.give(payment, {f"l{it}": data.draw(st.sampled_from([2_000, 3_000])) for it in sorted(to)})
                if data.draw(st.integers(0, 3)) == 0:
                    life.undo(match)
            if data.draw(st.integers(0, 3)) == 0:
                life.reverse(payment, "2026-02-20")
    _tickets_as_they_come(data, life)
    listings_as_they_come(data, life, UNITS)
    for number in data.draw(st.lists(numbers, max_size=3)):
        lease, invoices = LeaseId(f"l{number}"), life.invoices(f"l{number}")
        if not invoices:
            continue
        with suppress(MarketplaceError):
            command = life.command(reason="wrong")
            if data.draw(st.booleans()):
                life.correct.credit_invoice(command, lease, invoices[0].invoice_id, life.money(500), date(2026, 2, 9))
            else:
                life.correct.void_invoice(command, lease, invoices[-1].invoice_id, date(2026, 2, 9))


def _tickets_as_they_come(data: st.DataObject, life: PortfolioLife) -> None:
    """Open tickets by whoever, where they are or nowhere."""
    for number in range(data.draw(st.integers(0, 4))):
        command = life.command("ticket.open")
        unit = data.draw(st.none() | st.integers(1, UNITS))
        person = data.draw(st.none() | st.integers(1, 8))
        new = NewTicket(
            f"tap {number}",
            priority=data.draw(st.sampled_from(TicketPriority)),
            property_id=PropertyId(PLACES[unit % 3]) if unit else None,
            unit_id=UnitId(f"u{unit}") if unit else None,
            reporter_id=PersonId(f"t{person}") if person else None,
        )
        file = open_ticket(command, new, "Africa/Nairobi")
        life.store.change_ticket(life.portfolio_id, ticket_id_of(command), lambda _, it=file: it)  # type: ignore[misc]


def reaches(portfolio_id: PortfolioId) -> st.SearchStrategy[Reach]:
    """The whole, nothing, and any mixture of properties, leases and people."""
    parts = st.builds(
        Reach,
        st.just(portfolio_id),
        property_ids=st.frozensets(st.sampled_from([PropertyId(it) for it in PLACES]), max_size=2),
        lease_ids=st.frozensets(st.integers(1, UNITS + 1).map(lambda n: LeaseId(f"l{n}")), max_size=2),
        person_ids=st.frozensets(st.integers(1, 9).map(lambda n: PersonId(f"t{n}")), max_size=1),
    )
    return st.one_of(st.just(Reach(portfolio_id, is_whole=True)), parts)


def asks(kind: Kind[Any], there: Sequence[Candidate]) -> st.SearchStrategy[PageAsk]:
    """Any order, and up to two filters by values that things of the book have."""
    sorts = st.builds(Sort, st.sampled_from([it.name for it in kind.sortable]), st.booleans())
    filters = [
        Filter(one.name, operator, value)
        for one in kind.filterable
        for operator in one.operators
        for value in sorted({it for row in there for it in _values_of(row.values[one.name])})
    ]
    starts = [evolve(it, value=str(it.value)[:1]) for it in filters if it.operator is Operator.STARTS]
    chosen = st.lists(st.sampled_from(filters + starts), max_size=2) if filters else st.just(list[Filter]())
    return st.builds(PageAsk, st.integers(1, 4), st.none(), st.none() | sorts, chosen.map(tuple))


def expected(kind: Kind[Any], ask: PageAsk, candidates: Iterable[Candidate], reach: Reach) -> list[Any]:
    """The entries that an ask without a limit gives: everything, filtered by ``Reach.shows``, in order."""
    sort = ask.sort or kind.sort
    found = [
        it
        for it in candidates
        if it.kind == kind.name and _shows(reach, it) and all(_holds(it.values[one.field], one) for one in ask.filters)
    ]
    found.sort(key=lambda it: (it.values[sort.field], it.key), reverse=sort.descending)
    return [it.entry for it in found]


def _shows(reach: Reach, it: Candidate) -> bool:
    return reach.is_whole or any(reach.shows(target) for target in it.targets)


def _values_of(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - of any field
    if isinstance(value, _Spans):
        return (date(2026, 1, 10), date(2026, 4, 1))
    return tuple(value) if isinstance(value, tuple) else (value,)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _holds(value: Any, it: Filter) -> bool:  # noqa: ANN401 - of any field
    if isinstance(value, _Spans):
        return isinstance(it.value, date) and not any(span.start <= it.value < span.end for span in value.taken)
    if isinstance(value, tuple):
        return it.value in _values_of(value)
    starts = it.operator is Operator.STARTS and str(value).startswith(str(it.value))
    compared = {Operator.EQUAL: bool(value == it.value), Operator.STARTS: starts}
    if it.operator in compared:
        return compared[it.operator]
    return bool(value >= it.value if it.operator is Operator.AT_LEAST else value <= it.value)


def everything(store: BookStore, portfolio_id: PortfolioId, reach: Reach) -> list[Candidate]:
    """Everything of a book, read through the other ports; the entries name only leases in reach."""
    return [
        *_places(store, portfolio_id, reach),
        *_bills(store, portfolio_id),
        *_money(store, portfolio_id, reach),
        *_tickets(store, portfolio_id),
        *listing_candidates(store, portfolio_id),
    ]


def _target_of(store: BookStore, own: PortfolioId, lease_id: LeaseId) -> Target:
    lease = store.lease(own, lease_id)
    return Target(own, store.unit(own, lease.unit_id).property_id, lease_id)


def _places(store: BookStore, own: PortfolioId, reach: Reach) -> Iterator[Candidate]:
    values: dict[str, Any]
    leases = sorted(store.leases(own), key=lambda it: (it.start, it.lease_id))
    units = {it.unit_id: it for it in store.units(own)}
    target = {it.lease_id: _target_of(store, own, it.lease_id) for it in leases}
    people = store.people(own)
    names = {it.property_id: it.name for it in store.properties(own)}
    for one in store.properties(own):
        of = [target[it.lease_id] for it in leases if units[it.unit_id].property_id == one.property_id]
        values = {"property_id": one.property_id, "name": one.name, "archived": Archived.of(one)}
        yield Candidate("properties", one.property_id, one, values, [Target(own, one.property_id), *of])
    for unit in units.values():
        mine = [it for it in leases if it.unit_id == unit.unit_id]
        seen = [it for it in mine if reach.shows(target[it.lease_id])]
        running = tuple(it.lease_id for it in seen if it.status in (LeaseStatus.ACTIVE, LeaseStatus.NOTICE))
        taken = _Spans(tuple(Taken(it.start, it.end or _END) for it in seen if it.occupies_unit))
        values = {"unit_id": unit.unit_id, "property_id": unit.property_id, "code": unit.code, "vacant_on": taken}
        values["archived"] = Archived.of(unit)
        targets = [Target(own, unit.property_id), *(target[it.lease_id] for it in mine)]
        yield Candidate("units", unit.unit_id, UnitEntry(unit, names[unit.property_id], running), values, targets)
    for person in people.values():
        homes = [target[it.lease_id].property_id for it in leases if person.person_id in it.tenant_ids]
        values = {"person_id": person.person_id, "name": person.name, "phone": person.phones}
        targets = [Target(own, person_id=person.person_id), *(Target(own, it) for it in homes)]
        yield Candidate("people", person.person_id, person, values, targets)
    for lease in leases:
        unit = units[lease.unit_id]
        tenants = tuple(people[it].name if it in people else "" for it in lease.tenant_ids)
        values = {
            "lease_id": lease.lease_id,
            "property_id": unit.property_id,
            "unit_id": unit.unit_id,
            "tenant_id": lease.tenant_ids,
            "status": lease.status,
            "reference": lease.reference,
            "starts_on": lease.start,
            "ends_on": lease.end or _END,
        }
        entry = LeaseEntry(lease, unit.property_id, unit.code, tenants)
        yield Candidate("leases", lease.lease_id, entry, values, [target[lease.lease_id]])


def _bills(store: BookStore, own: PortfolioId) -> Iterator[Candidate]:
    values: dict[str, Any]
    for account in store.accounts(own):
        lease_id = account.lease.lease_id
        target, unit = _target_of(store, own, lease_id), store.unit(own, account.lease.unit_id)
        left = {it.invoice.invoice_id: it.outstanding for it in account.open_invoices(_END)}
        for it in account.invoices:
            outstanding = left.get(it.invoice_id, it.amount - it.amount)
            status = InvoiceStatus.PART_PAID
            if account.is_void(it.invoice_id):
                status = InvoiceStatus.VOID
            elif outstanding == it.amount:
                status = InvoiceStatus.OPEN
            elif not outstanding.is_positive:
                status = InvoiceStatus.PAID
            values = {
                "invoice_id": it.invoice_id,
                "property_id": unit.property_id,
                "unit_id": unit.unit_id,
                "lease_id": lease_id,
                "kind": it.kind,
                "status": status,
                "number": it.number,
                "issue_date": it.issue_date,
                "due_date": it.due_date,
            }
            entry = InvoiceEntry(it, unit.code, status, outstanding)
            yield Candidate("invoices", it.invoice_id, entry, values, [target])
        for note in account.credit_notes:
            values = {
                "credit_note_id": note.credit_note_id,
                "lease_id": lease_id,
                "invoice_id": note.invoice_id,
                "number": note.number,
                "issue_date": note.issue_date,
            }
            yield Candidate("credit_notes", note.credit_note_id, note, values, [target])


def _money(store: BookStore, own: PortfolioId, reach: Reach) -> Iterator[Candidate]:
    values: dict[str, Any]
    given: dict[str, tuple[list[Target], tuple[LeaseId, ...]]] = {}
    told: dict[str, tuple[str, date | None]] = {}
    for payment in store.payments(own):
        matches = [it for it in store.matches_of(own, payment.payment_id) if it.undone_at is None]
        targets = [_target_of(store, own, it) for it in sorted({p.lease_id for m in matches for p in m.slices})]
        seen = tuple(it.lease_id for it in targets if it.lease_id is not None and reach.shows(it))
        given[payment.payment_id] = (targets, seen)
        told[payment.payment_id] = (payment.transaction_id, payment.reversed_on)
        amount = sum((part.amount for it in matches for part in it.slices), payment.amount - payment.amount)
        state = PaymentState.PART if amount.is_positive else PaymentState.WAITING
        if amount == payment.amount:
            state = PaymentState.MATCHED
        if payment.reversed_on is not None:
            state = PaymentState.REVERSED
        values = {
            "payment_id": payment.payment_id,
            "lease_id": seen,
            "state": state,
            "collection_account_id": payment.collection_account_id,
            "transaction_id": payment.transaction_id,
            "value_date": payment.value_date,
        }
        entry = PaymentEntry(payment, amount, state, seen)
        yield Candidate("payments", payment.payment_id, entry, values, targets)
    for row in store.state(own):
        if row.kind == "receipt":
            receipt = from_text(row.body, Receipt)
            targets, seen = given[receipt.payment_id]
            values = {
                "receipt_id": receipt.receipt_id,
                "lease_id": seen,
                "payment_id": receipt.payment_id,
                "number": receipt.number,
                "issued_on": receipt.issued_on,
            }
            transaction, reversed_on = told[receipt.payment_id]
            entry_of_receipt = ReceiptEntry(receipt, transaction, seen, reversed_on)
            yield Candidate("receipts", receipt.receipt_id, entry_of_receipt, values, targets)


def _tickets(store: BookStore, own: PortfolioId) -> Iterator[Candidate]:
    names = {it.property_id: it.name for it in store.properties(own)}
    codes = {it.unit_id: it.code for it in store.units(own)}
    for entry in store.page(Reach(own, is_whole=True), TICKETS, PageAsk(500)).entries:
        it = store.ticket_file(own, entry.ticket.ticket_id).ticket
        shown = TicketEntry(
            it, names[it.property_id] if it.property_id else "", codes[it.unit_id] if it.unit_id else ""
        )
        values = {
            "ticket_id": it.ticket_id,
            "property_id": (it.property_id,) if it.property_id else (),
            "unit_id": (it.unit_id,) if it.unit_id else (),
            "status": it.status,
            "priority": it.priority,
            "archived": Archived.of(it),
            "opened_on": it.opened_on,
        }
        yield Candidate("tickets", it.ticket_id, shown, values, [Target(own, it.property_id, person_id=it.reporter_id)])


def kinds() -> st.SearchStrategy[Kind[Any]]:
    """Any kind."""
    return st.sampled_from(KINDS)
