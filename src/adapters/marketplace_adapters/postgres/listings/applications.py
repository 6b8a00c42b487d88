"""Applications on PostgreSQL: the row is the lock; an advisory lock guards those that are not there yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, insert, select, text, update
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.engine import lent, single_look
from marketplace_adapters.postgres.listings.locks import hold_application, keep_unmerged
from marketplace_adapters.postgres.reading import Reader
from marketplace_adapters.postgres.rows import asking as rows
from marketplace_adapters.postgres.schema.listings import STANDS, WAITS
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.identifiers import ApplicationId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.listings.applications import Application
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.listings.applications import ApplicationDecision, Applications

_TABLE = schema.applications


class PostgresApplications(Reader, Applications):
    """One who changes an application at a time; nobody whom one comes to name is merged away meanwhile."""

    @override
    def change_application(
        self, portfolio_id: PortfolioId, application_id: ApplicationId, decide: ApplicationDecision
    ) -> Application | None:
        def work(connection: Connection) -> Application | None:
            hold_application(connection, portfolio_id, application_id)
            if not is_open(connection, portfolio_id):
                raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
            before = _locked(connection, portfolio_id, application_id)
            with lent(connection):
                after = decide(before)
            if after is None or after == before:
                return before
            _require_own(portfolio_id, application_id, after)
            _write(connection, before, after)
            return after

        return in_transaction(self._engine, work)

    @override
    def application(self, portfolio_id: PortfolioId, application_id: ApplicationId) -> Application:
        return self._one(portfolio_id, _TABLE, "application_id", application_id, rows.application_of)

    @override
    def waiting_applications(self, portfolio_id: PortfolioId, system: str) -> Iterator[Application]:
        own = (_TABLE.c.portfolio_id == portfolio_id, _TABLE.c.system == system, text(WAITS))
        statement = select(_TABLE).where(*own).order_by(_TABLE.c.updated_at, _TABLE.c.application_id)
        return self._values(statement, rows.application_of)

    @override
    def applications(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, person_id: PersonId | None = None
    ) -> Iterator[Application]:
        statement = select(_TABLE).where(_TABLE.c.portfolio_id == portfolio_id)
        if unit_id is not None:
            statement = statement.where(_TABLE.c.unit_id == unit_id)
        if person_id is not None:
            statement = statement.where(_TABLE.c.person_id == person_id)
        return self._values(statement.order_by(_TABLE.c.application_id), rows.application_of)

    @override
    def known_bookings(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1_000
    ) -> Collection[str]:
        table = _TABLE.c
        own = (table.portfolio_id == portfolio_id, table.system == system, table.external_id > after, text(STANDS))
        statement = select(table.external_id).where(*own).order_by(table.external_id).limit(limit)
        with single_look(self._engine) as connection:
            return tuple(connection.scalars(statement))


def _locked(connection: Connection, portfolio_id: PortfolioId, application_id: ApplicationId) -> Application | None:
    statement = select(_TABLE).where(_TABLE.c.portfolio_id == portfolio_id, _TABLE.c.application_id == application_id)
    row = connection.execute(statement.with_for_update()).mappings().first()
    return None if row is None else rows.application_of(row)


def _require_own(portfolio_id: PortfolioId, application_id: ApplicationId, after: Application) -> None:
    if (after.portfolio_id, after.application_id) != (portfolio_id, application_id):
        raise InvalidInput(f"application {application_id} of {portfolio_id} does not become {after.application_id}")


def _write(connection: Connection, before: Application | None, after: Application) -> None:
    if after.person_id is not None and (before is None or before.person_id != after.person_id):
        keep_unmerged(connection, after.portfolio_id, after.person_id)
    row = rows.application_row(after)
    if before is None:
        connection.execute(insert(_TABLE).values(row))
        return
    own = (_TABLE.c.portfolio_id == after.portfolio_id, _TABLE.c.application_id == after.application_id)
    connection.execute(update(_TABLE).where(*own).values(row))
