"""The one converter of the API: texts are texts, numbers are numbers, unknown keys are refused."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache, partial
from typing import Annotated, Any, Final, TypeVar, cast, get_args, get_origin

import msgspec
from attrs import fields, has, resolve_types
from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from marketplace_core.domain.days import require_instant
from marketplace_core.errors import InvalidInput, MarketplaceError

T = TypeVar("T")

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2999, 12, 31)
"""What callers may name: days around it can still be counted."""
_DAY_SIGNS: Final = len("2026-11-30")
_SHOWN: Final = 80


class Unreadable(InvalidInput):
    """A request that has not the shape that the description says."""


def _exact(kind: type) -> Callable[[Any, Any], Any]:
    def read(value: object, _: object) -> object:
        if type(value) is not kind:
            raise ValueError(f"must be {_WORDS[kind]}, not {_said(value)}")
        return value

    return read


_WORDS: Final = {str: "a text", int: "a whole number", bool: "true or false"}


def _said(value: object) -> str:
    return "null" if value is None else f"{type(value).__name__} {str(value)[:_SHOWN]!r}"


def _day(value: object, _: object) -> date:
    if not isinstance(value, str) or len(value) != _DAY_SIGNS or not value.isascii():
        raise ValueError(f"must be a day such as 2026-11-30, not {_said(value)}")
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no day of the calendar") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(f"{value} is not between {FIRST_DAY} and {LAST_DAY}")
    return found


def _instant(value: object, _: object) -> datetime:
    if not isinstance(value, str) or not value.isascii():
        raise ValueError(f"must be an instant such as 2026-11-30T12:00:00Z, not {_said(value)}")
    try:
        found = require_instant(datetime.fromisoformat(value))
    except (ValueError, OverflowError, MarketplaceError):
        raise ValueError(f"{value[:_SHOWN]!r} is no instant with its zone, such as 2026-11-30T12:00:00Z") from None
    if not FIRST_DAY <= found.date() <= LAST_DAY:
        raise ValueError(f"{value[:_SHOWN]} is not between {FIRST_DAY} and {LAST_DAY}")
    return found


def _enum(value: object, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError:
        raise ValueError(f"must be one of {', '.join(str(it.value) for it in kind)}, not {_said(value)}") from None


def _is_bounded(kind: object) -> bool:
    return get_origin(kind) is Annotated and any(isinstance(it, msgspec.Meta) for it in get_args(kind)[1:])


def _bounded(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - an annotation
    base, *further = get_args(kind)
    examples = [one for it in further if isinstance(it, msgspec.Meta) for one in it.examples or ()]
    such_as = f"; write it such as {examples[0]}" if examples else ""

    def read(value: object, _: object) -> object:
        found = converter.structure(value, base)
        try:
            return msgspec.convert(found, kind)
        except msgspec.ValidationError as problem:
            raise ValueError(f"{problem}{such_as}") from None

    return read


def _secret(value: object, kind: Any, converter: Converter) -> Any:  # noqa: ANN401 - an annotation
    """A field that ``repr`` leaves out: no error repeats what was sent."""
    try:
        return converter.structure(value, kind)
    except Exception:  # noqa: BLE001 - whatever is wrong, it is said without the value
        raise ValueError("must be a text as the description says") from None


def _object(shape: Any, converter: Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - a class
    secrets: dict[str, Any] = {
        it.name: override(struct_hook=partial(_secret, converter=converter)) for it in fields(shape) if it.repr is False
    }
    read_fields = make_dict_structure_fn(shape, converter, _cattrs_forbid_extra_keys=True, **secrets)

    def read(value: object, kind: type) -> object:
        if not isinstance(value, dict):
            raise ValueError(f"must be an object, not {_said(value)}")  # noqa: TRY004 - cattrs groups ValueErrors
        return read_fields(cast("dict[str, Any]", value), kind)

    return read


def _make() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exact(kind))
    converter.register_structure_hook(date, _day)
    converter.register_structure_hook(datetime, _instant)
    # Of its own class: the hook of texts would take an enumeration of texts for a text.
    converter.register_structure_hook(StrEnum, _enum)
    converter.register_structure_hook_factory(has, partial(_object, converter=converter))
    converter.register_structure_hook_factory(_is_bounded, partial(_bounded, converter=converter))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_unstructure_hook(datetime, instant_text)
    return converter


def instant_text(moment: datetime) -> str:
    """An instant as answers write it, in UTC."""
    return require_instant(moment).isoformat().replace("+00:00", "Z")


_converter: Final = _make()


def resolved(shape: type[T]) -> type[T]:
    """The shape with its annotations as types; once a process."""
    return cast("type[T]", _resolved(cast("Hashable", shape)))


@lru_cache(None)
def _resolved(shape: Hashable) -> Hashable:
    if isinstance(shape, type) and has(shape):
        resolve_types(shape, include_extras=True)
    return shape


def plain_of(value: object) -> Any:  # noqa: ANN401 - plain JSON
    """A shape as plain JSON types."""
    return _converter.unstructure(value)


def shaped(plain: object, shape: type[T]) -> T:
    """The shape of plain JSON types; ``Unreadable`` names each field that is wrong."""
    try:
        return _converter.structure(plain, resolved(shape))
    except BaseValidationError as problem:
        raise Unreadable("; ".join(_problems(problem))) from problem
    except (ValueError, TypeError, MarketplaceError) as problem:
        raise Unreadable(str(problem)) from problem


def _problems(problem: BaseValidationError) -> list[str]:
    return [it.replace("$.", "").replace(" @ $", "") for it in transform_error(problem, format_exception=_said_of)]


def _said_of(problem: BaseException, _: object = None) -> str:
    if isinstance(problem, ForbiddenExtraKeysError):
        return f"unknown {', '.join(sorted(problem.extra_fields))}: known are {', '.join(_names(problem.cl))}"
    if isinstance(problem, KeyError):
        return f"{problem.args[0]} is missing"
    return str(problem)[:300]


def _names(shape: object) -> list[str]:
    return [it.name for it in fields(shape)] if isinstance(shape, type) and has(shape) else []
