"""Invoices that count no more here and still do there."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.markers import credit_of_payment_key
from marketplace_core.domain.outside_engine.own_papers import name_of
from marketplace_core.domain.outside_engine.records import (
    ItemKind,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirPayment,
    TheirPaymentState,
)
from marketplace_core.domain.outside_engine.sight import Sight, base_of
from marketplace_core.domain.outside_engine.steps import GiveCredit, TakeBackPayment, VoidInvoice


def plan_voids(sight: Sight) -> Iterator[TakeBackPayment | VoidInvoice | GiveCredit]:
    """What pays it is taken back first; what the engine cannot void is given back as credit instead."""
    for fact in sight.account.voids:
        there = sight.invoice_of(fact.invoice.invoice_id)
        marker = "" if there is None else sight.marker("void", there.invoice_id)
        if there is None or marker in sight.sent.done or sight.knows("void-credit", fact.invoice.invoice_id):
            continue
        paying = [it for it in sight.theirs.payments if it.invoice_id == there.invoice_id and _is_kept(it)]
        if _cannot_be_voided(sight, there, paying):
            yield from _given_back(sight, fact.invoice)
        elif paying:
            for it in paying:
                yield TakeBackPayment(
                    sight.marker("take-back", it.payment_id), it.payment_id, it.kept, is_chargeback=False
                )
        else:
            yield VoidInvoice(marker, there.invoice_id)


def _is_kept(payment: TheirPayment) -> bool:
    return payment.kept.is_positive and payment.state is not TheirPaymentState.FAILED


def _cannot_be_voided(sight: Sight, there: TheirInvoice, paying: list[TheirPayment]) -> bool:
    """True where money pays it that we cannot take back, it brought something that stands, or was repaired or adjusted.

    What a person took off it there may be used as credit by now: the engine then refuses to void it for ever. Of what a
    part was given back as credit the rest is given back too: voided whole, that part would be given twice.
    """
    if any(credit_of_payment_key(it.key) is None or it.state is TheirPaymentState.UNSETTLED for it in paying):
        return True
    if any(sight.taken_back_by_us(it) for it in paying):
        return True
    if any(it.kind in (ItemKind.REPAIR, ItemKind.ADJUSTMENT) and it.linked_item_id for it in there.items):
        return True
    standing = {it.invoice_id for it in sight.account.standing_invoices()}
    for invoice_id, externals in sight.ingested.items():
        stays = invoice_id in standing or sight.knows("void-credit", invoice_id)
        if stays and any(base_of(it) == there.invoice_id for it in externals):
            return True
    own = {it.item_id for it in there.items}
    others = (it for it in sight.theirs.invoices if it.status is TheirInvoiceStatus.COMMITTED and it is not there)
    return any(item.linked_item_id in own for it in others for item in it.items)


def _given_back(sight: Sight, invoice: Invoice) -> Iterator[GiveCredit]:
    """Less what the engine took back of it by itself."""
    notes = {
        it.credit_note_id
        for it in sight.account.credit_notes
        if it.invoice_id == invoice.invoice_id and it.credit_note_id in sight.ingested_notes
    }
    taken = sum(
        it.amount.amount_minor
        for it in sight.account.credits
        if it.source is CreditSource.CREDIT_NOTE and it.source_id in notes
    )
    minor = invoice.amount.amount_minor - taken
    if minor > 0:
        marker = sight.marker("void-credit", invoice.invoice_id)
        amount = Money(minor, invoice.currency)
        yield GiveCredit(marker, amount, sight.setting.today, f"Void here: {name_of(invoice)}")
