"""Both books side by side: what of theirs is ours, by marker, key and link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import CreditId, CreditNoteId, InvoiceId, PaymentId
from marketplace_core.domain.outside_engine.markers import credit_of_payment_key, marker_of
from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    ItemKind,
    TheirBooks,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
    TheirPayment,
    TheirPaymentState,
)
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.payment import payment_id_of


@frozen
class Placed:
    """An item there and the invoice that it stands on."""

    item: TheirItem
    invoice: TheirInvoice

    @property
    def stands(self) -> bool:
        """True where it counts."""
        return self.invoice.status is TheirInvoiceStatus.COMMITTED

    @property
    def minor(self) -> int:
        """Its size in minor units, whichever way it goes."""
        return abs(self.item.amount.amount_minor)


@frozen
class Sight:
    """Indexes over both books; ``ingested`` are the papers here that stand for something made there."""

    key: AccountKey
    account: LeaseAccount
    theirs: TheirBooks
    links: Links
    setting: PlanSetting
    sent: Sent
    by_marker: Mapping[str, tuple[Placed, ...]]
    invoice_by_id: Mapping[str, TheirInvoice]
    slices: Mapping[CreditId, tuple[TheirPayment, ...]]
    made_there: tuple[TheirPayment, ...]
    ingested: Mapping[InvoiceId, tuple[str, ...]]
    ingested_notes: Mapping[CreditNoteId, str]

    def marker(self, kind: str, subject: str, turn: int = 0) -> str:
        """The marker of what is about a subject of this lease."""
        return marker_of(self.key, kind, subject, turn)

    def placed(self, kind: str, subject: str) -> Iterator[Placed]:
        """Every item about a subject, of each turn, whether it counts or not; what was done may be gone there."""
        for marker in self._turns(kind, subject):
            yield from self.by_marker.get(marker, ())

    def standing(self, kind: str, subject: str) -> int:
        """What stands there about a subject, in minor units."""
        return sum(it.minor for it in self.placed(kind, subject) if it.stands)

    def knows(self, kind: str, subject: str) -> bool:
        """True where it was done once, whatever became of it."""
        return any(True for _ in self._turns(kind, subject))

    def next_turn(self, kind: str, subject: str) -> int:
        """The first turn that was not done."""
        return sum(1 for _ in self._turns(kind, subject))

    def _turns(self, kind: str, subject: str) -> Iterator[str]:
        """The markers of the turns that were done, whatever became of them."""
        for turn in count():
            marker = self.marker(kind, subject, turn)
            if marker not in self.by_marker and marker not in self.sent.done:
                return
            yield marker

    def their_payment_id(self, payment: TheirPayment) -> PaymentId:
        """The payment here that one made there is."""
        linked = self.links.payments.get(payment.payment_id)
        return linked or payment_id_of(self.setting.collection_account_id, payment.payment_id)

    def taken_back_by_us(self, payment: TheirPayment) -> bool:
        """True where the money went out again because we said so."""
        return self.marker("take-back", payment.payment_id) in self.sent.done

    def invoice_of(self, invoice_id: InvoiceId) -> TheirInvoice | None:
        """Their invoice that stands for one of ours and counts; None where there is none."""
        for external in self.ingested.get(invoice_id, ()):
            found = self.invoice_by_id.get(base_of(external))
            if found is not None and found.status is TheirInvoiceStatus.COMMITTED:
                return found
        return next((it.invoice for it in self.placed("charge", invoice_id) if it.stands), None)


def base_of(external_id: str) -> str:
    """Their invoice's id in the external id of a link."""
    return external_id.split("/", 1)[0]


def key_of(account: LeaseAccount) -> AccountKey:
    """The key of the lease's account there."""
    return AccountKey(account.lease.portfolio_id, account.lease.lease_id)


def look(
    account: LeaseAccount, theirs: TheirBooks, links: Links, setting: PlanSetting, sent: Sent | None = None
) -> Sight:
    """Both books side by side."""
    key = key_of(account)
    by_marker: defaultdict[str, list[Placed]] = defaultdict(list)
    for invoice in theirs.invoices:
        for item in invoice.items:
            if item.marker and item.kind is not ItemKind.CREDIT_MOVED:
                by_marker[item.marker].append(Placed(item, invoice))
    slices: defaultdict[CreditId, list[TheirPayment]] = defaultdict(list)
    made_there: list[TheirPayment] = []
    for payment in theirs.payments:
        credit_id = credit_of_payment_key(payment.key)
        if credit_id is None:
            made_there.append(payment)
        else:
            slices[credit_id].append(payment)
    ingested: defaultdict[InvoiceId, list[str]] = defaultdict(list)
    for external, invoice_id in links.invoices.items():
        if marker_of(key, "charge", invoice_id) not in by_marker:
            ingested[invoice_id].append(external)
    return Sight(
        key,
        account,
        theirs,
        links,
        setting,
        sent or Sent(),
        {marker: tuple(found) for marker, found in by_marker.items()},
        {it.invoice_id: it for it in theirs.invoices},
        {credit_id: tuple(found) for credit_id, found in slices.items()},
        tuple(made_there),
        {invoice_id: tuple(sorted(found)) for invoice_id, found in ingested.items()},
        {note_id: external for external, note_id in links.notes.items()},
    )


def kept_minor(sight: Sight, payment: TheirPayment) -> int:
    """What we take a payment of ours for: what is kept, and what was taken back there by hand as if it were not."""
    if payment.state is TheirPaymentState.FAILED:
        return 0
    if payment.kept != payment.paid and payment.state is TheirPaymentState.SETTLED:
        if sight.taken_back_by_us(payment) or not sight.sent.done:
            return payment.kept.amount_minor
        return payment.paid.amount_minor
    return payment.paid.amount_minor
