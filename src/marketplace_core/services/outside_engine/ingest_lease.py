"""Record here what an outside engine billed and was paid: once, however often and by however many it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from attrs import evolve, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import CollectionAccountOpened, ExternalLinked, Fact
from marketplace_core.domain.feed import FeedRow
from marketplace_core.domain.identifiers import CollectionAccountId, CommandId, derive_id
from marketplace_core.domain.invoice import reissued
from marketplace_core.domain.matching import Slice
from marketplace_core.domain.outside_engine.ingesting import Ingestion, facts_of, ingest
from marketplace_core.domain.outside_engine.records import AccountKey, TheirBooks
from marketplace_core.domain.outside_engine.setting import Link, PlanSetting, in_currency
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, PaymentReport
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import AlreadyExists
from marketplace_core.ports.books import Books
from marketplace_core.ports.payment_inbox import PaymentInbox
from marketplace_core.services.outside_engine.lease_view import LeaseView, ViewLease
from marketplace_core.services.outside_engine.notice_by_hand import NoticeByHand
from marketplace_core.services.payments import ImportPayments
from marketplace_core.services.review import DecideMatch


@frozen
class IngestLease:
    """Brings a lease's account here up to what stands there; a repeat writes nothing.

    Each command's id derives from what it records, and what it records is decided again on the locked account.
    """

    books: Books
    inbox: PaymentInbox
    view: ViewLease
    import_payments: ImportPayments
    notice: NoticeByHand
    actor: str = "service:engine"

    def __call__(self, view: LeaseView) -> Ingestion:
        """What was recorded, by this call or one beside it; nothing where the lease has no account there."""
        if view.theirs is None:
            return Ingestion()
        now = self.view.clock.now()
        found = ingest(view.account, view.theirs, view.links, view.setting, now)
        untold = self.notice(view, found)
        if found.changes_account:
            command = self._command(view.key, "engine.ingest", _subjects(view.account, found), now)
            decide = partial(self._decided, key=view.key, theirs=view.theirs, setting=view.setting)
            self.books.change(command, decide, leases=[view.key.lease_id])
        if found.reports or found.reversals or found.payment_links:
            self._payments(view, found, now)
        return evolve(found, untold=untold)

    def _decided(self, locked: Locked, *, key: AccountKey, theirs: TheirBooks, setting: PlanSetting) -> Sequence[Fact]:
        account = locked.accounts[key.lease_id]
        links = self.view.links_of(key, account, theirs)
        found = ingest(account, theirs, links, setting, locked.command.recorded_at)
        return facts_of(account, found, locked.command, setting, self.view.system) if found.changes_account else ()

    def _payments(self, view: LeaseView, found: Ingestion, now: datetime) -> None:
        """Money first, then the lease that it is of, and the links last: what was cut off is done again."""
        if found.reports and view.theirs is not None:
            account_id = self._open_account(view, now)
            setting = evolve(view.setting, collection_account_id=account_id)
            found = ingest(view.account, view.theirs, view.links, setting, now)
        rows: list[FeedRow] = [*found.reports, *found.reversals]
        if rows:
            command = self._command(view.key, "payments.import", _told(found), now)
            self.import_payments(command, lambda: rows, view.account.lease.currency)
        for report in found.reports:
            self._give(view.key, report, now)
        if found.payment_links:
            linked = [_linked(view.key, self.view.system, it) for it in found.payment_links]
            named = (f"{it.external_id}={it.our_id}" for it in found.payment_links)
            self.books.record(self._command(view.key, "engine.link", named, now), linked)

    def _give(self, key: AccountKey, report: PaymentReport, now: datetime) -> None:
        """Give a payment that was made there to its lease, unless it was given by now."""
        standing = self.inbox.payment(key.portfolio_id, report.payment_id)
        if standing.unapplied_minor < report.amount.amount_minor:
            return
        command = self._command(key, "match", [report.payment_id], now)
        part = Slice(key.lease_id, report.amount)
        DecideMatch(self.books, self.inbox)(command, report.payment_id, [part], learn=False)

    def _open_account(self, view: LeaseView, now: datetime) -> CollectionAccountId:
        """Payments made there are collected in an account of their own; it is opened with the first of them.

        One account has one currency: where a portfolio in another one has it, that of this currency is opened.
        """
        account_id, currency = view.setting.collection_account_id, view.account.lease.currency
        known = self.view.directory.collection_accounts(view.key.portfolio_id)
        if any(it.collection_account_id == account_id for it in known):
            return account_id
        try:
            self._open(view, account_id, now)
        except AlreadyExists:
            account_id = in_currency(account_id, currency)
            self._open(view, account_id, now)
        return account_id

    def _open(self, view: LeaseView, account_id: CollectionAccountId, now: datetime) -> None:
        currency = view.account.lease.currency
        account = CollectionAccount(account_id, CollectionKind.BANK, self.view.system, currency, "Billing engine")
        command = self._command(view.key, "collection_account.open", [account_id], now)
        self.books.record(command, [CollectionAccountOpened(view.key.portfolio_id, account)])

    def _command(self, key: AccountKey, kind: str, parts: Iterable[str], now: datetime) -> Command:
        command_id = CommandId(derive_id("cmd", kind, str(key), *sorted(parts)))
        return Command(command_id, key.portfolio_id, kind, self.actor, now, f"{self.view.system} {key}")


def _subjects(account: LeaseAccount, found: Ingestion) -> Iterable[str]:
    """An invoice that was voided and is billed again is another subject than the first time."""
    yield from (reissued(it, account.voided_on(it)).invoice_id for it in found.invoices)
    yield from (it.credit_note_id for it in found.notes)
    yield from (f"void/{it.invoice_id}" for it in found.voids)
    yield from (f"end/{it}" for it in found.note_ends)
    yield from (f"{it.external_id}={it.our_id}" for it in found.links)


def _told(found: Ingestion) -> Iterable[str]:
    yield from (it.report_id for it in found.reports)
    yield from (it.reversal_id for it in found.reversals)


def _linked(key: AccountKey, system: str, it: Link) -> ExternalLinked:
    return ExternalLinked(key.portfolio_id, system, it.kind.value, it.external_id, it.our_id)
