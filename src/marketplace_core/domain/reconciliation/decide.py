"""The matching engine: for every payment exactly one decision, with its certificate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from attrs import frozen

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.money import Money
from marketplace_core.domain.reconciliation.books import Books
from marketplace_core.domain.reconciliation.certificate import (
    Certificate,
    Decision,
    Outcome,
    Reason,
    Reconciliation,
    Rival,
    Side,
    Slice,
    WhyLost,
)
from marketplace_core.domain.reconciliation.claims import Claims, gather
from marketplace_core.domain.reconciliation.effect import (
    arithmetic_of,
    named_invoices,
    pinned_slice,
)
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind, in_order, money_text
from marketplace_core.domain.reconciliation.inputs import OpenInvoice, ReconciliationInput, UnappliedPayment
from marketplace_core.domain.reconciliation.limits import (
    INVOICES_MOST,
    RIVALS_MOST,
    SIDES_MOST,
    STATES_MOST,
    SearchBound,
)
from marketplace_core.domain.reconciliation.months import invoices_of_months, named_months
from marketplace_core.domain.reconciliation.rules import Action, Rule, RuleStamp
from marketplace_core.domain.reconciliation.sets import SetSearch, find_sets


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


@frozen
class _Answer:
    """What a rule says, before contradictions are looked for."""

    rule: Rule
    reason: Reason
    sides: tuple[Side, ...]
    search: SearchBound | None


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
            answer = _by_amount(rule, payment, books)
        elif rule.is_met_by(anywhere):
            tied = [lease_id for lease_id, bits in usable.items() if rule.is_met_by(bits)]
            answer = _by_identity(rule, payment, tied, claims, books) if tied else None
        else:
            continue
        if answer is not None:
            return _certify(_contested(answer, payment, claims, books), payment, claims, books)
    return _certify(_in_other_currency(payment, claims, books), payment, claims, books)


def _by_identity(
    rule: Rule, payment: UnappliedPayment, tied: list[LeaseId], claims: Claims, books: Books
) -> _Answer | None:
    """What a rule says of the leases that meet it, or None where the amount it asks for is not explained."""
    usable = claims.by_lease
    if len(tied) == 1 and not rule.needs_amount:
        return _Answer(rule, Reason.RULE, (_whole(rule, payment, tied[0], usable[tied[0]], books),), None)
    search = _explain(rule, payment, tied, usable, books)
    sets = [one for one in search.sets if _is_due(rule, payment, one, books)]
    if sets:
        sides = tuple(_of_set(rule, payment, one, usable, books) for one in sets)
        return _Answer(rule, Reason.RULE if len(sets) == 1 else Reason.SEVERAL_SETS, sides, search.bound)
    if rule.needs_amount and search.bound.complete:
        return None
    shown = tuple(_whole(rule, payment, one, usable[one], books) for one in tied[:SIDES_MOST])
    return _Answer(rule, Reason.TIE if search.bound.complete else Reason.PAST_BOUND, shown, search.bound)


def _explain(
    rule: Rule,
    payment: UnappliedPayment,
    tied: Sequence[LeaseId],
    usable: dict[LeaseId, tuple[Evidence, ...]],
    books: Books,
) -> SetSearch:
    """The sets of the tied leases' open invoices that explain the amount.

    Where the payer named invoices, only those count. Where each lease was named by a text of its own, a set must
    touch each of them. A tolerance is used only within one lease, and only where no exact set exists.
    """
    by_number = any(criterion.kind is EvidenceKind.INVOICE_NUMBER for criterion in rule.criteria)
    pool: list[OpenInvoice] = []
    for lease_id in tied:
        invoices = books.open_invoices(lease_id)
        pool += named_invoices(lease_id, invoices, usable[lease_id]) if by_number else invoices
    minor = payment.unapplied.amount_minor
    search = find_sets(pool, minor, minor)
    tolerance = rule.tolerance
    if (
        not search.sets
        and search.bound.complete
        and len(tied) == 1
        and tolerance is not None
        and tolerance.currency == payment.unapplied.currency
    ):
        search = find_sets(pool, minor + 1, minor + tolerance.amount_minor)
    if len(tied) > 1 and _each_named(rule, tied, usable):
        touching = tuple(one for one in search.sets if len(_leases_of(one, books)) == len(tied))
        return SetSearch(touching, search.bound)
    return search


def _each_named(rule: Rule, tied: Sequence[LeaseId], usable: dict[LeaseId, tuple[Evidence, ...]]) -> bool:
    """True where no text that met the rule's first criterion speaks for two of the leases."""
    texts = [{piece.seen for piece in usable[lease_id] if rule.identity[0].is_met_by(piece)} for lease_id in tied]
    return len(set[str]().union(*texts)) >= len(tied) and all(
        not one & other for place, one in enumerate(texts) for other in texts[place + 1 :]
    )


def _leases_of(invoice_ids: Iterable[InvoiceId], books: Books) -> dict[LeaseId, list[OpenInvoice]]:
    """The invoices by lease, in the leases' order."""
    found: dict[LeaseId, list[OpenInvoice]] = {}
    for invoice in sorted((books.invoice(one) for one in invoice_ids), key=lambda one: (one.lease_id, one.order)):
        found.setdefault(invoice.lease_id, []).append(invoice)
    return found


def _days_from_due(payment: UnappliedPayment, invoices: Iterable[OpenInvoice]) -> tuple[int, date]:
    return min((abs((payment.value_date - one.due_date).days), one.due_date) for one in invoices)


def _is_due(rule: Rule, payment: UnappliedPayment, invoice_ids: Iterable[InvoiceId], books: Books) -> bool:
    """True where the rule does not ask for it, or each lease of the set has an invoice due near the value date."""
    if all(criterion.kind is not EvidenceKind.DUE for criterion in rule.criteria):
        return True
    return all(
        _days_from_due(payment, invoices)[0] <= books.rules.due_days
        for invoices in _leases_of(invoice_ids, books).values()
    )


def _by_amount(rule: Rule, payment: UnappliedPayment, books: Books) -> _Answer | None:
    """What a rule says that asks for the amount alone: any set in a small portfolio, one invoice in a large one."""
    if not rule.needs_amount:
        return None
    minor, currency = payment.unapplied.amount_minor, payment.unapplied.currency
    pool = books.open_in(currency.code)
    if len(pool) <= INVOICES_MOST:
        search = find_sets(pool, minor, minor)
    else:
        leases = books.amounts.get((minor, currency.code), ())
        single = [
            next(one.invoice_id for one in books.open_invoices(lease) if one.open_amount.amount_minor == minor)
            for lease in (leases if len(leases) <= SIDES_MOST else ())
        ]
        bound = SearchBound(len(pool), INVOICES_MOST, STATES_MOST, complete=False)
        search = SetSearch(tuple((one,) for one in single), bound)
    sets = [one for one in search.sets if _is_due(rule, payment, one, books)]
    if not sets:
        return None
    sides = tuple(_of_set(rule, payment, one, {}, books) for one in sets)
    return _Answer(rule, Reason.RULE if len(sets) == 1 else Reason.SEVERAL_SETS, sides, search.bound)


def _whole(
    rule: Rule, payment: UnappliedPayment, lease_id: LeaseId, evidence: tuple[Evidence, ...], books: Books
) -> Side:
    """The side on which all of the payment is one lease's money."""
    return _side(rule, payment, {lease_id: payment.unapplied}, evidence, (), books)


def _of_set(
    rule: Rule,
    payment: UnappliedPayment,
    invoice_ids: tuple[InvoiceId, ...],
    usable: dict[LeaseId, tuple[Evidence, ...]],
    books: Books,
) -> Side:
    """The side on which the payment pays a set of invoices, each lease its part of the set."""
    by_lease = _leases_of(invoice_ids, books)
    evidence: list[Evidence] = []
    amounts: dict[LeaseId, Money] = {}
    seen = money_text(payment.unapplied)
    for lease_id, invoices in by_lease.items():
        total = sum(one.open_amount.amount_minor for one in invoices)
        amounts[lease_id] = Money(total, payment.unapplied.currency)
        known = "+".join(one.invoice_id for one in invoices)
        evidence.extend(usable.get(lease_id, ()))
        grade = "exact" if len(by_lease) > 1 or total == payment.unapplied.amount_minor else "tolerance"
        evidence.append(Evidence(EvidenceKind.AMOUNT, grade, lease_id, seen, known))
        days, due = _days_from_due(payment, invoices)
        if days <= books.rules.due_days:
            evidence.append(
                Evidence(EvidenceKind.DUE, "near", lease_id, payment.value_date.isoformat(), due.isoformat())
            )
    if len(amounts) == 1:
        amounts = dict.fromkeys(amounts, payment.unapplied)
    ids = tuple(one.invoice_id for invoices in by_lease.values() for one in invoices)
    return _side(rule, payment, amounts, tuple(evidence), ids, books)


def _side(
    rule: Rule,
    payment: UnappliedPayment,
    amounts: dict[LeaseId, Money],
    evidence: tuple[Evidence, ...],
    explained_by: tuple[InvoiceId, ...],
    books: Books,
) -> Side:
    months = named_months(payment.reference_text) if payment.reference_text else ()
    slices: list[Slice] = []
    for lease_id, amount in amounts.items():
        invoices = books.open_invoices(lease_id)
        named = named_invoices(lease_id, invoices, evidence)
        if not named and months:
            named = invoices_of_months(invoices, months, payment.value_date)
        slices.append(pinned_slice(lease_id, amount, named))
    return Side(
        rule=RuleStamp(rule.name, rule.version),
        confidence_basis_points=rule.confidence_basis_points,
        slices=tuple(slices),
        evidence=in_order(evidence),
        explained_by=explained_by,
        arithmetic=arithmetic_of(payment.unapplied, slices, books.invoices, rule.tolerance),
    )


def _contested(answer: _Answer, payment: UnappliedPayment, claims: Claims, books: Books) -> _Answer:
    """The same answer, or a proposal where it would apply money against evidence for somebody else."""
    if answer.rule.action is not Action.APPLY or len(answer.sides) != 1 or answer.reason is not Reason.RULE:
        return answer
    side = answer.sides[0]
    against = [
        lease_id
        for lease_id, bits in claims.bits.items()
        if bits & answer.rule.contradicted_bits
        and lease_id not in side.lease_ids
        and _contradicts(answer.rule, side.evidence, claims.by_lease[lease_id])
    ]
    if against:
        others = tuple(
            _whole(rule, payment, lease_id, claims.by_lease[lease_id], books)
            for lease_id in against[: SIDES_MOST - 1]
            if books.leases[lease_id].currency == payment.unapplied.currency
            and (rule := _own_rule(claims.bits[lease_id], books)) is not None
        )
        return _Answer(answer.rule, Reason.CONTRADICTION, (side, *others), answer.search)
    if claims.foreign and all(piece.kind is not EvidenceKind.REFERENCE for piece in side.evidence):
        return _Answer(answer.rule, Reason.FOREIGN_REFERENCE, answer.sides, answer.search)
    return answer


def _contradicts(rule: Rule, own: Iterable[Evidence], other: Iterable[Evidence]) -> bool:
    """True where another lease has evidence that stops the rule, and the rule's leases do not share it."""
    shared = {(piece.kind, piece.seen) for piece in own}
    return any(
        criterion.is_met_by(piece) and (piece.kind, piece.seen) not in shared
        for piece in other
        for criterion in rule.contradicted_by
    )


def _own_rule(bits: int, books: Books) -> Rule | None:
    """The first rule that a lease would meet by itself, the amount left aside."""
    return next((rule for rule in books.rules.rules if not rule.needs_amount and rule.is_met_by(bits)), None)


def _in_other_currency(payment: UnappliedPayment, claims: Claims, books: Books) -> _Answer | None:
    """A proposal without slices for a lease whose currency is not the payment's; None where there is none."""
    for lease_id, evidence in claims.by_lease.items():
        rule = _own_rule(claims.bits[lease_id], books)
        if rule is not None and books.leases[lease_id].currency != payment.unapplied.currency:
            return _Answer(rule, Reason.OTHER_CURRENCY, (_side(rule, payment, {}, evidence, (), books),), None)
    return None


def _certify(answer: _Answer | None, payment: UnappliedPayment, claims: Claims, books: Books) -> Certificate:
    sides = answer.sides if answer else ()
    named = {piece.lease_id for side in sides for piece in side.evidence} | {
        part.lease_id for side in sides for part in side.slices
    }
    lost = sorted(
        (evidence[0].strength, lease_id) for lease_id, evidence in claims.by_lease.items() if lease_id not in named
    )
    rivals = [
        Rival(lease_id, claims.by_lease[lease_id][0].kind, claims.by_lease[lease_id][0].grade, why)
        for _, lease_id in lost[:RIVALS_MOST]
        if (why := _why(lease_id, answer, payment, claims, books))
    ]
    public, personal = books.digests.of(payment, [*named, *(rival.lease_id for rival in rivals)])
    outcome = Outcome.UNMATCHED
    if answer is not None:
        applies = answer.reason is Reason.RULE and answer.rule.action is Action.APPLY
        outcome = Outcome.APPLIED if applies else Outcome.PROPOSED
    return Certificate(
        payment_id=payment.payment_id,
        portfolio_id=books.given.portfolio_id,
        as_of=books.given.as_of,
        outcome=outcome,
        reason=answer.reason if answer else Reason.NO_EVIDENCE,
        rule_set_hash=books.digests.rules_hash,
        sides=sides,
        rivals=tuple(rivals),
        rivals_beyond=len(lost) - len(rivals),
        search=answer.search if answer else None,
        input_hash=public,
        personal_hash=personal,
    )


def _why(
    lease_id: LeaseId,
    answer: _Answer | None,
    payment: UnappliedPayment,
    claims: Claims,
    books: Books,
) -> WhyLost:
    if books.leases[lease_id].currency != payment.unapplied.currency:
        return WhyLost.OTHER_CURRENCY
    if answer is None or not answer.rule.is_met_by(claims.bits[lease_id]):
        return WhyLost.WEAKER
    return WhyLost.NOT_SHOWN if answer.reason in (Reason.TIE, Reason.PAST_BOUND) else WhyLost.NOT_IN_SET
