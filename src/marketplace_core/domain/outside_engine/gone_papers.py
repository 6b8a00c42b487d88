"""Papers here of what the engine billed and does not know any more: it was restored from a backup, and bills again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import CreditNoteId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.outside_engine.setting import Link, LinkKind
from marketplace_core.domain.outside_engine.sight import Sight, base_of

_NOTE: Final = CreditSource.CREDIT_NOTE


@frozen
class GonePapers:
    """Of one billing period: ``invoices`` and ``notes`` that stand here, and whose invoices are not there any more."""

    invoices: tuple[Invoice, ...]
    notes: tuple[tuple[CreditNoteId, int], ...]

    @property
    def minor(self) -> int:
        """What they come to, in minor units."""
        return sum(it.amount.amount_minor for it in self.invoices) - sum(minor for _, minor in self.notes)

    def links_to(self, external_id: str) -> tuple[Link, ...]:
        """The links that let a group stand for all of them."""
        ours = [(LinkKind.INVOICE, str(it.invoice_id)) for it in self.invoices]
        ours += [(LinkKind.CREDIT_NOTE, str(note_id)) for note_id, _ in self.notes]
        names = [external_id, *(f"{external_id}/{our_id}" for _, our_id in ours[1:])]
        return tuple(Link(kind, name, our_id) for name, (kind, our_id) in zip(names, ours, strict=True))


def gone_papers(sight: Sight, period: DateSpan, standing: Iterable[Invoice]) -> GonePapers | None:
    """Those of a period among the invoices that stand; None where there are none."""
    kinds = (InvoiceKind.RECURRING, InvoiceKind.ONE_OFF)
    of_period = [it for it in standing if it.period == period and it.kind in kinds]
    of_period.sort(key=lambda it: (it.kind is not InvoiceKind.RECURRING, it.invoice_id))
    invoices = tuple(it for it in of_period if _is_gone(sight, sight.ingested.get(it.invoice_id, ())))
    on = {it.invoice_id for it in of_period}
    noted = {it.credit_note_id for it in sight.account.credit_notes if it.invoice_id in on}
    counting = {it.source_id: it.amount for it in sight.account.credits if it.ended_on is None and it.source is _NOTE}
    notes = tuple(
        (note_id, counting[note_id].amount_minor)
        for note_id in sorted(noted & counting.keys())
        if _is_gone(sight, [external for external, it in sight.links.notes.items() if it == note_id])
    )
    return GonePapers(invoices, notes) if invoices or notes else None


def _is_gone(sight: Sight, externals: Iterable[str]) -> bool:
    """True for what came from there, and from nothing that is there."""
    found = list(externals)
    return bool(found) and not any(base_of(it) in sight.invoice_by_id for it in found)
