"""What is in reach, as conditions on the tables: each the union of ways that an index serves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, and_, false, func, select, union

from marketplace_adapters.postgres import schema
from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Filter

_LEASES, _UNITS = schema.leases, schema.units

LEASE_FIELDS = {"lease_id": _LEASES.c.lease_id, "unit_id": _LEASES.c.unit_id, "property_id": _UNITS.c.property_id}
"""The fields of what follows leases that say which leases are meant, as columns of leases and units."""


def leases_in(reach: Reach, *conditions: ColumnElement[bool]) -> list[Select[Any]]:
    """Each way in which leases are in reach, as their ids; ``conditions`` on leases and units hold besides."""
    own = select(_LEASES.c.lease_id).join_from(_LEASES, _UNITS, _of(_LEASES, _UNITS, "unit_id"))
    own = own.where(_LEASES.c.portfolio_id == reach.portfolio_id, *conditions)
    if reach.is_whole:
        return [own]
    ways: list[Select[Any]] = []
    if reach.property_ids:
        ways.append(own.where(_UNITS.c.property_id == func.any(sorted(reach.property_ids))))
    if reach.lease_ids:
        ways.append(own.where(_LEASES.c.lease_id == func.any(sorted(reach.lease_ids))))
    return ways


def lease_conditions(filters: tuple[Filter, ...]) -> list[ColumnElement[bool]]:
    """The filters that say which leases are meant, as conditions on leases and units."""
    return [LEASE_FIELDS[it.field] == it.value for it in filters if it.field in LEASE_FIELDS]


def follows_leases(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where a row's lease is in reach and meant; None where every lease is."""
    conditions = lease_conditions(filters)
    if reach.is_whole and not conditions:
        return None
    return one_of(table.c.lease_id, leases_in(reach, *conditions))


def follows_payments(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where a row's payment was given to a lease that is in reach, and to each that is meant; None where every is."""
    conditions = lease_conditions(filters)
    if reach.is_whole and not conditions:
        return None
    credits_, matches = schema.credits_, schema.matches
    found = (
        select(credits_.c.source_id)
        .join_from(credits_, matches, _of(credits_, matches, "match_id"))
        .where(
            credits_.c.portfolio_id == reach.portfolio_id,
            credits_.c.source == "payment",
            matches.c.undone_at.is_(None),
        )
    )
    each = [[it] for it in conditions] or [[]]
    return and_(
        *(table.c.payment_id.in_(found.where(one_of(credits_.c.lease_id, leases_in(reach, *one)))) for one in each)
    )


def property_in(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where a property, or a lease on it, is in reach."""
    del filters
    return _place_in(reach, table, _UNITS.c.property_id)


def unit_in(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where a unit's property, or a lease of it, is in reach."""
    del filters
    return _place_in(reach, table, _UNITS.c.unit_id)


def _place_in(reach: Reach, table: Table, key: Column[Any]) -> ColumnElement[bool] | None:
    if reach.is_whole:
        return None
    own = table.c.portfolio_id == reach.portfolio_id
    ways: list[Select[Any]] = []
    if reach.property_ids:
        held = select(table.c[key.name]).correlate(None)
        ways.append(held.where(own, table.c.property_id == func.any(sorted(reach.property_ids))))
    if reach.lease_ids:
        let: Select[Any] = select(key).join_from(_LEASES, _UNITS, _of(_LEASES, _UNITS, "unit_id"))
        ways.append(
            let.where(
                _LEASES.c.portfolio_id == reach.portfolio_id, _LEASES.c.lease_id == func.any(sorted(reach.lease_ids))
            )
        )
    return one_of(table.c[key.name], ways)


def person_in(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where a person is in reach, or a tenant on a property that is."""
    del filters
    if reach.is_whole:
        return None
    ways: list[Select[Any]] = []
    if reach.person_ids:
        ways.append(
            select(table.c.person_id)
            .correlate(None)
            .where(table.c.portfolio_id == reach.portfolio_id, table.c.person_id == func.any(sorted(reach.person_ids)))
        )
    if reach.property_ids:
        tenant: ColumnElement[str] = func.jsonb_array_elements_text(_LEASES.c.body["tenant_ids"]).collate("C")
        let: Select[Any] = select(tenant).join_from(_LEASES, _UNITS, _of(_LEASES, _UNITS, "unit_id"))
        ways.append(
            let.where(
                _LEASES.c.portfolio_id == reach.portfolio_id,
                _UNITS.c.property_id == func.any(sorted(reach.property_ids)),
            )
        )
    return one_of(table.c.person_id, ways)


def ticket_in(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where a ticket's property is in reach, or its reporter, also by who stands for them since a merge."""
    del filters
    if reach.is_whole:
        return None
    own = select(table.c.ticket_id).correlate(None).where(table.c.portfolio_id == reach.portfolio_id)
    ways: list[Select[Any]] = []
    if reach.property_ids:
        ways.append(own.where(table.c.property_id == func.any(sorted(reach.property_ids))))
    if reach.person_ids:
        people = schema.people.c
        merged = select(people.person_id).where(
            people.portfolio_id == reach.portfolio_id, people.merged_into == func.any(sorted(reach.person_ids))
        )
        ways.append(own.where(table.c.reporter_id == func.any(sorted(reach.person_ids))))
        ways.append(own.where(table.c.reporter_id.in_(merged)))
    return one_of(table.c.ticket_id, ways)


def follows_units(reach: Reach, filters: tuple[Filter, ...], table: Table) -> ColumnElement[bool] | None:
    """Where the property that a row's unit is on is in reach and meant; None where every is. A lease shows none."""
    conditions = [_UNITS.c.property_id == it.value for it in filters if it.field == "property_id"]
    if not reach.is_whole:
        conditions.append(_UNITS.c.property_id == func.any(sorted(reach.property_ids)))
    if not conditions:
        return None
    (key,) = (it for it in table.primary_key.columns if it.name != "portfolio_id")
    found: Select[Any] = select(key).correlate(None).join_from(table, _UNITS, _of(table, _UNITS, "unit_id"))
    return one_of(key, [found.where(table.c.portfolio_id == reach.portfolio_id, *conditions)])


def one_of(column: ColumnElement[Any], ways: list[Select[Any]]) -> ColumnElement[bool]:
    """Where a column has one of the values that any of the ways finds."""
    if not ways:
        return false()
    return column.in_(union(*ways) if len(ways) > 1 else ways[0])


def _of(left: Table, right: Table, key: str) -> ColumnElement[bool]:
    return and_(left.c.portfolio_id == right.c.portfolio_id, left.c[key] == right.c[key])
