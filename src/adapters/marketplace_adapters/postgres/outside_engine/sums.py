"""What each lease's account comes to, summed by the database, equal to the pure function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import text
from typing_extensions import override

from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows.values import currency_of
from marketplace_adapters.postgres.schema.leases import OCCUPYING
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.outside_engine.nets import LeaseNet
from marketplace_core.ports.outside_engine.engine_sums import EngineSums

_AT_ONCE: Final = 2_000
"""Leases a statement sums: some hundred kilobytes of answer."""

_NETS: Final = text(
    f"""
    WITH page AS (
        SELECT lease_id, version, currency FROM leases
        WHERE portfolio_id = :portfolio AND lease_id > :after AND {OCCUPYING} ORDER BY lease_id LIMIT :at_once
    )
    SELECT page.*, asked.invoices, asked.invoiced_minor, given.payments, given.paid_minor, given.credited_minor,
        used.used_minor
    FROM page, LATERAL (
        SELECT count(*) AS invoices, CAST(COALESCE(sum(amount_minor), 0) AS bigint) AS invoiced_minor FROM invoices
        WHERE portfolio_id = :portfolio AND lease_id = page.lease_id AND voided_on IS NULL
    ) AS asked, LATERAL (
        SELECT count(*) FILTER (WHERE source = 'payment') AS payments,
            CAST(COALESCE(sum(amount_minor) FILTER (WHERE source = 'payment'), 0) AS bigint) AS paid_minor,
            CAST(COALESCE(sum(amount_minor) FILTER (WHERE source <> 'payment'), 0) AS bigint) AS credited_minor
        FROM credits WHERE portfolio_id = :portfolio AND lease_id = page.lease_id AND ended_on IS NULL
    ) AS given, LATERAL (
        SELECT CAST(COALESCE(sum(amount_minor), 0) AS bigint) AS used_minor FROM credit_uses
        WHERE portfolio_id = :portfolio AND lease_id = page.lease_id AND ended_on IS NULL
    ) AS used
    ORDER BY page.lease_id
    """  # noqa: S608 - words of ours
)
"""A page of leases, and of each by an index what stands: cost grows with the page, whatever the book has."""


class PostgresEngineSums(Reader, EngineSums):
    """One statement a page, each in no transaction that stays open."""

    @override
    def nets(self, portfolio_id: PortfolioId, after: LeaseId | None = None) -> Iterator[LeaseNet]:
        self._require_open(portfolio_id)
        return self._nets(portfolio_id, after or "")

    def _nets(self, portfolio_id: PortfolioId, after: str) -> Iterator[LeaseNet]:
        place = after
        while True:
            with single_look(self._engine) as connection:
                values = {"portfolio": portfolio_id, "after": place, "at_once": _AT_ONCE}
                rows = connection.execute(_NETS, values).all()
            yield from map(_net_of, rows)
            if len(rows) < _AT_ONCE:
                return
            place = rows[-1].lease_id


def _net_of(row: Any) -> LeaseNet:  # noqa: ANN401 - columns by name
    return LeaseNet(
        lease_id=LeaseId(row.lease_id),
        version=row.version,
        currency=currency_of(row.currency),
        invoices=row.invoices,
        invoiced_minor=row.invoiced_minor,
        payments=row.payments,
        paid_minor=row.paid_minor,
        credited_minor=row.credited_minor,
        used_minor=row.used_minor,
    )
