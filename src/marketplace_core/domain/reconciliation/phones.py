"""One identity test for a phone in clear, masked or hashed form.

Shared as code: deciding and checking compare phones by it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final

from attrs import frozen

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_MASK: Final = re.compile(r"[^0-9]*[*•xX#][^0-9]*")
_LOCAL_DIGITS: Final = 9
_FEWEST_DIGITS: Final = 7
_COUNTRY: Final = "254"


class SamePhone(StrEnum):
    """How a seen phone stands to a known one."""

    IDENTICAL = "identical"
    COMPATIBLE = "compatible"
    DIFFERENT = "different"


class PhoneForm(StrEnum):
    """How a phone was told."""

    CLEAR = "clear"
    MASKED = "masked"
    HASHED = "hashed"
    NONE = "none"


@frozen
class SeenPhone:
    """A phone as a report told it.

    ``text`` is the digits (clear), the lower-case hexadecimal digits (hashed), or the digits with one ``*`` for
    each hidden stretch (masked). ``shown`` counts the digits of a masked phone that tell people apart: those
    after the hidden stretch.
    """

    form: PhoneForm
    text: str

    @property
    def prefix(self) -> str:
        """The digits before the first hidden stretch."""
        return self.text.split("*", 1)[0]

    @property
    def suffix(self) -> str:
        """The digits after the last hidden stretch."""
        return self.text.rsplit("*", 1)[-1]

    @property
    def shown(self) -> int:
        """How many digits after the hidden stretch are shown."""
        return len(self.suffix)


_NO_PHONE: Final = SeenPhone(PhoneForm.NONE, "")


def clear_phone(text: str) -> str:
    """The digits with country code, ``2547…``, of a Kenyan phone in any usual form; others keep their digits.

    Empty where the text holds no whole phone (masked, hashed, too short).
    """
    seen = read_phone(text)
    return seen.text if seen.form is PhoneForm.CLEAR else ""


def _with_country(digits: str) -> str:
    if digits.startswith("0") and len(digits) == _LOCAL_DIGITS + 1:
        return _COUNTRY + digits[1:]
    if len(digits) == _LOCAL_DIGITS and digits[0] in "17":
        return _COUNTRY + digits
    return digits


@lru_cache(maxsize=8192)
def read_phone(text: str) -> SeenPhone:
    """The phone that a text tells: clear, masked, 64 hexadecimal digits of SHA-256, or none."""
    text = text.strip()
    if _HEX.fullmatch(text):
        return SeenPhone(PhoneForm.HASHED, text.lower())
    if _MASK.search(text):
        parts = [_NOT_DIGITS.sub("", part) for part in _MASK.split(text)]
        if parts[0].startswith("0"):
            parts[0] = _COUNTRY + parts[0][1:]
        masked = "*".join([parts[0], *(part for part in parts[1:-1] if part), parts[-1]])
        return SeenPhone(PhoneForm.MASKED, masked) if parts[-1] else _NO_PHONE
    digits = _NOT_DIGITS.sub("", text)
    if len(digits) < _FEWEST_DIGITS:
        return _NO_PHONE
    return SeenPhone(PhoneForm.CLEAR, _with_country(digits))


@lru_cache(maxsize=65536)
def hashed_phone(clear: str) -> str:
    """The SHA-256 of the digits ``2547…``, 64 lower-case hexadecimal digits, as the provider sends it."""
    return sha256(clear.encode()).hexdigest()


def same_phone(known: str, seen: str) -> SamePhone:
    """Whether a known phone (in clear, any usual form) is the one seen.

    Identical: equal digits, or an equal SHA-256. Compatible: a masked phone whose shown digits fit. Else different.
    """
    clear = clear_phone(known)
    if not clear:
        return SamePhone.DIFFERENT
    return same_as_seen(clear, read_phone(seen))


def same_as_seen(clear: str, seen: SeenPhone) -> SamePhone:
    """The same test for digits ``2547…`` and a phone that is read already."""
    if seen.form is PhoneForm.CLEAR:
        return SamePhone.IDENTICAL if seen.text == clear else SamePhone.DIFFERENT
    if seen.form is PhoneForm.HASHED:
        return SamePhone.IDENTICAL if seen.text == hashed_phone(clear) else SamePhone.DIFFERENT
    if seen.form is PhoneForm.MASKED and _fits(clear, seen.text.split("*")):
        return SamePhone.COMPATIBLE
    return SamePhone.DIFFERENT


def _fits(clear: str, shown: list[str]) -> bool:
    """True where the shown stretches stand in the digits in their order, each hidden stretch at least one digit."""
    first, *middle, last = shown
    if not clear.startswith(first) or not clear.endswith(last):
        return False
    place, end = len(first), len(clear) - len(last)
    for stretch in middle:
        found = clear.find(stretch, place + 1, end)
        if found < 0:
            return False
        place = found + len(stretch)
    return place < end
