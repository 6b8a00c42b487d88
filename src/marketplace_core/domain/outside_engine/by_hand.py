"""What people made in an outside engine by hand: neither ours by marker or key, nor billed by the engine itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import CreditNoteId
from marketplace_core.domain.outside_engine.groups import groups_of
from marketplace_core.domain.outside_engine.ingestion import Ingestion, MadeByHand
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.sight import Sight, base_of, look


def made_by_hand(
    account: LeaseAccount, theirs: TheirBooks, links: Links, setting: PlanSetting, sent: Sent, found: Ingestion
) -> tuple[MadeByHand, ...]:
    """What of ``found`` somebody made there: charges, voids, payments and refunds.

    Recurring items, their repairs, and the credit that the engine makes of those are its own doing. Credit and
    adjustments by hand are not among what is recorded here: they are differences.
    """
    sight = look(account, theirs, links, setting, sent)
    return (*_charges(sight, found), *_voids(sight, found), *_payments(sight, found))


def _charges(sight: Sight, found: Ingestion) -> Iterator[MadeByHand]:
    coming = {it.external_id for it in found.links}
    for group in groups_of(sight):
        item = group.items[0]
        if group.external_id in coming and group.period is None and item.item_id not in group.rides:
            yield MadeByHand(sight.key, "a charge", group.external_id, item.amount, item.description)


def _voids(sight: Sight, found: Ingestion) -> Iterator[MadeByHand]:
    for void in found.voids:
        if subject := _void_of_others(sight, sight.ingested[void.invoice_id]):
            amount = sight.account.invoice(void.invoice_id).amount
            yield MadeByHand(sight.key, "a void", subject, amount, void.reason)
    credits_ = {it.credit_id: it for it in sight.account.credits}
    for credit_id in found.note_ends:
        credit = credits_[credit_id]
        if subject := _void_of_others(sight, [sight.ingested_notes[CreditNoteId(credit.source_id)]]):
            yield MadeByHand(sight.key, "a void", f"{subject}/{credit_id}", credit.amount, "of what was taken back")


def _void_of_others(sight: Sight, externals: Iterable[str]) -> str:
    """How voids of invoices are named, empty where all of them are ours."""
    others = sorted({base_of(it) for it in externals if sight.marker("void", base_of(it)) not in sight.sent.done})
    return f"void/{others[0]}" if others else ""


def _payments(sight: Sight, found: Ingestion) -> Iterator[MadeByHand]:
    known = {it.payment_id: it for it in sight.made_there}
    for report in found.reports:
        yield MadeByHand(sight.key, "a payment", report.transaction_id, report.amount, report.place)
    for reversal in found.reversals:
        payment_id = reversal.original_transaction_id
        if not sight.taken_back_by_us(known[payment_id]):
            yield MadeByHand(sight.key, "a refund", f"{payment_id}/back", reversal.amount, reversal.place)
