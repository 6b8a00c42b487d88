"""Where a listing is there: points in cities in departments in areas in countries, found or made, and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from marketplace_adapters.cocorico.engine import hold
from marketplace_adapters.cocorico.fields import (
    ADDRESS,
    CITY,
    COUNTRY,
    LATITUDE,
    LONGITUDE,
    POSTAL_CODE,
    STREET,
    STREET_NUMBER,
)
from marketplace_adapters.cocorico.server import CocoricoServer
from marketplace_adapters.cocorico.tables import (
    METADATA,
    geo_area,
    geo_city,
    geo_coordinate,
    geo_country,
    geo_department,
)
from marketplace_adapters.cocorico.texts import slug_of
from marketplace_core.domain.listings.copies import PortalFields
from marketplace_core.errors import InvalidInput


def point_for(connection: Connection, server: CocoricoServer, wanted: PortalFields, at: datetime) -> int:
    """The id of a point with that place and address: one that is there, else a new one."""
    if not wanted[LATITUDE] or not wanted[LONGITUDE]:
        raise InvalidInput(
            "the listing has lost its place on the portal's map: have ours written over what stands there"
        )
    city = _city(connection, server, wanted)
    degrees = {"lat": Decimal(wanted[LATITUDE]), "lng": Decimal(wanted[LONGITUDE])}
    texts = {
        "zip": wanted[POSTAL_CODE] or None,
        "route": wanted[STREET] or None,
        "street_number": wanted[STREET_NUMBER] or None,
        "address": wanted[ADDRESS],
    }
    same = {**city, **texts}
    query = select(*(geo_coordinate.c[it] for it in ("id", *same))).where(
        # These alone, so that the index on them is used and not that on the city.
        geo_coordinate.c.lat == degrees["lat"],
        geo_coordinate.c.lng == degrees["lng"],
    )
    # Compared here, for there a small letter equals its capital, and what is shown would never be what is wanted.
    for row in connection.execute(query.order_by(geo_coordinate.c.id)):
        if all((getattr(row, it) or None) == value for it, value in same.items()):
            return int(row.id)
    return _added(connection, geo_coordinate, {**city, **degrees, **texts, "createdAt": at, "updatedAt": at})


def _city(connection: Connection, server: CocoricoServer, wanted: PortalFields) -> Mapping[str, int]:
    """The city of that name with all that it lies in; in an area of its own name where the portal has none such.

    The portal's tables let a city stand twice, so one of us makes cities at a time, until its transaction ends.
    """
    known = _known_city(connection, wanted)
    if known is not None:
        return known
    hold(connection, f"marketplace places {connection.engine.url.database}", server.timeout_seconds / 2)
    known = _known_city(connection, wanted)
    if known is not None:
        return known
    country_id = _country(connection, server, wanted[COUNTRY])
    names = dict.fromkeys(server.locales, wanted[CITY])
    area_id = _named(connection, geo_area, names, {"country_id": country_id})
    department_id = _named(connection, geo_department, names, {"country_id": country_id, "area_id": area_id})
    above = {"country_id": country_id, "area_id": area_id, "department_id": department_id}
    return {**above, "city_id": _named(connection, geo_city, names, above)}


def _known_city(connection: Connection, wanted: PortalFields) -> Mapping[str, int] | None:
    words = _words(geo_city)
    found = connection.execute(
        select(geo_city)
        .join(words, words.c.translatable_id == geo_city.c.id)
        .join(geo_country, geo_country.c.id == geo_city.c.country_id)
        .where(geo_country.c.code == wanted[COUNTRY], words.c.name == wanted[CITY])
        .order_by(geo_city.c.id)
        .limit(1)
    ).first()
    if found is None:
        return None
    above = {it: getattr(found, it) for it in ("country_id", "area_id", "department_id")}
    return {**above, "city_id": found.id}


def _country(connection: Connection, server: CocoricoServer, code: str) -> int:
    query = select(geo_country.c.id).where(geo_country.c.code == code).order_by(geo_country.c.id).limit(1)
    found = connection.scalar(query)
    if found is not None:
        return int(found)
    name = server.country_names.get(code, code)
    return _named(connection, geo_country, dict.fromkeys(server.locales, name), {"code": code})


def _named(connection: Connection, table: Table, names: Mapping[str, str], values: Mapping[str, Any]) -> int:
    """A place with those values that has one of the names, else a new one with all of them."""
    words = _words(table)
    found = connection.scalar(
        select(table.c.id)
        .join(words, words.c.translatable_id == table.c.id)
        .where(*(table.c[it] == value for it, value in values.items()), words.c.name.in_(set(names.values())))
        .order_by(table.c.id)
        .limit(1)
    )
    if found is not None:
        return int(found)
    made = _added(connection, table, values)
    rows: Sequence[Mapping[str, Any]] = [
        {"translatable_id": made, "name": name, "locale": locale, "slug": slug_of(name) or None}
        for locale, name in names.items()
    ]
    connection.execute(insert(words), list(rows))
    return made


def _words(table: Table) -> Table:
    return METADATA.tables[f"{table.name}_translation"]


def _added(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    done = connection.execute(insert(table).values(**values))
    return int(done.lastrowid)
