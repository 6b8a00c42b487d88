"""The books as rows: one canonical text a thing, so that two books can be compared and hashed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from marketplace_core.domain.codec import canonical, to_plain


class StateRow(NamedTuple):
    """One thing of the books: its kind, its id in that kind, and its canonical JSON without personal fields."""

    kind: str
    key: str
    body: str


class Difference(NamedTuple):
    """A row that two books do not share alike; None where one has no such row."""

    kind: str
    key: str
    here: str | None
    there: str | None


def state_row(kind: str, key: str, value: object, without: Iterable[str] = ()) -> StateRow:
    """The row of a domain value; ``without`` names its personal fields."""
    plain = to_plain(value)
    for name in without:
        plain.pop(name, None)
    return StateRow(kind, key, canonical(plain))


def books_hash(rows: Iterable[StateRow]) -> str:
    """SHA-256 over the rows in their order (kind, then key): the same books give the same hash, to the byte."""
    running = sha256()
    for row in rows:
        running.update(f"{row.kind}\x1f{row.key}\x1f{row.body}\x1e".encode())
    return running.hexdigest()


def differences(here: Iterable[StateRow], there: Iterable[StateRow]) -> Iterator[Difference]:
    """Each row that differs between two ordered books, in one pass and constant memory."""
    left, right = iter(here), iter(there)
    mine, other = next(left, None), next(right, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and mine[:2] < other[:2]):
            assert mine is not None  # noqa: S101 - one of the two is there
            yield Difference(mine.kind, mine.key, mine.body, None)
            mine = next(left, None)
        elif mine is None or other[:2] < mine[:2]:
            yield Difference(other.kind, other.key, None, other.body)
            other = next(right, None)
        else:
            if mine.body != other.body:
                yield Difference(mine.kind, mine.key, mine.body, other.body)
            mine, other = next(left, None), next(right, None)
