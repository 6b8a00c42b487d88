"""Facts: what happened. Decisions return them, stores keep them, the event log chains them, folds read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from attrs import frozen

from marketplace_core.domain.credit import Allocation, Credit, CreditUse
from marketplace_core.domain.deposit import DepositEntry
from marketplace_core.domain.identifiers import CollectionAccountId, ListingId, PaymentId, PersonId, PortfolioId
from marketplace_core.domain.invoice import CreditNote, Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, PayerAlias, Payment, PaymentReport, Receipt
from marketplace_core.domain.reversal import AwaitedReversal


class Fact:
    """Something that happened; ``personal`` names the fields that stand outside the event chain."""

    __slots__ = ()
    personal: ClassVar[tuple[str, ...]] = ()


@frozen
class PortfolioOpened(Fact):
    """A book was opened, or its name changed."""

    portfolio: Portfolio


@frozen
class CollectionAccountOpened(Fact):
    """A portfolio collects in an account."""

    portfolio_id: PortfolioId
    account: CollectionAccount


@frozen
class PropertyRecorded(Fact):
    """A property was added or changed."""

    record: Property


@frozen
class UnitRecorded(Fact):
    """A unit was added or changed."""

    unit: Unit


@frozen
class PersonRecorded(Fact):
    """A person was added or changed."""

    personal: ClassVar[tuple[str, ...]] = (
        "person.name",
        "person.phones",
        "person.email",
        "person.national_id",
    )
    portfolio_id: PortfolioId
    person: Person


@frozen
class PersonErased(Fact):
    """What was held of a person was emptied: sealed parts, texts of payments, aliases, occupancies, and so on."""

    portfolio_id: PortfolioId
    person_id: PersonId
    parts: int
    payments: int
    aliases: int
    occupancies: int = 0
    tickets: int = 0
    applications: int = 0
    inquiries: int = 0


@frozen
class PersonMerged(Fact):
    """Two of a portfolio's people are one: the duplicate is marked, and the kept one stands for both from then on."""

    portfolio_id: PortfolioId
    duplicate_id: PersonId
    kept_id: PersonId


@frozen
class LeaseRecorded(Fact):
    """A lease was drafted, or its terms or status changed; the whole new version."""

    lease: Lease


@frozen
class InvoiceIssued(Fact):
    """An invoice was issued; its number is given at writing."""

    invoice: Invoice


@frozen
class InvoiceVoided(Fact):
    """An invoice counts no more from ``voided_on``; its number stays taken."""

    invoice: Invoice
    voided_on: date
    recorded_at: datetime
    reason: str


@frozen
class CreditNoteIssued(Fact):
    """A credit note was issued; the credit it gives is a fact of its own."""

    credit_note: CreditNote


@frozen
class CreditAdded(Fact):
    """A lease account got a credit."""

    credit: Credit


@frozen
class CreditEnded(Fact):
    """A credit counts no more from its ``ended_on``; the whole credit as it ended."""

    credit: Credit


@frozen
class CreditUsed(Fact):
    """Unapplied credit left the account."""

    use: CreditUse


@frozen
class CreditUseEnded(Fact):
    """A use of credit counts no more from its ``ended_on``; the whole use as it ended."""

    use: CreditUse


@frozen
class AllocationMade(Fact):
    """A credit pays an invoice for a span of days."""

    allocation: Allocation


@frozen
class AllocationSuperseded(Fact):
    """An allocation is known no more from its ``superseded_at``."""

    allocation: Allocation


@frozen
class DepositMoved(Fact):
    """A deposit was received, deducted, refunded or transferred."""

    entry: DepositEntry


@frozen
class ReceiptIssued(Fact):
    """A payment was acknowledged; the number is given at writing."""

    receipt: Receipt


@frozen
class PaymentReceived(Fact):
    """Money came in, first told by the report."""

    personal: ClassVar[tuple[str, ...]] = (
        "payment.payer",
        "payment.reference_text",
        "report.payer",
        "report.reference_text",
    )
    payment: Payment
    report: PaymentReport


@frozen
class PaymentReportedAgain(Fact):
    """Another source told of a known payment."""

    personal: ClassVar[tuple[str, ...]] = ("report.payer", "report.reference_text")
    portfolio_id: PortfolioId | None
    payment_id: PaymentId
    report: PaymentReport


@frozen
class PaymentContradicted(Fact):
    """A report of a known transaction named another amount; it was refused and recorded."""

    personal: ClassVar[tuple[str, ...]] = ("report.payer", "report.reference_text")
    portfolio_id: PortfolioId | None
    payment_id: PaymentId
    told: Money
    report: PaymentReport
    reason: str


@frozen
class ReversalAwaited(Fact):
    """The provider took back what is not here, or not as it says: it waits."""

    reversal: AwaitedReversal


@frozen
class ReversalDismissed(Fact):
    """A person said that nothing here is taken back by a reversal; the whole reversal as dismissed."""

    reversal: AwaitedReversal


@frozen
class PaymentRouted(Fact):
    """A payment of a shared collection account belongs to a portfolio."""

    portfolio_id: PortfolioId
    collection_account_id: CollectionAccountId
    payment_id: PaymentId
    payment: Payment
    personal: ClassVar[tuple[str, ...]] = ("payment.payer", "payment.reference_text")


@frozen
class PaymentReversed(Fact):
    """The provider took a payment back; the whole payment as it stands."""

    personal: ClassVar[tuple[str, ...]] = ("payment.payer", "payment.reference_text")
    payment: Payment
    reason: str


@frozen
class MatchApplied(Fact):
    """A payment was given to leases."""

    personal: ClassVar[tuple[str, ...]] = ("match.certificate",)
    match: Match


@frozen
class MatchUndone(Fact):
    """A match was taken back: the books are those in which it never happened."""

    personal: ClassVar[tuple[str, ...]] = ("match.certificate",)
    match: Match


@frozen
class MatchProposed(Fact):
    """A payment waits for a person's decision."""

    personal: ClassVar[tuple[str, ...]] = ("proposal.certificate",)
    proposal: Proposal


@frozen
class AliasLearned(Fact):
    """A confirmed match taught a sign of who pays for a lease."""

    personal: ClassVar[tuple[str, ...]] = ("alias.text",)
    alias: PayerAlias


@frozen
class AliasForgotten(Fact):
    """An alias no longer counts."""

    personal: ClassVar[tuple[str, ...]] = ("alias.text",)
    alias: PayerAlias


@frozen
class ExternalLinked(Fact):
    """An outside system's id stands for one of ours."""

    portfolio_id: PortfolioId
    system: str
    kind: str
    external_id: str
    our_id: str


@frozen
class ExternalRelinked(Fact):
    """An outside system's id stands for another one of ours than ``before``, who was merged into that one."""

    portfolio_id: PortfolioId
    system: str
    kind: str
    external_id: str
    before: str
    our_id: str


@frozen
class ListingChanged(Fact):
    """A listing was drafted, edited or moved on; what it says stands in its table, its digest here."""

    portfolio_id: PortfolioId
    listing_id: ListingId
    change: str
    status: str
    version: int
    content_digest: str


@frozen
class ListingTold(Fact):
    """A portal was told of a listing: what stands there since, as a digest."""

    portfolio_id: PortfolioId
    listing_id: ListingId
    system: str
    external_id: str
    state: str
    version: int
    content_digest: str


@frozen
class BillingRunRecorded(Fact):
    """A bulk run billed a window; its rows stand in the tables, their digest here.

    ``rows_digest`` is over the run's invoices in the order of their numbers, as canonical JSON lines.
    """

    portfolio_id: PortfolioId
    window_start: date
    window_end: date
    recorded_at: datetime
    invoices: int
    amount: Money
    first_number: str
    last_number: str
    rows_digest: str
    standing: int = 0


AccountFact = (
    InvoiceIssued
    | InvoiceVoided
    | CreditNoteIssued
    | CreditAdded
    | CreditEnded
    | CreditUsed
    | CreditUseEnded
    | AllocationMade
    | AllocationSuperseded
    | DepositMoved
    | LeaseRecorded
)
"""The facts that a lease account folds."""
