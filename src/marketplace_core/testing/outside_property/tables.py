"""Rows of the fake system, with their versions and the order in which they changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

from attrs import evolve, frozen

from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.errors import InvalidInput, NotFound

T = TypeVar("T")
U = TypeVar("U")
BEGINNING: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When the system's clock stands still first."""


@frozen
class Row(Generic[T]):
    """What stands in a table: a record, its version, and when it was made, last changed and deleted."""

    external_id: str
    record: T
    created_at: datetime
    updated_at: datetime
    version: int = 1
    is_deleted: bool = False


class Table(Generic[T]):
    """Rows of one kind; what was deleted stays and is hidden."""

    def __init__(self, kind: str) -> None:
        """Empty; ``kind`` begins the ids and is told in messages."""
        self._kind = kind
        self._rows: dict[str, Row[T]] = {}

    def add(self, now: datetime, make: Callable[[str], T]) -> Row[T]:
        """A row whose id its maker is told."""
        external_id = f"{self._kind}-{len(self._rows) + 1:05d}"
        row = Row(external_id, make(external_id), now, now)
        self._rows[external_id] = row
        return row

    def change(self, external_id: str, now: datetime, record: T) -> Row[T]:
        """Write a record: its version grows, also where it says the same."""
        row = self.row(external_id)
        row = evolve(row, record=record, updated_at=now, version=row.version + 1)
        self._rows[external_id] = row
        return row

    def delete(self, external_id: str, now: datetime) -> None:
        """Hide a row: its record stays."""
        row = self.row(external_id)
        self._rows[external_id] = evolve(row, updated_at=now, version=row.version + 1, is_deleted=True)

    def row(self, external_id: str) -> Row[T]:
        """A row that stands there, or NotFound."""
        row = self._rows.get(external_id)
        if row is None or row.is_deleted:
            raise NotFound(f"the system outside has no {self._kind} {external_id!r}, or it was deleted there")
        return row

    def is_standing(self, external_id: str) -> bool:
        """True where it is there and not deleted."""
        row = self._rows.get(external_id)
        return row is not None and not row.is_deleted

    def page(
        self, since: datetime | None, cursor: str, limit: int, told: Callable[[Row[T]], U], *, with_deleted: bool
    ) -> SourcePage[U]:
        """Rows in the order of change after the cursor's place, each as ``told`` tells it."""
        rows = (it for it in self._rows.values() if with_deleted or not it.is_deleted)
        found = [it for it in rows if since is None or it.updated_at >= since]
        return _page(found, cursor, limit, lambda it: (it.updated_at, it.external_id), told)

    def ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        """What stands there, in the order in which it was made."""
        rows = [it for it in self._rows.values() if not it.is_deleted]
        return _page(
            rows,
            cursor,
            limit,
            lambda it: (it.created_at, it.external_id),
            lambda it: Told(it.external_id, it.version),
        )


def _page(
    rows: list[Row[T]],
    cursor: str,
    limit: int,
    place: Callable[[Row[T]], tuple[datetime, str]],
    told: Callable[[Row[T]], U],
) -> SourcePage[U]:
    after = _parsed(cursor)
    left = sorted((it for it in rows if after is None or place(it) > after), key=place)
    shown = left[:limit]
    instant, external_id = place(shown[-1]) if shown else (BEGINNING, "")
    more = f"{instant.isoformat()}|{external_id}" if len(left) > len(shown) else None
    return SourcePage(tuple(told(it) for it in shown), more)


def _parsed(cursor: str) -> tuple[datetime, str] | None:
    if not cursor:
        return None
    instant, _, external_id = cursor.partition("|")
    try:
        return datetime.fromisoformat(instant), external_id
    except ValueError as problem:
        raise InvalidInput(f"{cursor!r} is no cursor of this source: begin with an empty one") from problem


LONGEST_DEFERRAL: Final = timedelta(days=365)
"""A ticket waits no longer, as in Condo."""
