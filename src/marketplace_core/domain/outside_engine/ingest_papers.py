"""Invoices, credit notes and voids here that follow from what the engine billed, and what stays ours to bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from marketplace_core.domain.account_decisions import taken_back
from marketplace_core.domain.billing import bill, invoice_one_off
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.days import DateSpan, billing_period_containing, one_day
from marketplace_core.domain.identifiers import CreditId, CreditNoteId, InvoiceId, derive_id
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.gone_papers import GonePapers, gone_papers
from marketplace_core.domain.outside_engine.groups import Group
from marketplace_core.domain.outside_engine.ingestion import NoteToIssue, VoidToMake
from marketplace_core.domain.outside_engine.plan_charges import placed_rides, waiting_charges
from marketplace_core.domain.outside_engine.records import TheirInvoice, TheirInvoiceStatus
from marketplace_core.domain.outside_engine.setting import Link, LinkKind
from marketplace_core.domain.outside_engine.sight import Sight, base_of
from marketplace_core.domain.outside_engine.their_papers import adjustment, charge_alone, recurring_invoice


class Papers:
    """Takes groups one after another and says which papers they become, looking at what the ones before became."""

    def __init__(self, sight: Sight, recorded_at: datetime, gone: frozenset[InvoiceId]) -> None:
        """``gone`` are the invoices that are voided at the same time."""
        self._sight, self._recorded_at = sight, recorded_at
        standing = [it for it in sight.account.standing_invoices() if it.invoice_id not in gone]
        self._recurring = {it.period: it for it in standing if it.kind is InvoiceKind.RECURRING}
        self._unlinked = {it for it in self._recurring.values() if self._is_unlinked(it)}
        self._room = {
            it.invoice_id: it.amount.amount_minor - taken_back(sight.account, it.invoice_id)
            for it in standing
            if it.kind is not InvoiceKind.DEPOSIT
        }
        self._standing = {it.invoice_id: it for it in standing}
        self._replaced: set[InvoiceId] = set()
        self._new: dict[DateSpan, list[Group]] = {}
        self.invoices: list[Invoice] = []
        self.notes: list[NoteToIssue] = []
        self.links: list[Link] = []

    def take(self, group: Group) -> None:
        """What a group becomes; nothing where it is linked already or does not count."""
        known = self._sight.links
        if not group.stands or group.external_id in known.invoices or group.external_id in known.notes:
            return
        if self._sight.knows("not-given", group.external_id):
            return
        if group.period is None:
            self._issue(charge_alone(self._sight.account.lease, group, self._recorded_at), group.external_id)
        elif group.period in self._recurring:
            self._change(group, self._recurring[group.period])
        else:
            self._new.setdefault(group.period, []).append(group)

    def finish(self) -> None:
        """Issue the invoices of periods that had none."""
        for period, groups in sorted(self._new.items()):
            externals = [it.external_id for it in groups]
            self._issue(recurring_invoice(self._sight.account.lease, period, groups, self._recorded_at), *externals)

    def _is_unlinked(self, invoice: Invoice) -> bool:
        sight = self._sight
        return invoice.invoice_id not in sight.ingested and not sight.knows("charge", invoice.invoice_id)

    def _replace(self, gone: GonePapers, group: Group, stands: Invoice) -> None:
        """What comes to the same takes the place of papers that are gone there; anything else changes nothing here.

        They were issued, perhaps by terms that the engine lost: it is told, and a repair asks for them there.
        """
        if gone.minor == group.minor and stands.invoice_id not in self._replaced:
            self._replaced.add(stands.invoice_id)
            self.links.extend(gone.links_to(group.external_id))

    def _change(self, group: Group, stands: Invoice) -> None:
        """The first of theirs for a period that was billed here is linked; each one changes it by what it asks."""
        minor, external = group.minor, group.external_id
        if stands in self._unlinked:
            self._unlinked.discard(stands)
            self.links.append(Link(LinkKind.INVOICE, external, stands.invoice_id))
            minor, external = minor - stands.amount.amount_minor, f"{external}/more"
        elif gone := gone_papers(self._sight, stands.period, self._standing.values()):
            self._replace(gone, group, stands)
            return
        if minor > 0:
            self._issue(adjustment(self._sight.account.lease, group, minor, self._recorded_at), external)
        elif minor < 0:
            self._give_back(group, -minor, stands)

    def _issue(self, invoice: Invoice | None, *externals: str) -> None:
        if invoice is not None:
            self.invoices.append(invoice)
            self.links.extend(Link(LinkKind.INVOICE, it, invoice.invoice_id) for it in externals)

    def _give_back(self, group: Group, minor: int, stands: Invoice) -> None:
        """Notes on the period's invoice, then on others of the engine, the latest first, each for what it has left."""
        reason = f"Invoice {group.invoice.number} of the billing engine took it back"
        external = group.external_id
        for invoice in self._to_credit(stands):
            part = min(minor, self._room.get(invoice.invoice_id, 0))
            if part <= 0:
                continue
            minor -= part
            self._room[invoice.invoice_id] -= part
            note_id = CreditNoteId(derive_id("crn", group.external_id, invoice.invoice_id))
            issued_on = max(group.invoice.issued_on, invoice.issue_date)
            amount = Money(part, invoice.currency)
            self.notes.append(NoteToIssue(note_id, invoice.invoice_id, amount, issued_on, reason))
            self.links.append(Link(LinkKind.CREDIT_NOTE, external, note_id))
            external = f"{group.external_id}/{invoice.invoice_id}"

    def _to_credit(self, stands: Invoice) -> Iterable[Invoice]:
        others = (it for it in self._standing.values() if it is not stands and it.invoice_id in self._sight.ingested)
        return [stands, *sorted(others, key=lambda it: (it.period, it.invoice_id), reverse=True)]


def voids_there(sight: Sight) -> Iterator[VoidToMake]:
    """Standing invoices that came from there and are void there; what is written off cannot be voided here."""
    written_off = {
        pin.invoice_id
        for credit in sight.account.credits
        if credit.source is CreditSource.WRITE_OFF and credit.ended_on is None
        for pin in credit.pins
    }
    held = written_off | _refunded(sight)
    for invoice in sight.account.standing_invoices():
        theirs = _theirs(sight, sight.ingested.get(invoice.invoice_id, ()))
        if theirs and invoice.invoice_id not in held and all(_is_void(it) for it in theirs):
            numbers = ", ".join(it.number for it in theirs)
            yield VoidToMake(invoice.invoice_id, f"Invoice {numbers} of the billing engine is void")


def _refunded(sight: Sight) -> set[InvoiceId]:
    """Invoices of whose credit notes part was given out: that must come back before they are voided."""
    used = {it.credit_id for it in sight.account.uses if it.ended_on is None}
    notes = {it.source_id for it in sight.account.credits if it.credit_id in used}
    return {it.invoice_id for it in sight.account.credit_notes if it.credit_note_id in notes}


def notes_gone(sight: Sight) -> Iterator[CreditId]:
    """Credits of notes for what an invoice took back that is void now."""
    for credit in sight.account.credits:
        if credit.source is not CreditSource.CREDIT_NOTE or credit.ended_on is not None:
            continue
        external = sight.ingested_notes.get(CreditNoteId(credit.source_id))
        used = any(it.credit_id == credit.credit_id and it.ended_on is None for it in sight.account.uses)
        if external is not None and not used and any(_is_void(it) for it in _theirs(sight, (external,))):
            yield credit.credit_id


def own_papers_due(sight: Sight, coming: Iterable[Invoice], recorded_at: datetime) -> Iterator[Invoice]:
    """The deposit once the lease begins, and each one-off charge that no further recurring invoice can bring."""
    lease, today = sight.account.lease, sight.setting.today
    if lease.start <= today:
        first = billing_period_containing(lease.start, lease.billing_day)
        standing = {*sight.account.standing_keys(), (InvoiceKind.RECURRING, first.start, "")}
        once = frozenset(it.charge_id for it in lease.one_off_charges)
        yield from bill(lease, one_day(lease.start), recorded_at, once, standing)
    if lease.end is None:
        return
    last = billing_period_containing(lease.end - timedelta(days=1), lease.billing_day)
    begun = max(lease.start, last.start)
    arriving = {line.charge_id for invoice in coming for line in invoice.lines}
    for charge in waiting_charges(sight):
        is_billed_there = any(it.stands for it in placed_rides(sight, charge))
        is_late = begun < charge.charged_on <= today or (charge.charged_on <= begun and last.end <= today)
        if is_late and not is_billed_there and charge.charge_id not in arriving:
            yield invoice_one_off(lease, charge, recorded_at, today)


def _theirs(sight: Sight, externals: Iterable[str]) -> list[TheirInvoice]:
    found = (sight.invoice_by_id.get(base_of(it)) for it in externals)
    return [it for it in found if it is not None]


def _is_void(invoice: TheirInvoice) -> bool:
    return invoice.status is TheirInvoiceStatus.VOID
