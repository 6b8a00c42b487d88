"""Condo's answers: a status and a body, and strict reading of the JSON in it; what is missing there is drift."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar, cast

from attrs import field, frozen

from marketplace_adapters.condo.points import NOTHING_TOLD, Told
from marketplace_core.errors import PartnerDrift, PartnerUnavailable

E = TypeVar("E", bound=StrEnum)
_WELL: Final = range(200, 300)


@frozen
class Fields:
    """A JSON object and where it stands; a reader raises PartnerDrift for what is missing or of another type."""

    values: Mapping[str, object] = field(repr=False)
    where: str

    @staticmethod
    def of(value: object, where: str) -> Fields:
        """The object; anything else is drift."""
        if not isinstance(value, dict):
            raise PartnerDrift(f"Condo's answer: {where} is no object")
        return Fields(cast("dict[str, object]", value), where)

    def text(self, name: str) -> str:
        """A text with something in it."""
        value = self._value(name)
        if not isinstance(value, str) or not value:
            raise self._wrong(name, "a text")
        return value

    def words(self, name: str) -> str:
        """A text, empty where there is null."""
        value = self._value(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a text or null")
        return value or ""

    def whole(self, name: str, otherwise: int | None = None) -> int:
        """A whole number; for null ``otherwise``, where it is given."""
        value = self._value(name)
        if value is None and otherwise is not None:
            return otherwise
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where there is null."""
        value = self._value(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "true, false or null")
        return bool(value)

    def instant(self, name: str) -> datetime:
        """An instant with its zone, in UTC."""
        try:
            said = datetime.fromisoformat(self.text(name))
        except ValueError as problem:
            raise self._wrong(name, "a time such as 2026-01-31T08:00:00.000Z") from problem
        if said.tzinfo is None:
            raise self._wrong(name, "a time with its zone")
        return said.astimezone(UTC)

    def instant_or_none(self, name: str) -> datetime | None:
        """An instant, None where there is null."""
        return None if self._value(name) is None else self.instant(name)

    def one_of(self, name: str, members: Mapping[str, E]) -> E:
        """Ours for a member of an enumeration that we know."""
        found = members.get(self.text(name))
        if found is None:
            raise self._wrong(name, f"one of {', '.join(members)}")
        return found

    def part(self, name: str) -> Fields:
        """An object."""
        return Fields.of(self._value(name), f"{self.where}.{name}")

    def part_or_none(self, name: str) -> Fields | None:
        """An object, None where there is null."""
        return None if self._value(name) is None else self.part(name)

    def rows(self, name: str) -> list[Fields]:
        """The objects of a list."""
        value = self._value(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return [Fields.of(it, _named(f"{self.where}.{name}", it)) for it in cast("list[object]", value)]

    def rows_or_none(self, name: str) -> list[Fields]:
        """The objects of a list, none where there is null."""
        return [] if self._value(name) is None else self.rows(name)

    def told_rows(self, name: str) -> list[Fields]:
        """The objects of a list that may be null, or have null among them: those that are told."""
        value = self._value(name)
        if isinstance(value, list):
            value = [it for it in cast("list[object]", value) if it is not None]
        return [] if value is None else Fields({name: value}, self.where).rows(name)

    def _value(self, name: str) -> object:
        if name not in self.values:
            raise PartnerDrift(f"Condo's answer has no {self.where}.{name}")
        return self.values[name]

    def _wrong(self, name: str, expected: str) -> PartnerDrift:
        return PartnerDrift(f"Condo's answer: {self.where}.{name} is not {expected}")


@frozen
class Problem:
    """One of an answer's errors, with all that tells its kind."""

    code: str = ""
    type: str = ""
    name: str = ""
    message: str = field(default="", repr=False)
    reset: int | None = None

    @staticmethod
    def of(value: object) -> Problem:
        """As far as it is told: an error of another shape has no kind."""
        error = _object(value)
        more = _object(error.get("extensions"))
        reset = _object(more.get("messageInterpolation")).get("resetTime")
        detail = more.get("message") or error.get("message")
        return Problem(
            _text(more.get("code")),
            _text(more.get("type")),
            _text(error.get("name") or more.get("name")),
            _text(detail),
            reset if isinstance(reset, int) else None,
        )


@frozen
class Answer:
    """What came back for an operation: ``call`` is its name, for messages."""

    call: str
    status: int
    text: str = field(default="", repr=False)
    told: Told = NOTHING_TOLD

    @property
    def is_well(self) -> bool:
        """True for 200 to 299; there may be errors in it all the same."""
        return self.status in _WELL

    def body(self) -> Mapping[str, object]:
        """The object in the body; PartnerUnavailable where it is no whole JSON, as a page of a proxy."""
        try:
            value = cast("object", json.loads(self.text))
            if "\\u" in self.text:
                value = _storable(value)
        except (ValueError, RecursionError) as problem:
            raise PartnerUnavailable(f"Condo's answer to {self.call} ({self.status}) is no whole JSON") from problem
        if not isinstance(value, dict):
            raise PartnerUnavailable(f"Condo's answer to {self.call} ({self.status}) is no object")
        return cast("dict[str, object]", value)

    def problems(self) -> tuple[Problem, ...]:
        """Its errors; a refusal that does not speak JSON has one without a kind."""
        try:
            errors = self.body().get("errors")
        except PartnerUnavailable:
            if self.is_well:
                raise
            return (Problem(),)
        if isinstance(errors, list) and errors:
            return tuple(Problem.of(it) for it in cast("Sequence[object]", errors))
        return () if self.is_well and not errors else (Problem(),)

    @property
    def has_written(self) -> bool:
        """True where a mutation tells what it wrote, whatever errors stand beside."""
        return _object(self.body().get("data")).get("obj") is not None

    def data(self) -> Fields:
        """What was asked for; call it only where there is no problem: data beside errors are never whole."""
        return Fields.of(self.body().get("data"), self.call)


def _named(where: str, row: object) -> str:
    """Where a row stands, with its id, so that a person finds it."""
    external_id = _text(_object(row).get("id"))
    return f"{where} {external_id}" if external_id else where


def _object(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _storable(value: object) -> object:
    """The same with U+FFFD for NUL and for halves of pairs, which JSON can escape and no database of texts can keep."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_storable(it) for it in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: _storable(it) for name, it in cast("dict[str, object]", value).items()}
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
