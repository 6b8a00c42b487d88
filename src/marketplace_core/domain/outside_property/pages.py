"""Pages of what a system outside holds, in the order in which it changed."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class SourcePage(Generic[T]):
    """Some rows, and where to go on: a text that only its source reads; None where there is no more.

    ``unread`` says of each that stands in this page and cannot be read which it is and why, for people.
    """

    rows: tuple[T, ...]
    next_cursor: str | None = None
    unread: tuple[str, ...] = ()


@frozen
class Told:
    """An id that stands there, and its version: enough to find what is gone, and what was missed."""

    external_id: str
    version: int = 0
