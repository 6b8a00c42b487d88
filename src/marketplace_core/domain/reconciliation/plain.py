"""Certificates as plain JSON types and back, strictly, and their digest without personal texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from hashlib import blake2b
from types import UnionType
from typing import Final, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.reconciliation.certificate import Certificate, redacted
from marketplace_core.errors import CertificateInvalid, InvalidInput

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"

_Value = TypeVar("_Value")
_MONEY_PARTS: Final = 2


def certificate_to_plain(certificate: Certificate) -> dict[str, Plain]:
    """The certificate as dicts, lists, texts, whole numbers, booleans and None; an amount is [minor units, code]."""
    return cast("dict[str, Plain]", _to_plain(certificate))


def certificate_from_plain(plain: Mapping[str, object]) -> Certificate:
    """The certificate that plain values say.

    ``CertificateInvalid`` where a field is missing, unknown or of another type: nothing is guessed.
    """
    try:
        return cast("Certificate", _from_plain(plain, Certificate, "certificate"))
    except InvalidInput as error:
        raise CertificateInvalid(f"certificate cannot be read: {error}") from error


def certificate_digest(certificate: Certificate) -> str:
    """A digest of everything but the personal texts: the same before and after these are erased."""
    text = json.dumps(certificate_to_plain(redacted(certificate)), sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=32).hexdigest()


def kept_certificate(text: str, digest: str) -> Certificate | None:
    """The certificate that a match or proposal keeps as text; None where a person decided, or where it was erased.

    ``CertificateInvalid`` where the text is not what its digest, which the event chain holds, was made of.
    """
    if not text:
        return None
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise CertificateInvalid(f"certificate cannot be read: {error}; see marketplace verify") from error
    certificate = certificate_from_plain(plain)
    if certificate_digest(certificate) != digest:
        raise CertificateInvalid(
            f"the certificate of payment {certificate.payment_id} was altered after it was made; nothing is applied "
            "by it: see marketplace verify"
        )
    return certificate


def _to_plain(value: object) -> Plain:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Money):
        return [value.amount_minor, value.currency.code]
    if isinstance(value, tuple):
        return [_to_plain(one) for one in cast("tuple[object, ...]", value)]
    return {name: _to_plain(getattr(value, name)) for name in _hints(type(value))}


_HINTS: Final[dict[type, dict[str, object]]] = {}


def _hints(kind: type) -> dict[str, object]:
    """The fields of an attrs class with their types, resolved once."""
    found = _HINTS.get(kind)
    if found is None:
        hints = get_type_hints(kind)
        found = _HINTS[kind] = {
            one.name: hints[one.name] for one in attrs.fields(cast("type[attrs.AttrsInstance]", kind))
        }
    return found


def _from_plain(value: object, hint: object, where: str) -> object:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return None if value is None else _from_plain(value, get_args(hint)[0], where)
    if origin is tuple:
        return _tuple(value, get_args(hint), where)
    hint = getattr(hint, "__supertype__", hint)
    if not isinstance(hint, type):
        raise InvalidInput(f"{where}: no plain form of {hint}")
    return _of_type(value, cast("type[object]", hint), where)


def _of_type(value: object, hint: type[object], where: str) -> object:
    if hint is Money:
        return _money(value, where)
    if issubclass(hint, Enum):
        return _said(hint, _typed(value, str, where), where)
    if hint is date:
        return _said(date.fromisoformat, _typed(value, str, where), where)
    if attrs.has(hint):
        return _object(value, hint, where)
    return _typed(value, hint, where)


def _typed(value: object, hint: type[_Value], where: str) -> _Value:
    if type(value) is not hint:
        raise InvalidInput(f"{where}: expected {hint.__name__}, not {type(value).__name__}")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidInput(f"{where}: expected a list, not {type(value).__name__}")
    return cast("list[object]", value)


def _said(read: Callable[[str], object], text: str, where: str) -> object:
    try:
        return read(text)
    except ValueError as error:
        raise InvalidInput(f"{where}: {text[:40]!r} is not understood ({error})") from error


def _money(value: object, where: str) -> Money:
    parts = _list(value, where)
    if len(parts) != _MONEY_PARTS:
        raise InvalidInput(f"{where}: an amount is [minor units, currency code]")
    return Money(_typed(parts[0], int, where), Currency.of(_typed(parts[1], str, where)))


def _tuple(value: object, hints: Sequence[object], where: str) -> tuple[object, ...]:
    items = _list(value, where)
    if len(hints) == _MONEY_PARTS and hints[1] is Ellipsis:
        return tuple(_from_plain(one, hints[0], f"{where}[{place}]") for place, one in enumerate(items))
    if len(items) != len(hints):
        raise InvalidInput(f"{where}: expected {len(hints)} values, not {len(items)}")
    return tuple(_from_plain(one, hint, where) for one, hint in zip(items, hints, strict=True))


def _object(value: object, kind: type, where: str) -> object:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{where}: expected an object, not {type(value).__name__}")
    given = cast("Mapping[str, object]", value)
    hints = _hints(kind)
    odd = set(given) ^ set(hints)
    if odd:
        name = min(odd)
        raise InvalidInput(f"{where}: {name!r} is {'not a field' if name in given else 'missing'}")
    parts = {name: _from_plain(given[name], hint, f"{where}.{name}") for name, hint in hints.items()}
    return kind(**parts)
