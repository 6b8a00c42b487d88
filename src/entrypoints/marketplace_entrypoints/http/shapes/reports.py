"""Aging, statements of account, deposits and the audit log."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from marketplace_core.domain.aging import AgingBasis, AgingGroup, AgingRow
from marketplace_core.domain.deposit import DepositStanding
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.statement import Statement
from marketplace_entrypoints.http.bounded import Instant, PageSize
from marketplace_entrypoints.http.shapes.money import Money


@frozen
class AgingQuery:
    """Which aging report."""

    as_of: date | None = None
    known_on: Instant | None = None
    by: AgingGroup = AgingGroup.LEASE
    basis: AgingBasis = AgingBasis.DUE_DATE


@frozen
class AgingRowShape:
    """What one lease, tenant, property or the portfolio owes; ``buckets`` are in the order of the labels."""

    key: str
    name: str
    buckets: tuple[Money, ...]
    outstanding: Money
    unapplied: Money

    @classmethod
    def of(cls, it: AgingRow, name: str) -> AgingRowShape:
        """The shape of a row."""
        buckets = tuple(Money.of(one) for one in it.buckets)
        return cls(it.key, name, buckets, Money.of(it.outstanding), Money.of(it.unapplied))


@frozen
class AgingShape:
    """What is owed and for how long, as of a day."""

    as_of: date
    by: AgingGroup
    basis: AgingBasis
    labels: tuple[str, ...]
    rows: tuple[AgingRowShape, ...]
    total: AgingRowShape


@frozen
class SpanQuery:
    """Which days (default: the last twelve months up to today)."""

    first_day: date | None = None
    last_day: date | None = None


@frozen
class StatementQuery:
    """Which days (default: the last twelve months up to today)."""

    first_day: date | None = None
    last_day: date | None = None
    known_on: Instant | None = None


@frozen
class StatementLineShape:
    """One event with the balance after it."""

    day: date
    text: str
    document: str
    amount: Money
    balance: Money


@frozen
class StatementShape:
    """A lease's account over days; a positive balance is owed, a negative one stands to the tenant's credit."""

    lease_id: str
    first_day: date
    last_day: date
    opening: Money
    lines: tuple[StatementLineShape, ...]
    closing: Money

    @classmethod
    def of(cls, it: Statement) -> StatementShape:
        """The shape of a statement."""
        lines = tuple(
            StatementLineShape(one.on, one.text, one.document, Money.of(one.amount), Money.of(one.balance))
            for one in it.lines
        )
        return cls(it.lease_id, it.span.start, it.span.last_day, Money.of(it.opening), lines, Money.of(it.closing))


@frozen
class DayQuery:
    """As of which day (default: today)."""

    as_of: date | None = None


@frozen
class DepositShape:
    """A lease's deposit: received, deducted, refunded, transferred, and what is held."""

    lease_id: str
    received: Money
    deducted: Money
    refunded: Money
    transferred: Money
    held: Money

    @classmethod
    def of(cls, lease_id: str, it: DepositStanding) -> DepositShape:
        """The shape of a deposit."""
        parts = (it.received, it.deducted, it.refunded, it.transferred, it.held)
        return cls(lease_id, *(Money.of(one) for one in parts))


@frozen
class DepositList:
    """Every deposit in reach that ever moved."""

    as_of: date
    deposits: tuple[DepositShape, ...]


@frozen
class EventShape:
    """One link of the books' hash-chained log."""

    sequence: int
    command_id: str
    kind: str
    actor: str
    reason: str
    recorded_at: Instant
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, it: Event) -> EventShape:
        """The shape of a link."""
        return cls(it.sequence, it.command_id, it.kind, it.actor, it.reason, it.recorded_at, it.previous_hash, it.hash)


@frozen
class EventQuery:
    """After which link, and how many."""

    after: Annotated[int, Meta(ge=0, le=10**15)] = 0
    limit: PageSize = 100


@frozen
class EventPage:
    """A page of links, oldest first."""

    events: tuple[EventShape, ...]
    next: int | None
