"""Where the entries of each kind come from: the table, its columns by field, and what is read beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Subquery, Table, and_, cast, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.register import reached
from marketplace_adapters.postgres.register.listing_sources import LISTING_SOURCES
from marketplace_adapters.postgres.register.source import Meant, Source
from marketplace_adapters.postgres.rows import accounts, directory, payments
from marketplace_adapters.postgres.rows import tickets as ticket_rows
from marketplace_adapters.postgres.rows.values import Columns
from marketplace_adapters.postgres.schema.leases import LAST_DAY, OCCUPYING
from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Kind
from marketplace_core.domain.register import (
    CREDIT_NOTES,
    INVOICES,
    LEASES,
    PAYMENTS,
    PEOPLE,
    PROPERTIES,
    RECEIPTS,
    TICKETS,
    UNITS,
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

_LEASES, _UNITS, _MATCHES = schema.leases, schema.units, schema.matches


def source_of(kind: Kind[Any]) -> Source:
    """Where the entries of a kind come from."""
    return source_named(kind.name)


def source_named(name: str) -> Source:
    """Where the entries of the kind of that name come from."""
    return _SOURCES[name]


def _unit_of_lease(page: Subquery, column: str) -> ColumnElement[Any]:
    """A column of the unit of a row's lease."""
    return (
        select(_UNITS.c[column])
        .join_from(
            _LEASES,
            _UNITS,
            and_(_LEASES.c.portfolio_id == _UNITS.c.portfolio_id, _LEASES.c.unit_id == _UNITS.c.unit_id),
        )
        .where(_LEASES.c.portfolio_id == page.c.portfolio_id, _LEASES.c.lease_id == page.c.lease_id)
        .scalar_subquery()
    )


def _beside_unit(reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    properties = schema.properties
    name = select(properties.c.name).where(
        properties.c.portfolio_id == page.c.portfolio_id, properties.c.property_id == page.c.property_id
    )
    running = select(
        func.array_agg(aggregate_order_by(_LEASES.c.lease_id, _LEASES.c.starts_on, _LEASES.c.lease_id))
    ).where(
        _LEASES.c.portfolio_id == page.c.portfolio_id,
        _LEASES.c.unit_id == page.c.unit_id,
        _LEASES.c.status.in_(["active", "notice"]),
        *([] if reach.is_whole else [_let_in(reach, page.c.property_id)]),
    )
    return {"property_name": name.scalar_subquery(), "lease_ids": running.scalar_subquery()}


def _let_in(reach: Reach, property_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Where a lease, on that property, is in reach."""
    return or_(
        property_id == func.any(sorted(reach.property_ids)), _LEASES.c.lease_id == func.any(sorted(reach.lease_ids))
    )


def _vacant_on(reach: Reach, value: str | date) -> ColumnElement[bool]:
    taken = exists().where(
        _LEASES.c.portfolio_id == _UNITS.c.portfolio_id,
        _LEASES.c.unit_id == _UNITS.c.unit_id,
        literal_column(f"leases.{OCCUPYING}"),
        _LEASES.c.starts_on <= value,
        or_(_LEASES.c.ends_on.is_(None), _LEASES.c.ends_on > value),
        *([] if reach.is_whole else [_let_in(reach, _UNITS.c.property_id)]),
    )
    return ~taken


def _archived(table: Table) -> Meant:
    return lambda _, value: table.c.archived_on.is_(None) if value == Archived.NO else table.c.archived_on.is_not(None)


def _unit_entry(row: Columns) -> UnitEntry:
    return UnitEntry(directory.unit_of(row), row["property_name"], tuple(row["lease_ids"] or ()))


def _beside_lease(_reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    people = schema.people
    tenant = (
        func.jsonb_array_elements_text(page.c.body["tenant_ids"])
        .table_valued("person_id", with_ordinality="place", name="tenant")
        .render_derived()
    )
    name = select(people.c.name).where(
        people.c.portfolio_id == page.c.portfolio_id, people.c.person_id == tenant.c.person_id.collate("C")
    )
    known = func.coalesce(name.correlate_except(people).scalar_subquery(), "")
    names = select(func.array_agg(aggregate_order_by(known, tenant.c.place))).select_from(tenant)
    return {
        "property_id": _unit_of_lease(page, "property_id"),
        "unit_code": _unit_of_lease(page, "code"),
        "tenant_names": names.scalar_subquery(),
    }


def _lease_entry(row: Columns) -> LeaseEntry:
    return LeaseEntry(directory.lease_of(row), row["property_id"], row["unit_code"], tuple(row["tenant_names"]))


def _beside_invoice(_reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    lines = schema.invoice_lines
    fields = func.jsonb_build_array(*(lines.c[name] for name in accounts.LINE_FIELDS))
    found = select(func.jsonb_agg(aggregate_order_by(fields, lines.c.position))).where(
        lines.c.portfolio_id == page.c.portfolio_id, lines.c.invoice_id == page.c.invoice_id
    )
    return {"lines": found.scalar_subquery(), "unit_code": _unit_of_lease(page, "code")}


def _invoice_entry(row: Columns) -> InvoiceEntry:
    is_void = row["voided_on"] is not None
    return InvoiceEntry.of(accounts.invoice_of(row), row["unit_code"], row["allocated_minor"], is_void=is_void)


def _invoice_status(_reach: Reach, value: str | date) -> ColumnElement[bool]:
    table = schema.invoices.c
    stands = table.voided_on.is_(None)
    unpaid = table.allocated_minor != table.amount_minor
    return {
        InvoiceStatus.OPEN: and_(stands, unpaid, table.allocated_minor == 0),
        InvoiceStatus.PART_PAID: and_(stands, unpaid, table.allocated_minor != 0),
        InvoiceStatus.PAID: and_(stands, table.allocated_minor == table.amount_minor),
        InvoiceStatus.VOID: table.voided_on.is_not(None),
    }[InvoiceStatus(str(value))]


def _invoice_number(reach: Reach, value: str | date) -> ColumnElement[bool]:
    """The number within each series that the portfolio has, so that the index of both finds it."""
    own, one = schema.invoices.alias("own"), schema.invoices.alias("one")
    first = select(func.min(own.c.series).label("series")).where(own.c.portfolio_id == reach.portfolio_id)
    known = first.cte(recursive=True)
    further = select(func.min(one.c.series)).where(
        one.c.portfolio_id == reach.portfolio_id, one.c.series > known.c.series
    )
    known = known.union_all(select(further.scalar_subquery()).where(known.c.series.is_not(None)))
    table = schema.invoices.c
    return and_(table.number == value, table.series.in_(select(known.c.series).where(known.c.series.is_not(None))))


def _given_to(reach: Reach, page: Subquery) -> ColumnElement[Any]:
    """The leases in reach that matches, not undone, give a row's payment to."""
    part = func.jsonb_array_elements(_MATCHES.c.slices).table_valued("value", name="part").render_derived()
    lease_id = cast(part.c.value, JSONB)["lease_id"].astext.collate("C")
    found = (
        select(func.array_agg(aggregate_order_by(lease_id.distinct(), lease_id)))
        .select_from(_MATCHES.join(part, literal_column("true")))
        .where(
            _MATCHES.c.portfolio_id == page.c.portfolio_id,
            _MATCHES.c.payment_id == page.c.payment_id,
            _MATCHES.c.undone_at.is_(None),
        )
    )
    if not reach.is_whole:
        found = found.where(reached.one_of(lease_id, reached.leases_in(reach)))
    return found.scalar_subquery()


def _payment_state(_reach: Reach, value: str | date) -> ColumnElement[bool]:
    table = schema.payments.c
    stands = table.reversed_on.is_(None)
    waits = and_(stands, table.given_minor < table.amount_minor)
    return {
        PaymentState.WAITING: and_(waits, table.given_minor == 0),
        PaymentState.PART: and_(waits, table.given_minor > 0),
        PaymentState.MATCHED: and_(stands, table.given_minor == table.amount_minor),
        PaymentState.REVERSED: table.reversed_on.is_not(None),
    }[PaymentState(str(value))]


def _transaction(reach: Reach, value: str | date) -> ColumnElement[bool]:
    """The transaction in each account that the portfolio has, so that the index of both finds it."""
    own, table = schema.portfolio_accounts.c, schema.payments.c
    collected = select(own.collection_account_id).where(own.portfolio_id == reach.portfolio_id)
    return and_(table.transaction_id == value, table.collection_account_id.in_(collected))


def _beside_payment(reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    return {"lease_ids": _given_to(reach, page)}


def _payment_entry(row: Columns) -> PaymentEntry:
    return PaymentEntry.of(payments.payment_of(row), row["given_minor"], tuple(row["lease_ids"] or ()))


def _beside_receipt(reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    table = schema.payments
    own = and_(table.c.portfolio_id == page.c.portfolio_id, table.c.payment_id == page.c.payment_id)
    return {
        "transaction_id": select(table.c.transaction_id).where(own).scalar_subquery(),
        "reversed_on": select(table.c.reversed_on).where(own).scalar_subquery(),
        "lease_ids": _given_to(reach, page),
    }


def _receipt_entry(row: Columns) -> ReceiptEntry:
    return ReceiptEntry(
        payments.receipt_of(row), row["transaction_id"], tuple(row["lease_ids"] or ()), row["reversed_on"]
    )


def _has_tenant(_reach: Reach, value: str | date) -> ColumnElement[bool]:
    return literal_column("leases.body -> 'tenant_ids'", JSONB).contains([value])


def _has_phone(_reach: Reach, value: str | date) -> ColumnElement[bool]:
    phones: ColumnElement[bool] = schema.people.c.phones.cast(JSONB).contains([value])
    return phones


def _beside_ticket(_reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    properties = schema.properties
    name = select(properties.c.name).where(
        properties.c.portfolio_id == page.c.portfolio_id, properties.c.property_id == page.c.property_id
    )
    code = select(_UNITS.c.code).where(_UNITS.c.portfolio_id == page.c.portfolio_id, _UNITS.c.unit_id == page.c.unit_id)
    return {"property_name": name.scalar_subquery(), "unit_code": code.scalar_subquery()}


def _ticket_entry(row: Columns) -> TicketEntry:
    return TicketEntry(ticket_rows.ticket_of(row), row["property_name"] or "", row["unit_code"] or "")


_ENDS_ON: Final = literal_column(f"COALESCE(leases.ends_on, {LAST_DAY})", Date())

_SOURCES: Final[Mapping[str, Source]] = {
    PROPERTIES.name: Source(
        schema.properties,
        reached.property_in,
        directory.property_of,
        meant={"archived": _archived(schema.properties)},
    ),
    UNITS.name: Source(
        _UNITS,
        reached.unit_in,
        _unit_entry,
        meant={"vacant_on": _vacant_on, "archived": _archived(_UNITS)},
        beside=_beside_unit,
    ),
    PEOPLE.name: Source(schema.people, reached.person_in, directory.person_of, meant={"phone": _has_phone}),
    LEASES.name: Source(
        _LEASES,
        reached.follows_leases,
        _lease_entry,
        columns={"ends_on": _ENDS_ON},
        meant={"tenant_id": _has_tenant},
        beside=_beside_lease,
    ),
    INVOICES.name: Source(
        schema.invoices,
        reached.follows_leases,
        _invoice_entry,
        meant={"status": _invoice_status, "number": _invoice_number},
        beside=_beside_invoice,
    ),
    CREDIT_NOTES.name: Source(schema.credit_notes, reached.follows_leases, accounts.credit_note_of),
    PAYMENTS.name: Source(
        schema.payments,
        reached.follows_payments,
        _payment_entry,
        meant={"state": _payment_state, "transaction_id": _transaction},
        beside=_beside_payment,
    ),
    RECEIPTS.name: Source(schema.receipts, reached.follows_payments, _receipt_entry, beside=_beside_receipt),
    TICKETS.name: Source(
        schema.tickets,
        reached.ticket_in,
        _ticket_entry,
        meant={"archived": _archived(schema.tickets)},
        beside=_beside_ticket,
    ),
    **LISTING_SOURCES,
}
