"""The columns of the portal that we touch, and what we do with each: grants and the check at start follow from here.

``r`` reads, ``i`` writes in new rows, ``u`` changes. What is not named here we neither read nor write: of a person no
password, salt, token or bank account. No row is ever deleted: cascades there would take bookings with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Column, DateTime, Integer, MetaData, Numeric, Select, SmallInteger, String, Table, Text, select
from sqlalchemy.dialects.mysql import LONGTEXT, TINYINT
from sqlalchemy.types import TypeEngine

METADATA: Final = MetaData()
USES: Final = "uses"
"""Under this name a column's ``info`` says what we do with it."""
_KEY: Final = Integer()
_CENTS: Final = Numeric(8, 0)
_DEGREES: Final = Numeric(11, 7)
_LOCALE: Final = String(255)
_SLUG: Final = String(255)
_FLAG: Final = TINYINT(1)


def _table(name: str, /, **columns: tuple[TypeEngine[Any], str]) -> Table:
    """A table with columns of that type and use; ``?`` in the use: it may be NULL. Every table has its ``id`` first."""
    return Table(
        name,
        METADATA,
        *(
            Column(
                it.removesuffix("_"),
                kind,
                primary_key=it == "id",
                autoincrement=it == "id" and "i" not in use,
                nullable="?" in use,
                info={USES: use.removesuffix("?")},
            )
            for it, (kind, use) in columns.items()
        ),
    )


def _translation(name: str, length: int) -> Table:
    return _table(
        name,
        id=(_KEY, "r"),
        translatable_id=(_KEY, "ri?"),
        name=(String(length), "ri"),
        locale=(_LOCALE, "ri"),
        slug=(_SLUG, "i?"),
    )


listing: Final = _table(
    "listing",
    id=(_KEY, "ri"),
    user_id=(_KEY, "riu"),
    location_id=(_KEY, "riu?"),
    status=(SmallInteger(), "riu"),
    price=(_CENTS, "riu"),
    cancellation_policy=(SmallInteger(), "ri"),
    comment_count=(_KEY, "i?"),
    createdAt=(DateTime(), "ri?"),
    updatedAt=(DateTime(), "riu?"),
)
listing_translation: Final = _table(
    "listing_translation",
    id=(_KEY, "r"),
    translatable_id=(_KEY, "ri?"),
    title=(String(50), "riu"),
    description=(Text(), "riu"),
    rules=(Text(), "riu?"),
    locale=(_LOCALE, "ri"),
    slug=(_SLUG, "riu?"),
)
listing_location: Final = _table(
    "listing_location",
    id=(_KEY, "r"),
    listing_id=(_KEY, "ri?"),
    coordinate_id=(_KEY, "riu"),
    country=(String(3), "riu"),
    city=(String(75), "riu"),
    zip=(String(20), "riu?"),
    route=(String(120), "riu?"),
    street_number=(String(20), "riu?"),
)
listing_image: Final = _table(
    "listing_image",
    id=(_KEY, "r"),
    listing_id=(_KEY, "ri"),
    name=(String(255), "riu"),
    position=(SmallInteger(), "riu"),
)
listing_listing_category: Final = _table(
    "listing_listing_category",
    id=(_KEY, "r"),
    listing_id=(_KEY, "ri"),
    listing_category_id=(_KEY, "riu"),
)
listing_category: Final = _table("listing_category", id=(_KEY, "r"))
geo_country: Final = _table("geo_country", id=(_KEY, "r"), code=(String(3), "ri"))
geo_country_translation: Final = _translation("geo_country_translation", 200)
geo_area: Final = _table("geo_area", id=(_KEY, "r"), country_id=(_KEY, "ri"))
geo_area_translation: Final = _translation("geo_area_translation", 100)
geo_department: Final = _table("geo_department", id=(_KEY, "r"), country_id=(_KEY, "ri"), area_id=(_KEY, "ri"))
geo_department_translation: Final = _translation("geo_department_translation", 100)
geo_city: Final = _table(
    "geo_city", id=(_KEY, "r"), country_id=(_KEY, "ri"), area_id=(_KEY, "ri"), department_id=(_KEY, "ri")
)
geo_city_translation: Final = _translation("geo_city_translation", 100)
geo_coordinate: Final = _table(
    "geo_coordinate",
    id=(_KEY, "r"),
    country_id=(_KEY, "ri"),
    area_id=(_KEY, "ri?"),
    department_id=(_KEY, "ri?"),
    city_id=(_KEY, "ri?"),
    lat=(_DEGREES, "ri"),
    lng=(_DEGREES, "ri"),
    zip=(String(30), "ri?"),
    route=(String(200), "ri?"),
    street_number=(String(20), "ri?"),
    address=(String(255), "ri"),
    createdAt=(DateTime(), "i?"),
    updatedAt=(DateTime(), "i?"),
)
user: Final = _table(
    "user",
    id=(_KEY, "r"),
    email_canonical=(String(180), "r"),
    email=(String(180), "r"),
    enabled=(_FLAG, "r"),
    roles=(LONGTEXT(), "r"),
    first_name=(String(100), "r"),
    last_name=(String(100), "r"),
    phone_prefix=(String(6), "r?"),
    phone=(String(16), "r?"),
    phone_verified=(_FLAG, "r?"),
    email_verified=(_FLAG, "r?"),
)
booking: Final = _table(
    "booking",
    id=(_KEY, "r"),
    user_id=(_KEY, "r"),
    listing_id=(_KEY, "r"),
    start=(DateTime(), "r"),
    end=(DateTime(), "r"),
    status=(SmallInteger(), "r"),
    message=(Text(), "r"),
    createdAt=(DateTime(), "r?"),
    updatedAt=(DateTime(), "r?"),
)
message_thread: Final = _table(
    "message_thread",
    id=(_KEY, "r"),
    listing_id=(_KEY, "r?"),
    booking_id=(_KEY, "r?"),
    subject=(String(255), "r"),
    createdAt=(DateTime(), "r"),
    isSpam=(_FLAG, "r"),
    createdBy_id=(_KEY, "r?"),
)
message: Final = _table(
    "message",
    id=(_KEY, "r"),
    thread_id=(_KEY, "r?"),
    sender_id=(_KEY, "r?"),
    body=(LONGTEXT(), "r"),
    created_at=(DateTime(), "r"),
)


def columns_used(table: Table, use: str) -> Iterator[str]:
    """The names of the columns of which we make that use."""
    return (it.name for it in table.columns if use in it.info[USES])


def read(*tables: Table) -> Select[Any]:
    """A query for all that we read of these tables."""
    return select(*(table.c[it] for table in tables for it in columns_used(table, "r")))
