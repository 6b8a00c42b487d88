"""Decide as a person: accept a proposal, give a payment to leases, split it, or take a match back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import AliasForgotten, AliasLearned, Fact, MatchProposed
from marketplace_core.domain.identifiers import MatchId, PaymentId, derive_id
from marketplace_core.domain.match_decisions import apply_match, fitted, undo_match
from marketplace_core.domain.matching import REJECTED, Match, Slice
from marketplace_core.domain.payment import PayerAlias
from marketplace_core.domain.reconciliation import kept_certificate, learned_aliases
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.payment_inbox import PaymentInbox


@frozen
class DecideMatch:
    """Gives a payment to the leases that a person names, and learns from it who pays for them."""

    books: Books
    inbox: PaymentInbox

    def __call__(
        self,
        command: Command,
        payment_id: PaymentId,
        slices: Sequence[Slice],
        *,
        certificate: str = "",
        certificate_digest: str = "",
        learn: bool = True,
        dry_run: bool = False,
    ) -> Recorded:
        """One match of the slices, decided by ``command.actor``; several leases only because a person says so.

        ``CertificateInvalid`` where the certificate of the proposal does not fit its digest.
        """
        kept_certificate(certificate, certificate_digest)
        match = Match(
            match_id=MatchId(derive_id("mat", command.command_id, payment_id)),
            portfolio_id=command.portfolio_id,
            payment_id=payment_id,
            slices=tuple(slices),
            decided_by=command.actor,
            recorded_at=command.recorded_at,
            certificate=certificate,
            certificate_digest=certificate_digest,
        )
        return self.books.change(
            command,
            partial(_decided, match=match, learn=learn),
            leases=[part.lease_id for part in match.slices],
            payments=[payment_id],
            dry_run=dry_run,
        )


def _decided(locked: Locked, *, match: Match, learn: bool) -> Sequence[Fact]:
    slices = tuple(
        fitted(locked.accounts[part.lease_id], part, locked.payments[match.payment_id].payment.value_date)
        for part in match.slices
    )
    fitting = evolve(match, slices=slices, recorded_at=locked.command.recorded_at)
    facts = list(apply_match(locked, fitting, locked.command))
    if learn:
        facts.extend(AliasLearned(alias) for alias in _taught(locked, fitting))
    return facts


def _taught(locked: Locked, match: Match) -> Iterator[PayerAlias]:
    payment = locked.payments[match.payment_id].payment
    for part in match.slices:
        yield from learned_aliases(
            match.portfolio_id, part.lease_id, payment.payer, payment.reference_text, match.match_id
        )


@frozen
class RejectProposal:
    """Says that a proposal is none of these; the money stays unapplied and visible, and is not proposed alike again."""

    books: Books
    matches: Matches

    def __call__(self, command: Command, payment_id: PaymentId, *, dry_run: bool = False) -> Recorded:
        """The proposal as rejected; ``command.reason`` says why."""
        if not command.reason.strip():
            raise InvalidInput(f"payment {payment_id}: say why the proposal is rejected")
        for proposal in self.matches.proposals(command.portfolio_id):
            if proposal.payment_id == payment_id:
                rejected = evolve(proposal, outcome=REJECTED, recorded_at=command.recorded_at)
                return self.books.record(command, [MatchProposed(rejected)], dry_run=dry_run)
        raise NotFound(f"payment {payment_id} has no proposal that waits; list them with review")


@frozen
class UndoMatch:
    """Takes a match back, by rule or person, and forgets what it taught."""

    books: Books
    matches: Matches

    def __call__(self, command: Command, match_id: MatchId, *, dry_run: bool = False) -> Recorded:
        """The books are then those in which the match never happened; ``command.reason`` says why."""
        if not command.reason.strip():
            raise InvalidInput(f"match {match_id}: say why it is undone")
        match = self.matches.match(command.portfolio_id, match_id)
        taught = [alias for alias in self.matches.aliases(command.portfolio_id) if alias.origin == match_id]
        return self.books.change(
            command,
            partial(_undone, match=match, taught=taught),
            leases=[part.lease_id for part in match.slices],
            payments=[match.payment_id],
            dry_run=dry_run,
        )


def _undone(locked: Locked, *, match: Match, taught: Sequence[PayerAlias]) -> Sequence[Fact]:
    return (*undo_match(locked, match, locked.command), *(AliasForgotten(alias) for alias in taught))
