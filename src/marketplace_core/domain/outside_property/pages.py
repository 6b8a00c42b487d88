"""Pages of what a system outside holds, in the order in which it changed."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class Unread:
    """What stands there and cannot be read, in words for people; ``of`` is the outside id of what it belongs to."""

    words: str
    of: str


@frozen
class SourcePage(Generic[T]):
    """Some rows, and where to go on: a text that only its source reads; None where there is no more.

    ``unread`` are those that stand in this page and cannot be read.
    """

    rows: tuple[T, ...]
    next_cursor: str | None = None
    unread: tuple[Unread, ...] = ()


@frozen
class Told:
    """An id that stands there, and its version: enough to find what is gone, and what was missed."""

    external_id: str
    version: int = 0
