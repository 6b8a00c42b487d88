"""What the engine gave back and nobody owes: asked for again, so that it gives no more than our books do."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.groups import Group, groups_of
from marketplace_core.domain.outside_engine.sight import Sight
from marketplace_core.domain.outside_engine.steps import Charge


def plan_not_given(sight: Sight) -> Iterator[Charge]:
    """For each repair there, what of it no credit note here could give.

    The period's invoice was void here already, or people had credited it by hand: a note gives no more than an
    invoice asks for.
    """
    groups = groups_of(sight)
    for group in groups:
        short = _short(sight, group, groups)
        if short > 0 and not sight.knows("not-given", group.external_id):
            amount = Money(short, sight.account.lease.currency)
            words = f"Invoice {group.invoice.number} gave back what was not owed any more"
            yield Charge(sight.marker("not-given", group.external_id), amount, sight.setting.today, words)


def _short(sight: Sight, group: Group, groups: tuple[Group, ...]) -> int:
    if not group.stands or group.period is None or group.minor >= 0 or group.external_id in sight.links.invoices:
        return 0
    is_noted = group.external_id in sight.links.notes
    if not is_noted and (group.period in _standing(sight) or _comes_with_another(sight, group, groups)):
        return 0
    return -group.minor - _noted(sight, group.external_id)


def _standing(sight: Sight) -> set[DateSpan]:
    """Periods whose invoice stands here: what is given back in them may still become a note."""
    return {it.period for it in sight.account.standing_invoices() if it.kind is InvoiceKind.RECURRING}


def _comes_with_another(sight: Sight, group: Group, groups: tuple[Group, ...]) -> bool:
    known = sight.links.invoices
    others = (it for it in groups if it.period == group.period and it.stands and it.external_id not in known)
    return any(it.minor > 0 for it in others)


def _noted(sight: Sight, external_id: str) -> int:
    """What notes for a group have given, in minor units."""
    notes = {
        note_id
        for external, note_id in sight.links.notes.items()
        if external == external_id or external.startswith((f"{external_id}/inv", f"{external_id}/crn"))
    }
    return sum(it.amount.amount_minor for it in sight.account.credit_notes if it.credit_note_id in notes)
