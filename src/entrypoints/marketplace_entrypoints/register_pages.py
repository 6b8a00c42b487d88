"""Everything of a kind in the register, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from attrs import evolve

from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Kind, Page, PageAsk

E = TypeVar("E")


def everything(
    page: Callable[[Reach, Kind[E], PageAsk], Page[E]], reach: Reach, kind: Kind[E], ask: PageAsk
) -> Iterable[E]:
    """Every entry after a position, page by page."""
    asked = evolve(ask, limit=500)
    while True:
        found = page(reach, kind, asked)
        yield from found.entries
        if found.next is None:
            return
        asked = evolve(asked, after=found.next)
