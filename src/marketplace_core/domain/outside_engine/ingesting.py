"""What an outside engine billed and was paid, as what is to be recorded in our books."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.feed import ReversalReport
from marketplace_core.domain.identifiers import CreditId, CreditNoteId, InvoiceId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import Link, Links, PlanSetting
from marketplace_core.domain.payment import PaymentReport


@frozen
class NoteToIssue:
    """A credit note to issue on an invoice, for what the engine took back."""

    credit_note_id: CreditNoteId
    invoice_id: InvoiceId
    amount: Money
    reason: str


@frozen
class VoidToMake:
    """An invoice to void, for the engine's counts no more."""

    invoice_id: InvoiceId
    reason: str


@frozen
class Ingestion:
    """What is to be recorded here, each once: ids derive from theirs, invoices have no numbers yet.

    ``invoices``, ``notes``, ``voids``, ``note_ends`` and ``links`` become facts of one change of the lease's account
    (``facts_of``). ``reports`` and ``reversals`` go through the payment inbox, and each report's payment is then
    given to the lease; ``payment_links`` are recorded with it.
    """

    invoices: tuple[Invoice, ...] = ()
    notes: tuple[NoteToIssue, ...] = ()
    voids: tuple[VoidToMake, ...] = ()
    note_ends: tuple[CreditId, ...] = ()
    links: tuple[Link, ...] = ()
    reports: tuple[PaymentReport, ...] = ()
    reversals: tuple[ReversalReport, ...] = ()
    payment_links: tuple[Link, ...] = ()

    @property
    def changes_account(self) -> bool:
        """True where facts of the lease's account are to be recorded."""
        return bool(self.invoices or self.notes or self.voids or self.note_ends or self.links)

    @property
    def is_empty(self) -> bool:
        """True where all of theirs stands here."""
        return not (self.changes_account or self.reports or self.reversals or self.payment_links)


def ingest(
    account: LeaseAccount, theirs: TheirBooks, links: Links, setting: PlanSetting, recorded_at: datetime
) -> Ingestion:
    """What stands there and not here yet, and the deposit and late one-off charges, which stay ours; pure.

    Once it is recorded, and its links are given, nothing is left.
    """
    del account, theirs, links, setting, recorded_at
    return Ingestion()


def facts_of(
    account: LeaseAccount, found: Ingestion, command: Command, setting: PlanSetting, system: str
) -> tuple[Fact, ...]:
    """The facts of what is to be recorded on the account, and its links in ``system``; reports are not among them."""
    del account, found, command, setting, system
    return ()
