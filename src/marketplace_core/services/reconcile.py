"""Match waiting payments: apply what is proven, queue the rest, each with its certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from attrs import evolve, frozen

from marketplace_core.domain.codec import canonical, digest
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Pin
from marketplace_core.domain.facts import Fact, MatchProposed
from marketplace_core.domain.identifiers import MatchId, PaymentId, derive_id
from marketplace_core.domain.match_decisions import apply_match, fitted
from marketplace_core.domain.matching import Match, Proposal, Slice
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation import (
    Certificate,
    Decision,
    Outcome,
    RuleSet,
    Side,
    Verifier,
    certificate_digest,
    certificate_to_plain,
)
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import ConcurrentChange, OverAllocation
from marketplace_core.ports.books import Books
from marketplace_core.ports.matcher import Matcher
from marketplace_core.ports.matches import Matches
from marketplace_core.services.reconciliation_view import ReconciliationView


@frozen
class ReconciliationOutcome:
    """Each payment's decision in one of three groups; ``stale`` had changed meanwhile and waits for the next run."""

    applied: tuple[Decision, ...]
    proposed: tuple[Decision, ...]
    unmatched: tuple[Decision, ...]
    stale: tuple[PaymentId, ...]
    amounts: Mapping[PaymentId, Money]

    def amount_of(self, payment_id: PaymentId) -> Money:
        """What of the payment was to be decided on."""
        return self.amounts[payment_id]


@frozen
class ReconcilePayments:
    """Decides on every waiting payment of a portfolio; a second run on the same books changes nothing."""

    books: Books
    matches: Matches
    matcher: Matcher
    view: ReconciliationView

    def __call__(
        self,
        command: Command,
        as_of: date,
        rules: RuleSet,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ReconciliationOutcome:
        """Apply what the rules prove, each certificate checked again before it is, one transaction a payment.

        Passes follow until one applies nothing more, so that what waits is decided on the books as they stand in
        the end. A dry run makes the first pass only. ``progress`` is told how many decisions were taken.
        """
        amounts: dict[PaymentId, Money] = {}
        applied: list[Decision] = []
        number = 0
        while True:
            number += 1
            told = command.part(f"pass {number}")
            found = self._pass(told, as_of, rules, dry_run=dry_run, progress=progress)
            amounts = {**found.amounts, **amounts}
            applied.extend(found.applied)
            if dry_run or not found.applied:
                self._queue(command, [*found.proposed, *found.unmatched], found.amounts, dry_run=dry_run)
                return evolve(found, applied=tuple(applied), amounts=amounts)

    def _pass(
        self,
        command: Command,
        as_of: date,
        rules: RuleSet,
        *,
        dry_run: bool,
        progress: Callable[[int], None] | None,
    ) -> ReconciliationOutcome:
        """Decide every waiting payment on one view of the books."""
        given = self.view(command.portfolio_id, as_of, rules)
        verifier = Verifier(given)
        amounts = {payment.payment_id: payment.unapplied for payment in given.payments}
        applied: list[Decision] = []
        waiting: dict[Outcome, list[Decision]] = {Outcome.PROPOSED: [], Outcome.UNMATCHED: []}
        stale: list[PaymentId] = []
        for done, decision in enumerate(self.matcher.decide(given), start=1):
            if decision.outcome is not Outcome.APPLIED:
                waiting[decision.outcome].append(decision)
            elif self._was_taken_back(decision):
                waiting[Outcome.PROPOSED].append(decision)
            elif self._apply(command, decision, verifier, amounts[decision.payment_id], dry_run=dry_run):
                applied.append(decision)
            else:
                stale.append(decision.payment_id)
            if progress is not None:
                progress(done)
        return ReconciliationOutcome(
            tuple(applied), tuple(waiting[Outcome.PROPOSED]), tuple(waiting[Outcome.UNMATCHED]), tuple(stale), amounts
        )

    def _was_taken_back(self, decision: Decision) -> bool:
        """True where somebody undid a match of the payment with the same leases: only a person gives it again."""
        leases = {part.lease_id for part in decision.slices}
        return any(
            match.undone_at is not None and {part.lease_id for part in match.slices} == leases
            for match in self.matches.matches_of(decision.certificate.portfolio_id, decision.payment_id)
        )

    def _apply(self, command: Command, decision: Decision, verifier: Verifier, amount: Money, *, dry_run: bool) -> bool:
        verifier.verify(decision.certificate)
        side = decision.certificate.sides[0]
        match = match_of(command, decision.certificate, side, decided_by=f"rule:{side.rule.name}@{side.rule.version}")
        # Each match is a command of its own: two of one lease may allocate alike, and ids are derived from commands.
        part = command.part(f"match {decision.payment_id}")
        try:
            self.books.change(
                part,
                partial(_match_facts, match=match, expected=amount),
                leases=[part.lease_id for part in match.slices],
                payments=[decision.payment_id],
                dry_run=dry_run,
            )
        except (ConcurrentChange, OverAllocation):
            return False
        return True

    def _queue(
        self, command: Command, waiting: Sequence[Decision], amounts: Mapping[PaymentId, Money], *, dry_run: bool
    ) -> None:
        """Record each proposal that says something new."""
        known = {it.payment_id: it.certificate_digest for it in self.matches.proposals(command.portfolio_id)}
        facts = [
            MatchProposed(proposal)
            for decision in waiting
            if (proposal := _proposal(command, decision, amounts[decision.payment_id])).certificate_digest
            != known.get(decision.payment_id)
        ]
        if facts:
            # Named by what they say: the same command on changed books has other proposals to record.
            said = digest(canonical([fact.proposal.certificate_digest for fact in facts]))
            self.books.record(command.part(f"proposals {said}"), facts, dry_run=dry_run)


def match_of(command: Command, certificate: Certificate, side: Side, *, decided_by: str) -> Match:
    """The match that applies one side of a certificate."""
    return Match(
        match_id=MatchId(derive_id("mat", command.command_id, certificate.payment_id)),
        portfolio_id=command.portfolio_id,
        payment_id=certificate.payment_id,
        slices=slices_of(side),
        decided_by=decided_by,
        recorded_at=command.recorded_at,
        certificate=canonical(certificate_to_plain(certificate)),
        certificate_digest=certificate_digest(certificate),
    )


def slices_of(side: Side) -> tuple[Slice, ...]:
    """A side's slices with what its tolerance writes off, lease by lease."""
    written_off = {line.invoice_id: line.written_off for line in side.arithmetic.lines if line.written_off}
    only = len(side.slices) == 1
    return tuple(
        Slice(
            part.lease_id,
            part.amount,
            tuple(Pin(invoice_id, amount) for invoice_id, amount in part.pins),
            tuple(Pin(invoice_id, amount) for invoice_id, amount in written_off.items()) if only else (),
        )
        for part in side.slices
    )


def _match_facts(locked: Locked, *, match: Match, expected: Money) -> Sequence[Fact]:
    standing = locked.payments[match.payment_id]
    if standing.unapplied_minor != expected.amount_minor:
        raise ConcurrentChange(f"payment {match.payment_id} was given to somebody meanwhile; reconcile again")
    slices = tuple(fitted(locked.accounts[part.lease_id], part, standing.payment.value_date) for part in match.slices)
    fitting = evolve(match, slices=slices, recorded_at=locked.command.recorded_at)
    return apply_match(locked, fitting, locked.command)


def _proposal(command: Command, decision: Decision, amount: Money) -> Proposal:
    return Proposal(
        command.portfolio_id,
        decision.payment_id,
        amount,
        (Outcome.UNMATCHED if decision.outcome is Outcome.UNMATCHED else Outcome.PROPOSED).value,
        command.recorded_at,
        canonical(certificate_to_plain(decision.certificate)),
        certificate_digest(decision.certificate),
    )
