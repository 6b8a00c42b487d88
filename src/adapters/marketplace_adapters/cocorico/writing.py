"""Writing a copy on the portal: made whole, or changed where it differs; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select, update

from marketplace_adapters.cocorico.fields import (
    BETWEEN,
    CATEGORY,
    LOCATION_COLUMNS,
    PICTURES,
    POINT,
    PRICE,
    STATUS_OF,
    TITLE,
    translated,
)
from marketplace_adapters.cocorico.places import point_for
from marketplace_adapters.cocorico.reading import TEXT_COLUMNS, Standing
from marketplace_adapters.cocorico.server import CocoricoServer
from marketplace_adapters.cocorico.tables import (
    listing,
    listing_category,
    listing_image,
    listing_listing_category,
    listing_location,
    listing_translation,
    user,
)
from marketplace_adapters.cocorico.texts import held, listing_slug
from marketplace_core.domain.listings.copies import OWNER, STATE, PortalFields
from marketplace_core.errors import InvalidInput, NotFound

_ADMIN: Final = "ADMIN"


def make(
    connection: Connection, server: CocoricoServer, listing_id: int, wanted: PortalFields, made_at: datetime
) -> None:
    """A new listing with all that belongs to it; ``made_at`` is in the portal's zone.

    Raises the database's own error for an id that is taken.
    """
    owner_id = _owner(connection, wanted[OWNER])
    connection.execute(
        insert(listing).values(
            id=listing_id,
            user_id=owner_id,
            status=STATUS_OF[wanted[STATE]],
            price=int(wanted[PRICE]),
            cancellation_policy=server.cancellation_policy,
            comment_count=0,
            createdAt=made_at,
            updatedAt=made_at,
        )
    )
    _put_place(connection, server, listing_id, None, wanted, made_at)
    texts = [
        {"translatable_id": listing_id, "locale": locale, **_text(wanted, locale, listing_id)}
        for locale in server.locales
    ]
    connection.execute(insert(listing_translation), texts)
    _put_pictures(connection, listing_id, (), wanted[PICTURES])
    _put_category(connection, listing_id, (), wanted[CATEGORY])


def change(
    connection: Connection,
    server: CocoricoServer,
    there: Standing,
    wanted: PortalFields,
    at: datetime,
) -> None:
    """Write what of ``wanted`` differs from what stands there; its rows are locked."""
    listing_id: int = there.listing.id
    stands = there.fields(server.locales)
    differs = {name for name, text in wanted.items() if stands.get(name) != text}
    if not differs:
        return
    values = dict[str, object]()
    if STATE in differs:
        values["status"] = STATUS_OF[wanted[STATE]]
    if PRICE in differs:
        values["price"] = int(wanted[PRICE])
    if OWNER in differs:
        values["user_id"] = _owner(connection, wanted[OWNER])
    if differs & POINT:
        _put_place(connection, server, listing_id, there, wanted, at)
    for locale in server.locales:
        if any(translated(it, locale) in differs for it in TEXT_COLUMNS):
            _put_text(connection, there, locale, wanted)
    if PICTURES in differs:
        _put_pictures(connection, listing_id, there.images, wanted[PICTURES])
    if CATEGORY in differs:
        _put_category(connection, listing_id, there.categories, wanted[CATEGORY])
    _update(connection, listing, listing_id, {**values, "updatedAt": at})


def _owner(connection: Connection, email: str) -> int:
    columns = (user.c.id, user.c.enabled, user.c.roles, user.c.email_canonical)
    # What its columns cannot hold is nobody's there, and to ask for it is an error (1267) where they have three bytes.
    asked = select(*columns).where(user.c.email_canonical == email)
    found = connection.execute(asked).first() if held(email) == email else None
    # To the database é is e: whoever signed up with the one must not be given the listings of the other.
    if found is None or found.email_canonical != email:
        raise NotFound("no user of the portal has the landlord's e-mail address: have them sign up there with it")
    if not found.enabled:
        raise NotFound("the landlord's account on the portal is locked: have it enabled there")
    if _ADMIN in found.roles:
        raise NotFound("the landlord is an admin of the portal, who cannot offer: give them an account of their own")
    return int(found.id)


def _put_place(
    connection: Connection,
    server: CocoricoServer,
    listing_id: int,
    there: Standing | None,
    wanted: PortalFields,
    at: datetime,
) -> None:
    location = there.location if there is not None else None
    values: dict[str, object] = {
        column: wanted[name] or (None if listing_location.c[column].nullable else "")
        for name, column in LOCATION_COLUMNS.items()
    }
    values["coordinate_id"] = point_for(connection, server, wanted, at)
    if there is not None and location is not None:
        _update(connection, listing_location, location.id, values)
        if there.listing.location_id != location.id:
            _update(connection, listing, listing_id, {"location_id": location.id})
        return
    made = connection.execute(insert(listing_location).values(listing_id=listing_id, **values))
    _update(connection, listing, listing_id, {"location_id": int(made.lastrowid)})


def _text(wanted: PortalFields, locale: str, listing_id: int) -> Mapping[str, str | None]:
    values: dict[str, str | None] = {
        column: wanted[translated(name, locale)] or (None if listing_translation.c[column].nullable else "")
        for name, column in TEXT_COLUMNS.items()
    }
    return values | {"slug": listing_slug(wanted[translated(TITLE, locale)], str(listing_id))}


def _put_text(connection: Connection, there: Standing, locale: str, wanted: PortalFields) -> None:
    values = _text(wanted, locale, there.listing.id)
    row = there.translations.get(locale)
    if row is not None:
        _update(connection, listing_translation, row.id, values)
    else:
        key = {"translatable_id": there.listing.id, "locale": locale}
        connection.execute(insert(listing_translation).values(**key, **values))


def _put_pictures(connection: Connection, listing_id: int, rows: Sequence[Any], wanted: str) -> None:
    """Rows that are left over show the first picture once more, or none: what was taken back must not be seen."""
    names = [it for it in wanted.split(BETWEEN) if it]
    told = names + [names[0] if names else ""] * (len(rows) - len(names))
    for position, (row, name) in enumerate(zip(rows, told, strict=False), 1):
        if (row.name, row.position) != (name, position):
            _update(connection, listing_image, row.id, {"name": name, "position": position})
    more = [
        {"listing_id": listing_id, "name": name, "position": position}
        for position, name in enumerate(told, 1)
        if position > len(rows)
    ]
    if more:
        connection.execute(insert(listing_image), more)


def _put_category(connection: Connection, listing_id: int, rows: Sequence[Any], wanted: str) -> None:
    """All its rows name the category; the portal lets one name it twice, so none has to go."""
    ids = [int(it) for it in wanted.split(BETWEEN) if it]
    known = set(connection.scalars(select(listing_category.c.id).where(listing_category.c.id.in_(ids))))
    for it in ids:
        if it not in known:
            raise InvalidInput(f"the portal has no category {it}: look at cocorico.categories, and at its own list")
    told = ids + ids[:1] * (len(rows) - len(ids))
    for row, it in zip(rows, told, strict=False):
        if row.listing_category_id != it:
            _update(connection, listing_listing_category, row.id, {"listing_category_id": it})
    for it in told[len(rows) :]:
        connection.execute(insert(listing_listing_category).values(listing_id=listing_id, listing_category_id=it))


def _update(connection: Connection, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(table).where(table.c.id == row_id).values(**values))
