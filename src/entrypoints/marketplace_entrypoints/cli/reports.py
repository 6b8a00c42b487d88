"""Say what is owed: aging and statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.aging import AgingBasis, AgingGroup, AgingReport, AgingRow
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import PersonId, PropertyId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.statement import Statement
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, Day, Instant, Where
from marketplace_entrypoints.cli.saving import save_text
from marketplace_entrypoints.cli.session import Labels, opened
from marketplace_entrypoints.csv_text import csv_text

_ROWS = {
    AgingGroup.LEASE: "leases",
    AgingGroup.TENANT: "tenants",
    AgingGroup.PROPERTY: "properties",
    AgingGroup.PORTFOLIO: "portfolios",
}


def aging(
    *,
    as_of: Annotated[Day | None, Parameter(help="Day (default: today).")] = None,
    known_on: Annotated[Instant | None, Parameter(help="As it was known at this instant (default: now).")] = None,
    by: Annotated[AgingGroup, Parameter(help="What a row stands for.")] = AgingGroup.LEASE,
    basis: Annotated[AgingBasis, Parameter(help="From which day an invoice's age counts.")] = AgingBasis.DUE_DATE,
    csv: Annotated[Path | None, Parameter(help="Write the rows to a CSV file.")] = None,
    where: Where = HERE,
) -> int:
    """Say what is owed and for how long; unapplied credit stands apart and is never netted."""
    with opened(where) as here:
        known_on = here.instant(known_on)
        day = as_of or here.today
        report = here.ports.report(
            here.portfolio_id, day, known_on=known_on, by=by, basis=basis, buckets=here.settings.buckets
        )
        labels = here.labels()
        properties = {it.property_id: it.name for it in here.ports.properties(here.portfolio_id)}
        told: plain.Plain = {
            "portfolio": here.portfolio_id,
            "as_of": plain.day(day),
            "known_on": plain.instant(known_on),
            "by": by.value,
            "basis": basis.value,
            "currency": report.currency.code,
            **_plain_row(report.total, report),
            _ROWS[by]: [{**_named(it, by, labels, properties), **_plain_row(it, report)} for it in report.rows],
        }
        header = (by.value, *(("unit", "tenant") if by is AgingGroup.LEASE else ("name",)), *report.labels)
        header = (*header, "outstanding", "unapplied")
        rows: list[tuple[object, ...]] = [
            (*_named(it, by, labels, properties).values(), *_amounts(it)) for it in report.rows
        ]
        if csv is not None:
            cells = ([it.plain() if isinstance(it, Money) else it for it in row] for row in rows)
            save_text(csv, csv_text(header, cells))
            here.output.say(f"wrote {len(rows)} rows to {csv}")
        blank = ("",) * (len(header) - len(report.labels) - 3)
        rows.append(("total", *blank, *_amounts(report.total)))
        knowledge = f", as known at {known_on}" if known_on else ""
        title = f"Aging of {here.portfolio.name} as of {day}{knowledge}, in {report.currency.code}"
        return here.answer(told, title, table(header, rows))


def statement(
    lease: Annotated[str, Parameter(help="Lease id, unit code or payment reference.")],
    *,
    from_day: Annotated[Day | None, Parameter(name="--from", help="First day (default: the lease's start).")] = None,
    to_day: Annotated[Day | None, Parameter(name="--to", help="Last day (default: today).")] = None,
    known_on: Annotated[Instant | None, Parameter(help="As it was known at this instant (default: now).")] = None,
    where: Where = HERE,
) -> int:
    """A lease's statement of account: opening balance, each event with the balance after it, closing balance."""
    with opened(where) as here:
        found = here.lease(lease)
        last = to_day or max(here.today, found.start)
        first = from_day or _beginning(found, here.ports.account(here.portfolio_id, found.lease_id).invoices)
        if from_day is not None and last < from_day:
            raise Refused(f"--to {last} is before --from {from_day}")
        span = DateSpan(min(first, last) if from_day is None else first, last + timedelta(days=1))
        given = here.container.statement()(here.portfolio_id, found.lease_id, span, here.instant(known_on))
        labels = here.labels()
        unit, tenant = labels.unit(found.lease_id), labels.tenant(found.lease_id)
        told = {
            "lease": found.lease_id,
            "unit": unit,
            "tenant": tenant,
            "reference": found.reference,
            "from": plain.day(span.start),
            "to": plain.day(span.last_day),
            "opening": plain.money(given.opening),
            "lines": [
                {
                    "on": plain.day(it.on),
                    "text": it.text,
                    "document": it.document,
                    "amount": plain.money(it.amount),
                    "balance": plain.money(it.balance),
                }
                for it in given.lines
            ],
            "closing": plain.money(given.closing),
        }
        title = f"Statement of {tenant}, {unit}, reference {found.reference}: {span}, in {found.currency.code}"
        return here.answer(told, title, statement_table(given))


def statement_table(given: Statement) -> Table:
    """A statement for people."""
    rows: list[tuple[object, ...]] = [(given.span.start, "Opening balance", "", "", given.opening)]
    rows.extend((it.on, it.text, it.document, it.amount, it.balance) for it in given.lines)
    rows.append((given.span.last_day, "Closing balance", "", "", given.closing))
    return table(("on", "", "document", "amount", "balance"), rows)


def _beginning(lease: Lease, invoices: tuple[Invoice, ...]) -> date:
    return min([lease.start, *(it.issue_date for it in invoices)])


def _plain_row(row: AgingRow, report: AgingReport) -> plain.Plain:
    amounts = zip(report.labels, row.buckets, strict=True)
    return {
        "total": plain.money(row.outstanding),
        "unapplied": plain.money(row.unapplied),
        "buckets": {label: plain.money(amount) for label, amount in amounts},
    }


def _named(row: AgingRow, by: AgingGroup, labels: Labels, properties: Mapping[PropertyId, str]) -> dict[str, str]:
    match by:
        case AgingGroup.LEASE:
            return {"lease": row.key, "unit": labels.unit(row.key), "tenant": labels.tenant(row.key)}
        case AgingGroup.TENANT:
            return {"tenant": row.key, "name": labels.names.get(PersonId(row.key), "")}
        case AgingGroup.PROPERTY:
            return {"property": row.key, "name": properties.get(PropertyId(row.key), "")}
        case AgingGroup.PORTFOLIO:
            return {"portfolio": row.key, "name": ""}


def _amounts(row: AgingRow) -> tuple[Money, ...]:
    return (*row.buckets, row.outstanding, row.unapplied)
