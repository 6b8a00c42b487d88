"""Matching payments: runs, what waits for a person, and what a person decides."""

from __future__ import annotations

from typing import Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId
from marketplace_core.domain.matching import Proposal, Slice
from marketplace_core.domain.money import Currency, total
from marketplace_core.domain.money import Money as Exact
from marketplace_core.domain.reconciliation import Certificate, Decision, kept_certificate
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.services.reconcile import slices_of
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.resources.invoices import done
from marketplace_entrypoints.http.shapes.directory import Done
from marketplace_entrypoints.http.shapes.money import Money
from marketplace_entrypoints.http.shapes.payments import (
    AcceptBody,
    DecisionShape,
    ProposalList,
    ProposalShape,
    ReasonBody,
    ReconcileBody,
    ReconciliationShape,
    SideShape,
    SliceShape,
)
from marketplace_entrypoints.words import why


@operation(
    "POST",
    "/api/reconciliation/runs",
    Action.RECONCILE,
    answers=ReconciliationShape,
    body=ReconcileBody,
    takes_key=True,
    plans=True,
    limit="runs",
)
def reconcile(call: Call[Any, ReconcileBody]) -> Answer:
    """Apply what the rules prove; queue the rest for a person."""
    call.reach.require_whole()
    day = call.body.as_of or call.today
    rules = call.parts.rules
    outcome = call.parts.container.reconcile()(call.command("reconcile"), day, rules, dry_run=call.dry_run)
    decisions = (*outcome.applied, *outcome.proposed, *outcome.unmatched)
    applied = total((outcome.amount_of(it.payment_id) for it in outcome.applied), call.portfolio.currency)
    return Answer(
        ReconciliationShape(
            day,
            tuple(_decision(it, outcome.amount_of(it.payment_id)) for it in decisions),
            len(outcome.applied),
            Money.of(applied),
            tuple(outcome.stale),
            call.dry_run,
        )
    )


@operation("GET", "/api/reconciliation/proposals", Action.RECONCILE, answers=ProposalList)
def list_proposals(call: Call[Any, Any]) -> Answer:
    """The payments that wait for a person, largest first, with what is proposed and why."""
    call.reach.require_whole()
    found = [_proposal(call, it) for it in call.parts.ports.proposals(call.portfolio_id)]
    amount = total((it.amount.exact() for it in found), call.portfolio.currency)
    return Answer(ProposalList(tuple(found), Money.of(amount)))


@operation(
    "POST",
    "/api/reconciliation/proposals/{payment_id}/accept",
    Action.RECONCILE,
    answers=Done,
    body=AcceptBody,
    takes_key=True,
    plans=True,
)
def accept_proposal(call: Call[Any, AcceptBody]) -> Answer:
    """Take one of the answers that are proposed for a payment."""
    waiting = _waiting(call)
    certificate = _certificate(waiting)
    sides = certificate.sides if certificate else ()
    if not 1 <= call.body.side <= len(sides):
        raise InvalidInput(f"there are {len(sides)} proposed answers, not a number {call.body.side}")
    decided = call.parts.container.decide_match()(
        call.command("match.decide", call.body.reason),
        waiting.payment_id,
        list(slices_of(sides[call.body.side - 1])),
        certificate=waiting.certificate,
        certificate_digest=waiting.certificate_digest,
        dry_run=call.dry_run,
    )
    return done(call, decided)


@operation(
    "POST",
    "/api/reconciliation/proposals/{payment_id}/reject",
    Action.RECONCILE,
    answers=Done,
    body=ReasonBody,
    takes_key=True,
    plans=True,
)
def reject_proposal(call: Call[Any, ReasonBody]) -> Answer:
    """Say that it is none of what is proposed; the money stays visible and unapplied."""
    call.reach.require_whole()
    command = call.command("match.reject", call.body.reason)
    reject = call.parts.container.reject_proposal()
    return done(call, reject(command, PaymentId(call.path["payment_id"]), dry_run=call.dry_run))


@operation(
    "POST",
    "/api/reconciliation/matches/{match_id}/undo",
    Action.RECONCILE,
    answers=Done,
    body=ReasonBody,
    takes_key=True,
    plans=True,
)
def undo_match(call: Call[Any, ReasonBody]) -> Answer:
    """Take a match back: the books are then those in which it never happened."""
    call.reach.require_whole()
    command = call.command("match.undo", call.body.reason)
    undo = call.parts.container.undo_match()
    return done(call, undo(command, MatchId(call.path["match_id"]), dry_run=call.dry_run))


def slices_in_reach(call: Call[Any, Any], shapes: tuple[SliceShape, ...], currency: Currency) -> list[Slice]:
    """The slices that a body says, each to a lease that the caller may act on."""
    found: list[Slice] = []
    for it in shapes:
        lease = call.parts.gate.lease(call.actor, call.action, call.portfolio_id, LeaseId(it.lease_id))
        found.append(Slice(lease.lease_id, it.amount.exact(currency)))
    return found


def _decision(it: Decision, amount: Exact) -> DecisionShape:
    slices = tuple(SliceShape(one.lease_id, Money.of(one.amount)) for one in it.slices)
    return DecisionShape(it.payment_id, it.outcome.value, Money.of(amount), slices)


def _waiting(call: Call[Any, Any]) -> Proposal:
    call.reach.require_whole()
    for it in call.parts.ports.proposals(call.portfolio_id):
        if it.payment_id == call.path["payment_id"]:
            return it
    raise NotFound(f"payment {call.path['payment_id']} does not wait for a person")


def _certificate(it: Proposal) -> Certificate | None:
    return kept_certificate(it.certificate, it.certificate_digest)


def _proposal(call: Call[Any, Any], it: Proposal) -> ProposalShape:
    standing = call.parts.ports.payment(call.portfolio_id, it.payment_id)
    payment, certificate = standing.payment, _certificate(it)
    sides = certificate.sides if certificate else ()
    return ProposalShape(
        it.payment_id,
        payment.transaction_id,
        Money.of(Exact(standing.unapplied_minor, payment.amount.currency)),
        it.outcome,
        payment.payer.name,
        payment.reference_text,
        why(certificate) if certificate else "",
        tuple(SideShape(one.rule.name, tuple(SliceShape.of(part) for part in slices_of(one))) for one in sides),
    )
