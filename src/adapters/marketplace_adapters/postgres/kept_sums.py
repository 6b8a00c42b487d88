"""Sums that rows keep for speed, checked against the rows that they sum."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Engine, text

_STANDING: Final = "superseded_at IS NULL AND ended_on IS NULL"


class WrongSum(NamedTuple):
    """A kept sum that is not the sum of its rows: what is kept, of which row, and both figures in minor units."""

    name: str
    key: str
    kept_minor: int
    summed_minor: int


def _sum_of(table: str, key: str, column: str, parts: str, amount: str = "amount_minor") -> str:
    """Each row of a table whose column is not the sum of ``parts``, a FROM and WHERE over rows with the same key."""
    return f"""
        SELECT '{table}.{column}', kept.{key}, kept.{column}, coalesce(found.minor, 0)
        FROM {table} AS kept LEFT JOIN (
            SELECT portfolio_id, {key}, sum({amount})::bigint AS minor {parts} GROUP BY portfolio_id, {key}
        ) AS found USING (portfolio_id, {key})
        WHERE kept.{column} <> coalesce(found.minor, 0)
    """  # noqa: S608 - every name stands in this module


_CHECKS: Final = (
    _sum_of("invoices", "invoice_id", "amount_minor", "FROM invoice_lines"),
    _sum_of("invoices", "invoice_id", "allocated_minor", f"FROM allocations WHERE {_STANDING}"),
    _sum_of("credits", "credit_id", "allocated_minor", f"FROM allocations WHERE {_STANDING}"),
    _sum_of("credits", "credit_id", "used_minor", "FROM credit_uses WHERE ended_on IS NULL"),
    _sum_of("payments", "payment_id", "given_minor", "FROM matches WHERE undone_at IS NULL"),
    """
        SELECT 'matches.amount_minor', match_id, amount_minor, (
            SELECT sum((part -> 'amount' ->> 0)::bigint) FROM jsonb_array_elements(slices::jsonb) AS part
        ) FROM matches WHERE amount_minor <> (
            SELECT sum((part -> 'amount' ->> 0)::bigint) FROM jsonb_array_elements(slices::jsonb) AS part
        )
    """,
    """
        SELECT 'payments.credited_minor', payment_id, credited_minor, (
            SELECT coalesce(sum(credits.amount_minor), 0)::bigint FROM credits
            WHERE credits.portfolio_id = payments.portfolio_id AND source = 'payment'
            AND source_id = payment_id AND credits.ended_on IS NULL
        ) FROM payments WHERE reversed_on IS NULL AND credited_minor <> (
            SELECT coalesce(sum(credits.amount_minor), 0)::bigint FROM credits
            WHERE credits.portfolio_id = payments.portfolio_id AND source = 'payment'
            AND source_id = payment_id AND credits.ended_on IS NULL
        )
    """,
    """
        SELECT 'payment_reports.amount_minor', payment_id, payment_reports.amount_minor, payments.amount_minor
        FROM payment_reports JOIN payments USING (portfolio_id, payment_id)
        WHERE payment_reports.amount_minor <> payments.amount_minor
    """,
)
_MOST: Final = 100


def wrong_sums(engine: Engine) -> tuple[WrongSum, ...]:
    """Every kept sum of every portfolio that does not hold, the first hundred of each kind."""
    with engine.connect() as connection:
        return tuple(
            WrongSum(*row) for check in _CHECKS for row in connection.execute(text(f"{check} LIMIT {_MOST}")).fetchall()
        )
