"""What comes in: JSON bodies read strictly, query parameters by their declared types."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Final, NoReturn, TypeVar, Union, cast, get_args, get_origin
from urllib.parse import parse_qsl

from attrs import fields

from marketplace_core.errors import InvalidInput, MarketplaceError
from marketplace_entrypoints.http.converter import Unreadable, resolved, shaped

T = TypeVar("T")

MOST_BYTES: Final = 1_000_000
MOST_LEVELS: Final = 32
_MOST_DIGITS: Final = 18
_SHOWN: Final = 60
_FORM: Final = "application/x-www-form-urlencoded"


class WrongMediaType(MarketplaceError):
    """A body of a kind that the operation does not take."""


class NoJson(InvalidInput):
    """Bytes that are no JSON, or JSON that two readers would take differently."""


def json_of(content: bytes) -> object:
    """The value of a JSON text: UTF-8, no key twice, no NaN, no floats, numbers of at most 18 digits, 32 levels."""
    try:
        found = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_refuse_float,
            parse_int=_whole,
        )
    except UnicodeDecodeError as problem:
        raise NoJson(f"the body is not UTF-8: byte at position {problem.start + 1}") from problem
    except json.JSONDecodeError as problem:
        raise NoJson(f"the body is no JSON: {problem}") from problem
    except RecursionError as problem:
        raise NoJson(f"the body is deeper than {MOST_LEVELS} levels") from problem
    _require_flat(found)
    return found


def body_of(content: bytes, shape: type[T]) -> T:
    """The shape of a JSON body."""
    if not content.strip():
        raise NoJson("the body is empty: send JSON")
    return shaped(json_of(content), shape)


def form_of(content: bytes, media: str) -> dict[str, str]:
    """The fields of a form, each once."""
    if media.partition(";")[0].strip().lower() != _FORM:
        raise WrongMediaType(f"send {_FORM}")
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError as problem:
        raise NoJson("the body is no form") from problem
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NoJson("the body has a field twice")
    return found


def query_of(pairs: Iterable[tuple[str, str]], shape: type[T]) -> T:
    """The shape of query parameters; each comes once, unknown ones are refused."""
    kinds = {it.name: it.type for it in fields(cast("Any", resolved(shape)))}
    plain: dict[str, object] = {}
    for name, text in pairs:
        if name not in kinds:
            known = ", ".join(sorted(kinds)) or "none"
            raise Unreadable(f"unknown query parameter {name[:_SHOWN]!r}: known are {known}")
        if name in plain:
            raise Unreadable(f"query parameter {name} is given twice")
        if "\0" in text:
            raise Unreadable(f"query parameter {name} has a sign that is no text")
        plain[name] = _typed(name, text, kinds[name])
    return shaped(plain, shape)


def base_of(kind: Any) -> Any:  # noqa: ANN401 - an annotation
    """The type of an annotation without its bounds and its None."""
    if get_origin(kind) is Annotated:
        return base_of(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return base_of(next(it for it in get_args(kind) if it is not type(None)))
    return kind


def _typed(name: str, text: str, kind: Any) -> object:  # noqa: ANN401 - an annotation
    base = base_of(kind)
    if base is bool:
        if text not in ("true", "false"):
            raise Unreadable(f"query parameter {name} must be true or false, not {text[:_SHOWN]!r}")
        return text == "true"
    if base is int:
        if not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= _MOST_DIGITS):
            raise Unreadable(f"query parameter {name} must be a whole number, not {text[:_SHOWN]!r}")
        return int(text)
    if base in (str, date, datetime) or (isinstance(base, type) and issubclass(base, Enum)):
        return text
    raise TypeError(f"query parameter {name} is declared as {base}, which no query can hold")


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NoJson(f"the body has the key {twice[:_SHOWN]!r} twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NoJson(f"the body has {name}, which is no number")


def _refuse_float(text: str) -> NoReturn:
    raise NoJson(f'the body has the number {text[:_SHOWN]}: write amounts as texts, such as "15000.00"')


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise NoJson(f"the body has a number of {len(text)} signs: at most {_MOST_DIGITS} are taken")
    return int(text)


def _require_flat(value: object) -> None:
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [part for it in level for part in _parts(it)]
        if not level:
            return
    raise NoJson(f"the body is deeper than {MOST_LEVELS} levels")


def _parts(value: object) -> Iterable[object]:
    found: Iterable[object] = ()
    if isinstance(value, dict):
        held = cast("Mapping[str, object]", value)
        if any("\0" in key or not _is_text(key) for key in held):
            raise NoJson("the body has a key with signs that are no text")
        found = held.values()
    elif isinstance(value, list):
        found = cast("list[object]", value)
    elif isinstance(value, str) and ("\0" in value or not _is_text(value)):
        raise NoJson("the body has a text with signs that are no text (a zero, or half of a pair)")
    return found


def _is_text(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text) if not text.isascii() else True
