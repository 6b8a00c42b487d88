"""A page as one statement: gathered by reach and filters, ordered, begun after a position, then read whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_

from marketplace_adapters.postgres.look import SOUGHT, Look
from marketplace_adapters.postgres.register.reached import LEASE_FIELDS
from marketplace_adapters.postgres.register.source import Source
from marketplace_adapters.postgres.register.sources import source_named
from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Filter, Kind, Operator, PageAsk, Sort

SORTED = "sorted_value"
"""The column that has the value by which a page is ordered."""


def page_statement(source: Source, reach: Reach, kind: Kind[Any], ask: PageAsk, sort: Sort) -> Select[Any]:
    """One entry more than asked for, so that it shows whether a page follows."""
    table = source.table
    key, value = table.c[kind.key], _column(source, sort.field).label(SORTED)
    found = select(table, value).where(table.c.portfolio_id == reach.portfolio_id)
    found = found.where(*(_condition(source, reach, it) for it in ask.filters if not _is_of_lease(source, it)))
    shown = source.reached(reach, ask.filters, table)
    order: list[ColumnElement[Any]] = [value.element, key]
    if shown is not None:
        gathered = found.where(shown).offset(0).subquery("gathered")
        found, order = select(gathered), list[ColumnElement[Any]]([gathered.c[SORTED], gathered.c[kind.key]])
    if ask.after is not None:
        here, last = tuple_(*order), (ask.after.value, ask.after.key)
        found = found.where(here < last if sort.descending else here > last)
    found = found.order_by(*(it.desc() if sort.descending else it for it in order)).limit(ask.limit + 1)
    page = found.subquery("page")
    beside = (column.label(name) for name, column in source.beside(reach, page).items())
    ends = [page.c[SORTED], page.c[kind.key]]
    return select(page, *beside).order_by(*(it.desc() if sort.descending else it for it in ends))


@lru_cache(maxsize=128)
def one_look(name: str, key: str, reach: Reach) -> Look:
    """The entry of a kind whose column ``key`` has the id ``SOUGHT``, where it is in reach.

    Statements are kept by what they are made of: to make one costs more than to ask the database.
    """
    source = source_named(name)
    table = source.table
    found = select(table).where(table.c.portfolio_id == reach.portfolio_id, table.c[key] == SOUGHT)
    shown = source.reached(reach, (), table)
    page = (found if shown is None else found.where(shown)).subquery("page")
    return Look(select(page, *(column.label(name) for name, column in source.beside(reach, page).items())))


def _is_of_lease(source: Source, it: Filter) -> bool:
    """True for a filter that the condition of reach has in it already."""
    return source.filters_by_lease and it.field in LEASE_FIELDS


def _column(source: Source, name: str) -> ColumnElement[Any]:
    return source.columns[name] if name in source.columns else source.table.c[name]


def _condition(source: Source, reach: Reach, it: Filter) -> ColumnElement[bool]:
    if it.field in source.meant:
        return source.meant[it.field](reach, it.value)
    column = _column(source, it.field)
    match it.operator:
        case Operator.EQUAL:
            return column == it.value
        case Operator.AT_LEAST:
            return column >= it.value
        case Operator.AT_MOST:
            return column <= it.value
        case Operator.STARTS:
            return column.startswith(str(it.value), autoescape=True)
