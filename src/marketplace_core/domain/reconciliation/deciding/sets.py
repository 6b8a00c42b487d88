"""Which sets of open invoices explain an amount: exact within a bound that the search states."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from marketplace_core.domain.identifiers import InvoiceId, LeaseId
from marketplace_core.domain.reconciliation.inputs import OpenInvoice
from marketplace_core.domain.reconciliation.limits import INVOICES_MOST, SETS_MOST, STATES_MOST, SearchBound

_Class = tuple[LeaseId, int, list[OpenInvoice]]


@frozen
class SetSearch:
    """The sets found, at most ``SETS_MOST``, each as invoice ids, and the bound."""

    sets: tuple[tuple[InvoiceId, ...], ...]
    bound: SearchBound


def find_sets(invoices: Sequence[OpenInvoice], least_minor: int, most_minor: int) -> SetSearch:
    """Every set of open invoices whose sum lies from least to most, up to ``SETS_MOST`` of them.

    Invoices of one lease with equal open amounts stand for each other: which of them is paid is the lease
    account's policy, so such sets count as one, named by the oldest due. Linear in the partial sums kept.
    """
    classes = _classes(invoices)
    if len(invoices) > INVOICES_MOST:
        return SetSearch((), SearchBound(len(invoices), INVOICES_MOST, STATES_MOST, complete=False))
    reachable = _reachable(classes, most_minor)
    if reachable is None:
        return SetSearch((), SearchBound(len(invoices), INVOICES_MOST, STATES_MOST, complete=False))
    sets: list[tuple[InvoiceId, ...]] = []
    for goal in sorted(sums for sums in reachable[0] if least_minor <= sums <= most_minor and sums):
        _collect(classes, reachable, 0, goal, (), sets)
    bound = SearchBound(len(invoices), INVOICES_MOST, STATES_MOST, complete=True)
    return SetSearch(tuple(sets), bound)


def _classes(invoices: Sequence[OpenInvoice]) -> list[_Class]:
    """Interchangeable invoices together, oldest due first; largest amounts first."""
    grouped: dict[tuple[int, LeaseId], list[OpenInvoice]] = {}
    for invoice in sorted(invoices, key=lambda one: one.order):
        grouped.setdefault((-invoice.open_amount.amount_minor, invoice.lease_id), []).append(invoice)
    return [(lease_id, -negative, members) for (negative, lease_id), members in sorted(grouped.items())]


def _reachable(classes: list[_Class], most_minor: int) -> list[set[int]] | None:
    """For each place, the sums that the classes from there on can make; None past the bound."""
    sums: set[int] = {0}
    layers = [sums]
    kept = 1
    for _, amount, members in reversed(classes):
        further = set(sums)
        for count in range(1, len(members) + 1):
            step = amount * count
            if step > most_minor:
                break
            further.update(one + step for one in sums if one + step <= most_minor)
        kept += len(further)
        if kept > STATES_MOST:
            return None
        sums = further
        layers.append(sums)
    layers.reverse()
    return layers


def _collect(
    classes: list[_Class],
    reachable: list[set[int]],
    place: int,
    left: int,
    taken: tuple[InvoiceId, ...],
    sets: list[tuple[InvoiceId, ...]],
) -> None:
    if len(sets) >= SETS_MOST:
        return
    if place == len(classes):
        sets.append(taken)
        return
    _, amount, members = classes[place]
    for count in range(min(len(members), left // amount), -1, -1):
        rest = left - amount * count
        if rest in reachable[place + 1]:
            more = tuple(invoice.invoice_id for invoice in members[:count])
            _collect(classes, reachable, place + 1, rest, taken + more, sets)
