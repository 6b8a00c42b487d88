"""What a source of entries is: the table, its columns by field, and what is read beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from attrs import field, frozen
from sqlalchemy import ColumnElement, Subquery, Table

from marketplace_adapters.postgres.register import reached
from marketplace_adapters.postgres.rows.values import Columns
from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Filter

Meant = Callable[[Reach, str | date], ColumnElement[bool]]
"""What a filter by a value asks, where it is not a comparison with a column."""
Beside = Callable[[Reach, Subquery], Mapping[str, ColumnElement[Any]]]
"""What is read of other tables for each row of a page, by name."""


def _nothing(_reach: Reach, _page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    return {}


@frozen
class Source:
    """A kind's table, the condition of reach, columns that are no columns of that name, and the entry of a row."""

    table: Table
    reached: Callable[[Reach, tuple[Filter, ...], Table], ColumnElement[bool] | None]
    entry_of: Callable[[Columns], Any]
    columns: Mapping[str, ColumnElement[Any]] = field(factory=dict[str, ColumnElement[Any]])
    meant: Mapping[str, Meant] = field(factory=dict[str, Meant])
    beside: Beside = _nothing

    @property
    def filters_by_lease(self) -> bool:
        """True where the condition of reach says which leases are meant, too."""
        return self.reached in (reached.follows_leases, reached.follows_payments)
