"""What the subscriptions of a lease should be, from the lease and what was billed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import frozen

from marketplace_core.domain.charge import RecurringCharge
from marketplace_core.domain.days import billing_period_containing
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.outside_engine.records import TheirPrice, TheirSubscription


@frozen
class WantedTerms:
    """A recurring charge from ``starts_on`` up to but without ``ends_on``; the first price holds from the start."""

    charge_id: ChargeId
    starts_on: date
    prices: tuple[TheirPrice, ...]
    ends_on: date | None = None

    def price_on(self, day: date) -> TheirPrice:
        """The price that holds on a day."""
        return [it for it in self.prices if it.since <= max(day, self.starts_on)][-1]


def first_day(lease: Lease, billed_before: date | None = None) -> date:
    """The first day that the engine bills: the lease's, but not before what was billed here or by another system.

    A period that another system began is not billed in parts, as the native engine does not.
    """
    begins = lease.start
    if lease.billed_from is not None and lease.billed_from > begins:
        period = billing_period_containing(lease.billed_from, lease.billing_day)
        begins = lease.billed_from if period.start == lease.billed_from else period.end
    return begins if billed_before is None else max(begins, billed_before)


def wanted_terms(
    lease: Lease, horizon: date, billed_before: date | None = None, *, is_running: bool = False
) -> tuple[WantedTerms, ...]:
    """The terms of every recurring charge that has a day to bill, prices up to and with ``horizon``.

    ``billed_before`` is the end of what stands here and was not billed there. ``is_running``: the engine billed the
    lease already; a charge that says no first day then begins with its first rate, for its past was not agreed.
    """
    if not lease.is_billable:
        return ()
    begins = first_day(lease, billed_before)
    found = (_terms(lease, charge, begins, horizon, is_running=is_running) for charge in lease.escalated(horizon))
    return tuple(it for it in found if it is not None)


def _terms(
    lease: Lease, charge: RecurringCharge, begins: date, horizon: date, *, is_running: bool
) -> WantedTerms | None:
    said = charge.starts_on
    if said is None and is_running:
        said = charge.rates[0].effective_from
    starts_on = begins if said is None else max(begins, said)
    ends = [day for day in (lease.end, charge.ends_on) if day is not None]
    ends_on = min(ends, default=None)
    if ends_on is not None and ends_on <= starts_on:
        return None
    prices = tuple(_prices(charge, starts_on, ends_on, horizon))
    return WantedTerms(charge.charge_id, starts_on, prices, ends_on)


def _prices(charge: RecurringCharge, starts_on: date, ends_on: date | None, horizon: date) -> Iterator[TheirPrice]:
    """Each amount from its day on, the first also before its day; what changes nothing is no price."""
    before = [rate for rate in charge.rates if rate.effective_from <= starts_on]
    current = before[-1] if before else charge.rates[0]
    yield TheirPrice(starts_on, current.amount)
    for rate in charge.rates:
        day = rate.effective_from
        if day > max(starts_on, current.effective_from) and day <= horizon and (ends_on is None or day < ends_on):
            if rate.amount != current.amount:
                yield TheirPrice(day, rate.amount)
            current = rate


def held_back(
    wanted: WantedTerms, there: TheirSubscription, horizon: date
) -> tuple[tuple[TheirPrice, ...], tuple[TheirPrice, ...]]:
    """The prices wanted and those there from the day on that is not billed yet, as steps that change something.

    What was billed stays: a price whose day was billed already holds from the first day that was not.
    """
    since = max(there.starts_on, there.billed_until or there.starts_on)
    return (
        _from_day(wanted.prices, since, wanted.ends_on, horizon),
        _from_day(there.prices, since, wanted.ends_on, horizon),
    )


def _from_day(prices: Iterable[TheirPrice], since: date, ends_on: date | None, horizon: date) -> tuple[TheirPrice, ...]:
    ordered = sorted(prices, key=lambda it: it.since)
    before = [it for it in ordered if it.since <= since]
    found = [TheirPrice(since, (before[-1] if before else ordered[0]).amount)]
    for price in ordered:
        is_within = since < price.since <= max(horizon, since) and (ends_on is None or price.since < ends_on)
        if is_within and price.amount != found[-1].amount:
            found.append(price)
    return tuple(found)
