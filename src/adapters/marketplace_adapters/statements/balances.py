"""Running balances must chain; where one does not follow, rows are missing or cut."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from marketplace_core.domain.feed import Caution
from marketplace_core.domain.money import Currency, Money


class _Step(NamedTuple):
    """One row: the balance before it and after it, in minor units."""

    line: int
    before: int
    after: int


class _Group(NamedTuple):
    """Rows of one instant, whose order a file does not promise: what they may begin and end with."""

    line: int
    befores: frozenset[int]
    afters: frozenset[int]


class BalanceChain:
    """Checks running balances over rows in either order of time; the first pair that fits tells the order."""

    def __init__(self, file: str, currency: Currency) -> None:
        """For one file."""
        self._file = file
        self._currency = currency
        self._waiting: list[_Step] = []
        self._instant: datetime | None = None
        self._first: _Step | _Group | None = None
        self._previous: _Step | _Group | None = None
        self._newest_first: bool | None = None

    def add(self, line: int, instant: datetime | None, change: int, after: int) -> Caution | None:
        """Take the next row: its balance and what it changed; rows of an equal instant may stand in any order."""
        caution = None
        if instant is None or instant != self._instant:
            caution = self.close()
            self._instant = instant
        self._waiting.append(_Step(line, after - change, after))
        return caution

    def forget(self) -> Caution | None:
        """Begin anew after a row that could not be read: nothing follows from the rows before it."""
        caution = self.close()
        self._previous = None
        return caution

    def close(self) -> Caution | None:
        """Check the rows of the instant that is over."""
        waiting = self._waiting
        if not waiting:
            return None
        self._waiting = []
        previous = self._previous
        if len(waiting) == 1:
            step = waiting[0]
            self._previous = step
            if isinstance(previous, _Step) and self._newest_first is not None:
                if previous.before == step.after if self._newest_first else previous.after == step.before:
                    return None
                return self._broken(step.line, step.after)
            whole, group = True, _group_of(step)
        else:
            group, whole = _grouped(waiting)
            self._previous = group
        if self._first is None:
            self._first = self._previous
        if whole and (previous is None or self._follows(_group_of(previous), group)):
            return None
        return self._broken(group.line, min(group.afters))

    @property
    def ends(self) -> tuple[frozenset[int], frozenset[int]] | None:
        """What the whole file may open and close with, where there are rows; one row may stand either way."""
        if self._first is None or self._previous is None:
            return None
        top, bottom = _group_of(self._first), _group_of(self._previous)
        return (bottom.befores, top.afters) if self._newest_first else (top.befores, bottom.afters)

    def _broken(self, line: int, after: int) -> Caution:
        shown = Money(after, self._currency)
        reason = f"the balance {shown} does not follow from the row before: rows are missing, cut or changed"
        return Caution(self._file, line, reason)

    def _follows(self, previous: _Group, group: _Group) -> bool:
        newest_first = not previous.befores.isdisjoint(group.afters)
        oldest_first = not previous.afters.isdisjoint(group.befores)
        if self._newest_first is None and newest_first != oldest_first:
            self._newest_first = newest_first
        if self._newest_first is None:
            return newest_first
        return newest_first if self._newest_first else oldest_first


def _group_of(rows: _Step | _Group) -> _Group:
    if isinstance(rows, _Group):
        return rows
    return _Group(rows.line, frozenset([rows.before]), frozenset([rows.after]))


def _grouped(rows: list[_Step]) -> tuple[_Group, bool]:
    """The rows of one instant as one, and whether they chain in some order."""
    befores, afters = Counter(row.before for row in rows), Counter(row.after for row in rows)
    begins, ends = befores - afters, afters - befores
    every = frozenset(befores)
    group = _Group(rows[0].line, frozenset(begins) or every, frozenset(ends) or every)
    return group, sum(begins.values()) <= 1
