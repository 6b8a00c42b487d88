"""Writes leases: versions one after another, references that name one lease, units let once at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace_adapters.postgres.rows.directory import NO_EARLIER, lease_of, lease_row
from marketplace_adapters.postgres.rows.values import currency_text
from marketplace_adapters.postgres.schema import leases, payment_references, portfolios, units
from marketplace_adapters.postgres.writing.directory import require_named_unmerged
from marketplace_core.domain.facts import LeaseRecorded
from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.lease import Lease
from marketplace_core.errors import ConcurrentChange, CurrencyMismatch, LeaseOverlap, NotFound

Known = Mapping[Any, Any]


def write_leases(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[LeaseRecorded]) -> None:
    """Write leases in their order, and link the leases of each unit anew."""
    recorded = [fact.lease for fact in facts]
    known: dict[str, Known] = _known(connection, portfolio_id, sorted({it.lease_id for it in recorded}))
    touched = {it.unit_id for it in recorded} | {row["unit_id"] for row in known.values()}
    _lock_units(connection, portfolio_id, sorted(touched))
    _require_currency(connection, portfolio_id, recorded)
    require_named_unmerged(connection, portfolio_id, (one for it in recorded for one in it.tenant_ids))
    left: list[dict[str, str]] = []
    for lease in recorded:
        before = known.get(lease.lease_id)
        _require_next_version(lease, before)
        if before is not None and before["reference"] and before["collection_account_id"]:
            left.append({"account": before["collection_account_id"], "text": before["reference"]})
        known[lease.lease_id] = lease_row(lease)
    if left:
        table = payment_references
        connection.execute(
            delete(table).where(
                table.c.collection_account_id == bindparam("account"), table.c.reference == bindparam("text")
            ),
            left,
        )
    _upsert(connection, recorded)
    _take_references(connection, {it.lease_id: it for it in recorded}.values())
    relink(connection, portfolio_id, sorted(touched))


def locked_units(
    connection: Connection, portfolio_id: PortfolioId, unit_ids: Sequence[UnitId]
) -> dict[UnitId, tuple[Lease, ...]]:
    """Lock the units, then read every lease of each, by id: what others wrote before they let go of it too."""
    if not unit_ids:
        return {}
    _lock_units(connection, portfolio_id, unit_ids)
    statement = (
        select(leases.c.body)
        .where(leases.c.portfolio_id == portfolio_id, leases.c.unit_id == func.any(list(unit_ids)))
        .order_by(leases.c.lease_id)
    )
    found = [lease_of(row) for row in connection.execute(statement).mappings()]
    return {unit_id: tuple(it for it in found if it.unit_id == unit_id) for unit_id in unit_ids}


def _known(connection: Connection, portfolio_id: PortfolioId, lease_ids: Sequence[str]) -> dict[str, Known]:
    columns = leases.c
    statement = (
        select(columns.lease_id, columns.unit_id, columns.version, columns.reference, columns.collection_account_id)
        .where(columns.portfolio_id == portfolio_id, columns.lease_id == func.any(lease_ids))
        .order_by(columns.lease_id)
        .with_for_update(key_share=True)
    )
    return {row["lease_id"]: row for row in connection.execute(statement).mappings()}


def _lock_units(connection: Connection, portfolio_id: PortfolioId, unit_ids: Sequence[str]) -> None:
    """Lock the units, so that who lets one sees every other lease of it."""
    statement = (
        select(units.c.unit_id)
        .where(units.c.portfolio_id == portfolio_id, units.c.unit_id == func.any(unit_ids))
        .order_by(units.c.unit_id)
        .with_for_update(key_share=True)
    )
    missing = set(unit_ids) - set(connection.scalars(statement))
    if missing:
        raise NotFound(f"portfolio {portfolio_id} has no unit {min(missing)}")


def _require_currency(connection: Connection, portfolio_id: PortfolioId, recorded: Sequence[Lease]) -> None:
    own = connection.scalar(select(portfolios.c.currency).where(portfolios.c.portfolio_id == portfolio_id))
    for lease in recorded:
        if own is not None and currency_text(lease.currency) != own:
            raise CurrencyMismatch(
                f"lease {lease.lease_id} is in {lease.currency.code}, its portfolio keeps books in {own}; "
                "let it from a portfolio of its currency"
            )


def _require_next_version(lease: Lease, before: Known | None) -> None:
    expected = 1 if before is None else before["version"] + 1
    if lease.version != expected:
        raise ConcurrentChange(
            f"lease {lease.lease_id}: version {lease.version} came, {expected} is next; read it again and change that"
        )


def _upsert(connection: Connection, recorded: Sequence[Lease]) -> None:
    new = [lease_row(it) for it in recorded if it.version == 1]
    if new:
        connection.execute(insert(leases), new)
    changed = [lease_row(it) for it in recorded if it.version > 1]
    if changed:
        statement = upsert(leases)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["portfolio_id", "lease_id"],
                set_={
                    column.name: statement.excluded[column.name]
                    for column in leases.columns
                    if column.name not in {"portfolio_id", "lease_id"}
                },
            ),
            changed,
        )


def _take_references(connection: Connection, recorded: Any) -> None:  # noqa: ANN401 - the values of a dict
    taken = [
        {
            "collection_account_id": it.collection_account_id,
            "reference": it.reference,
            "portfolio_id": it.portfolio_id,
            "lease_id": it.lease_id,
        }
        for it in recorded
        if it.reference and it.collection_account_id
    ]
    if taken:
        connection.execute(insert(payment_references), taken)


def relink(connection: Connection, portfolio_id: PortfolioId, unit_ids: Sequence[str]) -> None:
    """Let each occupying lease of the units follow the one before it; two over one day are refused."""
    own = leases.c
    before = func.lag(own.occupied_until).over(partition_by=own.unit_id, order_by=(own.starts_on, own.lease_id))
    chain = (
        select(own.lease_id, own.unit_id, own.starts_on, before.label("follows_until"))
        .where(
            own.portfolio_id == portfolio_id,
            own.unit_id == func.any(list(unit_ids)),
            own.occupied_until.is_not(None),
        )
        .subquery()
    )
    overlapping = connection.execute(
        select(chain.c.unit_id, chain.c.lease_id, chain.c.starts_on, chain.c.follows_until)
        .where(chain.c.follows_until > chain.c.starts_on)
        .order_by(chain.c.unit_id, chain.c.starts_on)
        .limit(1)
    ).first()
    if overlapping is not None:
        raise LeaseOverlap(
            f"unit {overlapping.unit_id}: lease {overlapping.lease_id} from {overlapping.starts_on} overlaps another "
            f"one, which ends on {overlapping.follows_until}; end that one first, or choose other days"
        )
    after = func.coalesce(chain.c.follows_until, literal(NO_EARLIER))
    connection.execute(
        update(leases)
        .where(
            own.portfolio_id == portfolio_id,
            own.lease_id == chain.c.lease_id,
            (own.occupied_after != after) | own.follows_until.is_distinct_from(chain.c.follows_until),
        )
        .values(occupied_after=after, follows_until=chain.c.follows_until)
    )
