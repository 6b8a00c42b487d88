"""Pages: query parameters made from the register's table of fields, cursors, links to the next page, CSV."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Final, TypeVar, Union, cast
from urllib.parse import urlencode

import attrs
from msgspec import Meta

from marketplace_core.domain.paging import Filter, Kind, Operator, PageAsk, Position, Sort
from marketplace_core.errors import InvalidInput
from marketplace_entrypoints.csv_text import csv_text
from marketplace_entrypoints.http.bounded import Cursor, PageSize
from marketplace_entrypoints.http.converter import instant_text
from marketplace_entrypoints.http.operation import Answer, Call
from marketplace_entrypoints.register_pages import everything

E = TypeVar("E")
S = TypeVar("S")

CSV: Final = "text/csv; charset=utf-8"
_SUFFIXES: Final = {
    Operator.EQUAL: "",
    Operator.AT_LEAST: "_from",
    Operator.AT_MOST: "_to",
    Operator.STARTS: "_starts",
}


@lru_cache(None)
def page_query(kind: Kind[Any]) -> type:
    """The query parameters of a kind's pages: a filter for each field and operator, sort, limit and after."""
    found: dict[str, Any] = {}
    for one in kind.filterable:
        for operator in one.operators:
            says = {Operator.AT_LEAST: "at least", Operator.AT_MOST: "at most", Operator.STARTS: "begins with"}
            words = f"{says.get(operator, 'only')}: {one.says}"
            meta = Meta(description=words, max_length=200) if one.type is str else Meta(description=words)
            found[one.name + _SUFFIXES[operator]] = _parameter(Annotated[one.type, meta])
    names = sorted(sign + it.name for it in kind.sortable for sign in ("", "-"))
    words = f"The order, falling after '-'; one of {', '.join(names)}."
    pattern = "^(" + "|".join(names) + ")$"
    found["sort"] = _parameter(Annotated[str, Meta(description=words, pattern=pattern)])
    found["limit"] = _parameter(PageSize, 50)
    found["after"] = _parameter(Cursor)
    name = "".join(it.capitalize() for it in kind.name.split("_")) + "Query"
    return attrs.make_class(name, found, frozen=True)


def _parameter(kind: Any, default: object = None) -> Any:  # noqa: ANN401 - annotations and fields of attrs
    optional: Any = kind if default is not None else Union[kind, None]  # noqa: UP007 - made at run time
    return attrs.field(default=default, type=optional)


def ask_of(kind: Kind[Any], query: object) -> PageAsk:
    """What the query parameters ask the register for."""
    filters: list[Filter] = []
    for one in kind.filterable:
        for operator in one.operators:
            value = getattr(query, one.name + _SUFFIXES[operator])
            if value is not None:
                filters.append(Filter(one.name, operator, value))
    text = cast("str | None", getattr(query, "sort"))  # noqa: B009 - the class is made at run time
    sort = Sort(text.removeprefix("-"), descending=text.startswith("-")) if text else kind.sort
    after = cast("str | None", getattr(query, "after"))  # noqa: B009 - the class is made at run time
    limit = cast("int", getattr(query, "limit"))  # noqa: B009 - the class is made at run time
    return PageAsk(limit, _position(kind, sort, after) if after else None, sort, tuple(filters))


def page_answer(
    call: Call[Any, Any],
    kind: Kind[E],
    shape: Callable[[E], S],
    wrap: Callable[[tuple[S, ...], str | None], object],
) -> Answer:
    """A page as JSON with a link to the next one; or the rows as CSV, page by page to the end, where that is asked."""
    ask = ask_of(kind, call.query)
    if wants_csv(call):
        entries = everything(call.parts.ports.page, call.reach, kind, ask)
        return csv_answer(kind.name, [shape(it) for it in entries])
    page = call.parts.ports.page(call.reach, kind, ask)
    cursor = _cursor(ask.sort or kind.sort, page.next) if page.next else None
    headers = (("Link", f'<{_next_link(call, cursor)}>; rel="next"'),) if cursor else ()
    return Answer(wrap(tuple(shape(it) for it in page.entries), cursor), headers=headers)


def wants_csv(call: Call[Any, Any]) -> bool:
    """True where the caller asks for CSV before JSON."""
    first = call.headers.get("accept", "").split(",")[0].partition(";")[0].strip().lower()
    return "text/csv" in call.operation.further and first == "text/csv"


def csv_answer(name: str, shapes: Sequence[object]) -> Answer:
    """Shapes as CSV, a column a field; what is nested is left to JSON."""
    header: list[str] = []
    rows: list[list[object]] = []
    for it in shapes:
        plain = _flat(it)
        header = header or list(plain)
        rows.append(list(plain.values()))
    disposition = f'attachment; filename="{name}.csv"'
    return Answer(csv_text(header, rows).encode(), content_type=CSV, headers=(("Content-Disposition", disposition),))


def _flat(shape: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in attrs.fields(cast("Any", type(shape))):
        value = getattr(shape, one.name)
        if hasattr(value, "amount") and hasattr(value, "currency"):
            found[one.name] = value.amount
            found.setdefault("currency", value.currency)
        elif isinstance(value, tuple):
            if all(isinstance(it, str) for it in cast("tuple[object, ...]", value)):
                found[one.name] = " ".join(cast("tuple[str, ...]", value))
        elif isinstance(value, datetime):
            found[one.name] = instant_text(value)
        elif isinstance(value, Enum):
            found[one.name] = value.value
        elif not attrs.has(cast("type[object]", type(value))):
            found[one.name] = "" if value is None else value
    return found


def _cursor(sort: Sort, position: Position) -> str:
    value = position.value.isoformat() if isinstance(position.value, date) else str(position.value)
    told = json.dumps([("-" if sort.descending else "") + sort.field, value, position.key], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _position(kind: Kind[Any], sort: Sort, cursor: str) -> Position:
    """Where a page ended; a cursor only says where to begin, what shows is decided anew."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
        name, value, key = (str(it) for it in told)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidInput("after is no cursor: take the `next` of the page before") from None
    if name != ("-" if sort.descending else "") + sort.field:
        raise InvalidInput(f"after is of a page sorted by {name[:40]}: ask with the same sort as before")
    if "\0" in value + key or any("\ud800" <= sign <= "\udfff" for sign in value + key):
        raise InvalidInput("after is no cursor: take the `next` of the page before")
    return Position(kind.field_of(sort.field).parse(value), key)


def _next_link(call: Call[Any, Any], cursor: str) -> str:
    pairs: list[tuple[str, str]] = [("portfolio", call.portfolio_named)] if call.portfolio_named else []
    for one in attrs.fields(cast("Any", type(call.query))):
        value = getattr(call.query, one.name)
        if one.name != "after" and value is not None and value != one.default:
            pairs.append((one.name, value.value if isinstance(value, Enum) else str(value)))
    return f"{call.operation.path}?{urlencode([*pairs, ('after', cursor)])}"
