"""Kill Bill's answers: a status and a body, and strict reading of the JSON in it; what we do not need may be there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, NoReturn, cast

from attrs import field, frozen

from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import InvalidAmount, PartnerUnavailable

_WELL: Final = range(200, 300)


@frozen
class Answer:
    """What came back for a call: ``call`` says which, without its query, for messages."""

    call: str
    status: int
    text: str = field(default="", repr=False)
    location: str = ""
    next_offset: str = ""
    is_json: bool = True
    said_at: str = ""

    @property
    def is_well(self) -> bool:
        """True for 200 to 299."""
        return self.status in _WELL

    @property
    def made_id(self) -> str:
        """The id of what was made, from the header Location."""
        made = self.location.partition("?")[0].rstrip("/").rpartition("/")[2]
        if not made:
            raise PartnerUnavailable(f"Kill Bill did not say what {self.call} made: unclear whether it was done")
        return made

    def fields(self) -> Fields:
        """The object in the body."""
        return Fields.of(self._value(), self.call)

    def rows(self) -> list[Fields]:
        """The objects of the list in the body."""
        return rows_of(self._value(), self.call)

    def _value(self) -> object:
        try:
            return json.loads(self.text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as problem:
            raise PartnerUnavailable(f"Kill Bill's answer to {self.call} is no whole JSON") from problem


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no amount")


@frozen
class Fields:
    """A JSON object and where it stands; a reader raises PartnerUnavailable for what is missing or of another type."""

    values: Mapping[str, object]
    where: str

    @staticmethod
    def of(value: object, where: str) -> Fields:
        """The object; anything else is refused."""
        if not isinstance(value, dict):
            raise PartnerUnavailable(f"Kill Bill's answer to {where}: an object was expected")
        return Fields(cast("dict[str, object]", value), where)

    def text(self, name: str) -> str:
        """A text with something in it."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise self._wrong(name, "a text")
        return value

    def words(self, name: str) -> str:
        """A text, empty where there is none."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, "a text or null")
        return value

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self.values.get(name)
        if not isinstance(value, Decimal) or value != value.to_integral_value():
            raise self._wrong(name, "a whole number")
        return int(value)

    def code(self, name: str) -> int | None:
        """A whole number, None where there is none or something else."""
        value = self.values.get(name)
        return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None

    def flag(self, name: str) -> bool:
        """True or false; false where there is none."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return bool(value)

    def money(self, name: str, currency: Currency) -> Money:
        """An exact amount of the currency."""
        value = self.values.get(name)
        if not isinstance(value, Decimal):
            raise self._wrong(name, "a number")
        try:
            return Money.from_decimal(value, currency)
        except InvalidAmount as problem:
            raise self._wrong(name, f"an exact amount of {currency.code}") from problem

    def money_or_zero(self, name: str, currency: Currency) -> Money:
        """An exact amount, zero where there is none."""
        return Money.zero(currency) if self.values.get(name) is None else self.money(name, currency)

    def day(self, name: str) -> date:
        """A day such as 2026-01-31."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as problem:
            raise self._wrong(name, "a day such as 2026-01-31") from problem

    def day_or_none(self, name: str) -> date | None:
        """A day, None where there is none."""
        return None if self.values.get(name) is None else self.day(name)

    def instant(self, name: str) -> datetime:
        """An instant with its zone, in UTC."""
        try:
            said = datetime.fromisoformat(self.text(name))
        except ValueError as problem:
            raise self._wrong(name, "a time such as 2026-01-31T08:00:00.000Z") from problem
        if said.tzinfo is None:
            raise self._wrong(name, "a time with its zone")
        return said.astimezone(UTC)

    def rows(self, name: str) -> list[Fields]:
        """The objects of a list, none where there is none."""
        value = self.values.get(name)
        return [] if value is None else rows_of(value, f"{self.where}: {name}")

    def texts(self, name: str) -> list[str]:
        """The texts of a list, none where there is none."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list of texts")
        return [str(it) for it in cast("list[object]", value)]

    def _wrong(self, name: str, expected: str) -> PartnerUnavailable:
        return PartnerUnavailable(f"Kill Bill's answer to {self.where}: {name} is not {expected}")


def rows_of(value: object, where: str) -> list[Fields]:
    """The objects of a list; anything else is refused."""
    if not isinstance(value, list):
        raise PartnerUnavailable(f"Kill Bill's answer to {where}: a list was expected")
    return [Fields.of(it, where) for it in cast("list[object]", value)]
