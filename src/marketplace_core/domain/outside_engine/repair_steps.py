"""The one step that makes both books say the same of a matter."""

from __future__ import annotations

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.matters import Matter
from marketplace_core.domain.outside_engine.records import ItemKind
from marketplace_core.domain.outside_engine.sight import Placed, Sight
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, VoidInvoice


def repair_of(sight: Sight, matter: Matter) -> Charge | GiveCredit | VoidInvoice | None:
    """A void of a repeated charge that nothing pays; else a charge or credit of what is missing. None: a person's."""
    missing = matter.ours - matter.theirs
    if not matter.can_be_repaired or not missing:
        return None
    for placed in reversed(matter.repeated):
        if placed.minor == -missing and _stands_alone_unpaid(placed):
            their_id = placed.invoice.invoice_id
            return VoidInvoice(sight.marker("void", their_id), their_id)
    amount = Money(abs(missing), sight.account.lease.currency)
    today, words = sight.setting.today, f"Repair: {matter.words}"
    if missing < 0:
        turn = sight.next_turn("less", matter.subject)
        return GiveCredit(sight.marker("less", matter.subject, turn), amount, today, words)
    if _is_charge_again(sight, matter, missing):
        turn = sight.next_turn("charge", matter.subject)
        return Charge(sight.marker("charge", matter.subject, turn), amount, today, words)
    turn = sight.next_turn("more", matter.subject)
    return Charge(sight.marker("more", matter.subject, turn), amount, today, words)


def _stands_alone_unpaid(placed: Placed) -> bool:
    items = placed.invoice.items
    is_alone = placed.item.kind is ItemKind.CHARGE and all(it is placed.item for it in items)
    return is_alone and placed.invoice.balance == placed.item.amount


def _is_charge_again(sight: Sight, matter: Matter, missing: int) -> bool:
    """True for an invoice of ours that is gone there as a whole: what pays it can be recorded on the new one.

    One that is void here would be voided there at once, and asked for again for ever.
    """
    ours = next((it for it in sight.account.invoices if it.invoice_id == matter.subject), None)
    if ours is None or ours.invoice_id in sight.ingested or sight.account.is_void(ours.invoice_id):
        return False
    if ours.amount.amount_minor != missing:
        return False
    return not sight.standing("charge", ours.invoice_id)
