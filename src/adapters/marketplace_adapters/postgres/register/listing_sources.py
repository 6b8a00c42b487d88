"""Where the entries of listings, applications and inquiries come from: each with the place of its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Subquery, and_, literal_column, not_, select, true

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.register import reached
from marketplace_adapters.postgres.register.source import Source
from marketplace_adapters.postgres.rows import asking
from marketplace_adapters.postgres.rows import listings as rows
from marketplace_adapters.postgres.rows.values import Columns
from marketplace_adapters.postgres.schema.listings import WAITS
from marketplace_core.domain.access import Reach
from marketplace_core.domain.register import (
    APPLICATIONS,
    INQUIRIES,
    LISTINGS,
    ApplicationEntry,
    InquiryEntry,
    ListingEntry,
    Waiting,
)

_UNITS, _PROPERTIES = schema.units, schema.properties


def _beside_unit(_reach: Reach, page: Subquery) -> Mapping[str, ColumnElement[Any]]:
    unit = and_(_UNITS.c.portfolio_id == page.c.portfolio_id, _UNITS.c.unit_id == page.c.unit_id)
    place = and_(_PROPERTIES.c.portfolio_id == _UNITS.c.portfolio_id, _PROPERTIES.c.property_id == _UNITS.c.property_id)
    name = select(_PROPERTIES.c.name).join_from(_UNITS, _PROPERTIES, place).where(unit)
    return {
        "property_name": name.scalar_subquery(),
        "unit_code": select(_UNITS.c.code).where(unit).scalar_subquery(),
        "place_id": select(_UNITS.c.property_id).where(unit).scalar_subquery(),
    }


def _listing_entry(row: Columns) -> ListingEntry:
    return ListingEntry(rows.listing_of(row), row["property_name"], row["unit_code"])


def _application_entry(row: Columns) -> ApplicationEntry:
    return ApplicationEntry(asking.application_of(row), row["place_id"], row["property_name"], row["unit_code"])


def _inquiry_entry(row: Columns) -> InquiryEntry:
    return InquiryEntry(asking.inquiry_of(row), row["place_id"], row["property_name"], row["unit_code"])


def _by_reach(_reach: Reach, _value: str | date) -> ColumnElement[bool]:
    """The condition of reach says which property is meant, too."""
    return true()


def _waiting(_reach: Reach, value: str | date) -> ColumnElement[bool]:
    waits = literal_column(WAITS, Boolean())
    return waits if value == Waiting.YES else not_(waits)


_of_unit = partial(Source, reached=reached.follows_units, beside=_beside_unit)
_MEANT: Final = {"property_id": _by_reach}

LISTING_SOURCES: Final[Mapping[str, Source]] = {
    LISTINGS.name: _of_unit(schema.listings, entry_of=_listing_entry, meant=_MEANT),
    APPLICATIONS.name: _of_unit(schema.applications, entry_of=_application_entry, meant=_MEANT | {"waiting": _waiting}),
    INQUIRIES.name: _of_unit(schema.inquiries, entry_of=_inquiry_entry, meant=_MEANT),
}
