"""The aging report from the database and in memory, beside scans, hand-written SQL, polars and loops."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any, Final

import psycopg
from attrs import frozen

from benchmarks.book import NOW, PORTFOLIO, copy_dicts, leases, make_book
from benchmarks.database import database, engine_of, server
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, in_child, median_seconds, peak_memory
from marketplace_adapters.postgres.bulk.aging import PostgresAging
from marketplace_adapters.postgres.rows.accounts import allocation_row, credit_row, invoice_row, line_rows
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.aging import AgingGroup, AgingReport, age_accounts
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.credit import Allocation, Credit, CreditSource
from marketplace_core.domain.days import calendar_month
from marketplace_core.domain.identifiers import AllocationId, CreditId, InvoiceId, LineId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from marketplace_core.domain.money import KES, Money

# Of no type, so that the checkers find the same whether the peer is installed or not.
pl: Final[Any] = import_module("polars")
MONTHS: Final = 12
TODAY: Final = date(2026, 11, 30)
EARLIER: Final = date(2026, 6, 30)
PG_PROPERTY, PG_LEASE = "ours: PG today, by property", "ours: PG today, by lease"
PG_AS_OF: Final = "ours: PG as of an earlier day, by lease"
PURE, LOOP = "ours: pure function with Money", "loop over attrs objects with int money"
SCAN, HAND, FRAMEWORK = (
    "PG scan of both tables",
    "PG as of by hand-written SQL",
    "loop in the shape of ERPNext's report",
)


def run(scale: Scale) -> list[Report]:
    """A year of invoices a lease and about as many allocations; sizes are numbers of invoices."""
    report = Report("Aging: invoices of a year, 1.06 allocations an invoice")
    with server() as owner:
        for size in scale.sizes:
            with database(owner) as dsn:
                _fill(dsn, size)
                _in_database(report, dsn, size, scale)
                report.add(_memory_of(dsn, size))
            if size <= scale.slow_peers:
                _in_memory(report, size, scale)
    _ratios(report, scale)
    report.notes.append("times of ours from PostgreSQL include making the report's validated rows in Python")
    return [report]


def accounts(invoices: int, seed: int = 7) -> Iterator[LeaseAccount]:
    """Lease accounts of twelve invoices each; most are paid by one credit, some by two, some in part or not yet."""
    dice = random.Random(seed)
    for lease in leases(-(-invoices // MONTHS)):
        made: list[Invoice] = []
        credits_: list[Credit] = []
        allocations: list[Allocation] = []
        for month in range(1, MONTHS + 1):
            span = calendar_month(2025 + (month + 10) // 12, (month + 10) % 12 + 1)
            name = f"{lease.lease_id}-{month}"
            amount = Money(lease.charges[0].rates[0].amount.amount_minor, KES)
            line = InvoiceLine(LineId(f"{name}.0"), ChargeKind.RENT, amount, span)
            due = span.start + timedelta(days=4)
            number = f"INV-{name}"
            made.append(
                Invoice(
                    InvoiceId(name),
                    PORTFOLIO,
                    lease.lease_id,
                    InvoiceKind.RECURRING,
                    span,
                    span.start,
                    due,
                    NOW,
                    (line,),
                    number=number,
                )
            )
            for part, minor in enumerate(_parts(dice, amount.amount_minor)):
                day = due + timedelta(days=dice.randint(-3, 20))
                credit = Credit(
                    CreditId(f"c-{name}-{part}"),
                    PORTFOLIO,
                    lease.lease_id,
                    CreditSource.OPENING,
                    name,
                    Money(minor, KES),
                    day,
                    NOW,
                    name,
                )
                credits_.append(credit)
                allocations.append(
                    Allocation(
                        AllocationId(f"a-{name}-{part}"),
                        PORTFOLIO,
                        lease.lease_id,
                        credit.credit_id,
                        made[-1].invoice_id,
                        credit.amount,
                        max(day, span.start),
                        NOW,
                    )
                )
        yield LeaseAccount(lease, tuple(made), credits=tuple(credits_), allocations=tuple(allocations))


def _parts(dice: random.Random, minor: int) -> list[int]:
    """What pays an invoice: nothing 4%, a part 6%, two parts 10%, else all at once."""
    luck = dice.random()
    if luck < 0.04:
        return []
    if luck < 0.10:
        return [minor // 2]
    return [minor // 3, minor - minor // 3] if luck < 0.20 else [minor]


def _fill(dsn: Dsn, invoices: int) -> None:
    make_book(dsn, -(-invoices // MONTHS))
    with psycopg.connect(dsn.conninfo()) as connection:
        for table, rows_of in _TABLES.items():
            copy_dicts(connection, table, (row for account in accounts(invoices) for row in rows_of(account)))
    with psycopg.connect(dsn.conninfo(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _paid(account: LeaseAccount) -> dict[str, int]:
    paid: dict[str, int] = {}
    for it in account.allocations:
        paid[it.invoice_id] = paid.get(it.invoice_id, 0) + it.amount.amount_minor
    return paid


def _invoice_rows(account: LeaseAccount) -> Iterator[dict[str, Any]]:
    paid = _paid(account)
    for it in account.invoices:
        yield {**invoice_row(it), "allocated_minor": paid.get(it.invoice_id, 0)}


_TABLES: Final[dict[str, Callable[[LeaseAccount], Any]]] = {
    "invoices": _invoice_rows,
    "invoice_lines": lambda account: (row for it in account.invoices for row in line_rows(it)),
    "credits": lambda account: (
        {**credit_row(it), "allocated_minor": it.amount.amount_minor} for it in account.credits
    ),
    "allocations": lambda account: map(allocation_row, account.allocations),
}


def _in_database(report: Report, dsn: Dsn, size: int, scale: Scale) -> None:
    with engine_of(dsn) as engine:
        ours = PostgresAging(engine)
        works: dict[str, Callable[[], object]] = {
            PG_PROPERTY: lambda: ours.report(PORTFOLIO, TODAY, by=AgingGroup.PROPERTY),
            PG_LEASE: lambda: ours.report(PORTFOLIO, TODAY),
            PG_AS_OF: lambda: ours.report(PORTFOLIO, EARLIER),
            "ours: PG as of, known on, by lease": lambda: ours.report(PORTFOLIO, EARLIER, known_on=NOW),
            SCAN: lambda: _asked(
                dsn_connection,
                "SELECT (SELECT sum(amount_minor) FROM invoices), (SELECT sum(amount_minor) FROM allocations)",
            ),
            HAND: lambda: _asked(dsn_connection, _BY_HAND.format(day=EARLIER)),
        }
        with psycopg.connect(dsn.conninfo(), autocommit=True) as dsn_connection:
            for work in works.values():
                work()
            for name, work in works.items():
                report.add(Measured(name, size, median_seconds(work, 2 * scale.runs + 1), size, 2 * scale.runs + 1))


def _asked(connection: psycopg.Connection, statement: str) -> list[Any]:
    return connection.execute(statement.encode()).fetchall()


_BY_HAND: Final = """
SELECT i.lease_id,
       sum(left_minor) FILTER (WHERE age <= 0), sum(left_minor) FILTER (WHERE age BETWEEN 1 AND 30),
       sum(left_minor) FILTER (WHERE age BETWEEN 31 AND 60), sum(left_minor) FILTER (WHERE age BETWEEN 61 AND 90),
       sum(left_minor) FILTER (WHERE age > 90)
FROM (
    SELECT i.lease_id, DATE '{day}' - i.due_date AS age,
           i.amount_minor - coalesce(sum(a.amount_minor), 0) AS left_minor
    FROM invoices i LEFT JOIN allocations a ON a.portfolio_id = i.portfolio_id AND a.invoice_id = i.invoice_id
         AND a.superseded_at IS NULL AND a.value_date <= DATE '{day}'
         AND (a.ended_on IS NULL OR a.ended_on > DATE '{day}')
    WHERE i.portfolio_id = 'bench' AND i.issue_date <= DATE '{day}'
          AND (i.voided_on IS NULL OR i.voided_on > DATE '{day}')
    GROUP BY i.portfolio_id, i.invoice_id
) i
WHERE left_minor <> 0 GROUP BY i.lease_id
UNION ALL
SELECT c.lease_id, sum(free_minor), NULL, NULL, NULL, NULL
FROM (
    SELECT c.lease_id, c.amount_minor - coalesce(sum(a.amount_minor), 0) AS free_minor
    FROM credits c LEFT JOIN allocations a ON a.portfolio_id = c.portfolio_id AND a.credit_id = c.credit_id
         AND a.superseded_at IS NULL AND a.value_date <= DATE '{day}'
         AND (a.ended_on IS NULL OR a.ended_on > DATE '{day}')
    WHERE c.portfolio_id = 'bench' AND c.source <> 'write_off' AND c.value_date <= DATE '{day}'
          AND (c.ended_on IS NULL OR c.ended_on > DATE '{day}')
    GROUP BY c.portfolio_id, c.credit_id
) c
WHERE free_minor <> 0 GROUP BY c.lease_id
"""


def _memory_of(dsn: Dsn, size: int) -> Measured:
    megabytes = in_child(report_in_child, dsn)
    return Measured("ours: PG today, by lease, in a process of its own", size, 0, 0, 1, megabytes)


def report_in_child(dsn: Dsn) -> float:
    """Age the book and give the extra memory it took, in megabytes."""
    with engine_of(dsn) as engine, peak_memory() as grown:
        PostgresAging(engine).report(PORTFOLIO, TODAY)
    return grown[0]


@frozen
class _IntInvoice:
    invoice_id: str
    lease_id: str
    due: date
    issued: date
    minor: int


@frozen
class _IntAllocation:
    invoice_id: str
    minor: int
    since: date
    until: date | None


def _in_memory(report: Report, size: int, scale: Scale) -> None:
    book = list(accounts(size))
    invoices = [
        _IntInvoice(it.invoice_id, it.lease_id, it.due_date, it.issue_date, it.amount.amount_minor)
        for account in book
        for it in account.invoices
    ]
    allocations = [
        _IntAllocation(it.invoice_id, it.amount.amount_minor, it.value_date, it.ended_on)
        for account in book
        for it in account.allocations
    ]
    rows = _as_framework_rows(book)
    frames = _frames(invoices, allocations)
    works: dict[str, Callable[[], object]] = {
        PURE: lambda: _pure(book),
        LOOP: lambda: _loop(invoices, allocations),
        "polars": lambda: _polars(*frames),
        FRAMEWORK: lambda: _framework_loop(rows),
    }
    totals = {name: work() for name, work in works.items()}
    if len(set(totals.values())) != 1:
        message = f"the peers disagree: {totals}"
        raise AssertionError(message)
    for name, work in works.items():
        runs = 1 if name == FRAMEWORK else scale.runs
        report.add(Measured(name, size, median_seconds(work, runs), size, runs))


def _pure(book: list[LeaseAccount]) -> int:
    found: AgingReport = age_accounts(book, TODAY, KES)
    return found.total.outstanding.amount_minor


def _loop(invoices: list[_IntInvoice], allocations: list[_IntAllocation]) -> int:
    """What one writes by hand: a dictionary of what is paid, a row of five sums a lease."""
    paid: dict[str, int] = {}
    for it in allocations:
        if it.since <= TODAY and (it.until is None or it.until > TODAY):
            paid[it.invoice_id] = paid.get(it.invoice_id, 0) + it.minor
    rows: dict[str, list[int]] = {}
    for invoice in invoices:
        left = invoice.minor - paid.get(invoice.invoice_id, 0)
        if left and invoice.issued <= TODAY:
            days = (TODAY - invoice.due).days
            bucket = 0 if days <= 0 else 1 if days <= 30 else 2 if days <= 60 else 3 if days <= 90 else 4
            row = rows.get(invoice.lease_id)
            if row is None:
                row = rows[invoice.lease_id] = [0] * 5
            row[bucket] += left
    return sum(sum(row) for row in rows.values())


def _frames(invoices: list[_IntInvoice], allocations: list[_IntAllocation]) -> tuple[Any, Any]:
    bills = pl.DataFrame(
        {name: [getattr(it, name) for it in invoices] for name in ("invoice_id", "lease_id", "due", "issued", "minor")}
    )
    paid = pl.DataFrame(
        {name: [getattr(it, name) for it in allocations] for name in ("invoice_id", "minor", "since", "until")},
        schema_overrides={"until": pl.Date},
    )
    return bills, paid


def _polars(bills: Any, paid: Any) -> int:  # noqa: ANN401 - frames of a peer that the checkers need not have
    column = pl.col
    held = paid.lazy().filter((column("since") <= TODAY) & (column("until").is_null() | (column("until") > TODAY)))
    sums = held.group_by("invoice_id").agg(column("minor").sum().alias("paid"))
    left = (
        bills.lazy()
        .filter(column("issued") <= TODAY)
        .join(sums, on="invoice_id", how="left")
        .with_columns((column("minor") - column("paid").fill_null(0)).alias("left"))
        .filter(column("left") != 0)
        .with_columns((pl.lit(TODAY) - column("due")).dt.total_days().cut([0, 30, 60, 90]).alias("bucket"))
        .group_by("lease_id", "bucket")
        .agg(column("left").sum())
        .collect()
    )
    return int(left["left"].sum())


class _Dict(dict[str, Any]):
    """A row whose keys are attributes, as such frameworks hand rows out."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any column
        return self.get(name)


def _as_framework_rows(book: list[LeaseAccount]) -> list[_Dict]:
    """Ledger entries as such a report reads them: one a voucher or payment, against which voucher, in major units."""
    rows: list[_Dict] = []
    for account in book:
        for it in account.invoices:
            rows.append(  # noqa: PERF401 - as such a report does
                _Dict(
                    voucher_type="Invoice",
                    voucher_no=it.invoice_id,
                    against=it.invoice_id,
                    party=it.lease_id,
                    posting_date=it.issue_date.isoformat(),
                    due_date=it.due_date.isoformat(),
                    amount=it.amount.to_decimal(),
                )
            )
        for paid in account.allocations:
            rows.append(  # noqa: PERF401 - as such a report does
                _Dict(
                    voucher_type="Payment",
                    voucher_no=paid.allocation_id,
                    against=paid.invoice_id,
                    party=paid.lease_id,
                    posting_date=paid.value_date.isoformat(),
                    due_date=None,
                    amount=-paid.amount.to_decimal(),
                )
            )
    return rows


def _framework_loop(entries: list[_Dict]) -> int:
    """Row dictionaries, dates parsed and amounts rounded at each touch, ranges filled voucher by voucher."""
    balances: dict[tuple[str, str], _Dict] = {}
    for entry in entries:
        if _date(entry.posting_date) > TODAY:
            continue
        key = (entry.against, entry.party)
        if key not in balances:
            balances[key] = _Dict(
                voucher_no=entry.against,
                party=entry.party,
                due_date=None,
                invoiced=Decimal(0),
                paid=Decimal(0),
                outstanding=Decimal(0),
            )
        row = balances[key]
        if entry.voucher_type == "Invoice":
            row.update(due_date=entry.due_date, invoiced=_rounded(row.invoiced + _rounded(entry.amount)))
        else:
            row.update(paid=_rounded(row.paid - _rounded(entry.amount)))
    parties: dict[str, _Dict] = {}
    for row in balances.values():
        row.update(outstanding=_rounded(row.invoiced - row.paid))
        if abs(row.outstanding) < Decimal("0.005"):
            continue
        days = (TODAY - _date(row.due_date)).days
        row.update(age=days)
        name = next((f"range{index}" for index, bound in enumerate((0, 30, 60, 90)) if days <= bound), "range4")
        party = parties.setdefault(
            row.party, _Dict({f"range{index}": Decimal(0) for index in range(5)}, outstanding=Decimal(0))
        )
        for index in range(5):
            party[f"range{index}"] = _rounded(
                party[f"range{index}"] + (row.outstanding if name == f"range{index}" else 0)
            )
        party.update(outstanding=_rounded(party.outstanding + row.outstanding))
    return int(sum(party.outstanding for party in parties.values()) * 100)


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _rounded(amount: Decimal) -> Decimal:
    return round(Decimal(amount), 2)


def _ratios(report: Report, scale: Scale) -> None:
    limits = (
        (PG_PROPERTY, SCAN, 2.0),
        (PG_LEASE, SCAN, 6.0),
        (PG_AS_OF, HAND, 1.3),
        (PURE, LOOP, 3.0),
    )
    for size in scale.sizes:
        for ours, peer, limit in limits:
            mine, other = report.find(ours, size), report.find(peer, size)
            if mine and other:
                report.ratios.append(Ratio(f"{ours} / {peer}, time", size, mine.seconds / other.seconds, limit))
        mine, other = report.find(PG_LEASE, size), report.find(FRAMEWORK, size)
        if mine and other:
            name = f"{PG_LEASE}, speed over the {FRAMEWORK}"
            report.ratios.append(Ratio(name, size, other.seconds / mine.seconds, 30, at_least=True))
        memory = report.find("ours: PG today, by lease, in a process of its own", size)
        if memory and memory.extra_memory_megabytes is not None:
            report.ratios.append(Ratio("extra memory of aging", size, memory.extra_memory_megabytes, 200, unit=" MB"))
    growth(report, PG_LEASE, scale.sizes, 11)
    growth(report, PG_AS_OF, scale.sizes, 11)
