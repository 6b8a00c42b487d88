"""Decide on the payments that need a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from attrs import evolve, frozen
from cyclopts import Parameter

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import MatchId
from marketplace_core.domain.matching import Proposal, Slice
from marketplace_core.domain.money import Money, total
from marketplace_core.domain.reconciliation import Certificate, kept_certificate
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.books import Recorded
from marketplace_core.services.payments import open_reversals
from marketplace_core.services.reconcile import slices_of
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Exit, Refused
from marketplace_entrypoints.cli.finding import find_payment
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Where
from marketplace_entrypoints.cli.reconciliation import goes_to, plain_sides
from marketplace_entrypoints.cli.session import Labels, Session, opened
from marketplace_entrypoints.words import why

app = group("review", "Decide on the payments that need a person: list, accept, choose, split, reject, undo, bulk.")


@frozen
class _Waiting:
    """A payment that waits, with its proposal and certificate."""

    proposal: Proposal
    certificate: Certificate | None
    left: Money
    transaction: str
    payer: str
    reference: str

    @property
    def pattern(self) -> str:
        """What it has in common with others that may be decided in one go."""
        if self.certificate is None:
            return "erased"
        rule = self.certificate.sides[0].rule.name if self.certificate.sides else "nothing"
        return f"{self.certificate.reason.value}:{rule}"


@app.default
@app.command(name="list")
def list_waiting(*, where: Where = HERE) -> int:
    """The payments that wait for a person, largest first, with what is proposed and why."""
    with opened(where) as here:
        labels = here.labels()
        waiting = _waiting(here)
        reversals = sum(1 for _ in open_reversals(here.ports, here.portfolio_id))
        amount = total((it.left for it in waiting), here.portfolio.currency)
        told = {
            "waiting": [
                {
                    "payment": it.proposal.payment_id,
                    "transaction": it.transaction,
                    "amount": plain.money(it.left),
                    "outcome": it.proposal.outcome,
                    "payer": it.payer,
                    "reference": it.reference,
                    "pattern": it.pattern,
                    "reason": why(it.certificate) if it.certificate else "",
                    "sides": plain_sides(it.certificate, labels) if it.certificate else [],
                }
                for it in waiting
            ],
            "total": plain.money(amount),
            "reversals": reversals,
        }
        rows = (
            (
                it.transaction,
                it.left,
                it.proposal.outcome,
                it.payer,
                it.reference,
                goes_to(it.certificate, labels) if it.certificate else "",
                why(it.certificate) if it.certificate else "",
                it.pattern,
            )
            for it in waiting
        )
        header = ("transaction", "amount", "state", "payer", "reference", "to", "reason", "pattern")
        parts: list[str | Table] = [f"{len(waiting)} payments wait, {amount}", table(header, rows)]
        if reversals:
            parts.append(f"{reversals} reversals of what is not here wait too: see marketplace payments reversals")
        return here.answer(told, *parts)


@app.command(name="accept")
def accept(
    payment: str,
    *,
    side: Annotated[int, Parameter(help="Which of the proposed answers, counted from 1.")] = 1,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take what is proposed for a payment."""
    with opened(where) as here:
        waiting = _one(here, payment)
        return _decided(here, act, waiting, _side(waiting, side))


@app.command(name="choose")
def choose(
    payment: str,
    lease: str,
    *,
    amount: Annotated[Amount | None, Parameter(help="How much of it (default: all that is left).")] = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give a payment to a lease of your choice, named by id, unit or reference."""
    with opened(where) as here:
        standing = find_payment(here, payment)
        left = Money(standing.unapplied_minor, standing.payment.amount.currency)
        given = here.amount(amount, left.currency) if amount else left
        return _decided(here, act, _one(here, payment), [Slice(here.lease(lease).lease_id, given)])


@app.command(name="split")
def split(
    payment: str,
    *parts: Annotated[str, Parameter(help="LEASE=AMOUNT, one for each lease.")],
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Split a payment among leases."""
    with opened(where) as here:
        currency = find_payment(here, payment).payment.amount.currency
        slices: list[Slice] = []
        for part in parts:
            name, sign, text = part.rpartition("=")
            if not sign:
                raise Refused(f"{part!r}: write LEASE=AMOUNT, such as A-12=15000.00")
            slices.append(Slice(here.lease(name).lease_id, Money.parse(text, currency)))
        if not slices:
            raise Refused("name the leases to split among: LEASE=AMOUNT LEASE=AMOUNT")
        return _decided(here, act, _one(here, payment), slices)


@app.command(name="reject")
def reject(payment: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Say that it is none of what is proposed; the money stays visible and unapplied."""
    with opened(where) as here:
        here.require_reason(act, "reject")
        standing = find_payment(here, payment)
        command = here.command("match.reject", act)
        here.container.reject_proposal()(command, standing.payment.payment_id, dry_run=act.dry_run)
        told = {"payment": standing.payment.payment_id, "rejected": True, "dry_run": act.dry_run}
        return here.answer(told, f"{'Would reject' if act.dry_run else 'Rejected'} {standing.payment.transaction_id}")


@app.command(name="undo")
def undo(match: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Take a match back, by its id or its payment's; the books are then those in which it never happened."""
    with opened(where) as here:
        here.require_reason(act, "undo")
        standing = find_payment(here, match)
        named = [it for it in standing.matches if it.match_id == match] or list(standing.matches)
        if len(named) != 1:
            known = ", ".join(it.match_id for it in named) or "none"
            raise NotFound(f"{match}: name the one match to undo; this payment has {known}")
        amount = Money(named[0].amount_minor, standing.payment.amount.currency)
        here.require_yes(act, f"Undo the match of {amount} of transaction {standing.payment.transaction_id}?")
        command = here.command("match.undo", act)
        here.container.undo_match()(command, MatchId(named[0].match_id), dry_run=act.dry_run)
        told = {"match": named[0].match_id, "amount": plain.money(amount), "dry_run": act.dry_run}
        return here.answer(told, f"{'Would undo' if act.dry_run else 'Undone:'} match {named[0].match_id} of {amount}")


@app.command(name="bulk")
def bulk(
    pattern: Annotated[str, Parameter(help="As review list shows it.")],
    *,
    reject_all: Annotated[bool, Parameter(name="--reject", negative=(), help="Reject instead of accept.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Accept (or reject) every waiting payment of one pattern; those with several answers are left out."""
    with opened(where) as here:
        alike = [it for it in _waiting(here) if it.pattern == pattern and it.proposal.outcome != "rejected"]
        chosen = [it for it in alike if reject_all or (it.certificate and len(it.certificate.sides) == 1)]
        amount = total((it.left for it in chosen), here.portfolio.currency)
        if not alike:
            patterns = ", ".join(sorted({it.pattern for it in _waiting(here)})) or "nothing"
            raise NotFound(f"nothing of pattern {pattern!r} waits; there is {patterns}")
        if reject_all:
            here.require_reason(act, "reject")
        verb = "Reject" if reject_all else "Accept"
        if chosen:
            here.require_yes(act, f"{verb} {len(chosen)} payments, {amount}?")
        command = here.command("match.reject" if reject_all else "match.decide", act)
        for it in chosen:
            part = command.part(it.proposal.payment_id)
            if reject_all:
                here.container.reject_proposal()(part, it.proposal.payment_id, dry_run=act.dry_run)
            else:
                _decide(here, act, it, _side(it, 1), evolve(part, reason=act.reason))
        told = {
            "pattern": pattern,
            "decided": [it.proposal.payment_id for it in chosen],
            "left_out": len(alike) - len(chosen),
            "total": plain.money(amount),
            "dry_run": act.dry_run,
        }
        words = f"{verb}{' planned' if act.dry_run else 'ed'}: {len(chosen)} payments, {amount}"
        code = Exit.PARTLY if len(alike) > len(chosen) else Exit.DONE
        return here.answer(told, words, f"left out, with several answers: {len(alike) - len(chosen)}", code=code)


def _waiting(here: Session) -> list[_Waiting]:
    found: list[_Waiting] = []
    for proposal in here.ports.proposals(here.portfolio_id):
        standing = here.ports.payment(here.portfolio_id, proposal.payment_id)
        payment = standing.payment
        left = Money(standing.unapplied_minor, payment.amount.currency)
        certificate = kept_certificate(proposal.certificate, proposal.certificate_digest)
        found.append(
            _Waiting(proposal, certificate, left, payment.transaction_id, payment.payer.name, payment.reference_text)
        )
    return found


def _one(here: Session, text: str) -> _Waiting:
    payment = find_payment(here, text).payment
    for waiting in _waiting(here):
        if waiting.proposal.payment_id == payment.payment_id:
            return waiting
    raise NotFound(f"payment {payment.transaction_id} does not wait for a person; see marketplace review list")


def _side(waiting: _Waiting, number: int) -> list[Slice]:
    sides = waiting.certificate.sides if waiting.certificate else ()
    if not 1 <= number <= len(sides):
        raise InvalidInput(
            f"payment {waiting.transaction} has {len(sides)} proposed answers, not a number {number}; "
            "choose a lease with marketplace review choose"
        )
    return list(slices_of(sides[number - 1]))


def _decide(here: Session, act: Act, waiting: _Waiting, slices: Sequence[Slice], command: Command) -> Recorded:
    return here.container.decide_match()(
        command,
        waiting.proposal.payment_id,
        slices,
        certificate=waiting.proposal.certificate,
        certificate_digest=waiting.proposal.certificate_digest,
        dry_run=act.dry_run,
    )


def _decided(here: Session, act: Act, waiting: _Waiting, slices: Sequence[Slice]) -> int:
    _decide(here, act, waiting, slices, here.command("match.decide", act))
    labels = here.labels()
    amount = total((it.amount for it in slices), waiting.proposal.amount.currency)
    told = {
        "payment": waiting.proposal.payment_id,
        "transaction": waiting.transaction,
        "slices": [
            {"lease": it.lease_id, "unit": labels.unit(it.lease_id), "amount": plain.money(it.amount)} for it in slices
        ],
        "total": plain.money(amount),
        "dry_run": act.dry_run,
    }
    verb = "Would give" if act.dry_run else "Given"
    return here.answer(told, f"{verb} {amount} of {waiting.transaction}:", _slice_table(slices, labels))


def _slice_table(slices: Sequence[Slice], labels: Labels) -> Table:
    rows = ((labels.unit(it.lease_id), labels.tenant(it.lease_id), it.lease_id, it.amount) for it in slices)
    return table(("unit", "tenant", "lease", "amount"), rows)
