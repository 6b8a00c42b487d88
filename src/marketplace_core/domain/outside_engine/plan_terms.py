"""Subscriptions that are missing, prices that change, ends: what is still to be said of a lease's terms there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.outside_engine.records import TheirPrice, TheirSubscription, charge_of_subscription
from marketplace_core.domain.outside_engine.sight import Sight
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    DropPrice,
    EndSubscription,
    ReopenSubscription,
    ResumeBilling,
    Step,
    Subscribe,
)
from marketplace_core.domain.outside_engine.terms import WantedTerms, held_back, wanted_terms


def plan_terms(sight: Sight) -> Iterator[Step]:
    """The steps of every charge; where a change must be taken back first, the rest is planned once it is.

    An account that was just opened is billed once nothing of its terms is left to say: said one after another, what
    lies in the past would be billed by the first and taken back by the next.
    """
    steps = list(_of_charges(sight))
    if not steps and sight.theirs.account.is_paused:
        steps.append(ResumeBilling(sight.marker("resume", sight.key.lease_id), sight.setting.today))
    yield from steps


def _of_charges(sight: Sight) -> Iterator[Step]:
    wanted = {it.charge_id: it for it in wanted_of(sight)}
    for charge in sight.account.lease.charges:
        there, terms = subscriptions_of(sight, charge.charge_id), wanted.get(charge.charge_id)
        if there:
            yield from _changes(sight, there[-1], len(there), terms)
        elif terms is not None:
            yield _begin(sight, terms, 0)


def wanted_of(sight: Sight) -> tuple[WantedTerms, ...]:
    """The terms that the lease has, from the first day that was not billed before the engine was switched on."""
    lease = sight.account.lease
    before = [it.period.end for it in billed_before(sight)]
    is_running = any(it.billed_until is not None for it in sight.theirs.subscriptions)
    return wanted_terms(lease, sight.setting.horizon, max(before, default=None), is_running=is_running)


def billed_before(sight: Sight) -> Iterator[Invoice]:
    """Standing recurring invoices of periods that the engine does not bill, for they were billed here."""
    begun = min((it.starts_on for it in sight.theirs.subscriptions), default=date.max)
    begins = sight.account.lease.start
    for invoice in sight.account.standing_invoices():
        if invoice.kind is not InvoiceKind.RECURRING or invoice.invoice_id in sight.ingested:
            continue
        if max(invoice.period.start, begins) < begun:
            yield invoice


def subscriptions_of(sight: Sight, charge_id: ChargeId) -> Sequence[TheirSubscription]:
    """Those of a charge, the last one begun at the end."""
    found = (it for it in sight.theirs.subscriptions if charge_of_subscription(it.key) == charge_id)
    return sorted(found, key=lambda it: (it.starts_on, len(it.key), it.key))


def _begin(sight: Sight, terms: WantedTerms, turn: int) -> Subscribe:
    return Subscribe(
        sight.marker("subscribe", terms.charge_id, turn),
        sight.key.subscription(terms.charge_id, turn),
        terms.starts_on,
        terms.prices[0].amount,
        sight.account.lease.billing_day,
    )


def _changes(sight: Sight, there: TheirSubscription, turns: int, terms: WantedTerms | None) -> Iterator[Step]:
    """An end is said last: a subscription whose end is set takes no other price, so it is reopened first."""
    today = sight.setting.today
    ends_on = wanted_end(sight, there, terms)
    if there.ends_on is not None and there.ends_on <= today:
        if terms is not None and (ends_on is None or ends_on > there.ends_on):
            again = WantedTerms(terms.charge_id, there.ends_on, _since(terms, there.ends_on), ends_on)
            yield _begin(sight, again, turns)
        return
    prices = () if terms is None else tuple(_prices(sight, there, terms))
    if there.ends_on is not None and (there.ends_on != ends_on or prices):
        # An engine changes no price while an end is set: the end is said again after the prices.
        about = (there.ends_on, *(it.marker for it in prices))
        yield ReopenSubscription(_marker(sight, "reopen", there, *about), there.subscription_id)
        return
    yield from prices
    if ends_on is not None and there.ends_on is None and not prices:
        yield EndSubscription(_marker(sight, "end-subscription", there, ends_on), there.subscription_id, ends_on)


def wanted_end(sight: Sight, there: TheirSubscription, terms: WantedTerms | None) -> date | None:
    """The day without which it is billed; its own start where nothing of it is wanted any more."""
    if terms is not None:
        return None if terms.ends_on is None else max(there.starts_on, terms.ends_on)
    charge_id = charge_of_subscription(there.key)
    ends = [it.ends_on for it in sight.account.lease.charges if it.charge_id == charge_id]
    return max(there.starts_on, min((it for it in (*ends, sight.account.lease.end) if it), default=there.starts_on))


def _since(terms: WantedTerms, day: date) -> tuple[TheirPrice, ...]:
    later = tuple(it for it in terms.prices if it.since > day)
    return (TheirPrice(day, terms.price_on(day).amount), *later)


def _prices(sight: Sight, there: TheirSubscription, terms: WantedTerms) -> Iterator[Step]:
    wanted, known = held_back(terms, there, sight.setting.horizon)
    same = _common(wanted, known)
    if any(it.since > sight.setting.today for it in known[max(same, 1) :]):
        yield DropPrice(_marker(sight, "drop-price", there, *_written(known), *_written(wanted)), there.subscription_id)
        return
    for price in wanted[same:]:
        marker = _marker(sight, "price", there, *_written(known), price.since, price.amount.plain())
        yield ChangePrice(marker, there.subscription_id, price.since, price.amount)


def _common(wanted: Sequence[TheirPrice], known: Sequence[TheirPrice]) -> int:
    pairs = zip(wanted, known, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(wanted), len(known)))


def _written(prices: Iterable[TheirPrice]) -> tuple[str, ...]:
    return tuple(f"{it.since}={it.amount.plain()}" for it in prices)


def _marker(sight: Sight, kind: str, there: TheirSubscription, *about: object) -> str:
    """Of what stands and what is to be: the same change wanted again later, after another, is another step."""
    return sight.marker(kind, "|".join([there.subscription_id, *map(str, about)]))
