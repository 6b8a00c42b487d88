"""One exact text for each domain value: canonical JSON, and back; personal fields apart."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, TypeVar

from attrs import frozen
from cattrs import Converter

from marketplace_core.domain import facts as facts_module
from marketplace_core.domain.days import DateSpan, require_instant
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.structuring import Parts, Readers
from marketplace_core.errors import InvalidInput

T = TypeVar("T")

_KEPT_AT_MOST: Final = 16_384
"""How many values of each repeating kind are kept: some megabytes, and more than a month's run has."""

_REQUIRED_TEXTS: Final = frozenset({"person.name", "alias.text"})
"""Personal fields without a default: they come back empty once they are erased."""


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, omit_if_default=True, prefer_attrib_converters=False)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_unstructure_hook(datetime, _instant_text)
    converter.register_unstructure_hook(Currency, _currency_text)
    converter.register_unstructure_hook(Decimal, _decimal_text)
    converter.register_unstructure_hook(Money, lambda money: [money.amount_minor, _currency_text(money.currency)])
    return converter


def _instant_text(moment: datetime) -> str:
    return require_instant(moment).isoformat()


def _currency_text(currency: Currency) -> str:
    return currency.code if currency == Currency.of(currency.code) else f"{currency.code}:{currency.decimals}"


def _decimal_text(number: Decimal) -> str:
    """One text for equal numbers: without an exponent and without noughts at the end."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _decimal_from(text: object) -> Decimal:
    try:
        number = Decimal(text if isinstance(text, str) else "")
    except InvalidOperation as error:
        raise InvalidInput(f"{text!r:.40} is no decimal number as a text") from error
    if not number.is_finite():
        raise InvalidInput(f"{text!r:.40} is no finite number")
    return number


@lru_cache(256)
def _currency_from(text: str) -> Currency:
    code, _, decimals = text.partition(":")
    return Currency(code, int(decimals)) if decimals else Currency.of(code)


# Days, spans and amounts repeat all over a book: each is read once and shared, since they are frozen values.
_day_from: Final = lru_cache(_KEPT_AT_MOST)(date.fromisoformat)


@lru_cache(_KEPT_AT_MOST)
def _instant_from(text: str) -> datetime:
    return require_instant(datetime.fromisoformat(text))


def _money_of(amount_minor: int, currency: str) -> Money:
    return Money(amount_minor, _currency_from(currency))


def _span_of(start: str, end: str) -> DateSpan:
    return DateSpan(_day_from(start), _day_from(end))


_converter: Final = _make_converter()
_readers: Final = Readers(
    {
        date: _day_from,
        datetime: _instant_from,
        Currency: _currency_from,
        Decimal: _decimal_from,
        Money: Parts(_money_of, ("amount_minor", "currency"), _KEPT_AT_MOST, numbers=("amount_minor",), listed=True),
        DateSpan: Parts(_span_of, ("start", "end"), _KEPT_AT_MOST),
    }
)
_decode: Final = json.JSONDecoder().raw_decode


def to_plain(value: object) -> Any:  # noqa: ANN401 - plain JSON types
    """The value as plain JSON types; fields that have their default are left out."""
    return _converter.unstructure(value)


def from_plain(data: object, kind: type[T]) -> T:
    """The value of plain JSON types; ``InvalidInput`` for unknown or missing keys and for values of other types."""
    value: T = _readers.of(kind)(data)
    return value


def from_text(text: bytes | str, kind: type[T]) -> T:
    """The value of a JSON text in UTF-8: what ``from_plain(json.loads(text), kind)`` gives, faster."""
    given = text if isinstance(text, str) else text.decode()
    try:
        data, end = _decode(given)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"this is no JSON: {error}") from error
    if end != len(given):
        raise InvalidInput(f"after the value of {end} characters stands more: {given[end:][:60]!r}")
    value: T = _readers.of(kind)(data)
    return value


def canonical(data: object) -> str:
    """The one JSON text of plain data: keys sorted, no spaces, no NaN, no floats lost."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a text, 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _fact_kinds() -> dict[str, type[Fact]]:
    return {kind.__name__: kind for kind in vars(facts_module).values() if _is_fact_kind(kind)}


def _is_fact_kind(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact


@frozen
class SealedFact:
    """A fact for the chain: its public part, and the personal part that is stored apart.

    ``public`` has ``personal_digest`` where there is a personal part: SHA-256 of salt and part.
    """

    public: dict[str, Any]
    personal: dict[str, Any] | None


def seal(fact: Fact, salt: str) -> SealedFact:
    """Split a fact; ``salt`` is secret, random and the caller's, so that a digest betrays nobody."""
    plain: dict[str, Any] = to_plain(fact)
    personal: dict[str, Any] = {}
    for path in fact.personal:
        *parents, last = path.split(".")
        holder = plain
        for name in parents:
            holder = holder.get(name, {})
        if last in holder:
            personal[path] = holder.pop(last)
    public = {"fact": type(fact).__name__, "body": plain}
    if not personal:
        return SealedFact(public, None)
    kept = {"salt": salt, "fields": personal}
    public["personal_digest"] = digest(canonical(kept))
    return SealedFact(public, kept)


def unseal(sealed: SealedFact) -> Fact:
    """The fact again; what was erased comes back empty, and a personal part that was altered is refused."""
    body: dict[str, Any] = json.loads(canonical(sealed.public["body"]))
    kind = _fact_kinds().get(sealed.public["fact"])
    if kind is None:
        raise InvalidInput(f"unknown kind of fact {sealed.public['fact']!r}: this log was written by a newer version")
    expected = sealed.public.get("personal_digest")
    if expected is not None and sealed.personal is not None:
        if digest(canonical(sealed.personal)) != expected:
            raise InvalidInput(f"the personal part of a {kind.__name__} does not fit its digest in the chain")
        for path, value in sealed.personal["fields"].items():
            *parents, last = path.split(".")
            holder = body
            for name in parents:
                holder = holder.setdefault(name, {})
            holder[last] = value
    elif expected is not None:
        for path in _REQUIRED_TEXTS.intersection(kind.personal):
            holder_name, name = path.split(".")
            body[holder_name].setdefault(name, "")
    return fact_from(kind, body)


def fact_from(kind: type[Fact], body: dict[str, Any]) -> Fact:
    """The fact of a kind from its plain body."""
    return from_plain(body, kind)
