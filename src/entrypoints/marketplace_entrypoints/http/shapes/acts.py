"""Refunds, write-offs, reversals and deposits, and the acts that wait for a second person."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.pending_acts import ActKind, ActState, PendingAct
from marketplace_entrypoints.http.bounded import Identifier, Instant, Reason
from marketplace_entrypoints.http.shapes.directory import Done
from marketplace_entrypoints.http.shapes.money import Money


@frozen
class ActShape:
    """An act that one person asked for and another must confirm."""

    act_id: str
    kind: ActKind
    amount: Money
    day: date
    lease_id: str | None
    credit_id: str | None
    invoice_id: str | None
    payment_id: str | None
    reason: str
    asked_by: str
    asked_at: Instant
    expires_at: Instant
    state: ActState
    decided_by: str

    @classmethod
    def of(cls, it: PendingAct) -> ActShape:
        """The shape of an act."""
        wanted = it.wanted
        return cls(
            it.act_id,
            wanted.kind,
            Money.of(wanted.amount),
            wanted.on,
            wanted.lease_id,
            wanted.credit_id,
            wanted.invoice_id,
            wanted.payment_id,
            it.reason,
            it.asked_by,
            it.asked_at,
            it.expires_at,
            it.state,
            it.decided_by,
        )


@frozen
class ActList:
    """The acts that wait and that the caller may decide on, or asked for."""

    acts: tuple[ActShape, ...]


@frozen
class Asked:
    """What came of asking: done at once below the limit, else the act that waits for a second person."""

    done: Done | None
    waits: ActShape | None


@frozen
class RefundBody:
    """How much goes back, on which day (default: today), and why; ``credit_id`` names one credit, else the oldest."""

    amount: Money
    reason: Reason
    day: date | None = None
    credit_id: Identifier | None = None


@frozen
class TransferBody:
    """How much of a deposit goes over to which other lease, on which day (default: today), and why."""

    to_lease_id: Identifier
    amount: Money
    reason: Reason
    day: date | None = None
