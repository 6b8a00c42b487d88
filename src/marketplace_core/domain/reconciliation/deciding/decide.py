"""The matching engine: for every payment exactly one decision, with its certificate."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import Certificate, Decision, Reason, Reconciliation
from marketplace_core.domain.reconciliation.claims import Claims, gather
from marketplace_core.domain.reconciliation.deciding.amounts import explaining_sets, is_due, sets_anywhere
from marketplace_core.domain.reconciliation.deciding.certify import certify
from marketplace_core.domain.reconciliation.deciding.contest import contested, own_rule
from marketplace_core.domain.reconciliation.deciding.sides import Answer, make_side, side_of_set, whole_side
from marketplace_core.domain.reconciliation.inputs import ReconciliationInput, UnappliedPayment
from marketplace_core.domain.reconciliation.limits import SIDES_MOST
from marketplace_core.domain.reconciliation.rules import Rule


def reconcile(given: ReconciliationInput) -> Reconciliation:
    """A decision for every payment, the same in whatever order the input came.

    Each payment is decided by itself against the books as given, so the cost is linear in the payments and
    portions may be decided apart. Two payments that name one invoice are both told what was open before either.
    """
    return Reconciliation(given.portfolio_id, given.as_of, tuple(decisions_of(given)))


def decisions_of(given: ReconciliationInput) -> Iterator[Decision]:
    """The same decisions one after the other, by payment id, so that a caller need not hold them all."""
    books = Books(given)
    for payment in given.payments:
        yield Decision(decide(payment, books))


def decide(payment: UnappliedPayment, books: Books) -> Certificate:
    """The certificate of one payment's decision: the first rule that matches decides."""
    claims = gather(payment, books)
    currency = payment.unapplied.currency
    usable = {one: bits for one, bits in claims.bits.items() if books.leases[one].currency == currency}
    anywhere = 0
    for bits in usable.values():
        anywhere |= bits
    for rule in books.rules.rules:
        if not rule.identity:
            answer = _by_amount(rule, payment, claims, books)
        elif rule.is_met_by(anywhere):
            tied = [lease_id for lease_id, bits in usable.items() if rule.is_met_by(bits)]
            answer = _by_identity(rule, payment, tied, claims, books) if tied else None
        else:
            continue
        if answer is not None:
            return certify(contested(answer, payment, claims, books), payment, claims, books)
    return certify(_in_other_currency(payment, claims, books), payment, claims, books)


def _by_identity(
    rule: Rule, payment: UnappliedPayment, tied: list[LeaseId], claims: Claims, books: Books
) -> Answer | None:
    """What a rule says of the leases that meet it, or None where the amount it asks for is not explained."""
    usable = claims.by_lease
    if len(tied) == 1 and not rule.needs_amount:
        return Answer(rule, Reason.RULE, (whole_side(rule, payment, tied[0], usable[tied[0]], books),), None)
    search = explaining_sets(rule, payment, tied, usable, books)
    sets = [one for one in search.sets if is_due(rule, payment, one, books)]
    if sets:
        sides = tuple(side_of_set(rule, payment, one, usable, books) for one in sets)
        return Answer(rule, Reason.RULE if len(sets) == 1 else Reason.SEVERAL_SETS, sides, search.bound)
    if rule.needs_amount and search.bound.complete:
        return None
    shown = tuple(whole_side(rule, payment, one, usable[one], books) for one in tied[:SIDES_MOST])
    return Answer(rule, Reason.TIE if search.bound.complete else Reason.PAST_BOUND, shown, search.bound)


def _by_amount(rule: Rule, payment: UnappliedPayment, claims: Claims, books: Books) -> Answer | None:
    """What a rule says that asks for the amount alone; a side shows all evidence that there is for its leases."""
    if not rule.needs_amount:
        return None
    search = sets_anywhere(payment, books)
    sets = [one for one in search.sets if is_due(rule, payment, one, books)]
    if not sets:
        return None
    sides = tuple(side_of_set(rule, payment, one, claims.by_lease, books) for one in sets)
    return Answer(rule, Reason.RULE if len(sets) == 1 else Reason.SEVERAL_SETS, sides, search.bound)


def _in_other_currency(payment: UnappliedPayment, claims: Claims, books: Books) -> Answer | None:
    """A proposal without slices for a lease whose currency is not the payment's; None where there is none."""
    for lease_id, evidence in claims.by_lease.items():
        rule = own_rule(claims.bits[lease_id], books)
        if rule is not None and books.leases[lease_id].currency != payment.unapplied.currency:
            return Answer(rule, Reason.OTHER_CURRENCY, (make_side(rule, payment, {}, evidence, (), books),), None)
    return None
