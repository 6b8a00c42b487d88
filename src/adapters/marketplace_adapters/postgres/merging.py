"""Makes one person of two in one transaction, while nobody else changes a lease or names a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, func, select, text
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import PostgresBooks, decided, known_of
from marketplace_adapters.postgres.rows import directory as rows
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_adapters.postgres.writing.lease_lock import hold_leases
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact, PersonMerged
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId
from marketplace_core.domain.merging import merge_facts
from marketplace_core.domain.party import ExternalId, Person, Property
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import NotFound
from marketplace_core.ports.books import Recorded
from marketplace_core.ports.merging import Merging

_LEASES_OF: Final = text(
    "SELECT lease_id FROM leases WHERE portfolio_id = :portfolio"
    " AND body->'tenant_ids' @> jsonb_build_array(CAST(:person AS text)) ORDER BY lease_id"
)


class PostgresMerging(PostgresBooks, Merging):
    """Holds the lock of the portfolio's leases alone: who signs one for the duplicate waits, and is refused then."""

    @override
    def merge_people(
        self, command: Command, duplicate_id: PersonId, kept_id: PersonId, *, dry_run: bool = False
    ) -> Recorded:
        own = command.portfolio_id

        def work(connection: Connection) -> Recorded:
            hold_leases(connection, own)
            known = known_of(connection, command)
            if known is not None:
                return known
            if not is_open(connection, own):
                raise NotFound(f"there is no portfolio {own}; open it first")
            found = connection.scalars(_LEASES_OF, {"portfolio": own, "person": duplicate_id})
            leases = [LeaseId(it) for it in found]

            def decide(locked: Locked) -> Sequence[Fact]:
                return merge_facts(
                    PersonMerged(own, duplicate_id, kept_id),
                    _people(connection, own, [duplicate_id, kept_id]),
                    [locked.accounts[it].lease for it in leases],
                    _properties(connection, own, duplicate_id),
                    _links(connection, own, duplicate_id),
                )

            return decided(connection, command, decide, leases, (), (), dry_run=dry_run)

        return self._done_once(command, work, dry_run=dry_run)


def _people(connection: Connection, portfolio_id: PortfolioId, ids: Sequence[PersonId]) -> dict[PersonId, Person]:
    table = schema.people
    statement = select(table).where(table.c.portfolio_id == portfolio_id, table.c.person_id == func.any(list(ids)))
    found = (rows.person_of(row) for row in connection.execute(statement).mappings())
    return {it.person_id: it for it in found}


def _properties(connection: Connection, portfolio_id: PortfolioId, landlord_id: PersonId) -> list[Property]:
    table = schema.properties
    statement = select(table).where(table.c.portfolio_id == portfolio_id, table.c.landlord_id == landlord_id)
    return [rows.property_of(row) for row in connection.execute(statement.order_by(table.c.property_id)).mappings()]


def _links(connection: Connection, portfolio_id: PortfolioId, our_id: PersonId) -> list[ExternalId]:
    table = schema.external_links
    statement = select(table.c.system, table.c.kind, table.c.external_id).where(
        table.c.portfolio_id == portfolio_id, table.c.our_id == our_id
    )
    return sorted(ExternalId(*row) for row in connection.execute(statement))
