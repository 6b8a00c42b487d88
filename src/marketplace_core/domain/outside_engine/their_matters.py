"""What the engine billed by itself beside what came of it here, period by period; and what nobody here knows."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define

from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import CreditNoteId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.groups import Group, groups_of, subject_of
from marketplace_core.domain.outside_engine.matters import Matter, Reading
from marketplace_core.domain.outside_engine.own_papers import name_of
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoice, TheirInvoiceStatus, TheirItem
from marketplace_core.domain.outside_engine.sight import Sight


@define
class _Bucket:
    """One billing period, or one charge alone."""

    subject: str
    ours: int = 0
    theirs: int = 0
    name: str = ""
    is_void_here: bool = False
    is_unlinked: bool = False


def billed_there(reading: Reading) -> Iterator[Matter]:
    """Each period that the engine billed, and each charge that was made there."""
    sight = reading.sight
    buckets: dict[str, _Bucket] = {}
    groups = groups_of(sight)
    for group in groups:
        subject = subject_of(group)
        bucket = buckets.setdefault(subject, _Bucket(subject))
        if group.stands:
            bucket.theirs += group.minor
            if group.period is not None:
                bucket.theirs += reading.owed(group.external_id, "not-given")
            reading.seen.update(it.item_id for it in group.items)
            is_linked = group.external_id in sight.links.invoices or group.external_id in sight.links.notes
            bucket.is_unlinked = bucket.is_unlinked or not is_linked
    by_external = {it.external_id: it for it in groups}
    for invoice in sight.account.invoices:
        if invoice.invoice_id in sight.ingested:
            _count_invoice(reading, buckets, by_external, invoice)
    _count_notes(sight, buckets, by_external)
    for subject in sorted(buckets):
        bucket = buckets[subject]
        bucket.theirs += reading.owed(subject)
        yield _matter(bucket)


def unknown_there(reading: Reading) -> Iterator[Matter]:
    """Items that count and that nothing here stands for; asked for after everything else was looked at."""
    sight = reading.sight
    rides = {sight.marker("rides", it.charge_id) for it in sight.account.lease.one_off_charges}
    for invoice in sight.theirs.invoices:
        if invoice.status is not TheirInvoiceStatus.COMMITTED:
            continue
        for item in invoice.items:
            if item.kind is ItemKind.CREDIT_MOVED or item.item_id in reading.seen:
                continue
            yield _unknown(reading, invoice, item, is_repeated=item.marker in rides)


def _unknown(reading: Reading, invoice: TheirInvoice, item: TheirItem, *, is_repeated: bool) -> Matter:
    minor = abs(item.amount.amount_minor)
    gives = item.kind in (ItemKind.CREDIT_GIVEN, ItemKind.ADJUSTMENT) or item.amount.amount_minor < 0
    theirs = reading.owed(item.item_id) + (-minor if gives else minor)
    words = f"{item.kind.replace('_', ' ').capitalize()} on invoice {invoice.number} there: {item.description[:80]}"
    kind = DifferenceKind.DUPLICATE_THERE if is_repeated else DifferenceKind.UNKNOWN_THERE
    return Matter(kind, item.item_id, 0, theirs, words.strip(": "))


def _count_invoice(
    reading: Reading, buckets: dict[str, _Bucket], by_external: dict[str, Group], invoice: Invoice
) -> None:
    sight = reading.sight
    externals = sight.ingested[invoice.invoice_id]
    groups = [found for it in externals if (found := _group(by_external, it)) is not None]
    if groups:
        subject = subject_of(groups[0])
    elif invoice.kind is InvoiceKind.RECURRING or invoice.period.days > 1:
        subject = f"period:{invoice.period.start.isoformat()}"
    else:
        subject = externals[0]
    bucket = buckets.setdefault(subject, _Bucket(subject))
    given_back = sum(it.minor for it in sight.placed("void-credit", invoice.invoice_id) if it.stands)
    reading.seen.update(it.item.item_id for it in sight.placed("void-credit", invoice.invoice_id))
    bucket.theirs -= given_back
    if sight.account.is_void(invoice.invoice_id):
        bucket.is_void_here = True
    else:
        bucket.ours += invoice.amount.amount_minor
        bucket.name = bucket.name or name_of(invoice)


def _count_notes(sight: Sight, buckets: dict[str, _Bucket], by_external: dict[str, Group]) -> None:
    periods = {it.invoice_id: it.period.start.isoformat() for it in sight.account.invoices}
    on = {it.credit_note_id: it.invoice_id for it in sight.account.credit_notes}
    for credit in sight.account.credits:
        if credit.source is not CreditSource.CREDIT_NOTE or credit.ended_on is not None:
            continue
        note_id = CreditNoteId(credit.source_id)
        external = sight.ingested_notes.get(note_id)
        if external is None:
            continue
        group = _group(by_external, external)
        subject = subject_of(group) if group is not None else f"period:{periods[on[note_id]]}"
        buckets.setdefault(subject, _Bucket(subject)).ours -= credit.amount.amount_minor


def _group(by_external: dict[str, Group], external: str) -> Group | None:
    """The group of a link, or of one that adds to it what tells a further paper apart."""
    return by_external.get(external) or by_external.get(external.rsplit("/", 1)[0])


def _matter(bucket: _Bucket) -> Matter:
    kind = DifferenceKind.INVOICE_AMOUNT
    if not bucket.theirs:
        kind = DifferenceKind.INVOICE_VOID if bucket.ours else kind
    elif not bucket.ours:
        kind = DifferenceKind.INVOICE_VOID if bucket.is_void_here else DifferenceKind.INVOICE_MISSING_HERE
    is_coming = kind is DifferenceKind.INVOICE_MISSING_HERE and bucket.is_unlinked
    what = bucket.subject.replace("period:", "The period from ")
    words = f"{what}{f' (invoice {bucket.name})' if bucket.name else ''} as the engine billed it"
    return Matter(kind, bucket.subject, bucket.ours, bucket.theirs, words, not is_coming)
