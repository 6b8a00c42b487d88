"""The sets of open invoices that make an amount, by a search of the checker's own.

Deciding adds up sums from the smallest amounts and walks back through them. Here the nearest sum that the amounts
from a place on can make is asked for, from the largest amount down. Only the limits are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby, islice

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.reconciliation.inputs import OpenInvoice
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SETS_MOST, STATES_MOST

_Alike = tuple[int, tuple[InvoiceId, ...]]
_Nearest = Callable[[int, int], int | None]


def sets_between(
    invoices: Sequence[OpenInvoice], least_minor: int, most_minor: int
) -> list[tuple[InvoiceId, ...]] | None:
    """The sets whose sum lies from least to most, the first ``SETS_MOST``; None where they are past the bound.

    Open invoices of one lease with equal amounts stand for each other, the oldest due first. Smaller sums come
    first, and of equal sums the set with more of the largest amount.
    """
    if len(invoices) > INVOICES_MOST:
        return None
    alike = _alike(invoices)
    if not _is_within_bound(alike, most_minor):
        return None
    return list(islice(_sets(alike, max(least_minor, 1), most_minor), SETS_MOST))


def _alike(invoices: Sequence[OpenInvoice]) -> list[_Alike]:
    """The amounts, largest first, each with the invoices of one lease that are of it."""

    def amount_and_lease(one: OpenInvoice) -> tuple[int, LeaseId]:
        return (-one.open_amount.amount_minor, one.lease_id)

    ordered = sorted(invoices, key=lambda one: (amount_and_lease(one), one.order))
    return [
        (-negative, tuple(one.invoice_id for one in members))
        for (negative, _), members in groupby(ordered, amount_and_lease)
    ]


def _is_within_bound(alike: list[_Alike], most: int) -> bool:
    """True where the partial sums, added up from the smallest amount, stay within what a search may keep."""
    sums, kept = {0}, 1
    for amount, members in reversed(alike):
        steps = [amount * count for count in range(len(members) + 1)]
        sums = {one + step for one in sums for step in steps if one + step <= most}
        kept += len(sums)
        if kept > STATES_MOST:
            return False
    return True


def _sets(alike: list[_Alike], least: int, most: int) -> Iterator[tuple[InvoiceId, ...]]:
    nearest = _nearest_of(alike)
    goal = nearest(0, least)
    while goal is not None and goal <= most:
        yield from _making(alike, nearest, 0, goal)
        goal = nearest(0, goal + 1)


def _nearest_of(alike: list[_Alike]) -> _Nearest:
    left = [sum(amount * len(members) for amount, members in alike[place:]) for place in range(len(alike) + 1)]

    @cache
    def nearest(place: int, least: int) -> int | None:
        """The smallest sum of ``least`` or more that the amounts from that place on make, None if they make none."""
        if least <= 0:
            return 0
        if left[place] < least:
            return None
        amount, members = alike[place]
        best: int | None = None
        for taken in range(0, amount * len(members) + 1, amount):
            more = nearest(place + 1, least - taken)
            if more is not None and (best is None or taken + more < best):
                best = taken + more
            if best == least or taken >= least:
                break
        return best

    return nearest


def _making(alike: list[_Alike], nearest: _Nearest, place: int, goal: int) -> Iterator[tuple[InvoiceId, ...]]:
    """The sets that make exactly the goal of the amounts from a place on."""
    if place == len(alike):
        yield ()
        return
    amount, members = alike[place]
    for count in range(min(len(members), goal // amount), -1, -1):
        rest = goal - amount * count
        if nearest(place + 1, rest) == rest:
            for others in _making(alike, nearest, place + 1, rest):
                yield members[:count] + others
