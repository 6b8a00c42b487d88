"""Pages of rows that move while they are read: each is told once at least, and reading ends."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define, field

from marketplace_adapters.condo.answers import Fields
from marketplace_adapters.condo.paging import MOST_MARKS, page_of, text_of
from marketplace_core.errors import InvalidInput

MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)


@define
class Rows:
    """Rows as Condo keeps them, asked for from an instant on with first and skip."""

    at: dict[str, str] = field(factory=dict[str, str])
    minute: int = 0
    asked: list[tuple[str, int, int]] = field(factory=list[tuple[str, int, int]])

    def add(self, *external_ids: str) -> None:
        """Rows that change now."""
        self.at |= dict.fromkeys(external_ids, text_of(MORNING + timedelta(minutes=self.minute)))

    def ask(self, begin: str, first: int, skip: int) -> list[Fields]:
        """Answer as Condo."""
        self.asked.append((begin, first, skip))
        found = sorted((at, it) for it, at in self.at.items() if at >= begin)
        return [Fields({"id": it, "updatedAt": at}, "row") for at, it in found[skip : skip + first]]

    def read(self, limit: int, between: Callable[[int], None] = lambda _page: None) -> list[str]:
        """All ids, page by page."""
        told, cursor, number = list[str](), "", 0
        while True:
            page = page_of(self.ask, _id, order="updatedAt", since=None, cursor=cursor, limit=limit)
            told.extend(page.rows)
            if page.next_cursor is None:
                return told
            number, cursor = number + 1, page.next_cursor
            assert number < 1000, "reading has no end"
            between(number)


def _id(row: Fields) -> str:
    return row.text("id")


def _many(count: int) -> list[str]:
    return [f"r{number:04d}" for number in range(count)]


def _read_by_skipping(rows: Rows, limit: int, between: Callable[[int], None]) -> list[str]:
    """The naive way: count what was read, and skip so many."""
    told = list[str]()
    for number in range(1, 1000):
        page = rows.ask("", limit, len(told))
        told.extend(_id(it) for it in page)
        if len(page) < limit:
            return told
        between(number)
    raise AssertionError


@pytest.mark.parametrize("limit", [1, 2, 7, 20, 100])
@pytest.mark.parametrize("tie", [1, 3, 50])
def test_quiet_rows_come_once_each(limit: int, tie: int) -> None:
    """In order, however many changed at one instant."""
    rows = Rows()
    for number, it in enumerate(_many(150)):
        rows.minute = number // tie
        rows.add(it)
    assert rows.read(limit) == _many(150)


def test_a_page_asks_for_no_more_than_condo_gives() -> None:
    """A thousand rows, of which a few were told before."""
    rows = Rows()
    rows.add(*_many(2500))
    assert rows.read(1000) == _many(2500)
    assert {first for _, first, _ in rows.asked} == {1000}
    assert rows.read(5000) == _many(2500)


def test_pages_begin_at_an_instant() -> None:
    """What is far behind is not read again: only rows of the last instant are skipped."""
    rows = Rows()
    for number, it in enumerate(_many(100)):
        rows.minute = number
        rows.add(it)
    rows.read(10)
    assert {skip for _, _, skip in rows.asked} == {0}


def test_rows_that_were_told_leave_and_none_behind_them_is_lost() -> None:
    """The control, which counts what it read, loses as many as have left."""
    for edited, is_lost in ((3, True), (0, False)):
        told = list[set[str]]()
        for read in (Rows.read, _read_by_skipping):
            rows = Rows()
            rows.add(*_many(40))

            def between(page: int, rows: Rows = rows, edited: int = edited) -> None:
                rows.minute = page
                rows.add(*_many(40)[: edited if page == 1 else 0])

            told.append(set(read(rows, 10, between)))
        assert told[0] == set(_many(40))
        assert (told[1] != set(_many(40))) is is_lost


def test_few_that_leave_are_not_paid_for_by_reading_all_again() -> None:
    """The marks of the last rows find the place; only where all of them left is the instant read anew."""
    for left, repeats in ((_many(1000)[:5], 0), (_many(1000)[490:500], 1)):
        rows = Rows()
        rows.add(*_many(1000))

        def between(page: int, rows: Rows = rows, left: list[str] = left) -> None:
            if page == 1:
                rows.minute = 1
                rows.add(*left)

        told = rows.read(500, between)
        assert set(told) == set(_many(1000))
        assert len(told) == (1005 if not repeats else 1500)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_changes_meanwhile_each_row_comes(seed: int) -> None:
    """Rows are edited, deleted and made at random between pages: all that stand at the end were told as they stand."""
    dice = random.Random(seed)
    rows, told_at = Rows(), dict[str, str]()
    for it in _many(dice.randrange(1, 120)):
        rows.minute += dice.choice([0, 0, 0, 1])
        rows.add(it)
    limit, cursor = dice.choice([1, 3, 10, 40]), ""
    for number in range(2000):
        page = page_of(rows.ask, _row, order="updatedAt", since=None, cursor=cursor, limit=limit)
        assert len(page.rows) <= limit
        told_at |= dict(page.rows)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
        if number < 30:
            rows.minute += dice.choice([1, 1, 2])
            rows.add(*dice.sample(sorted(rows.at), min(len(rows.at), dice.randrange(MOST_MARKS + 4))))
            for gone in dice.sample(sorted(rows.at), min(len(rows.at) - 1, dice.randrange(4))):
                del rows.at[gone]
            if dice.random() < 0.3:
                rows.add(f"new{number}")
    else:
        pytest.fail("reading has no end")
    assert {it: at for it, at in told_at.items() if it in rows.at} == rows.at


def _row(row: Fields) -> tuple[str, str]:
    return row.text("id"), row.text("updatedAt")


@pytest.mark.parametrize(
    "cursor",
    ["x", "[]", "{}", "3", '["a"]', '["a",1]', '["a","b","c"]', '["a",1,"x","y"]', '["a",9,1,2,3,4,5,6,7,8,9]'],
)
def test_a_cursor_of_another_source_is_refused(cursor: str) -> None:
    """Before anything is asked."""
    rows = Rows()
    with pytest.raises(InvalidInput, match="no cursor"):
        page_of(rows.ask, _id, order="updatedAt", since=None, cursor=cursor, limit=5)
    assert rows.asked == []


def test_a_page_has_a_row_at_least() -> None:
    """A page of none would never end."""
    with pytest.raises(InvalidInput):
        page_of(Rows().ask, _id, order="updatedAt", since=None, cursor="", limit=0)


def test_an_instant_is_cut_not_rounded() -> None:
    """So that what changed in its millisecond is not missed."""
    assert text_of(datetime(2026, 1, 5, 8, 0, 0, 999_999, tzinfo=UTC)) == "2026-01-05T08:00:00.999Z"
