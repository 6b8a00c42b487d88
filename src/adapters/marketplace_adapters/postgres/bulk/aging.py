"""The aging report summed by the database, equal to the pure function cent for cent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

import psycopg
from sqlalchemy import Engine, select
from typing_extensions import override

from marketplace_adapters.postgres.bulk.aging_sql import KEPT_SUMS_HOLD, Reading, report_statement
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.bulk.overlap import few_collections
from marketplace_adapters.postgres.engine import snapshot
from marketplace_adapters.postgres.rows.values import currency_of
from marketplace_adapters.postgres.schema import portfolios
from marketplace_core.domain.aging import (
    DEFAULT_BUCKETS,
    AgingBasis,
    AgingBuckets,
    AgingGroup,
    AgingReport,
    report_of,
)
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.errors import CurrencyMismatch, NotFound
from marketplace_core.ports.aging import Aging

MEMORY_OF_A_REPORT: Final = "SET LOCAL work_mem = '64MB'"
"""For joins of a million allocations: with the usual memory the server would write them to disk and back."""

IN_THE_ORDER_OF_LEASES: Final = "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_hashagg = off"
"""What is open stands in an index by lease: to read it in that order and sum as it comes takes less than to start
workers, each of which would sum nearly every lease again."""

BY_ONE_PROCESS: Final = "SET LOCAL max_parallel_workers_per_gather = 0"
"""What is open now is too little for workers to be worth their start."""

ROWS_IN_THEIR_ORDER: Final = "SET LOCAL effective_cache_size = '4MB'"
"""Half a book's allocations, fetched in the order of an index on days, are fetched from all over the table: to sort
what an index finds by place first, or to read the whole table, takes a third of the time even where all is cached."""

ROWS_AT_ONCE: Final = 1000
"""How many rows of the answer are turned into Python's values at a time."""

_EVER: Final = datetime.max.replace(tzinfo=UTC)


class PostgresAging(Aging):
    """Ages a portfolio in one statement: from the kept sums, or by joins where ``known_on`` asks what was known."""

    def __init__(self, engine: Engine) -> None:
        """Read through the pool."""
        self._engine = engine

    @override
    def report(
        self,
        portfolio_id: PortfolioId,
        as_of: date,
        *,
        known_on: datetime | None = None,
        by: AgingGroup = AgingGroup.LEASE,
        basis: AgingBasis = AgingBasis.DUE_DATE,
        buckets: AgingBuckets | None = None,
    ) -> AgingReport:
        chosen = buckets or DEFAULT_BUCKETS
        with snapshot(self._engine) as connection, few_collections():
            code = connection.scalar(select(portfolios.c.currency).where(portfolios.c.portfolio_id == portfolio_id))
            if code is None:
                raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
            values: dict[str, Any] = {"portfolio": portfolio_id, "as_of": as_of, "currency": code}
            if known_on is not None:
                values["known_on"] = require_instant(known_on)
            driver = driver_of(connection)
            driver.execute(MEMORY_OF_A_REPORT)
            found = _found(driver, by, basis, chosen, values)
            if found.mixed is not None:
                raise CurrencyMismatch(
                    f"{found.mixed} has amounts in other currencies than {code}: age each currency apart"
                )
            return report_of(found.sums, as_of, currency_of(code), chosen)


class _Found(NamedTuple):
    """Minor units by key, and the first key that has amounts in another currency."""

    sums: dict[str, Sequence[int]]
    mixed: str | None


def _found(
    driver: psycopg.Connection[Any], by: AgingGroup, basis: AgingBasis, buckets: AgingBuckets, values: dict[str, Any]
) -> _Found:
    if "known_on" in values:
        driver.execute(ROWS_IN_THEIR_ORDER)
        return _asked(driver, report_statement(by, basis, buckets, Reading.KNOWN), values)
    if _kept_sums_hold(driver, values):
        driver.execute(IN_THE_ORDER_OF_LEASES if by is AgingGroup.LEASE else BY_ONE_PROCESS)
        return _asked(driver, report_statement(by, basis, buckets, Reading.NOW), values)
    driver.execute(ROWS_IN_THEIR_ORDER)
    found = _asked(driver, report_statement(by, basis, buckets, Reading.BACK), values)
    if found.mixed is None:
        return found
    # Of the other currency, what moved since may cancel out: only what was known ever after tells that it does.
    return _asked(driver, report_statement(by, basis, buckets, Reading.KNOWN), {**values, "known_on": _EVER})


def _asked(driver: psycopg.Connection[Any], statement: str, values: dict[str, Any]) -> _Found:
    # Never prepared: a plan for any day at all would read whole tables where a day's own plan reads an index.
    answer = driver.execute(statement.encode(), values, prepare=False)
    sums: dict[str, Sequence[int]] = {}
    mixed: str | None = None
    while rows := answer.fetchmany(ROWS_AT_ONCE):
        for row in rows:
            sums[row[0]] = row[1:-1]
            if row[-1] and mixed is None:
                mixed = row[0]
    return _Found(sums, mixed)


def _kept_sums_hold(driver: psycopg.Connection[Any], values: dict[str, Any]) -> bool:
    found = driver.execute(KEPT_SUMS_HOLD, values, prepare=False).fetchone()
    return found is not None and bool(found[0])
