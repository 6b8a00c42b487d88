"""The billing run as applications on SQLAlchemy's ORM do it: leases read as objects, invoices made and added.

Both write the rows that ours writes, under the same ids, into the same tables, and are spared what a slower one would
do: standing invoices are looked up once and not lease by lease, charges come with the lease's row, amounts are plain
integers. ``bill_by_orm`` is written as the ORM's own tutorial teaches: an invoice has its lines and postings by
relationship, and all are added and committed at once. ``bill_by_tuned_orm`` gives that up for speed: the keys of
children are set rather than found, and objects are flushed and forgotten a chunk at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Mapped, Session, registry, relationship

from benchmarks.book import NOW, PORTFOLIO
from benchmarks.database import engine_of
from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
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


class Whole(_Row):
    """An invoice that has its lines and postings."""


class WholeLine(_Row):
    """A line, found by its invoice."""


class WholePosting(_Row):
    """A posting, found by its invoice."""


_invoices, _lines, _postings = schema.invoices, schema.invoice_lines, schema.postings
_mapping.map_imperatively(WholeLine, _lines)
_mapping.map_imperatively(WholePosting, _postings)
_mapping.map_imperatively(
    Whole,
    _invoices,
    properties={
        "lines": relationship(
            WholeLine,
            primaryjoin=and_(
                _invoices.c.portfolio_id == _lines.c.portfolio_id, _invoices.c.invoice_id == _lines.c.invoice_id
            ),
            foreign_keys=[_lines.c.portfolio_id, _lines.c.invoice_id],
        ),
        "postings": relationship(
            WholePosting,
            primaryjoin=and_(
                _invoices.c.portfolio_id == _postings.c.portfolio_id, _invoices.c.invoice_id == _postings.c.source_id
            ),
            foreign_keys=[_postings.c.portfolio_id, _postings.c.source_id],
        ),
    },
)

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
    """Bill the month in one transaction, by relationships; how many invoices were made."""
    with engine_of(dsn) as engine, Session(engine) as session:
        standing = set(session.scalars(_standing(month)))
        series = _series(session)
        seen, number, made = sha256(), series.last_number, list[Whole]()
        for lease in session.scalars(_leases()):
            if lease.lease_id not in standing:
                number += 1
                made.append(_whole(lease, month, f"INV-{number:06d}"))
                seen.update(lease.lease_id.encode())
        session.add_all(made)
        series.last_number = number
        _tell(session, len(made), seen.hexdigest())
        session.commit()
    return len(made)


def bill_by_tuned_orm(dsn: Dsn, month: DateSpan) -> int:
    """Bill the month in one transaction, a chunk at a time; how many invoices were made."""
    with engine_of(dsn) as engine, Session(engine) as session:
        standing = set(session.scalars(_standing(month)))
        series = _series(session)
        seen, number, made = sha256(), series.last_number, 0
        leases = session.scalars(_leases().execution_options(yield_per=CHUNK))
        for chunk in leases.partitions(CHUNK):
            rows: list[_Row] = []
            for lease in chunk:
                if lease.lease_id not in standing:
                    number += 1
                    made += 1
                    invoice_id = _id_of(lease, month)
                    rows.append(Invoice(**_invoice(lease, month, f"INV-{number:06d}")))
                    for line, posting in _parts(lease, month):
                        rows.append(InvoiceLine(portfolio_id=PORTFOLIO, invoice_id=invoice_id, **line))
                        rows.append(Posting(portfolio_id=PORTFOLIO, source_id=invoice_id, **posting))
                    seen.update(lease.lease_id.encode())
            session.add_all(rows)
            session.flush()
        series.last_number = number
        _tell(session, made, seen.hexdigest())
        session.commit()
    return made


def _series(session: Session) -> NumberSeries:
    """The locked counter of invoices."""
    series = session.get(NumberSeries, (PORTFOLIO, "INV"), with_for_update=True)
    if series is None:
        series = NumberSeries(portfolio_id=PORTFOLIO, series="INV", last_number=0)
        session.add(series)
        session.flush()
    return series


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
    return select(Lease).where(table.portfolio_id == PORTFOLIO, billable).order_by(table.lease_id)


def _id_of(lease: Lease, month: DateSpan) -> str:
    return invoice_id_of(PortfolioId(PORTFOLIO), LeaseId(lease.lease_id), month, InvoiceKind.RECURRING)


def _whole(lease: Lease, month: DateSpan, number: str) -> Whole:
    """One invoice with its lines and postings; the ORM finds their keys."""
    parts = list(_parts(lease, month))
    return Whole(
        **_invoice(lease, month, number),
        lines=[WholeLine(**line) for line, _ in parts],
        postings=[WholePosting(**posting) for _, posting in parts],
    )


def _invoice(lease: Lease, month: DateSpan, number: str) -> dict[str, Any]:
    """An invoice's own columns."""
    body = lease.body
    return {
        "portfolio_id": PORTFOLIO,
        "invoice_id": _id_of(lease, month),
        "lease_id": lease.lease_id,
        "kind": InvoiceKind.RECURRING.value,
        "period_start": month.start,
        "period_end": month.end,
        "issue_date": month.start,
        "due_date": month.start.replace(day=body["due_day"]),
        "recorded_at": NOW,
        "subject": "",
        "series": "INV",
        "number": number,
        "amount_minor": sum(_rate(charge, month.start) for charge in body["charges"]),
        "currency": body["currency"],
        "allocated_minor": 0,
        "void_reason": "",
    }


def _parts(lease: Lease, month: DateSpan) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A line and a posting for each charge, without the columns that tie them to their invoice."""
    invoice_id = _id_of(lease, month)
    for position, charge in enumerate(lease.body["charges"]):
        line_id, minor = f"{invoice_id}.{position}", _rate(charge, month.start)
        line = {
            "position": position,
            "line_id": line_id,
            "kind": charge["kind"],
            "amount_minor": minor,
            "span_start": month.start,
            "span_end": month.end,
            "charge_id": charge["charge_id"],
            "description": "",
        }
        posting = {
            "posting_id": f"{line_id}+",
            "debit": f"receivable:{lease.lease_id}",
            "credit": f"income:{charge['kind']}",
            "amount_minor": minor,
            "currency": lease.body["currency"],
            "value_date": month.start,
            "recorded_at": NOW,
        }
        yield line, posting


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
