"""Many links to an outside engine at once, each look by an index."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from typing_extensions import override

from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.schema import external_links as table
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.ports.outside_engine.engine_links import LINKS_AT_ONCE, EngineLink, EngineLinks


class PostgresEngineLinks(Reader, EngineLinks):
    """Pages go along the primary key."""

    @override
    def links_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, after: str = "", limit: int = LINKS_AT_ONCE
    ) -> tuple[EngineLink, ...]:
        return self._linked(portfolio_id, system, kind, table.c.external_id > after, limit)

    @override
    def external_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, our_ids: Collection[str]
    ) -> tuple[EngineLink, ...]:
        return self._linked(portfolio_id, system, kind, table.c.our_id == func.any(sorted(our_ids)))

    @override
    def ours_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, external_ids: Collection[str]
    ) -> tuple[EngineLink, ...]:
        return self._linked(portfolio_id, system, kind, table.c.external_id == func.any(sorted(external_ids)))

    def _linked(
        self, portfolio_id: PortfolioId, system: str, kind: str, asked: ColumnElement[bool], limit: int | None = None
    ) -> tuple[EngineLink, ...]:
        self._require_open(portfolio_id)
        statement = (
            select(table.c.external_id, table.c.our_id)
            .where(table.c.portfolio_id == portfolio_id, table.c.system == system, table.c.kind == kind, asked)
            .order_by(table.c.external_id)
            .limit(limit)
        )
        with single_look(self._engine) as connection:
            return tuple(EngineLink(*row) for row in connection.execute(statement))
