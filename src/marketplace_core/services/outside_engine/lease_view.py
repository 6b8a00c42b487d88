"""Look at both books of a lease: ours as they stand, theirs as just read, and what was sent before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.days import add_months, day_in_zone
from marketplace_core.domain.identifiers import CollectionAccountId, CreditNoteId, InvoiceId, PaymentId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.intents import Intent, IntentState
from marketplace_core.domain.outside_engine.records import AccountKey, TheirBooks
from marketplace_core.domain.outside_engine.setting import MADE_THERE, LinkKind, Links, PlanSetting, Sent, in_currency
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_links import EngineLinks
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.ports.payment_inbox import PaymentInbox
from marketplace_core.services.outside_engine.our_books import KnowOurBooks

Seen = tuple[str, int, IntentState]
"""An intent that was sent: its marker, how often, and how it stands."""

HORIZON_MONTHS: Final = 14
"""So far ahead prices are planned: an escalation of every year is there before its day."""


@frozen
class LeaseView:
    """Both books of a lease; theirs were read from ``looked_at`` on, ``seen`` is what had been sent before that."""

    key: AccountKey
    account: LeaseAccount
    theirs: TheirBooks | None
    links: Links
    setting: PlanSetting
    sent: Sent
    seen: frozenset[Seen]
    looked_at: datetime


@frozen
class ViewLease:
    """Reads both books of a lease; ``system`` is how links name the engine. Writes nothing but whose books they are."""

    reading: EngineReading
    accounts: LeaseAccounts
    directory: Directory
    links: EngineLinks
    intents: EngineIntents
    inbox: PaymentInbox
    clock: Clock
    ours: KnowOurBooks
    system: str = "killbill"
    collection_account_id: CollectionAccountId = MADE_THERE

    def __call__(self, key: AccountKey) -> LeaseView:
        """Intents are read before theirs: what is not among them by then is either there, or not sent yet.

        Ours are read last: what is recorded here meanwhile is sent, never taken for missing.
        """
        self.ours.require(key.portfolio_id)
        intents = self.intents.intents_of(key)
        looked_at = self.clock.now()
        theirs = self.reading.books_of(key)
        account = self.accounts.account(key.portfolio_id, key.lease_id)
        links = self.links_of(key, account, theirs)
        return LeaseView(
            key, account, theirs, links, self.setting(account), _sent(intents), seen_of(intents), looked_at
        )

    def ours_again(self, view: LeaseView) -> LeaseView:
        """Our side as it stands now, beside what was read of theirs."""
        account = self.accounts.account(view.key.portfolio_id, view.key.lease_id)
        return evolve(view, account=account, links=self.links_of(view.key, account, view.theirs))

    def setting(self, account: LeaseAccount) -> PlanSetting:
        """The day and zone of the portfolio; the account's name there says no person's."""
        lease = account.lease
        zone = self.directory.portfolio(lease.portfolio_id).zone
        today = day_in_zone(self.clock.now(), zone)
        name = f"{lease.unit_id} {lease.reference}".strip()
        return PlanSetting(today, add_months(today, HORIZON_MONTHS), zone, name, self._collection_account(lease))

    def _collection_account(self, lease: Lease) -> CollectionAccountId:
        """Where payments made there are received: in the account of their currency, once that was opened."""
        own = in_currency(self.collection_account_id, lease.currency)
        known = {it.collection_account_id for it in self.directory.collection_accounts(lease.portfolio_id)}
        return own if own in known else self.collection_account_id

    def links_of(self, key: AccountKey, account: LeaseAccount, theirs: TheirBooks | None) -> Links:
        """What of theirs stands for what of ours, asked from both sides."""
        told = theirs or None
        invoices = [it.invoice_id for it in told.invoices] if told else []
        payments = [it.payment_id for it in told.payments] if told else []
        ours = [it.invoice_id for it in account.invoices]
        notes = [it.credit_note_id for it in account.credit_notes]
        paid = [payment_id for payment_id, _ in _payments_of(account)]
        return Links(
            {theirs_: InvoiceId(it) for theirs_, it in self._linked(key, LinkKind.INVOICE, ours, invoices).items()},
            {theirs_: CreditNoteId(it) for theirs_, it in self._linked(key, LinkKind.CREDIT_NOTE, notes, []).items()},
            {theirs_: PaymentId(it) for theirs_, it in self._linked(key, LinkKind.PAYMENT, paid, payments).items()},
        )

    def cash(self, account: LeaseAccount) -> Mapping[PaymentId, Money]:
        """What was received of each payment that credits of the lease name: nothing where it was reversed."""
        found: dict[PaymentId, Money] = {}
        for payment_id, amount in _payments_of(account):
            payment = self.inbox.payment(account.lease.portfolio_id, payment_id).payment
            found[payment_id] = Money.zero(amount.currency) if payment.reversed_on else payment.amount
        return found

    def _linked(self, key: AccountKey, kind: LinkKind, ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
        where = (key.portfolio_id, self.system, kind.value)
        found = [*self.links.external_of(*where, ours)] if ours else []
        found += self.links.ours_of(*where, theirs) if theirs else ()
        return {it.external_id: it.our_id for it in found}


def seen_of(intents: Iterable[Intent]) -> frozenset[Seen]:
    """What was ever sent of a lease, and how it stands: another where anybody sent or settled something."""
    return frozenset((it.marker, it.attempts, it.state) for it in intents if it.attempts)


def _sent(intents: Iterable[Intent]) -> Sent:
    found = list(intents)
    unsettled = {it.marker: it.amount for it in found if it.state is IntentState.SENT and it.amount is not None}
    done, refused = (
        frozenset(it.marker for it in found if it.state is state) for state in (IntentState.DONE, IntentState.REFUSED)
    )
    return Sent(done, unsettled, refused)


def _payments_of(account: LeaseAccount) -> Iterable[tuple[PaymentId, Money]]:
    return ((PaymentId(it.source_id), it.amount) for it in account.credits if it.source is CreditSource.PAYMENT)
