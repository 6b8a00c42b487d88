"""How a stream is read: its filter, its pages, its sweep of ids, and what stops it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.gate import Gate
from marketplace_adapters.condo.operations import Operation, Stream
from marketplace_adapters.condo.paging import page_of
from marketplace_adapters.condo.server import CondoServer
from marketplace_adapters.condo.session import Session
from marketplace_core.domain.outside_property.pages import SourcePage, Told

T = TypeVar("T")


class Reading:
    """Reads the rows of our organization, stream by stream."""

    def __init__(self, session: Session, gate: Gate, server: CondoServer) -> None:
        """Read as somebody, where the gate lets a stream pass; other organizations may be read by the same session."""
        self.session, self.gate, self.server = session, gate, server

    def changes(
        self,
        stream: Stream,
        operation: Operation,
        decode: Callable[[Fields], T],
        since: datetime | None,
        cursor: str,
        limit: int,
    ) -> SourcePage[T]:
        """Rows in the order of change, deleted ones too where Condo shows them to us."""
        owned = self.owned(stream) | {"OR": [{"deletedAt": None}, {"deletedAt_not": None}]}

        def ask(begin: str, first: int, skip: int) -> list[Fields]:
            where = owned | {"updatedAt_gte": begin} if begin else owned
            return self.rows(operation, where, first, skip)

        with self.gate.passing(stream):
            return page_of(ask, decode, order="updatedAt", since=since, cursor=cursor, limit=limit)

    def ids(self, stream: Stream, operation: Operation, cursor: str, limit: int) -> SourcePage[Told]:
        """What stands there, in the order in which it was made."""

        def ask(begin: str, first: int, skip: int) -> list[Fields]:
            where = self.owned(stream) | {"createdAt_gte": begin} if begin else self.owned(stream)
            return self.rows(operation, where, first, skip)

        with self.gate.passing(stream):
            return page_of(ask, _told, order="createdAt", since=None, cursor=cursor, limit=limit)

    def rows(self, operation: Operation, where: Mapping[str, object], first: int, skip: int = 0) -> list[Fields]:
        """Rows of one list."""
        return self.session.ask(operation, {"where": where, "first": first, "skip": skip}).rows("objs")

    def owned(self, stream: Stream) -> dict[str, object]:
        """The filter that no query goes without: the rows of our organization."""
        ours: dict[str, object] = {"organization": {"id": self.server.organization_id}}
        return {"ticket": ours} if stream is Stream.COMMENTS else ours


def _told(row: Fields) -> Told:
    return Told(row.text("id"), row.whole("v", 0))
