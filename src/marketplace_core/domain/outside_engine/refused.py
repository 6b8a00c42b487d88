"""What a repair leaves alone, for a step about it was refused there: it is tried again as itself, never another way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from marketplace_core.domain.outside_engine.groups import groups_of, subject_of
from marketplace_core.domain.outside_engine.markers import credit_of_payment_key
from marketplace_core.domain.outside_engine.matters import ASKED, Matter
from marketplace_core.domain.outside_engine.sight import Sight
from marketplace_core.domain.outside_engine.steps import RecordPayment, Step, TakeBackPayment, VoidInvoice

_MARKED: Final = (*ASKED, "credit", "rest", "void-credit", "use-end", "less", "rides")
"""Kinds of the markers of charges and credits."""


def matters_left_alone(sight: Sight, steps: Iterable[Step], matters: Iterable[Matter]) -> frozenset[str]:
    """The subjects of those matters that one of the steps is about: mended twice, they would differ the other way."""
    found = list(steps)
    named = {subject for step in found for subject in _named(sight, step)}
    markers = {it.marker for it in found}
    marked = (it.subject for it in matters if not markers.isdisjoint(_markers(sight, it.subject)))
    return frozenset(named).union(marked)


def _markers(sight: Sight, subject: str) -> Iterator[str]:
    for kind in _MARKED:
        for turn in range(sight.next_turn(kind, subject) + 1):
            yield sight.marker(kind, subject, turn)


def _named(sight: Sight, step: Step) -> Iterator[str]:
    """What a step names that carries no marker of a matter; money is also taken back so that an invoice can be void."""
    match step:
        case RecordPayment():
            yield credit_of_payment_key(step.payment_key) or ""
        case TakeBackPayment():
            payment = next((it for it in sight.theirs.payments if it.payment_id == step.their_payment_id), None)
            yield step.their_payment_id
            if payment is not None:
                yield credit_of_payment_key(payment.key) or ""
                yield from _on_invoice(sight, payment.invoice_id)
        case VoidInvoice():
            yield from _on_invoice(sight, step.their_invoice_id)
        case _:
            return


def _on_invoice(sight: Sight, their_invoice_id: str) -> Iterator[str]:
    for invoice in sight.account.invoices:
        there = sight.invoice_of(invoice.invoice_id)
        if there is not None and there.invoice_id == their_invoice_id:
            yield invoice.invoice_id
    yield from (subject_of(it) for it in groups_of(sight) if it.invoice.invoice_id == their_invoice_id)
    if (found := sight.invoice_by_id.get(their_invoice_id)) is not None:
        yield from (it.item_id for it in found.items)
