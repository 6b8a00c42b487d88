"""A generated book in the database: units let for rent and service charge, with seeded amounts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from marketplace_adapters.postgres.rows.directory import lease_row
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ChargeId, CommandId, LeaseId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import KES, Money

PORTFOLIO = PortfolioId("bench")
UNITS_OF_PROPERTY = 50
NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
START = date(2025, 1, 1)


def command(name: str) -> Command:
    """A command of the benchmark."""
    return Command(CommandId(name), PORTFOLIO, "bench", "system", NOW)


def lease_id_of(index: int) -> LeaseId:
    """The id of the n-th lease."""
    return LeaseId(f"lease-{index:08d}")


def leases(count: int, seed: int = 1, start: date = START) -> Iterator[Lease]:
    """Leases of one unit and tenant each, let since the start, billed on the first, due on the fifth."""
    dice = random.Random(seed)
    for index in range(count):
        charges = tuple(
            RecurringCharge(
                ChargeId(f"{kind}-{index}"), kind, (Rate(start, Money(100 * dice.randint(low, high), KES)),)
            )
            for kind, low, high in ((ChargeKind.RENT, 8_000, 60_000), (ChargeKind.SERVICE_CHARGE, 500, 3_000))
        )
        yield Lease(
            lease_id_of(index),
            PORTFOLIO,
            UnitId(f"unit-{index}"),
            (PersonId(f"person-{index}"),),
            (LeaseTerm(start),),
            KES,
            charges,
            LeaseStatus.ACTIVE,
            due_day=5,
        )


def make_book(dsn: Dsn, count: int, start: date = START) -> None:
    """Write a portfolio with so many leased units, by COPY."""
    properties = -(-count // UNITS_OF_PROPERTY)
    with psycopg.connect(dsn.conninfo()) as connection:
        copy_dicts(
            connection, "portfolios", [{"portfolio_id": PORTFOLIO, "name": "Bench", "currency": "KES", "zone": "UTC"}]
        )
        copy_dicts(connection, "properties", (_property(index) for index in range(properties)))
        copy_dicts(connection, "units", (_unit(index) for index in range(count)))
        copy_dicts(connection, "leases", map(lease_row, leases(count, start=start)))
    with psycopg.connect(dsn.conninfo(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _property(index: int) -> dict[str, Any]:
    return {
        "portfolio_id": PORTFOLIO,
        "property_id": f"property-{index}",
        "name": f"Property {index}",
        "landlord_id": None,
        "address": "",
    }


def _unit(index: int) -> dict[str, Any]:
    return {
        "portfolio_id": PORTFOLIO,
        "unit_id": f"unit-{index}",
        "property_id": f"property-{index // UNITS_OF_PROPERTY}",
        "code": f"U{index}",
    }


def copy_dicts(connection: psycopg.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows of one shape into a table by COPY."""
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        return
    statement = f"COPY {table} ({', '.join(first)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.write_row(_plain(list(first.values())))
        for row in stream:
            copy.write_row(_plain(list(row.values())))


def _plain(values: Sequence[Any]) -> list[Any]:
    return [Jsonb(value) if isinstance(value, dict | list) else value for value in values]
