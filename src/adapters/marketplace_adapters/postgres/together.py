"""Many changes in one transaction, of which what is refused stops none of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine

from marketplace_adapters.postgres.books import in_transaction
from marketplace_core.errors import REFUSALS, LawBroken, MarketplaceError

T = TypeVar("T")
V = TypeVar("V")


def together(
    engine: Engine, items: Sequence[V], work: Callable[[Connection, Sequence[V]], tuple[T, ...]]
) -> tuple[T | MarketplaceError, ...]:
    """What ``work`` gives of each, in one transaction; where that is refused as a whole, of each in one of its own.

    For of which of them the tables refused something nobody says.
    """
    if not items:
        return ()
    try:
        return in_transaction(engine, lambda connection: work(connection, items))
    except (*REFUSALS, LawBroken) as problem:
        if len(items) > 1:
            return tuple(it for one in items for it in together(engine, [one], work))
        if isinstance(problem, LawBroken):
            raise
        return (problem,)


def accepted(result: T | MarketplaceError) -> T:
    """What came of one thing, where it was not refused."""
    if isinstance(result, MarketplaceError):
        raise result
    return result
