"""Keeps who is in which unit on PostgreSQL: a row a stay, read and written as sets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import single_look, snapshot
from marketplace_adapters.postgres.outside_property.locks import hold_occupancies
from marketplace_adapters.postgres.reading import Reader, streamed
from marketplace_adapters.postgres.rows.values import Columns, Row
from marketplace_adapters.postgres.schema import external_links
from marketplace_adapters.postgres.schema import occupancies as table
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.occupancy import OccupanciesBrought, Occupancy, OccupancyKey, Sight, place_of
from marketplace_core.domain.outside_property.identity import UNIT
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideOccupancy
from marketplace_core.errors import NotFound
from marketplace_core.ports.outside_property.occupancies import Occupancies

_FIND_UNITS: Final = text(
    "UPDATE occupancies AS it SET unit_id = link.our_id FROM external_links AS link"
    " WHERE it.portfolio_id = :portfolio AND it.system = :system AND it.unit_id IS NULL AND it.seen_until IS NULL"
    " AND link.portfolio_id = it.portfolio_id AND link.system = it.system AND link.kind = 'unit'"
    " AND link.external_id = it.place"
)
_BY_KEY: Final = (table.c.system, table.c.external_id, table.c.stay)

Decide = Callable[[Sight, Mapping[str, Occupancy]], OccupanciesBrought]


class PostgresOccupancies(Reader, Occupancies):
    """Pages of one portfolio, and erasures in it, queue for each other."""

    @override
    def bring_occupancies(
        self,
        portfolio_id: PortfolioId,
        system: str,
        told: Sequence[OutsideOccupancy],
        seen_on: date,
        *,
        dry_run: bool = False,
    ) -> OccupanciesBrought:
        ids = {it.external_id for it in told}
        places = {place_of(it) for it in told}
        begin = (portfolio_id, system, seen_on)
        return self._brought(begin, ids, places, lambda sight, last: sight.bring(told, last), dry_run=dry_run)

    @override
    def end_occupancies(
        self,
        portfolio_id: PortfolioId,
        system: str,
        external_ids: Collection[str],
        seen_on: date,
        *,
        dry_run: bool = False,
    ) -> OccupanciesBrought:
        def decide(sight: Sight, last: Mapping[str, Occupancy]) -> OccupanciesBrought:
            current = [last[it] for it in sorted(last) if last[it].is_current]
            return OccupanciesBrought(tuple(map(sight.end, current)))

        return self._brought((portfolio_id, system, seen_on), external_ids, (), decide, dry_run=dry_run)

    def _brought(
        self,
        begin: tuple[PortfolioId, str, date],
        external_ids: Collection[str],
        places: Collection[str],
        decide: Decide,
        *,
        dry_run: bool,
    ) -> OccupanciesBrought:
        portfolio_id, system, seen_on = begin

        def work(connection: Connection) -> OccupanciesBrought:
            hold_occupancies(connection, portfolio_id)
            if not is_open(connection, portfolio_id):
                raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
            last = _last(connection, portfolio_id, system, external_ids)
            units = _units(connection, portfolio_id, system, {*places, *(it.place for it in last.values())})
            found = decide(Sight(portfolio_id, system, seen_on, units.get), last)
            _write(connection, [it for change in found.changes for it in change.rows])
            return found

        return in_transaction(self._engine, work, dry_run=dry_run)

    @override
    def find_units(self, portfolio_id: PortfolioId, system: str) -> int:
        self._require_open(portfolio_id)

        def work(connection: Connection) -> int:
            hold_occupancies(connection, portfolio_id)
            return connection.execute(_FIND_UNITS, {"portfolio": portfolio_id, "system": system}).rowcount

        return in_transaction(self._engine, work)

    @override
    def current_ids(self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1000) -> Sequence[str]:
        self._require_open(portfolio_id)
        current = select(table.c.external_id).where(
            table.c.portfolio_id == portfolio_id,
            table.c.system == system,
            table.c.seen_until.is_(None),
            table.c.external_id > after,
        )
        with single_look(self._engine) as connection:
            return connection.scalars(current.order_by(table.c.external_id).limit(limit)).all()

    @override
    def occupancies(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, is_current: bool | None = None
    ) -> Iterator[Occupancy]:
        self._require_open(portfolio_id)
        asked = select(table).where(table.c.portfolio_id == portfolio_id)
        if unit_id is not None:
            asked = asked.where(table.c.unit_id == unit_id)
        if is_current is not None:
            asked = asked.where(table.c.seen_until.is_(None) if is_current else table.c.seen_until.is_not(None))
        return self._stays(asked.order_by(*_BY_KEY))

    def _stays(self, asked: Select[Any]) -> Iterator[Occupancy]:
        with snapshot(self._engine) as connection:
            for row in streamed(connection, asked):
                yield _of(row)

    @override
    def occupancy(self, portfolio_id: PortfolioId, occupancy_id: str) -> Occupancy:
        self._require_open(portfolio_id)
        asked = select(table).where(table.c.portfolio_id == portfolio_id, table.c.occupancy_id == occupancy_id)
        with single_look(self._engine) as connection:
            row = connection.execute(asked).mappings().first()
        if row is None:
            raise NotFound(f"portfolio {portfolio_id} has no occupancy {occupancy_id}")
        return _of(row)


def _last(
    connection: Connection, portfolio_id: PortfolioId, system: str, external_ids: Collection[str]
) -> dict[str, Occupancy]:
    statement = (
        select(table)
        .ext(distinct_on(table.c.external_id))
        .where(
            table.c.portfolio_id == portfolio_id,
            table.c.system == system,
            table.c.external_id == func.any(sorted(external_ids)),
        )
        .order_by(table.c.external_id, table.c.stay.desc())
    )
    found = (_of(row) for row in connection.execute(statement).mappings())
    return {it.key.external_id: it for it in found}


def _units(
    connection: Connection, portfolio_id: PortfolioId, system: str, places: Collection[str]
) -> dict[str, UnitId]:
    links = external_links
    statement = select(links.c.external_id, links.c.our_id).where(
        links.c.portfolio_id == portfolio_id,
        links.c.system == system,
        links.c.kind == UNIT,
        links.c.external_id == func.any(sorted(places)),
    )
    return {row.external_id: UnitId(row.our_id) for row in connection.execute(statement)}


def _write(connection: Connection, stays: Sequence[Occupancy]) -> None:
    """Ended stays first: of one outside id one stay at most is current."""
    for rows in ([_row(it) for it in stays if not it.is_current], [_row(it) for it in stays if it.is_current]):
        if rows:
            statement = insert(table)
            keys = [column.name for column in table.primary_key]
            changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _row(it: Occupancy) -> Row:
    return {
        "portfolio_id": it.portfolio_id,
        "system": it.key.system,
        "external_id": it.key.external_id,
        "stay": it.key.stay,
        "occupancy_id": it.occupancy_id,
        "place": it.place,
        "unit_id": it.unit_id,
        "role": it.role,
        "seen_from": it.seen_from,
        "seen_until": it.seen_until,
        "updated_at": it.updated_at,
        "name": it.name,
        "phone": it.phone,
        "email": it.email,
        "is_verified": it.is_verified,
        "is_erased": it.is_erased,
    }


def _of(row: Columns) -> Occupancy:
    return Occupancy(
        PortfolioId(row["portfolio_id"]),
        OccupancyKey(row["system"], row["external_id"], row["stay"]),
        row["place"],
        None if row["unit_id"] is None else UnitId(row["unit_id"]),
        OccupantRole(row["role"]),
        row["seen_from"],
        row["updated_at"],
        row["name"],
        row["phone"],
        row["email"],
        row["is_verified"],
        row["seen_until"],
        row["is_erased"],
    )
