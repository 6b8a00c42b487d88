"""The ports that read, on PostgreSQL: by id in one query, streams by server-side cursors in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, select
from typing_extensions import override

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.engine import single_look, snapshot
from marketplace_adapters.postgres.loading import (
    lease_accounts,
    matches_of_payments,
    payment_standings,
)
from marketplace_adapters.postgres.look import SOUGHT, Look
from marketplace_adapters.postgres.rows import directory as rows
from marketplace_adapters.postgres.rows.payments import match_of, payment_of, proposal_of, report_of, reversal_of
from marketplace_adapters.postgres.writing.chain import personal_parts
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import CommandId, LeaseId, MatchId, PaymentId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.party import ExternalId, Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, PayerAlias, Payment, PaymentReport
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.errors import NotFound
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.event_log import EventLog
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.matches import Matches

V = TypeVar("V")
BATCH: Final = 500
"""How many rows a stream holds at once."""
_PORTFOLIO: Final = Look(select(schema.portfolios).where(schema.portfolios.c.portfolio_id == SOUGHT))
"""Made once: most requests ask for a portfolio's zone."""


def streamed(connection: Connection, statement: Select[Any]) -> Iterator[Mapping[Any, Any]]:
    """The rows of a statement, fetched a batch at a time."""
    with connection.execution_options(yield_per=BATCH).execute(statement) as result:
        yield from result.mappings()


def batches(stream: Iterator[V]) -> Iterator[Sequence[V]]:
    """The stream in batches."""
    while batch := tuple(islice(stream, BATCH)):
        yield batch


class Reader:
    """What all reading adapters share: the pool, and portfolios that must be there."""

    def __init__(self, engine: Engine) -> None:
        """Read through the pool."""
        self._engine = engine

    def _require_open(self, portfolio_id: PortfolioId) -> None:
        with single_look(self._engine) as connection:
            if not is_open(connection, portfolio_id):
                raise NotFound(f"there is no portfolio {portfolio_id}; open it first")

    def _stream(
        self, portfolio_id: PortfolioId, table: Table, column: str, value_of: Callable[[Any], V]
    ) -> Iterator[V]:
        """Every row of a portfolio's table by an id, as values."""
        self._require_open(portfolio_id)
        statement = select(table).where(table.c.portfolio_id == portfolio_id).order_by(table.c[column])
        return self._values(statement, value_of)

    def _values(self, statement: Select[Any], value_of: Callable[[Any], V]) -> Iterator[V]:
        """The values of every row: of few in one round trip, of many by a cursor of the server."""
        with single_look(self._engine) as connection:
            few = connection.execute(statement.limit(BATCH + 1)).mappings().all()
        if len(few) <= BATCH:
            yield from map(value_of, few)
            return
        with snapshot(self._engine) as connection:
            for row in streamed(connection, statement):
                yield value_of(row)

    def _one(self, portfolio_id: PortfolioId, table: Table, column: str, key: str, value_of: Callable[[Any], V]) -> V:
        with single_look(self._engine) as connection:
            statement = select(table).where(table.c.portfolio_id == portfolio_id, table.c[column] == key)
            row = connection.execute(statement).mappings().first()
        if row is None:
            raise NotFound(f"portfolio {portfolio_id} has no {column.removesuffix('_id')} {key}")
        return value_of(row)


class PostgresDirectory(Reader, Directory):
    """Portfolios, people, properties, units, collection accounts and links."""

    @override
    def portfolio(self, portfolio_id: PortfolioId) -> Portfolio:
        row = _PORTFOLIO.first(self._engine, portfolio_id)
        if row is None:
            raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
        return rows.portfolio_of(row)

    @override
    def portfolios(self) -> tuple[Portfolio, ...]:
        table = schema.portfolios
        return tuple(self._values(select(table).order_by(table.c.portfolio_id), rows.portfolio_of))

    @override
    def collection_accounts(self, portfolio_id: PortfolioId) -> tuple[CollectionAccount, ...]:
        self._require_open(portfolio_id)
        return tuple(self._values(collection_accounts_of(portfolio_id), rows.collection_account_of))

    @override
    def properties(self, portfolio_id: PortfolioId) -> Iterator[Property]:
        return self._stream(portfolio_id, schema.properties, "property_id", rows.property_of)

    @override
    def units(self, portfolio_id: PortfolioId) -> Iterator[Unit]:
        return self._stream(portfolio_id, schema.units, "unit_id", rows.unit_of)

    @override
    def unit(self, portfolio_id: PortfolioId, unit_id: UnitId) -> Unit:
        return self._one(portfolio_id, schema.units, "unit_id", unit_id, rows.unit_of)

    @override
    def people(self, portfolio_id: PortfolioId) -> Mapping[PersonId, Person]:
        found = self._stream(portfolio_id, schema.people, "person_id", rows.person_of)
        return {person.person_id: person for person in found}

    @override
    def person(self, portfolio_id: PortfolioId, person_id: PersonId) -> Person:
        return self._one(portfolio_id, schema.people, "person_id", person_id, rows.person_of)

    @override
    def our_id(self, portfolio_id: PortfolioId, system: str, kind: str, external_id: str) -> str | None:
        self._require_open(portfolio_id)
        table = schema.external_links
        with snapshot(self._engine) as connection:
            return connection.scalar(
                select(table.c.our_id).where(
                    table.c.portfolio_id == portfolio_id,
                    table.c.system == system,
                    table.c.kind == kind,
                    table.c.external_id == external_id,
                )
            )

    @override
    def external_ids(self, portfolio_id: PortfolioId, our_id: str) -> tuple[ExternalId, ...]:
        self._require_open(portfolio_id)
        table = schema.external_links
        statement = (
            select(table.c.system, table.c.kind, table.c.external_id)
            .where(table.c.portfolio_id == portfolio_id, table.c.our_id == our_id)
            .order_by(table.c.system, table.c.kind, table.c.external_id)
        )
        with snapshot(self._engine) as connection:
            return tuple(ExternalId(*row) for row in connection.execute(statement))


def collection_accounts_of(portfolio_id: PortfolioId) -> Select[Any]:
    """The collection accounts of a portfolio, by id, under its own names for them."""
    own, shared = schema.portfolio_accounts, schema.collection_accounts
    return (
        select(shared, own.c.name)
        .join(own, own.c.collection_account_id == shared.c.collection_account_id)
        .where(own.c.portfolio_id == portfolio_id)
        .order_by(shared.c.collection_account_id)
    )


class PostgresLeaseAccounts(Reader, LeaseAccounts):
    """Leases and their accounts."""

    @override
    def lease(self, portfolio_id: PortfolioId, lease_id: LeaseId) -> Lease:
        return self._one(portfolio_id, schema.leases, "lease_id", lease_id, rows.lease_of)

    @override
    def leases(self, portfolio_id: PortfolioId) -> Iterator[Lease]:
        return self._stream(portfolio_id, schema.leases, "lease_id", rows.lease_of)

    @override
    def account(self, portfolio_id: PortfolioId, lease_id: LeaseId) -> LeaseAccount:
        with snapshot(self._engine) as connection:
            found = lease_accounts(connection, portfolio_id, [lease_id]).get(lease_id)
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no lease {lease_id}")
        return found

    @override
    def accounts(self, portfolio_id: PortfolioId) -> Iterator[LeaseAccount]:
        self._require_open(portfolio_id)
        return self._accounts(portfolio_id)

    def _accounts(self, portfolio_id: PortfolioId) -> Iterator[LeaseAccount]:
        key = schema.leases.c.lease_id
        statement = select(key).where(schema.leases.c.portfolio_id == portfolio_id).order_by(key).limit(BATCH)
        with snapshot(self._engine) as connection:
            lease_ids = connection.scalars(statement).all()
            while lease_ids:
                yield from lease_accounts(connection, portfolio_id, [LeaseId(it) for it in lease_ids]).values()
                lease_ids = connection.scalars(statement.where(key > lease_ids[-1])).all()


class PostgresMatches(Reader, Matches):
    """Matches, proposals and aliases."""

    @override
    def match(self, portfolio_id: PortfolioId, match_id: MatchId) -> Match:
        return self._one(portfolio_id, schema.matches, "match_id", match_id, match_of)

    @override
    def matches_of(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> tuple[Match, ...]:
        self._require_open(portfolio_id)
        with snapshot(self._engine) as connection:
            return tuple(matches_of_payments(connection, portfolio_id, [payment_id])[payment_id])

    @override
    def matches(self, portfolio_id: PortfolioId) -> Iterator[Match]:
        return self._stream(portfolio_id, schema.matches, "match_id", match_of)

    @override
    def proposals(self, portfolio_id: PortfolioId) -> tuple[Proposal, ...]:
        self._require_open(portfolio_id)
        own, payments = schema.proposals, schema.payments
        statement = (
            select(own)
            .join(
                payments,
                (payments.c.portfolio_id == own.c.portfolio_id) & (payments.c.payment_id == own.c.payment_id),
            )
            .where(
                own.c.portfolio_id == portfolio_id,
                payments.c.reversed_on.is_(None),
                payments.c.given_minor < payments.c.amount_minor,
            )
            .order_by(own.c.amount_minor.desc(), own.c.payment_id)
        )
        return tuple(self._values(statement, proposal_of))

    @override
    def aliases(self, portfolio_id: PortfolioId) -> tuple[PayerAlias, ...]:
        self._require_open(portfolio_id)
        table = schema.aliases
        statement = (
            select(table)
            .where(table.c.portfolio_id == portfolio_id)
            .order_by(table.c.lease_id, table.c.kind, table.c.text)
        )
        return tuple(self._values(statement, rows.alias_of))


class PostgresPayments(Reader):
    """The reading half of the payment inbox."""

    def payment(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> PaymentStanding:
        """The payment and where it went."""
        with snapshot(self._engine) as connection:
            found = payment_standings(connection, portfolio_id, [payment_id]).get(payment_id)
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no payment {payment_id}")
        return found

    def payments(self, portfolio_id: PortfolioId) -> Iterator[Payment]:
        """Every payment of the portfolio, by id."""
        return self._stream(portfolio_id, schema.payments, "payment_id", payment_of)

    def waiting(self, portfolio_id: PortfolioId) -> Iterator[PaymentStanding]:
        """The payments of which something is not given to a lease yet, by id."""
        self._require_open(portfolio_id)
        return self._waiting(portfolio_id)

    def _waiting(self, portfolio_id: PortfolioId) -> Iterator[PaymentStanding]:
        table = schema.payments
        statement = (
            select(table.c.payment_id)
            .where(
                table.c.portfolio_id == portfolio_id,
                table.c.reversed_on.is_(None),
                table.c.given_minor < table.c.amount_minor,
            )
            .order_by(table.c.payment_id)
            .limit(BATCH)
        )
        with snapshot(self._engine) as connection:
            payment_ids = connection.scalars(statement).all()
            while payment_ids:
                found = payment_standings(connection, portfolio_id, [PaymentId(it) for it in payment_ids])
                yield from found.values()
                payment_ids = connection.scalars(statement.where(table.c.payment_id > payment_ids[-1])).all()

    def reversals(self, portfolio_id: PortfolioId) -> Iterator[AwaitedReversal]:
        """Every reversal that ever waited, dismissed or not, by id."""
        return self._stream(portfolio_id, schema.awaited_reversals, "reversal_id", reversal_of)

    def reports(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> tuple[PaymentReport, ...]:
        """Each report of a payment, in the order they came."""
        self.payment(portfolio_id, payment_id)
        table = schema.payment_reports
        statement = (
            select(table)
            .where(table.c.portfolio_id == portfolio_id, table.c.payment_id == payment_id)
            .order_by(table.c.position)
        )
        return tuple(self._values(statement, report_of))


class PostgresEventLog(Reader, EventLog):
    """The chain and its personal parts."""

    @override
    def events(self, portfolio_id: PortfolioId, after_sequence: int = 0) -> Iterator[Event]:
        self._require_open(portfolio_id)
        table = schema.events
        statement = (
            select(table)
            .where(table.c.portfolio_id == portfolio_id, table.c.sequence > after_sequence)
            .order_by(table.c.sequence)
        )
        return self._values(statement, lambda row: Event(**row))

    @override
    def event_of(self, portfolio_id: PortfolioId, command_id: CommandId) -> Event | None:
        self._require_open(portfolio_id)
        table = schema.events
        statement = select(table).where(table.c.portfolio_id == portfolio_id, table.c.command_id == command_id)
        return next(iter(self._values(statement, lambda row: Event(**row))), None)

    @override
    def personal(self, portfolio_id: PortfolioId, sequence: int) -> dict[int, dict[str, Any]]:
        self._require_open(portfolio_id)
        with snapshot(self._engine) as connection:
            return personal_parts(connection, portfolio_id, sequence)
