"""The certificate of a decision: rule, evidence, arithmetic, rivals and bounds, so that it can be checked again."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import InvoiceId, LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.evidence import ERASED, Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.limits import SearchBound
from marketplace_core.domain.reconciliation.rules import RuleStamp
from marketplace_core.errors import InvalidInput


class Outcome(StrEnum):
    """What became of a payment."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    UNMATCHED = "unmatched"


class Reason(StrEnum):
    """Why that outcome.

    ``rule``: the rule's own action. ``contradiction``: strong evidence for another lease as well. ``tie``: the same
    evidence for several leases, and no amount that tells them apart. ``several_sets``: more than one set of invoices
    explains the amount. ``past_bound``: too many invoices to search. ``foreign_reference``: a reference with a right
    check character that belongs to nobody here. ``other_currency``: the lease is in another currency.
    ``no_evidence``: nothing says whose money it is.
    """

    RULE = "rule"
    CONTRADICTION = "contradiction"
    TIE = "tie"
    SEVERAL_SETS = "several_sets"
    PAST_BOUND = "past_bound"
    FOREIGN_REFERENCE = "foreign_reference"
    OTHER_CURRENCY = "other_currency"
    NO_EVIDENCE = "no_evidence"


class WhyLost(StrEnum):
    """Why a lease with some evidence was not chosen."""

    WEAKER = "weaker"
    NOT_IN_SET = "not_in_set"
    NOT_SHOWN = "not_shown"
    OTHER_CURRENCY = "other_currency"


@frozen
class Slice:
    """The part of a payment that is one lease's money.

    ``pins`` is what the payer named (invoices by number, or a period); the account's policy allocates the rest.
    A pin is a wish: where the invoice was paid in the meantime, the policy takes what is left of it.
    """

    lease_id: LeaseId
    amount: Money
    pins: tuple[tuple[InvoiceId, Money], ...] = ()


@frozen
class EffectLine:
    """What a slice is expected to do to an open invoice."""

    invoice_id: InvoiceId
    open_amount: Money
    takes: Money
    written_off: Money


@frozen
class Arithmetic:
    """The sums: what is taken, line by line, what is written off, and what is left as unapplied credit."""

    unapplied: Money
    lines: tuple[EffectLine, ...]
    taken: Money
    written_off: Money
    credit_left: Money


@frozen
class Side:
    """One answer to whose money it is: the lease's or leases' slices with the evidence for each of them.

    ``explained_by`` is the set of open invoices that explains the amount, where the amount was needed as evidence.
    """

    rule: RuleStamp
    confidence_basis_points: int
    slices: tuple[Slice, ...]
    evidence: tuple[Evidence, ...]
    explained_by: tuple[InvoiceId, ...]
    arithmetic: Arithmetic

    @property
    def lease_ids(self) -> tuple[LeaseId, ...]:
        """The leases of its slices."""
        return tuple(part.lease_id for part in self.slices)


@frozen
class Rival:
    """A lease that had evidence too, its strongest piece, and why it was not chosen."""

    lease_id: LeaseId
    kind: EvidenceKind
    grade: str
    why: WhyLost


@frozen
class Certificate:
    """Why a payment was applied (one side), proposed (a person chooses among the sides) or left unmatched (none).

    ``rivals`` are the strongest few, ``rivals_beyond`` counts the rest. ``search`` is the bound of the set search,
    None where no amount was needed. ``input_hash`` covers the payment and what the books say of the leases named
    here; ``personal_hash`` the names, phones and texts among it, and is erased with them.
    """

    payment_id: PaymentId
    portfolio_id: PortfolioId
    as_of: date
    outcome: Outcome
    reason: Reason
    rule_set_hash: str
    sides: tuple[Side, ...]
    rivals: tuple[Rival, ...]
    rivals_beyond: int
    search: SearchBound | None
    input_hash: str
    personal_hash: str

    def __attrs_post_init__(self) -> None:
        """Refuse an application without its one side, and sides where nothing was found."""
        fits = {
            Outcome.APPLIED: len(self.sides) == 1,
            Outcome.PROPOSED: len(self.sides) > 0,
            Outcome.UNMATCHED: not self.sides,
        }
        if not fits[self.outcome]:
            raise InvalidInput(f"certificate of {self.payment_id}: {len(self.sides)} sides do not fit {self.outcome}")

    @property
    def slices(self) -> tuple[Slice, ...]:
        """What is applied: the one side's slices, none where a person must choose."""
        return self.sides[0].slices if self.outcome is Outcome.APPLIED else ()

    @property
    def confidence_basis_points(self) -> int:
        """The first side's confidence, 0 where nothing was found."""
        return self.sides[0].confidence_basis_points if self.sides else 0

    @property
    def is_erased(self) -> bool:
        """True where the personal part was taken out."""
        return self.personal_hash == ERASED


@frozen
class Decision:
    """Exactly one answer for a payment, with its certificate."""

    certificate: Certificate

    @property
    def payment_id(self) -> PaymentId:
        """The payment decided on."""
        return self.certificate.payment_id

    @property
    def outcome(self) -> Outcome:
        """Applied, proposed or unmatched."""
        return self.certificate.outcome

    @property
    def slices(self) -> tuple[Slice, ...]:
        """What is applied, lease by lease; empty unless applied."""
        return self.certificate.slices

    @property
    def proposals(self) -> tuple[Side, ...]:
        """What a person may choose from; empty unless proposed."""
        return self.certificate.sides if self.outcome is Outcome.PROPOSED else ()


@frozen
class Reconciliation:
    """One decision for every payment, by payment id."""

    portfolio_id: PortfolioId
    as_of: date
    decisions: tuple[Decision, ...]


def redacted(certificate: Certificate) -> Certificate:
    """The same certificate without names, phones and learned texts; its digest stays the same."""
    sides = tuple(
        evolve(side, evidence=tuple(piece.redacted() for piece in side.evidence)) for side in certificate.sides
    )
    return evolve(certificate, sides=sides, personal_hash=ERASED)
