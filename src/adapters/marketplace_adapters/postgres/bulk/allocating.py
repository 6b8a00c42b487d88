"""Credit that pays the new invoices of a run: decided account by account, written in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from attrs import frozen
from sqlalchemy import Connection, text

from marketplace_adapters.postgres.bulk.copying import NULL, Days, copy_rows, escaped
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.bulk.invoice_rows import POSTINGS, posting_rows
from marketplace_adapters.postgres.bulk.overlap import Overlap
from marketplace_adapters.postgres.loading import lease_accounts
from marketplace_adapters.postgres.rows.values import currency_text
from marketplace_adapters.postgres.writing.kept import INVOICE_ALLOCATED, changes_of
from marketplace_core.domain.account_decisions import issue
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Allocation
from marketplace_core.domain.facts import AccountFact, AllocationMade, AllocationSuperseded, InvoiceIssued
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.invoice import Invoice

ALLOCATIONS: Final = (
    "portfolio_id",
    "allocation_id",
    "lease_id",
    "credit_id",
    "invoice_id",
    "amount_minor",
    "currency",
    "value_date",
    "recorded_at",
    "invoice_kind",
    "ended_on",
)
_SUPERSEDE: Final = text(
    "UPDATE allocations SET superseded_at = :superseded_at"
    " WHERE portfolio_id = :portfolio AND allocation_id = ANY(:ids)"
)
_ADD: Final = (
    "UPDATE {table} t SET {column} = t.{column} + added.change"
    " FROM unnest(CAST(:ids AS text[]), CAST(:changes AS bigint[])) AS added(id, change)"
    " WHERE t.portfolio_id = :portfolio AND t.{key} = added.id"
)


@frozen
class Paid:
    """The changes of allocation that follow from new invoices, and what of each is paid by what does not end."""

    facts: tuple[AccountFact, ...]
    of_invoice: Mapping[str, int]


def paid_by_credit(connection: Connection, overlap: Overlap, command: Command, invoices: Sequence[Invoice]) -> Paid:
    """What the credit of their leases pays of new invoices, which are numbered and not written yet."""
    of_lease: defaultdict[LeaseId, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        of_lease[invoice.lease_id].append(invoice)
    load = partial(lease_accounts, connection, command.portfolio_id, list(of_lease))
    accounts = overlap.begin(load).result()
    facts = tuple(
        fact
        for lease_id, new in of_lease.items()
        for fact in issue(accounts[lease_id], new, command)
        if not isinstance(fact, InvoiceIssued)
    )
    return Paid(facts, changes_of(facts)[INVOICE_ALLOCATED])


def write_allocations(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[AccountFact], written: Mapping[str, int]
) -> None:
    """Write allocations, their postings and the kept sums; ``written`` is what new invoices were written with."""
    if not facts:
        return
    driver = driver_of(connection)
    day = Days()
    made = [_row(fact.allocation, day) for fact in facts if isinstance(fact, AllocationMade)]
    copy_rows(driver, "allocations", ALLOCATIONS, made)
    superseded = [fact.allocation for fact in facts if isinstance(fact, AllocationSuperseded)]
    if superseded:
        instant = superseded[0].superseded_at
        ids = [it.allocation_id for it in superseded]
        connection.execute(_SUPERSEDE, {"portfolio": portfolio_id, "superseded_at": instant, "ids": ids})
    copy_rows(driver, "postings", POSTINGS, [row for fact in facts for row in posting_rows(fact)])
    for place, changes in changes_of(facts).items():
        already: Mapping[str, int] = written if place == INVOICE_ALLOCATED else {}
        left = {key: rest for key, change in changes.items() if (rest := change - already.get(key, 0))}
        if left:
            table, key, column = place
            statement = text(_ADD.format(table=table, key=key, column=column))
            values = {"portfolio": portfolio_id, "ids": list(left), "changes": list(left.values())}
            connection.execute(statement, values)


def _row(it: Allocation, day: Days) -> str:
    fields = (
        escaped(it.portfolio_id),
        escaped(it.allocation_id),
        escaped(it.lease_id),
        escaped(it.credit_id),
        escaped(it.invoice_id),
        str(it.amount.amount_minor),
        currency_text(it.amount.currency),
        day(it.value_date),
        day(it.recorded_at),
        str(it.invoice_kind),
        NULL if it.ended_on is None else day(it.ended_on),
    )
    return "\t".join(fields)
