"""Frozen values whose fields are columns: to a row and back, as their types say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

from attrs import AttrsInstance, fields

from marketplace_adapters.postgres.rows.values import Columns, Row, money_of, money_row
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import Payer

T = TypeVar("T", bound=AttrsInstance)


class RowMapper(Generic[T]):
    """Maps one kind of value: a field is the column of its name.

    An amount is two columns, ``amount_minor`` and ``currency``, a payer ``payer_name`` and ``payer_phone``, a tuple
    is plain JSON, an enumeration its text. ``beside`` are columns that every new row has beside the value's own.
    """

    def __init__(self, kind: type[T], beside: Mapping[str, object] | None = None) -> None:
        """Look once at the kind's fields."""
        hints = get_type_hints(kind)
        self._kind = kind
        self._beside = dict(beside or {})
        self._plain: list[tuple[str, Callable[[T], object]]] = []
        self._spread: list[Callable[[T], Row]] = []
        self._readers: list[Callable[[Columns], Any]] = []
        for name in (one.name for one in fields(kind)):
            self._add(name, hints[name])

    def _add(self, name: str, hint: Any) -> None:  # noqa: ANN401 - a type of any form
        get = attrgetter(name)
        if hint is Money:
            self._spread.append(lambda it: money_row(get(it)))
            self._readers.append(money_of)
        elif hint is Payer:
            self._spread.append(lambda it: {"payer_name": get(it).name, "payer_phone": get(it).phone})
            self._readers.append(lambda row: Payer(row["payer_name"], row["payer_phone"]))
        elif get_origin(hint) is tuple:
            self._plain.append((name, lambda it: to_plain(get(it))))
            self._readers.append(lambda row: from_plain(row[name], hint) if row[name] else ())
        elif isinstance(hint, type) and issubclass(hint, StrEnum):
            self._plain.append((name, get))
            self._readers.append(lambda row: hint(row[name]))
        else:
            self._plain.append((name, get))
            self._readers.append(itemgetter(name))

    def row(self, it: T) -> Row:
        """The columns of a value."""
        row = {name: get(it) for name, get in self._plain}
        for spread in self._spread:
            row.update(spread(it))
        row.update(self._beside)
        return row

    def value(self, row: Columns) -> T:
        """The value of a row, which may have other columns too."""
        return self._kind(*[read(row) for read in self._readers])
