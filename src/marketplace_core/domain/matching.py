"""Matches: whose money a payment is, decided by a rule or a person, with a certificate, and undoable."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import frozen

from marketplace_core.domain.credit import Pin
from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidInput


@frozen
class Slice:
    """So much of a payment is a lease's; pins say what it explicitly pays, the policy the rest.

    ``write_offs`` is what a rule's tolerance gives up of invoices that it leaves open by little.
    """

    lease_id: LeaseId
    amount: Money
    pins: tuple[Pin, ...] = ()
    write_offs: tuple[Pin, ...] = ()


@frozen
class Match:
    """A payment given to leases.

    ``certificate`` is its proof as canonical JSON (personal texts in it), ``certificate_digest`` what the event
    chain holds of it. ``decided_by`` is ``rule:NAME@VERSION`` or ``person:ID``. ``undone_at`` when taken back.
    """

    match_id: MatchId
    portfolio_id: PortfolioId
    payment_id: PaymentId
    slices: tuple[Slice, ...]
    decided_by: str
    recorded_at: datetime
    certificate: str = ""
    certificate_digest: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_reason: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a match of nothing, or two slices of one lease."""
        if not self.slices:
            raise InvalidInput(f"match {self.match_id}: needs a lease that the money goes to")
        leases = [part.lease_id for part in self.slices]
        if len(set(leases)) != len(leases):
            raise InvalidInput(f"match {self.match_id}: two slices go to one lease; make them one")

    @property
    def amount_minor(self) -> int:
        """How much of the payment it gives away, in minor units."""
        return sum(part.amount.amount_minor for part in self.slices)


REJECTED: Final = "rejected"
"""The outcome of a proposal that a person said no to."""


@frozen
class Proposal:
    """A match that a person must decide on: the certificate says why, with the sides.

    ``outcome`` is ``proposed``, ``unmatched`` or ``rejected``.
    """

    portfolio_id: PortfolioId
    payment_id: PaymentId
    amount: Money
    outcome: str
    recorded_at: datetime
    certificate: str = ""
    certificate_digest: str = ""
