"""What stands on the portal of some listings, as fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Column, Connection, Row, Table, select

from marketplace_adapters.cocorico.fields import (
    ADDRESS,
    BETWEEN,
    CATEGORY,
    DESCRIPTION,
    LATITUDE,
    LOCATION_COLUMNS,
    LONGITUDE,
    PICTURES,
    PRICE,
    RULES,
    TITLE,
    state_of,
    translated,
)
from marketplace_adapters.cocorico.tables import (
    geo_coordinate,
    listing,
    listing_image,
    listing_listing_category,
    listing_location,
    listing_translation,
    read,
    user,
)
from marketplace_adapters.cocorico.texts import told as words
from marketplace_core.domain.listings.copies import OWNER, STATE, PortalFields

TEXT_COLUMNS: Final = {TITLE: "title", DESCRIPTION: "description", RULES: "rules"}
_OURS: Final = "listing"
"""So the names of the tables begin that we write, and so lock; points and people are only read."""


@frozen
class Standing:
    """The rows of one listing there, and what they say."""

    listing: Row[Any]
    owner: str
    location: Row[Any] | None = None
    point: Row[Any] | None = None
    translations: Mapping[str, Row[Any]] = field(factory=dict[str, Row[Any]])
    images: tuple[Row[Any], ...] = ()
    categories: tuple[Row[Any], ...] = ()

    def fields(self, locales: Collection[str]) -> PortalFields:
        """As `render` names them; what is missing there is an empty text. Locales that we do not use are left out."""
        told = {
            STATE: state_of(self.listing.status, self.listing.id),
            OWNER: self.owner,
            PRICE: str(int(self.listing.price)),
            CATEGORY: BETWEEN.join(dict.fromkeys(str(it.listing_category_id) for it in self.categories)),
            PICTURES: BETWEEN.join(dict.fromkeys(it.name for it in self.images if it.name)),
        }
        # The two refer to each other, and the portal shows a place only by the listing's side.
        is_placed = self.location is not None and self.listing.location_id == self.location.id
        location, point = (self.location, self.point) if is_placed else (None, None)
        for name, column in LOCATION_COLUMNS.items():
            told[name] = (getattr(location, column) or "") if location is not None else ""
        told[ADDRESS] = point.address if point is not None else ""
        told[LATITUDE] = f"{point.lat:.7f}" if point is not None else ""
        told[LONGITUDE] = f"{point.lng:.7f}" if point is not None else ""
        for locale in locales:
            row = self.translations.get(locale)
            for name, column in TEXT_COLUMNS.items():
                told[translated(name, locale)] = words(getattr(row, column) or "") if row is not None else ""
        return told


def standing(connection: Connection, ids: Collection[int], *, lock: bool = False) -> dict[int, Standing]:
    """The rows of these listings by id, in a handful of queries; ``lock`` keeps others from changing them meanwhile."""

    def rows(table: Table, key: Column[Any], order: Column[Any], keys: Collection[int] = ids) -> Sequence[Row[Any]]:
        query = read(table).where(key.in_(sorted(keys))).order_by(order, table.c.id)
        return connection.execute(query.with_for_update() if lock and table.name.startswith(_OURS) else query).all()

    def grouped(table: Table, key: Column[Any], order: Column[Any]) -> dict[int, list[Row[Any]]]:
        found = defaultdict[int, list[Row[Any]]](list)
        for row in rows(table, key, order):
            found[getattr(row, key.name)].append(row)
        return found

    listings = rows(listing, listing.c.id, listing.c.id)
    if not listings:
        return {}
    addresses = select(user.c.id, user.c.email_canonical).where(user.c.id.in_({it.user_id for it in listings}))
    owners = {it.id: it.email_canonical for it in connection.execute(addresses)}
    locations = grouped(listing_location, listing_location.c.listing_id, listing_location.c.id)
    placed = {it.coordinate_id for found in locations.values() for it in found}
    points = {it.id: it for it in rows(geo_coordinate, geo_coordinate.c.id, geo_coordinate.c.id, placed)}
    texts = grouped(listing_translation, listing_translation.c.translatable_id, listing_translation.c.id)
    images = grouped(listing_image, listing_image.c.listing_id, listing_image.c.position)
    categories = grouped(listing_listing_category, listing_listing_category.c.listing_id, listing_listing_category.c.id)
    found = dict[int, Standing]()
    for row in listings:
        location = next(iter(locations[row.id]), None)
        found[row.id] = Standing(
            row,
            owners[row.user_id],
            location,
            points.get(location.coordinate_id) if location is not None else None,
            {it.locale: it for it in texts[row.id]},
            tuple(images[row.id]),
            tuple(categories[row.id]),
        )
    return found
