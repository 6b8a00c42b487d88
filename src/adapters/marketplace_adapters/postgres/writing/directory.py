"""Writes who and what is in the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.listings.following import follow_kinds, follow_merge
from marketplace_adapters.postgres.rows import directory as rows
from marketplace_adapters.postgres.rows.values import Row
from marketplace_core.domain import facts as kinds
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.merging import require_mark_alone, require_unmerged
from marketplace_core.errors import AlreadyExists, CurrencyMismatch, NotFound


def _put(connection: Connection, table: Table, written: Iterable[Row]) -> None:
    """Add rows, or replace what they say where there are such rows."""
    keys = [column.name for column in table.primary_key]
    statement = upsert(table)
    for row in written:
        changed = {name: statement.excluded[name] for name in row if name not in keys}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), [row])


def open_portfolios(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PortfolioOpened]) -> None:
    """Open the book, or change its name and zone; its currency stays."""
    for fact in facts:
        known = connection.scalar(
            select(schema.portfolios.c.currency).where(schema.portfolios.c.portfolio_id == portfolio_id)
        )
        row = rows.portfolio_row(fact.portfolio)
        if known not in {None, row["currency"]}:
            raise CurrencyMismatch(
                f"portfolio {portfolio_id} keeps its books in {known}; open another one for {row['currency']}"
            )
        _put(connection, schema.portfolios, [row])


def open_accounts(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.CollectionAccountOpened]
) -> None:
    """Collect in an account, which other portfolios may share; only its name may differ."""
    table = schema.collection_accounts
    for fact in facts:
        row = rows.collection_account_row(fact.account)
        connection.execute(upsert(table).values(row).on_conflict_do_nothing())
        known = (
            connection.execute(select(table).where(table.c.collection_account_id == row["collection_account_id"]))
            .mappings()
            .one()
        )
        if dict(known) != {name: str(value) for name, value in row.items()}:
            raise AlreadyExists(
                f"collection account {fact.account.collection_account_id} is the {known['kind']} {known['number']} in "
                f"{known['currency']}; give the other one another id"
            )
        own = {
            "portfolio_id": portfolio_id,
            "collection_account_id": fact.account.collection_account_id,
            "name": fact.account.name,
        }
        _put(connection, schema.portfolio_accounts, [own])


def write_properties(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PropertyRecorded]
) -> None:
    """Add or change properties; their landlords are nobody merged into somebody else."""
    require_named_unmerged(connection, portfolio_id, (it.record.landlord_id for it in facts if it.record.landlord_id))
    _put(connection, schema.properties, (rows.property_row(it.record) for it in facts))


def write_units(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.UnitRecorded]) -> None:
    """Add or change units; listings of them say the same kind."""
    _put(connection, schema.units, (rows.unit_row(it.unit) for it in facts))
    follow_kinds(connection, portfolio_id, (it.unit for it in facts))


def write_people(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PersonRecorded]) -> None:
    """Add or change people; of who was merged nothing new is recorded."""
    for it in facts:
        require_mark_alone(it.person)
    require_named_unmerged(connection, portfolio_id, (it.person.person_id for it in facts))
    _put(connection, schema.people, (rows.person_row(portfolio_id, it.person) for it in facts))


def merge_people(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.PersonMerged]) -> None:
    """Mark duplicates and whoever was merged into one; what names them otherwise names the kept person."""
    table = schema.people
    for it in facts:
        two = [it.duplicate_id, it.kept_id]
        known = connection.scalars(
            select(table.c.person_id).where(table.c.portfolio_id == portfolio_id, table.c.person_id == func.any(two))
        )
        if missing := set(two) - set(known):
            raise NotFound(f"portfolio {portfolio_id} has no person {min(missing)}")
        require_named_unmerged(connection, portfolio_id, two)
        marked = or_(table.c.person_id == it.duplicate_id, table.c.merged_into == it.duplicate_id)
        connection.execute(
            update(table).where(table.c.portfolio_id == portfolio_id, marked).values(merged_into=it.kept_id)
        )
        follow_merge(connection, portfolio_id, it.duplicate_id, it.kept_id)


def require_named_unmerged(connection: Connection, portfolio_id: PortfolioId, named: Iterable[str]) -> None:
    """Refuse to name somebody who was merged: another one stands for them."""
    table = schema.people
    statement = select(table).where(
        table.c.portfolio_id == portfolio_id,
        table.c.merged_into.is_not(None),
        table.c.person_id == func.any(sorted(set(named))),
    )
    for row in connection.execute(statement.order_by(table.c.person_id)).mappings():
        require_unmerged(rows.person_of(row))


def write_links(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.ExternalLinked]) -> None:
    """Let outside ids stand for ours, for good; not for who was merged."""
    require_named_unmerged(connection, portfolio_id, (it.our_id for it in facts))
    table = schema.external_links
    for it in facts:
        row = {
            "portfolio_id": portfolio_id,
            "system": it.system,
            "kind": it.kind,
            "external_id": it.external_id,
            "our_id": it.our_id,
        }
        connection.execute(upsert(table).values(row).on_conflict_do_nothing())
        where = and_(*(table.c[name] == row[name] for name in row if name != "our_id"))
        known = connection.scalar(select(table.c.our_id).where(where))
        if known != it.our_id:
            raise AlreadyExists(f"{it.system} {it.kind} {it.external_id} stands for {known}, not for {it.our_id}")


def relink(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.ExternalRelinked]) -> None:
    """Let outside ids that stand for somebody merged stand for who stands for them."""
    table = schema.external_links
    for it in facts:
        where = and_(
            table.c.portfolio_id == portfolio_id,
            table.c.system == it.system,
            table.c.kind == it.kind,
            table.c.external_id == it.external_id,
        )
        changed = connection.execute(update(table).where(where, table.c.our_id == it.before).values(our_id=it.our_id))
        if not changed.rowcount:
            known = connection.scalar(select(table.c.our_id).where(where))
            raise AlreadyExists(f"{it.system} {it.kind} {it.external_id} stands for {known}, not for {it.before}")


def learn_aliases(connection: Connection, _portfolio_id: PortfolioId, facts: Sequence[kinds.AliasLearned]) -> None:
    """Let aliases count."""
    _put(connection, schema.aliases, (rows.alias_row(it.alias) for it in facts))


def forget_aliases(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[kinds.AliasForgotten]) -> None:
    """Let aliases count no more."""
    table = schema.aliases
    for it in facts:
        connection.execute(
            delete(table).where(
                table.c.portfolio_id == portfolio_id,
                table.c.lease_id == it.alias.lease_id,
                table.c.kind == it.alias.kind,
                table.c.text == it.alias.text,
            )
        )


def is_open(connection: Connection, portfolio_id: PortfolioId) -> bool:
    """True where there is such a portfolio."""
    table = schema.portfolios
    return bool(connection.scalar(select(func.count()).where(table.c.portfolio_id == portfolio_id)))
