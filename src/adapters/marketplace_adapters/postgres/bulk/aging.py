"""The aging report summed by the database, equal to the pure function cent for cent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, select
from typing_extensions import override

from marketplace_adapters.postgres.bulk.aging_sql import KEPT_SUMS_HOLD, report_statement
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
"""For sums over a million allocations: with the usual memory the server would write them to disk and back."""

ROWS_IN_THEIR_ORDER: Final = "SET LOCAL enable_indexscan = off"
"""Half a book's allocations, fetched in the order of an index on days, are fetched from all over the table: what an
index finds is sorted by place first. Scans of an index alone stay."""


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
            rows = _rows(driver_of(connection), by, basis, chosen, values)
            sums: dict[str, list[int]] = {}
            for key, *minors, is_mixed in rows:
                if is_mixed:
                    raise CurrencyMismatch(
                        f"{key} has amounts in other currencies than {code}: age each currency apart"
                    )
                sums[key] = minors
            return report_of(sums, as_of, currency_of(code), chosen)


def _rows(
    driver: psycopg.Connection[Any], by: AgingGroup, basis: AgingBasis, buckets: AgingBuckets, values: dict[str, Any]
) -> list[Any]:
    # Never prepared: a plan for any day at all would read whole tables where a day's own plan reads an index.
    known = "known_on" in values
    driver.execute(MEMORY_OF_A_REPORT)
    now = not known and _kept_sums_hold(driver, values)
    if not now:
        driver.execute(ROWS_IN_THEIR_ORDER)
    statement = report_statement(by, basis, buckets, now=now, known=known)
    return driver.execute(statement.encode(), values, prepare=False).fetchall()


def _kept_sums_hold(driver: psycopg.Connection[Any], values: dict[str, Any]) -> bool:
    found = driver.execute(KEPT_SUMS_HOLD, values, prepare=False).fetchone()
    return found is not None and bool(found[0])
