"""What is to be recorded here of what an outside engine billed and was paid."""

from __future__ import annotations

from datetime import date
from typing import Final

from attrs import frozen

from marketplace_core.domain.feed import ReversalReport
from marketplace_core.domain.identifiers import CreditId, CreditNoteId, InvoiceId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.setting import Link
from marketplace_core.domain.payment import PaymentReport

_SHOWN: Final = 80


@frozen
class NoteToIssue:
    """A credit note to issue on an invoice, for what the engine took back."""

    credit_note_id: CreditNoteId
    invoice_id: InvoiceId
    amount: Money
    issued_on: date
    reason: str


@frozen
class VoidToMake:
    """An invoice to void, for the engine's counts no more."""

    invoice_id: InvoiceId
    reason: str


@frozen
class MadeByHand:
    """One thing that somebody made there: ``subject`` names it once, ``says`` is what stands there in their words."""

    key: AccountKey
    what: str
    subject: str
    amount: Money
    says: str

    @property
    def words(self) -> str:
        """It, for a person."""
        said = f" ({self.says[:_SHOWN]})" if self.says else ""
        return f"{self.what} of {self.amount} made by hand in the billing engine on lease {self.key}{said}"


@frozen
class Ingestion:
    """What is to be recorded here, each once: ids derive from theirs, invoices have no numbers yet.

    ``invoices``, ``notes``, ``voids``, ``note_ends`` and ``links`` become facts of one change of the lease's account
    (``facts_of``). ``reports`` and ``reversals`` go through the payment inbox, and each report's payment is then
    given to the lease; ``payment_links`` are recorded with it. ``untold`` is what of it people made there in silence.
    """

    invoices: tuple[Invoice, ...] = ()
    notes: tuple[NoteToIssue, ...] = ()
    voids: tuple[VoidToMake, ...] = ()
    note_ends: tuple[CreditId, ...] = ()
    links: tuple[Link, ...] = ()
    reports: tuple[PaymentReport, ...] = ()
    reversals: tuple[ReversalReport, ...] = ()
    payment_links: tuple[Link, ...] = ()
    untold: tuple[MadeByHand, ...] = ()

    @property
    def changes_account(self) -> bool:
        """True where facts of the lease's account are to be recorded."""
        return bool(self.invoices or self.notes or self.voids or self.note_ends or self.links)

    @property
    def is_empty(self) -> bool:
        """True where all of theirs stands here."""
        return not (self.changes_account or self.reports or self.reversals or self.payment_links)
