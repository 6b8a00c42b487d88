"""The port that writes, on PostgreSQL: one transaction a command, with its rows, postings and link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import uniform
from time import sleep
from typing import Final, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from typing_extensions import override

from marketplace_adapters.postgres.engine import lent, snapshot
from marketplace_adapters.postgres.errors import may_retry, translated
from marketplace_adapters.postgres.loading import lease_accounts, payment_standings
from marketplace_adapters.postgres.schema import leases as lease_table
from marketplace_adapters.postgres.schema import payments as payment_table
from marketplace_adapters.postgres.writing.chain import (
    append_link,
    facts_of,
    kind_of,
    last_sequence,
    sequence_of_command,
)
from marketplace_adapters.postgres.writing.directory import is_open
from marketplace_adapters.postgres.writing.facts import write_facts
from marketplace_adapters.postgres.writing.lease_lock import share_leases
from marketplace_adapters.postgres.writing.leases import locked_units
from marketplace_adapters.postgres.writing.numbers import numbered
from marketplace_adapters.postgres.writing.rules import Ledger, lease_of_fact, payment_of_fact
from marketplace_core.domain.command import Command, require_kind
from marketplace_core.domain.facts import (
    ExternalLinked,
    Fact,
    LeaseRecorded,
    MatchApplied,
    PersonRecorded,
    PortfolioOpened,
    PropertyRecorded,
)
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId, UnitId
from marketplace_core.domain.ownership import require_own
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import Conflict, NotFound, RuleViolation
from marketplace_core.ports.books import Books, Recorded

_OF_LEASES: Final = (LeaseRecorded, MatchApplied, PersonRecorded, PropertyRecorded, ExternalLinked)
"""Facts that change leases, and those that name people, whom a merge that changes leases must not miss."""
ATTEMPTS: Final = 8
"""How often a transaction is tried that others' changes undo."""

T = TypeVar("T")


class PostgresBooks(Books):
    """Writes facts whole or not at all.

    Locks are taken in one order: that of the portfolio's leases, leases by id, payments by id, units by id, number
    series by name, kept sums by id, the head of the portfolio's chain. What fails to serialise is tried again a few
    times; a command that was written before, also by somebody else in the meantime, is answered with what it wrote.
    """

    def __init__(self, engine: Engine) -> None:
        """Write through the pool; the tables must be there."""
        self._engine = engine

    @override
    def record(self, command: Command, facts: Sequence[Fact], *, dry_run: bool = False) -> Recorded:
        of_leases = any(isinstance(fact, _OF_LEASES) or lease_of_fact(fact) is not None for fact in facts)
        return self._change(command, lambda _: facts, (), (), (), of_leases=of_leases, dry_run=dry_run)

    @override
    def change(
        self,
        command: Command,
        decide: Callable[[Locked], Sequence[Fact]],
        *,
        leases: Sequence[LeaseId] = (),
        payments: Sequence[PaymentId] = (),
        units: Sequence[UnitId] = (),
        dry_run: bool = False,
    ) -> Recorded:
        return self._change(command, decide, leases, payments, units, of_leases=True, dry_run=dry_run)

    def _change(
        self,
        command: Command,
        decide: Callable[[Locked], Sequence[Fact]],
        leases: Sequence[LeaseId],
        payments: Sequence[PaymentId],
        units: Sequence[UnitId],
        *,
        of_leases: bool,
        dry_run: bool,
    ) -> Recorded:
        def work(connection: Connection) -> Recorded:
            if of_leases:
                share_leases(connection, command.portfolio_id)
            known = known_of(connection, command)
            if known is not None:
                return known
            return decided(connection, command, decide, leases, payments, units, dry_run=dry_run)

        return self._done_once(command, work, dry_run=dry_run)

    def _done_once(self, command: Command, work: Callable[[Connection], Recorded], *, dry_run: bool) -> Recorded:
        """What ``work`` writes, or wrote for somebody else who ran the same command at the same time."""
        try:
            return in_transaction(self._engine, work, dry_run=dry_run)
        except (Conflict, RuleViolation):
            # Whoever runs the same command at the same time may have been first: then it is done, not refused.
            with snapshot(self._engine) as connection:
                known = known_of(connection, command)
            if known is None:
                raise
            return known


def decided(
    connection: Connection,
    command: Command,
    decide: Callable[[Locked], Sequence[Fact]],
    leases: Sequence[LeaseId],
    payments: Sequence[PaymentId],
    units: Sequence[UnitId],
    *,
    dry_run: bool,
) -> Recorded:
    """Lock, let ``decide`` look, write what it returns and the link that says so; in a dry run without the link."""
    ledger = _locked(connection, command.portfolio_id, leases, payments)
    of_units = locked_units(connection, command.portfolio_id, sorted(set(units)))
    locked = Locked.by(command, dict(ledger.accounts), dict(ledger.payments), of_units)
    with lent(connection):
        facts = tuple(decide(locked))
    if not facts:
        return Recorded((), last_sequence(connection, command.portfolio_id))
    written = _write(connection, command.portfolio_id, facts, ledger)
    if dry_run:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        return Recorded(written, last_sequence(connection, command.portfolio_id))
    return Recorded(written, append_link(connection, locked.command, written))


def in_transaction(engine: Engine, work: Callable[[Connection], T], *, dry_run: bool = False) -> T:
    """What ``work`` returns, committed (in a dry run: rolled back); tried again where others' changes undo it.

    Only errors of ours come out, and then nothing was written; after ``StoreUnavailable`` the commit itself may
    have been lost or not: the same command tells when it is run again.
    """
    return tried_again(lambda: _once(engine, work, dry_run=dry_run))


def tried_again(once: Callable[[], T]) -> T:
    """What a transaction gives; begun again a few times where others' changes undo it, and only errors of ours."""
    attempt = 1
    while True:
        try:
            return once()
        except (SQLAlchemyError, psycopg.Error) as error:
            told_by_server = isinstance(error, DBAPIError | psycopg.Error)
            if attempt == ATTEMPTS or not may_retry(error, on_commit=told_by_server):
                raise translated(error) from error
        sleep(uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads the attempts, keeps no secret
        attempt += 1


def _once(engine: Engine, work: Callable[[Connection], T], *, dry_run: bool) -> T:
    with engine.connect() as connection, connection.begin() as transaction:
        result = work(connection)
        if dry_run:
            transaction.rollback()
        return result


def known_of(connection: Connection, command: Command) -> Recorded | None:
    """What the command wrote before, if it did."""
    sequence = sequence_of_command(connection, command.portfolio_id, command.command_id)
    if sequence is None:
        return None
    require_kind(command, kind_of(connection, command.portfolio_id, sequence))
    return Recorded(facts_of(connection, command.portfolio_id, sequence), sequence, repeated=True)


def _locked(
    connection: Connection, portfolio_id: PortfolioId, leases: Iterable[LeaseId], payments: Iterable[PaymentId]
) -> Ledger:
    """The named accounts and payments, locked and loaded; ``NotFound`` where one is unknown."""
    lease_ids, payment_ids = sorted(set(leases)), sorted(set(payments))
    lock(connection, lease_table, "lease_id", portfolio_id, lease_ids)
    lock(connection, payment_table, "payment_id", portfolio_id, payment_ids)
    ledger = Ledger(
        portfolio_id,
        lease_accounts(connection, portfolio_id, lease_ids),
        payment_standings(connection, portfolio_id, payment_ids),
    )
    for lease_id in lease_ids:
        if lease_id not in ledger.accounts:
            raise NotFound(f"portfolio {portfolio_id} has no lease {lease_id}")
    for payment_id in payment_ids:
        if payment_id not in ledger.payments:
            raise NotFound(f"portfolio {portfolio_id} has no payment {payment_id}")
    return ledger


def lock(connection: Connection, table: Table, column: str, portfolio_id: PortfolioId, ids: Sequence[str]) -> None:
    """Lock rows in the order of their ids until the transaction ends; rows that point to them may still be added."""
    if not ids:
        return
    key = table.c[column]
    connection.execute(
        select(key)
        .where(table.c.portfolio_id == portfolio_id, key == func.any(list(ids)))
        .order_by(key)
        .with_for_update(key_share=True)
    ).all()


def _write(
    connection: Connection, portfolio_id: PortfolioId, facts: Sequence[Fact], ledger: Ledger
) -> tuple[Fact, ...]:
    """The facts as written, with their numbers."""
    for fact in facts:
        require_own(portfolio_id, fact)
    if not isinstance(facts[0], PortfolioOpened) and not is_open(connection, portfolio_id):
        raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
    _complete(connection, ledger, facts)
    ledger.fold(facts)
    written = numbered(connection, portfolio_id, facts)
    write_facts(connection, portfolio_id, written)
    return written


def _complete(connection: Connection, ledger: Ledger, facts: Sequence[Fact]) -> None:
    """Lock and load what the facts concern beside what the command named."""
    leases = {lease_id for fact in facts if (lease_id := lease_of_fact(fact)) is not None}
    leases |= {part.lease_id for fact in facts if isinstance(fact, MatchApplied) for part in fact.match.slices}
    new = {fact.lease.lease_id for fact in facts if isinstance(fact, LeaseRecorded) and fact.lease.version == 1}
    payments = {payment_id for fact in facts if (payment_id := payment_of_fact(fact)) is not None}
    lease_ids = sorted(leases - new - set(ledger.accounts))
    payment_ids = sorted(payments - set(ledger.payments))
    lock(connection, lease_table, "lease_id", ledger.portfolio_id, lease_ids)
    lock(connection, payment_table, "payment_id", ledger.portfolio_id, payment_ids)
    ledger.accounts.update(lease_accounts(connection, ledger.portfolio_id, lease_ids))
    ledger.payments.update(payment_standings(connection, ledger.portfolio_id, payment_ids))
