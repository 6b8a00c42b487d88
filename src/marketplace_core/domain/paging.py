"""Pages of what is in the books: what one may ask for, and where the next page begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final, Generic, TypeVar

from attrs import evolve, field, frozen

from marketplace_core.errors import InvalidInput

E_co = TypeVar("E_co", covariant=True)

LARGEST_PAGE: Final = 500
"""How many entries a page has at most."""


class Operator(StrEnum):
    """How a field is compared with the value of a filter."""

    EQUAL = "eq"
    AT_LEAST = "ge"
    AT_MOST = "le"
    STARTS = "starts"


ONLY_EQUAL: Final = (Operator.EQUAL,)
RANGE: Final = (Operator.EQUAL, Operator.AT_LEAST, Operator.AT_MOST)


@frozen
class Field:
    """What a kind of entry may be filtered by, with the operators; or sorted by.

    ``type`` is ``str``, ``date`` or an enumeration of texts. ``says`` is one line for a description.
    """

    name: str
    type: type[str | date]
    says: str
    operators: tuple[Operator, ...] = ONLY_EQUAL
    is_sortable: bool = False

    def require(self, value: object) -> None:
        """Refuse a value of another type."""
        if type(value) is not self.type:
            raise InvalidInput(f"{self.name}: {value!r:.60} is not {self.expects}")

    def parse(self, text: str) -> str | date:
        """The value that a text says."""
        try:
            return date.fromisoformat(text) if issubclass(self.type, date) else self.type(text)
        except ValueError as error:
            raise InvalidInput(f"{self.name}: {text[:40]!r} is not {self.expects}") from error

    @property
    def expects(self) -> str:
        """In words, what a value is."""
        if issubclass(self.type, date):
            return "a day such as 2026-11-05"
        return f"one of {', '.join(self.type)}" if issubclass(self.type, StrEnum) else "a text"


@frozen
class Filter:
    """Only entries whose field compares so with the value."""

    field: str
    operator: Operator
    value: str | date


@frozen
class Sort:
    """The order of a page; entries with one value follow each other by id, in the same direction."""

    field: str
    descending: bool = False


@frozen
class Position:
    """Where a page ended: the sorted value and the id of its last entry."""

    value: str | date
    key: str


def _limit(_instance: object, _attribute: object, value: int) -> None:
    if not 1 <= value <= LARGEST_PAGE:
        raise InvalidInput(f"limit {value}: a page has 1 to {LARGEST_PAGE} entries")


@frozen
class PageAsk:
    """How many entries, after which, in which order (None: the kind's own), and which (all filters must hold)."""

    limit: int = field(default=50, validator=_limit)
    after: Position | None = None
    sort: Sort | None = None
    filters: tuple[Filter, ...] = ()


@frozen
class Page(Generic[E_co]):
    """Some entries in order; ``next`` is where the page after it begins, None where there is none.

    Every entry that is there while pages are read, with an unchanged sorted value, is in exactly one of them.
    """

    entries: tuple[E_co, ...]
    next: Position | None = None


@frozen
class Kind(Generic[E_co]):
    """A kind of entry: what it is called, its id, and the fields that it may be asked by.

    >>> from marketplace_core.domain.register import INVOICES
    >>> INVOICES.filter("due_date", "ge", "2026-11-05")
    Filter(field='due_date', operator=<Operator.AT_LEAST: 'ge'>, value=datetime.date(2026, 11, 5))
    """

    name: str
    noun: str
    key: str
    entry: type[E_co]
    sort: Sort
    fields: tuple[Field, ...] = field(repr=False)

    @property
    def filterable(self) -> tuple[Field, ...]:
        """The fields that filters may name."""
        return tuple(it for it in self.fields if it.operators)

    @property
    def sortable(self) -> tuple[Field, ...]:
        """The fields that a sort may name."""
        return tuple(it for it in self.fields if it.is_sortable)

    def field_of(self, name: str) -> Field:
        """The field of that name; ``InvalidInput`` names those that there are."""
        return self._among(self.fields, name)

    def filter(self, name: str, operator: str, text: str) -> Filter:
        """The filter that texts say; ``InvalidInput`` for an unknown field, operator or value."""
        one = self._among(self.filterable, name)
        if operator not in one.operators:
            raise InvalidInput(
                f"{self.name}: {name} is compared with {_listed(one.operators)}, not with {operator[:20]!r}"
            )
        return Filter(name, Operator(operator), one.parse(text))

    def checked(self, ask: PageAsk) -> tuple[PageAsk, Sort]:
        """The ask with its order; refused where it names what the kind has not, or compares other types."""
        for it in ask.filters:
            one = self._among(self.filterable, it.field)
            if it.operator not in one.operators:
                raise InvalidInput(
                    f"{self.name}: {it.field} is compared with {_listed(one.operators)}, not with {it.operator}"
                )
            one.require(it.value)
        sort = ask.sort or self.sort
        sorted_by = self._among(self.sortable, sort.field)
        if ask.after is not None:
            sorted_by.require(ask.after.value)
        return evolve(ask, sort=sort), sort

    def not_found(self, key: str) -> str:
        """What is said where there is none of that id in reach: nothing of whether it is there."""
        return f"there is no {self.noun} {key}, or it is not visible to you"

    def _among(self, fields: tuple[Field, ...], name: str) -> Field:
        for one in fields:
            if one.name == name:
                return one
        raise InvalidInput(f"{self.name}: {name[:40]!r} is not one of {_listed(it.name for it in fields)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
