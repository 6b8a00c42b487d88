"""Proration: what a part of a billing period costs."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.lease import Proration
from marketplace_core.domain.money import Money, round_half_up

_FACTOR_SCALE = 10**9


@frozen
class Part:
    """A stretch of covered days at one amount a whole period, and what it costs."""

    span: DateSpan
    rate: Money
    amount: Money


def prorate(period: DateSpan, stretches: Sequence[tuple[DateSpan, Money]], convention: Proration) -> tuple[Part, ...]:
    """What each covered stretch costs, given the amount of a whole period that holds in it.

    Stretches follow one another without gaps inside ``period``. Amounts are differences of the cumulative
    amount, each rounded HALF_UP to the minor unit, so however the covered days are cut, the parts sum to the
    rounded whole, and a fully covered period at one rate costs exactly that rate. Conventions: actual days over
    the period's own days (default); days over 30, a full period being 30; a factor of 9 places a part, which
    makes no promise on sums (Kill Bill's convention); or the whole amount for any part.
    """
    if convention is Proration.KILLBILL_FACTOR:
        return tuple(Part(span, rate, _by_factor(rate, span.days, period.days)) for span, rate in stretches)
    if convention is Proration.FULL_PERIOD:
        return tuple(
            Part(span, rate, rate if index == 0 else Money.zero(rate.currency))
            for index, (span, rate) in enumerate(stretches)
        )
    parts: list[Part] = []
    days = numerator = rounded = weight = 0
    base = period.days if convention is Proration.ACTUAL else 30
    for span, rate in stretches:
        days += span.days
        reached = base if days == period.days else min(days, base)
        numerator += rate.amount_minor * (reached - weight)
        weight = reached
        upto = round_half_up(numerator, base)
        parts.append(Part(span, rate, Money(upto - rounded, rate.currency)))
        rounded = upto
    return tuple(parts)


def _by_factor(rate: Money, days: int, period_days: int) -> Money:
    factor = round_half_up(days * _FACTOR_SCALE, period_days)
    return Money(round_half_up(rate.amount_minor * factor, _FACTOR_SCALE), rate.currency)
