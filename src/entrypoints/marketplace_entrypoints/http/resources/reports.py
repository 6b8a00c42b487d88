"""Aging, statements of account, deposits held, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from marketplace_core.domain.access import Action
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.aging import AgingGroup, AgingReport, age_accounts
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.paging import PageAsk
from marketplace_core.domain.register import LEASES, LeaseEntry
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.csv_text import csv_text
from marketplace_entrypoints.http.operation import PDF, Answer, Call, operation
from marketplace_entrypoints.http.paging import CSV, wants_csv
from marketplace_entrypoints.http.shapes.reports import (
    AgingQuery,
    AgingRowShape,
    AgingShape,
    DayQuery,
    DepositList,
    DepositShape,
    EventPage,
    EventQuery,
    EventShape,
    SpanQuery,
    StatementQuery,
    StatementShape,
)
from marketplace_entrypoints.register_pages import everything

_YEAR: Final = timedelta(days=365)


@operation("GET", "/api/aging", Action.READ_MONEY, answers=AgingShape, query=AgingQuery, further=("text/csv",))
def read_aging(call: Call[Any, AgingQuery]) -> Answer:
    """What is owed and for how long, as of any day, by when it happened and by when it was known."""
    query: AgingQuery = call.query
    day = query.as_of or call.today
    is_of_all = call.reach.is_whole and query.by is AgingGroup.PORTFOLIO
    leases = () if is_of_all else _leases_in_reach(call)
    report = _report(call, query, day, leases)
    names = _names(call, query.by, leases)
    rows = tuple(AgingRowShape.of(it, names.get(it.key, "")) for it in report.rows)
    if wants_csv(call):
        return _aging_csv(report, rows)
    told = AgingShape(day, query.by, query.basis, report.labels, rows, AgingRowShape.of(report.total, "total"))
    return Answer(told)


@operation(
    "GET",
    "/api/statements/{lease_id}",
    Action.READ_MONEY,
    answers=StatementShape,
    query=StatementQuery,
    further=("text/csv",),
)
def read_statement(call: Call[Any, Any]) -> Answer:
    """A lease's statement of account: opening balance, each event, closing balance."""
    lease = call.parts.ports.one(call.reach, LEASES, call.path["lease_id"]).lease
    statement = call.parts.container.statement()
    told = StatementShape.of(statement(lease.portfolio_id, lease.lease_id, _span(call), call.query.known_on))
    if wants_csv(call):
        header = ("day", "text", "document", "amount", "balance", "currency")
        rows = [
            (it.day, it.text, it.document, it.amount.amount, it.balance.amount, it.amount.currency) for it in told.lines
        ]
        return Answer(csv_text(header, rows).encode(), content_type=CSV)
    return Answer(told)


@operation(
    "GET",
    "/api/statements/{lease_id}/pdf",
    Action.READ_MONEY,
    answers=None,
    query=SpanQuery,
    further=(PDF,),
    limit="papers",
)
def print_statement(call: Call[Any, Any]) -> Answer:
    """A lease's statement of account as PDF."""
    papers = call.parts.container.papers()
    paper = papers.statement(call.reach, LeaseId(call.path["lease_id"]), _span(call), call.today)
    return Answer(call.parts.documents.statement(paper), content_type=PDF)


def _span(call: Call[Any, Any]) -> DateSpan:
    last = call.query.last_day or call.today
    first = call.query.first_day or last - _YEAR
    if first > last:
        raise InvalidInput(f"first_day {first} is after last_day {last}")
    return DateSpan(first, last + timedelta(days=1))


@operation("GET", "/api/deposits", Action.READ_MONEY, answers=DepositList, query=DayQuery)
def list_deposits(call: Call[Any, Any]) -> Answer:
    """Each deposit in reach: received, deducted, refunded, transferred, held."""
    day = call.query.as_of or call.today
    accounts = (
        call.parts.ports.accounts(call.portfolio_id)
        if call.reach.is_whole
        else _accounts_of(call, _leases_in_reach(call))
    )
    found = ((it.lease.lease_id, it.deposit(day)) for it in accounts)
    return Answer(DepositList(day, tuple(DepositShape.of(lease_id, it) for lease_id, it in found if it.has_moved)))


@operation("GET", "/api/admin/audit", Action.READ_AUDIT, answers=EventPage, query=EventQuery)
def list_events(call: Call[Any, Any]) -> Answer:
    """The portfolio's hash-chained log, without what it says of people."""
    call.reach.require_whole()
    query: EventQuery = call.query
    found = list(islice(call.parts.ports.events(call.portfolio_id, query.after), query.limit))
    following = found[-1].sequence if len(found) == query.limit else None
    return Answer(EventPage(tuple(EventShape.of(it) for it in found), following))


def _leases_in_reach(call: Call[Any, Any]) -> list[LeaseEntry]:
    found = everything(call.parts.ports.page, call.reach, LEASES, PageAsk())
    return sorted(found, key=lambda it: it.lease.lease_id)


def _accounts_of(call: Call[Any, Any], leases: Iterable[LeaseEntry]) -> Iterator[LeaseAccount]:
    for it in leases:
        yield call.parts.ports.account(it.lease.portfolio_id, it.lease.lease_id)


def _report(call: Call[Any, Any], query: AgingQuery, day: date, leases: Sequence[LeaseEntry]) -> AgingReport:
    """The whole portfolio's by the store; a part's by the pure function over the accounts in reach, which agrees."""
    buckets = call.parts.settings.buckets
    if call.reach.is_whole:
        return call.parts.ports.report(
            call.portfolio_id, day, known_on=query.known_on, by=query.by, basis=query.basis, buckets=buckets
        )
    properties = {it.lease.unit_id: it.property_id for it in leases}
    return age_accounts(
        _accounts_of(call, leases),
        day,
        call.portfolio.currency,
        known_on=query.known_on,
        by=query.by,
        basis=query.basis,
        buckets=buckets,
        property_of=properties,
    )


def _names(call: Call[Any, Any], by: AgingGroup, leases: Sequence[LeaseEntry]) -> dict[str, str]:
    """What the rows' keys are called, of what is in reach."""
    found: dict[str, str] = {}
    if by is AgingGroup.PORTFOLIO:
        return {call.portfolio_id: call.portfolio.name}
    for it in leases:
        if by is AgingGroup.LEASE:
            found[it.lease.lease_id] = f"{it.unit_code} {', '.join(it.tenant_names)}".strip()
        elif by is AgingGroup.TENANT:
            found.update(zip(it.lease.tenant_ids, it.tenant_names, strict=True))
        else:
            found[it.property_id] = it.property_id
    return found


def _aging_csv(report: AgingReport, rows: tuple[AgingRowShape, ...]) -> Answer:
    header = ("key", "name", *report.labels, "outstanding", "unapplied", "currency")
    cells = [
        (
            it.key,
            it.name,
            *(one.amount for one in it.buckets),
            it.outstanding.amount,
            it.unapplied.amount,
            it.outstanding.currency,
        )
        for it in rows
    ]
    return Answer(csv_text(header, cells).encode(), content_type=CSV)
