"""What every stream of a system outside must do, whatever its rows are: order, ties, edits while it is read, ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

import pytest
from attrs import frozen

from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.errors import InvalidInput

T = TypeVar("T")
MORNING: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_MOST_PAGES: Final = 100


@frozen
class Stream(Generic[T]):
    """One kind of rows: how they are read, and how a person makes, edits and deletes one."""

    read: Callable[[datetime | None, str, int], SourcePage[T]]
    id_of: Callable[[T], str]
    is_deleted: Callable[[T], bool]
    move_to: Callable[[datetime], None]
    add: Callable[[], str]
    edit: Callable[[str], None]
    delete: Callable[[str], None]
    ids: Callable[[str, int], SourcePage[Told]] = lambda _cursor, _limit: SourcePage(())
    tells_deleted: bool = False

    def told(
        self, limit: int, since: datetime | None = None, between: Callable[[int], None] = lambda _page: None
    ) -> list[T]:
        """All rows, page by page; ``between`` is called with the count of pages read, before each that follows."""
        return list(_walked(lambda cursor: self.read(since, cursor, limit), limit, between))

    def told_ids(
        self, limit: int, since: datetime | None = None, between: Callable[[int], None] = lambda _page: None
    ) -> list[str]:
        """The ids of those rows."""
        return [self.id_of(it) for it in self.told(limit, since, between)]

    def swept(self, limit: int, between: Callable[[int], None] = lambda _page: None) -> list[Told]:
        """All that stands there."""
        return list(_walked(lambda cursor: self.ids(cursor, limit), limit, between))


def _walked(read: Callable[[str], SourcePage[T]], limit: int, between: Callable[[int], None]) -> Iterator[T]:
    cursor = ""
    for number in range(1, _MOST_PAGES):
        page = read(cursor)
        assert len(page.rows) <= limit
        yield from page.rows
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
        between(number)
    pytest.fail(f"the stream has no end after {_MOST_PAGES} pages")


class OutsidePagesContract(Generic[T]):
    """Needs a fixture ``stream``: an empty one for each test."""

    @pytest.fixture
    def stream(self) -> Stream[T]:
        """Override me."""
        raise NotImplementedError("give a fixture `stream` that returns an empty stream")

    def test_nothing_is_one_empty_page(self, stream: Stream[T]) -> None:
        """Where nothing stands there is nothing to go on with."""
        assert stream.read(None, "", 10) == SourcePage(())

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_rows_come_in_the_order_of_change(self, stream: Stream[T], limit: int) -> None:
        """Each once where nothing changes meanwhile, what was edited last at the end."""
        made = _made(stream, 5)
        stream.move_to(MORNING + 10 * _MINUTE)
        stream.edit(made[1])
        assert stream.told_ids(limit) == [made[0], *made[2:], made[1]]

    def test_since_is_inclusive(self, stream: Stream[T]) -> None:
        """What changed at that very instant is told, what changed before is not."""
        made = _made(stream, 4)
        assert stream.told_ids(2, MORNING + 2 * _MINUTE) == made[2:]
        assert stream.told_ids(2, MORNING + 2 * _MINUTE + timedelta(milliseconds=1)) == made[3:]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_rows_that_changed_at_one_instant_come_once_each(self, stream: Stream[T], limit: int) -> None:
        """A page may end in the middle of them."""
        before = stream.add()
        stream.move_to(MORNING + _MINUTE)
        made = [stream.add() for _ in range(7)]
        stream.move_to(MORNING + 2 * _MINUTE)
        after = stream.add()
        told = stream.told_ids(limit)
        assert (told[0], told[-1], sorted(told)) == (before, after, sorted([before, *made, after]))

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_nothing_is_skipped_when_what_was_read_moves(self, stream: Stream[T], limit: int) -> None:
        """Rows of a tie are edited after they were told: those behind them are still told, they come again."""
        made = sorted(stream.add() for _ in range(7))
        order = stream.told_ids(100)
        edited: list[str] = []

        def between(page: int) -> None:
            if page in (1, 2):
                edited.append(order[page - 1])
                stream.move_to(MORNING + page * _MINUTE)
                stream.edit(order[page - 1])

        told = stream.told_ids(limit, None, between)
        assert sorted(set(told)) == made
        assert all(told.count(it) == 2 for it in edited)

    def test_nothing_is_skipped_when_all_of_a_tie_that_was_read_moves(self, stream: Stream[T]) -> None:
        """However many were edited between two pages."""
        made = sorted(stream.add() for _ in range(40))
        order = stream.told_ids(100)

        def between(page: int) -> None:
            if page == 1:
                stream.move_to(MORNING + _MINUTE)
                for it in order[:20]:
                    stream.edit(it)

        assert sorted(set(stream.told_ids(20, None, between))) == made

    def test_what_moves_before_it_is_read_comes_later(self, stream: Stream[T]) -> None:
        """It is told where it then stands."""
        made = _made(stream, 5)

        def between(page: int) -> None:
            if page == 1:
                stream.move_to(MORNING + 20 * _MINUTE)
                stream.edit(made[3])

        assert stream.told_ids(2, None, between) == [made[0], made[1], made[2], made[4], made[3]]

    def test_what_comes_meanwhile_is_told(self, stream: Stream[T]) -> None:
        """A row that is made between pages is at the end."""
        made = _made(stream, 3)

        def between(page: int) -> None:
            if page == 1:
                stream.move_to(MORNING + 20 * _MINUTE)
                made.append(stream.add())

        assert stream.told_ids(2, None, between) == made

    def test_deletions_are_told_or_hidden(self, stream: Stream[T]) -> None:
        """Who sees deleted rows is told that they are; who does not is told nothing of them."""
        made = _made(stream, 3)
        stream.move_to(MORNING + 10 * _MINUTE)
        stream.delete(made[0])
        told = {stream.id_of(it): stream.is_deleted(it) for it in stream.told(2)}
        gone = {made[0]: True} if stream.tells_deleted else {}
        assert told == gone | {made[1]: False, made[2]: False}

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_nothing_is_skipped_when_what_was_read_is_deleted(self, stream: Stream[T], limit: int) -> None:
        """A row of a tie is deleted after it was told: those behind it do not slip through."""
        made = [stream.add() for _ in range(6)]
        order = stream.told_ids(100)

        def between(page: int) -> None:
            if page == 1:
                stream.move_to(MORNING + _MINUTE)
                stream.delete(order[0])

        assert set(stream.told_ids(limit, None, between)) == set(made)

    def test_a_foreign_cursor_is_refused(self, stream: Stream[T]) -> None:
        """It is no place in this stream."""
        with pytest.raises(InvalidInput):
            stream.read(None, "somewhere", 10)


class OutsideSweepContract(OutsidePagesContract[T]):
    """The same for a stream whose ids are swept."""

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_a_sweep_tells_all_that_stands(self, stream: Stream[T], limit: int) -> None:
        """Each once, and nothing that was deleted."""
        made = [stream.add() for _ in range(5)]
        stream.delete(made[2])
        swept = [it.external_id for it in stream.swept(limit)]
        assert sorted(swept) == sorted(it for it in made if it != made[2])

    def test_versions_grow_with_edits(self, stream: Stream[T]) -> None:
        """So that a row that was missed is found."""
        made = [stream.add() for _ in range(2)]
        before = {it.external_id: it.version for it in stream.swept(10)}
        stream.edit(made[0])
        after = {it.external_id: it.version for it in stream.swept(10)}
        assert after[made[0]] > before[made[0]]
        assert after[made[1]] == before[made[1]]

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_a_sweep_misses_nothing_when_rows_are_deleted_meanwhile(self, stream: Stream[T], limit: int) -> None:
        """Else what stands there would be taken for deleted."""
        made = [stream.add() for _ in range(8)]
        order = [it.external_id for it in stream.swept(100)]

        def between(page: int) -> None:
            if page in (1, 2):
                stream.delete(order[page - 1])

        swept = {it.external_id for it in stream.swept(limit, between)}
        assert swept >= set(made) - set(order[:2])


def _made(stream: Stream[T], count: int) -> list[str]:
    """Rows that were made a minute apart."""
    made: list[str] = []
    for number in range(count):
        stream.move_to(MORNING + number * _MINUTE)
        made.append(stream.add())
    return made
