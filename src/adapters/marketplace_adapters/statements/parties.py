"""Who paid, as statements and callbacks say it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from marketplace_core.domain.payment import Payer
from marketplace_core.domain.reconciliation.phones import clear_phone

_PARTY: Final = re.compile(
    r"(?P<phone>\+?[0-9][0-9*xX \u2022]{4,19}[0-9*xX\u2022])(?:\s*-\s*|\s+|$)(?P<name>.*)", re.DOTALL
)
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_MASKED: Final = re.compile(r"[0-9*]*[0-9][0-9*]*")
_LONGEST: Final = 200
_FEWEST_DIGITS, _MOST_DIGITS = 9, 15


@lru_cache(maxsize=16_384)
def payer_of(text: str) -> Payer:
    """The payer that ``2547****5678 - JOHN DOE`` names; a text without a phone is a name."""
    text = " ".join(text[:_LONGEST].split())
    found = _PARTY.fullmatch(text)
    phone = phone_of(found["phone"]) if found else ""
    if not phone or found is None:
        return Payer(name=text.strip(" -"))
    return Payer(name=found["name"].strip(" -"), phone=phone)


def phone_of(text: str) -> str:
    """A phone as kept: ``2547…`` in clear, masked with asterisks, or 64 hexadecimal digits; else empty."""
    text = text.strip()
    if _HASH.fullmatch(text):
        return text.lower()
    compact = re.sub(r"[\s+-]", "", text)
    if re.search(r"[*xX\u2022]", compact):
        masked = re.sub(r"[xX\u2022]", "*", compact)
        return masked if _MASKED.fullmatch(masked) and len(masked) <= _MOST_DIGITS else ""
    if not (compact.isascii() and compact.isdigit() and _FEWEST_DIGITS <= len(compact) <= _MOST_DIGITS):
        return ""
    return clear_phone(compact)
