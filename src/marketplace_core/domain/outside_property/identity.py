"""What is the same thing here and there: outside ids of units, ids of ours that derive from them, and units' codes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from marketplace_core.domain.identifiers import PortfolioId, PropertyId, UnitId, derive_id
from marketplace_core.domain.party import UnitKind
from marketplace_core.domain.reconciliation.months import is_month_text
from marketplace_core.domain.reference import ALPHABET, is_reference, normalise

PROPERTY: Final = "property"
UNIT: Final = "unit"
"""The kinds of links that a sync of properties keeps."""

_LETTERS: Final = ALPHABET.strip("0123456789")
_SHORT: Final = 4
_LONG: Final = 7
_HALF: Final = len(_LETTERS) // 2
_BODY_MOST: Final = 12
_PREFIXES: Final = {
    UnitKind.FLAT: "",
    UnitKind.APARTMENT: "A",
    UnitKind.PARKING: "P",
    UnitKind.COMMERCIAL: "C",
    UnitKind.WAREHOUSE: "W",
}


@lru_cache(16_384)
def clean_label(label: str) -> str:
    """A label as it is kept and compared: one space between words, none around."""
    return " ".join(label.split())


def unit_external_id(property_id: str, kind: UnitKind, label: str) -> str:
    """What a unit is called outside: its property there, what it is for, and its label."""
    return f"{property_id}:{kind}:{clean_label(label)}"


def house_of(external_id: str) -> str:
    """The property outside in what `unit_external_id` gave."""
    return external_id.partition(":")[0]


def label_in(external_id: str, property_id: str, kind: UnitKind) -> str:
    """The label, as it is kept, in what `unit_external_id` gave."""
    return external_id[len(property_id) + len(kind) + 2 :]


def derived_property_id(portfolio_id: PortfolioId, system: str, external_id: str) -> PropertyId:
    """The id of ours of a property that nobody linked to one of ours."""
    return PropertyId(derive_id("property", portfolio_id, system, external_id))


def derived_unit_id(portfolio_id: PortfolioId, system: str, external_id: str) -> UnitId:
    """The id of ours of a unit that is linked to none of ours."""
    return UnitId(derive_id("unit", portfolio_id, system, external_id))


def candidate_codes(property_id: str, kind: UnitKind, label: str) -> Iterator[str]:
    """Codes for a unit from the shortest on, such as ``K7P2-12``: the property's signs, then the label.

    A code is an alias of a payment reference and is read without signs and blind to case, so: the property's signs
    come first, as many as their first letter tells, and what two labels would share gets signs of the whole id. No
    candidate reads as a payment reference or a month.
    """
    body, is_whole = _body(kind, label)
    mark = _signs(unit_external_id(property_id, kind, label), _BODY_MOST)
    bodies = [body] if is_whole else []
    bodies += [f"{body}{mark[:length]}" for length in range(_SHORT, _BODY_MOST + 1)]
    for length in (_SHORT, _LONG):
        for one in bodies[: 1 if length == _SHORT else None]:
            code = f"{_tag(property_id, length)}-{one}"
            if not is_reference(code) and not is_month_text(normalise(code)):
                yield code


def give_codes(
    units: Iterable[tuple[str, str, UnitKind, str]], taken: Callable[[Collection[str]], Collection[str]]
) -> dict[str, str]:
    """A code for each new unit, given as (its outside id, its property's, its kind, its label), by its outside id.

    ``taken`` tells which of many texts are units' codes already; it is asked with each code as it would be written
    with its dash and without. The first of two that want one code gets it.
    """
    given: dict[str, str] = {}
    used: set[str] = set()
    waiting = {key: candidate_codes(place, kind, label) for key, place, kind, label in units}
    while waiting:
        wanted = {key: next(codes) for key, codes in waiting.items()}
        held = set(taken([text for code in wanted.values() for text in (code, normalise(code))]))
        for key, code in wanted.items():
            if code in held or normalise(code) in held or normalise(code) in used:
                continue
            given[key] = code
            used.add(normalise(code))
            del waiting[key]
    return given


def _body(kind: UnitKind, label: str) -> tuple[str, bool]:
    """The label in capitals, letters and digits of ASCII alone; False where something of it was lost."""
    folded = unicodedata.normalize("NFKC", label).upper()
    plain = "".join(sign for sign in folded if sign.isascii() and sign.isalnum())
    is_whole = bool(plain) and len(plain) <= _BODY_MOST and all(it.isascii() or not it.isalnum() for it in folded)
    return f"{_PREFIXES[kind]}{plain[:_BODY_MOST]}", is_whole


@lru_cache(4096)
def _tag(property_id: str, length: int) -> str:
    """Signs of a property; the first one is of the first half of the letters in short tags, of the second in long."""
    signs = _signs(property_id, _LONG)
    first = ALPHABET.index(signs[0]) % _HALF + (0 if length == _SHORT else _HALF)
    return f"{_LETTERS[first]}{signs[1:length]}"


def _signs(text: str, count: int) -> str:
    number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")
    found = ""
    for _ in range(count):
        number, rest = divmod(number, len(ALPHABET))
        found += ALPHABET[rest]
    return found
