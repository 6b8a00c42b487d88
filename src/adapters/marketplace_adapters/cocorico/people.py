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


def applicant_of(row: Row[Any]) -> Applicant:
    """The applicant of a row that has `APPLICANT_COLUMNS`."""
    return Applicant(
        str(row.applicant_id),
        told(f"{row.first_name} {row.last_name}").strip(),
        told(row.email),
        told(f"{row.phone_prefix or ''}{row.phone}") if row.phone else "",
        email_verified=bool(row.email_verified),
        phone_verified=bool(row.phone_verified),
    )
