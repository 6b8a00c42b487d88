"""Who asks or books, as the portal knows them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row

from marketplace_adapters.cocorico.tables import user
from marketplace_adapters.cocorico.texts import told
from marketplace_core.domain.listings.records import Applicant

APPLICANT_COLUMNS: Final = (
    user.c.id.label("applicant_id"),
    user.c.first_name,
    user.c.last_name,
    user.c.email,
    user.c.phone_prefix,
    user.c.phone,
    user.c.email_verified,
    user.c.phone_verified,
)
_KEEP_THEIR_ZERO: Final = frozenset({"+39", "+378", "+225", "+229", "+242"})
"""Where the zero before a number is dialled from abroad too."""


def applicant_of(row: Row[Any]) -> Applicant:
    """The applicant of a row that has `APPLICANT_COLUMNS`."""
    return Applicant(
        str(row.applicant_id),
        told(f"{row.first_name} {row.last_name}").strip(),
        told(row.email),
        _phone(told(row.phone_prefix or "").strip(), told(row.phone or "").strip()),
        email_verified=bool(row.email_verified),
        phone_verified=bool(row.phone_verified),
    )


def _phone(prefix: str, typed: str) -> str:
    """One number: without the zero that is dialled at home alone, and the prefix once."""
    if not prefix or not typed or typed.startswith(("+", "00")):
        return typed
    is_dialled_at_home = typed.startswith("0") and prefix not in _KEEP_THEIR_ZERO
    return prefix + (typed[1:] if is_dialled_at_home else typed)
