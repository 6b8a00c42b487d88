"""The register's port on PostgreSQL."""

from __future__ import annotations

from typing import TypeVar

from typing_extensions import override

from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.register.asking import SORTED, one_look, page_statement
from marketplace_adapters.postgres.register.sources import source_of
from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Kind, Page, PageAsk, Position
from marketplace_core.errors import NotFound
from marketplace_core.ports.register import Register

E = TypeVar("E")


class PostgresRegister(Reader, Register):
    """Each page and each entry by one statement that has the reach in it."""

    @override
    def page(self, reach: Reach, kind: Kind[E], ask: PageAsk | None = None) -> Page[E]:
        asked, sort = kind.checked(ask or PageAsk())
        source = source_of(kind)
        with single_look(self._engine) as connection:
            rows = connection.execute(page_statement(source, reach, kind, asked, sort)).mappings().all()
        shown = rows[: asked.limit]
        following = Position(shown[-1][SORTED], shown[-1][kind.key]) if len(rows) > asked.limit else None
        return Page(tuple(source.entry_of(row) for row in shown), following)

    @override
    def one(self, reach: Reach, kind: Kind[E], key: str) -> E:
        source = source_of(kind)
        row = one_look(kind.name, kind.key, reach).first(self._engine, key)
        if row is None:
            raise NotFound(kind.not_found(key))
        entry: E = source.entry_of(row)
        return entry
