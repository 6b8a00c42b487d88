"""Which of our papers stand in the engine's books by our own doing, and which came from there."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.credit import Credit, CreditSource
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.outside_engine.sight import Sight
from marketplace_core.errors import NotFound


def own_invoices(sight: Sight) -> Iterator[Invoice]:
    """Invoices that did not come from there, void ones with them."""
    return (it for it in sight.account.invoices if it.invoice_id not in sight.ingested)


def awaits_theirs(sight: Sight, invoice: Invoice) -> bool:
    """True for a recurring invoice made here of a period that the engine bills: theirs is linked to it when it comes.

    Charged there too, the period would be asked for twice.
    """
    if invoice.kind is not InvoiceKind.RECURRING or sight.knows("charge", invoice.invoice_id):
        return False
    begins = max(invoice.period.start, sight.account.lease.start)
    return any(it.starts_on <= begins for it in sight.theirs.subscriptions)


def own_credits(sight: Sight) -> Iterator[Credit]:
    """Credits but payments, and but notes for what the engine took back by itself."""
    for credit in sight.account.credits:
        if credit.source is CreditSource.PAYMENT:
            continue
        if credit.source is CreditSource.CREDIT_NOTE and credit.source_id in sight.ingested_notes:
            continue
        yield credit


def own_payment_credits(sight: Sight) -> Iterator[Credit]:
    """Credits of payments that were received here, or in another lease's account there."""
    theirs = {sight.their_payment_id(it) for it in sight.made_there}
    for credit in sight.account.credits:
        if credit.source is CreditSource.PAYMENT and credit.source_id not in theirs:
            yield credit


def name_of(invoice: Invoice) -> str:
    """How people name an invoice."""
    return invoice.number or str(invoice.invoice_id)


def source_name(sight: Sight, credit: Credit) -> str:
    """What a credit is, in words for a person there."""
    if credit.source is CreditSource.CREDIT_NOTE:
        note = next((it for it in sight.account.credit_notes if it.credit_note_id == credit.source_id), None)
        if note is not None:
            return f"Credit note {note.number or note.credit_note_id} on {_invoice_name(sight, note.invoice_id)}"
    return f"Credit by {credit.source.replace('_', ' ')} of {credit.value_date}"


def _invoice_name(sight: Sight, invoice_id: str) -> str:
    try:
        return name_of(next(it for it in sight.account.invoices if it.invoice_id == invoice_id))
    except StopIteration as missing:
        raise NotFound(f"no invoice {invoice_id} of this lease") from missing
