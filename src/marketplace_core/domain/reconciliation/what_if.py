"""Which past matches other rules would have made differently, and the money that would move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import LeaseId, PaymentId
from marketplace_core.domain.money import Currency, Money, total
from marketplace_core.domain.reconciliation.certificate import Certificate, Decision, Outcome, Slice
from marketplace_core.domain.reconciliation.deciding.decide import reconcile
from marketplace_core.domain.reconciliation.inputs import ReconciliationInput
from marketplace_core.domain.reconciliation.rules import RuleSet


@frozen
class ChangedMatch:
    """A payment that would be decided otherwise; ``moved`` is what would change its lease, or come or go."""

    payment_id: PaymentId
    before: Certificate
    after: Certificate
    moved: Money


@frozen
class WhatIf:
    """The matches that differ, by payment id, and the money moved, one total a currency."""

    changes: tuple[ChangedMatch, ...]
    moved: tuple[Money, ...]


def what_if(rules: RuleSet, given: ReconciliationInput, past: Iterable[Decision]) -> WhatIf:
    """What other rules would decide on the same input; nothing is changed.

    ``past`` are decisions on ``given``; payments without one are left aside. A decision differs where its outcome or
    its slices do.
    """
    before = {decision.payment_id: decision.certificate for decision in past}
    payments = tuple(one for one in given.payments if one.payment_id in before)
    after = reconcile(evolve(given, payments=payments, rules=rules))
    unapplied = {one.payment_id: one.unapplied for one in payments}
    changes = tuple(
        ChangedMatch(
            one.payment_id, old, one.certificate, _moved(old, one.certificate, unapplied[one.payment_id].currency)
        )
        for one in after.decisions
        if _differs(old := before[one.payment_id], one.certificate)
    )
    return WhatIf(changes, _totals(change.moved for change in changes))


def _differs(before: Certificate, after: Certificate) -> bool:
    if before.outcome is not after.outcome or before.slices != after.slices:
        return True
    return before.outcome is Outcome.PROPOSED and _proposed(before) != _proposed(after)


def _proposed(certificate: Certificate) -> tuple[tuple[Slice, ...], ...]:
    return tuple(side.slices for side in certificate.sides)


def _moved(before: Certificate, after: Certificate, currency: Currency) -> Money:
    """The larger of what leases would lose and what they would gain."""
    old, new = _by_lease(before), _by_lease(after)
    differences = [new.get(lease, 0) - old.get(lease, 0) for lease in old.keys() | new.keys()]
    gained = sum(one for one in differences if one > 0)
    lost = -sum(one for one in differences if one < 0)
    return Money(max(gained, lost), currency)


def _by_lease(certificate: Certificate) -> Mapping[LeaseId, int]:
    return {part.lease_id: part.amount.amount_minor for part in certificate.slices}


def _totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    listed = list(amounts)
    currencies = {amount.currency.code: amount.currency for amount in listed}
    return tuple(
        total((one for one in listed if one.currency == currencies[code]), currencies[code])
        for code in sorted(currencies)
    )
