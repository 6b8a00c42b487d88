"""Kept sums: what the facts of a command add to columns that must always equal the fold of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import Connection, Table, bindparam, update

from marketplace_adapters.postgres.schema import credits_, invoices, payments
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.facts import (
    AllocationMade,
    AllocationSuperseded,
    CreditAdded,
    CreditEnded,
    CreditUsed,
    CreditUseEnded,
    Fact,
    MatchApplied,
    MatchUndone,
)
from marketplace_core.domain.identifiers import PortfolioId

Place = tuple[str, str, str]
"""A table, its id column and its kept column."""

INVOICE_ALLOCATED: Place = ("invoices", "invoice_id", "allocated_minor")
CREDIT_ALLOCATED: Place = ("credits", "credit_id", "allocated_minor")
CREDIT_USED: Place = ("credits", "credit_id", "used_minor")
PAYMENT_GIVEN: Place = ("payments", "payment_id", "given_minor")
PAYMENT_CREDITED: Place = ("payments", "payment_id", "credited_minor")

_TABLES: dict[str, Table] = {"invoices": invoices, "credits": credits_, "payments": payments}


def changes_of(facts: Iterable[Fact]) -> dict[Place, Counter[str]]:
    """By kept column and id, how much is added; allocations that end leave nothing behind in the sums."""
    changes: dict[Place, Counter[str]] = {
        place: Counter()
        for place in (INVOICE_ALLOCATED, CREDIT_ALLOCATED, CREDIT_USED, PAYMENT_GIVEN, PAYMENT_CREDITED)
    }
    for fact in facts:
        match fact:
            case AllocationMade(it) if it.ended_on is None:
                changes[INVOICE_ALLOCATED][it.invoice_id] += it.amount.amount_minor
                changes[CREDIT_ALLOCATED][it.credit_id] += it.amount.amount_minor
            case AllocationSuperseded(it) if it.ended_on is None:
                changes[INVOICE_ALLOCATED][it.invoice_id] -= it.amount.amount_minor
                changes[CREDIT_ALLOCATED][it.credit_id] -= it.amount.amount_minor
            case CreditUsed(use):
                changes[CREDIT_USED][use.credit_id] += use.amount.amount_minor
            case CreditUseEnded(use):
                changes[CREDIT_USED][use.credit_id] -= use.amount.amount_minor
            case CreditAdded(credit) if credit.source is CreditSource.PAYMENT:
                changes[PAYMENT_CREDITED][credit.source_id] += credit.amount.amount_minor
            case CreditEnded(credit) if credit.source is CreditSource.PAYMENT:
                changes[PAYMENT_CREDITED][credit.source_id] -= credit.amount.amount_minor
            case MatchApplied(made):
                changes[PAYMENT_GIVEN][made.payment_id] += made.amount_minor
            case MatchUndone(undone):
                changes[PAYMENT_GIVEN][undone.payment_id] -= undone.amount_minor
            case _:
                pass
    return changes


def keep(connection: Connection, portfolio_id: PortfolioId, facts: Iterable[Fact]) -> None:
    """Bring the kept columns up to date, table by table and row by row in the order of their ids.

    All columns of a row in one statement: what a credit gives up by one it may give by another, and a row that stood
    between the two would break the constraint on both.
    """
    changes = changes_of(facts)
    for (table_name, id_column), places in groupby(changes, key=lambda place: place[:2]):
        columns = {column: changes[table_name, id_column, column] for _, _, column in places}
        changed = sorted({key for counted in columns.values() for key, change in counted.items() if change})
        if not changed:
            continue
        table = _TABLES[table_name]
        connection.execute(
            update(table)
            .where(table.c.portfolio_id == portfolio_id, table.c[id_column] == bindparam("row_id"))
            .values({column: table.c[column] + bindparam(f"by_{column}") for column in columns}),
            [
                {"row_id": key} | {f"by_{column}": counted[key] for column, counted in columns.items()}
                for key in changed
            ],
        )
