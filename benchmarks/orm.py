"""The billing run as an application on SQLAlchemy's ORM does it: leases read as objects, invoices made, added, flushed.

It writes the rows that ours writes, under the same ids, into the same tables. It is spared what a slower one would
do: standing invoices are looked up once and not lease by lease, charges come with the lease's row, amounts are plain
integers, objects are flushed and forgotten a chunk at a time, and the keys of children are set rather than found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Mapped, Session, registry

from benchmarks.book import NOW, PORTFOLIO
from benchmarks.database import engine_of
from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.invoice import InvoiceKind, invoice_id_of

CHUNK: Final = 1_000
_mapping: Final = registry()


class _Row:
    """An object of a mapped class: takes its columns by name."""

    def __init__(self, **columns: object) -> None:
        for name, value in columns.items():
            setattr(self, name, value)


class Lease(_Row):
    """A lease with its charges."""

    lease_id: Mapped[str]
    body: Mapped[dict[str, Any]]


class Invoice(_Row):
    """An invoice."""


class InvoiceLine(_Row):
    """One charge of an invoice."""


class Posting(_Row):
    """An amount from one account to another."""


class NumberSeries(_Row):
    """The last number given."""

    last_number: Mapped[int]


class Event(_Row):
    """What is told to others."""


class EventHead(_Row):
    """The last event of a portfolio."""


for _kind, _table in (
    (Lease, schema.leases),
    (Invoice, schema.invoices),
    (InvoiceLine, schema.invoice_lines),
    (Posting, schema.postings),
    (NumberSeries, schema.number_series),
    (Event, schema.events),
    (EventHead, schema.event_heads),
):
    _mapping.map_imperatively(_kind, _table)


def bill_by_orm(dsn: Dsn, month: DateSpan) -> int:
    """Bill the month in one transaction; how many invoices were made."""
    with engine_of(dsn) as engine, Session(engine) as session:
        standing = set(session.scalars(_standing(month)))
        series = session.get(NumberSeries, (PORTFOLIO, "INV"), with_for_update=True)
        if series is None:
            series = NumberSeries(portfolio_id=PORTFOLIO, series="INV", last_number=0)
            session.add(series)
            session.flush()
        seen, number, made = sha256(), series.last_number, 0
        for chunk in session.scalars(_leases()).partitions(CHUNK):
            rows: list[_Row] = []
            for lease in chunk:
                if lease.lease_id not in standing:
                    number += 1
                    made += 1
                    rows.extend(_rows(lease, month, f"INV-{number:06d}"))
                    seen.update(lease.lease_id.encode())
            session.add_all(rows)
            session.flush()
        series.last_number = number
        _tell(session, made, seen.hexdigest())
        session.commit()
    return made


def _standing(month: DateSpan) -> Select[str]:
    table = schema.invoices.c
    return select(table.lease_id).where(
        table.portfolio_id == PORTFOLIO,
        table.period_start == month.start,
        table.kind == InvoiceKind.RECURRING,
        table.voided_on.is_(None),
    )


def _leases() -> Select[Lease]:
    table = schema.leases.c
    billable = table.status.in_(["active", "notice", "ended"])
    statement = select(Lease).where(table.portfolio_id == PORTFOLIO, billable).order_by(table.lease_id)
    return statement.execution_options(yield_per=CHUNK)


def _rows(lease: Lease, month: DateSpan, number: str) -> Iterator[_Row]:
    """One invoice with a line and a posting for each charge."""
    body = lease.body
    invoice_id = invoice_id_of(body["portfolio_id"], body["lease_id"], month, InvoiceKind.RECURRING)
    charges = [(charge, _rate(charge, month.start)) for charge in body["charges"]]
    yield Invoice(
        portfolio_id=PORTFOLIO,
        invoice_id=invoice_id,
        lease_id=lease.lease_id,
        kind=InvoiceKind.RECURRING.value,
        period_start=month.start,
        period_end=month.end,
        issue_date=month.start,
        due_date=month.start.replace(day=body["due_day"]),
        recorded_at=NOW,
        subject="",
        series="INV",
        number=number,
        amount_minor=sum(minor for _, minor in charges),
        currency=body["currency"],
        allocated_minor=0,
        void_reason="",
    )
    for position, (charge, minor) in enumerate(charges):
        line_id = f"{invoice_id}.{position}"
        yield InvoiceLine(
            portfolio_id=PORTFOLIO,
            invoice_id=invoice_id,
            position=position,
            line_id=line_id,
            kind=charge["kind"],
            amount_minor=minor,
            span_start=month.start,
            span_end=month.end,
            charge_id=charge["charge_id"],
            description="",
        )
        yield Posting(
            portfolio_id=PORTFOLIO,
            posting_id=f"{line_id}+",
            debit=f"receivable:{lease.lease_id}",
            credit=f"income:{charge['kind']}",
            amount_minor=minor,
            currency=body["currency"],
            value_date=month.start,
            recorded_at=NOW,
            source_id=invoice_id,
        )


def _rate(charge: dict[str, Any], day: date) -> int:
    """The amount that holds on a day."""
    current: int = charge["rates"][0]["amount"][0]
    for rate in charge["rates"][1:]:
        if date.fromisoformat(rate["effective_from"]) <= day:
            current = rate["amount"][0]
    return current


def _tell(session: Session, made: int, digest: str) -> None:
    """One event of the run, after the last one."""
    last = session.scalar(select(func.max(schema.events.c.sequence))) or 0
    session.add(
        Event(
            portfolio_id=PORTFOLIO,
            sequence=last + 1,
            command_id=f"orm-{last}",
            kind="billed",
            actor="bench",
            reason="",
            recorded_at=NOW,
            payload=f'{{"invoices":{made},"digest":"{digest}"}}',
            previous_hash="",
            hash=digest,
        )
    )
    session.merge(EventHead(portfolio_id=PORTFOLIO, sequence=last + 1, hash=digest))
