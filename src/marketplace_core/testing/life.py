"""A portfolio's life in few words, through the use cases, over any store: what contract suites and laws drive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from attrs import evolve

from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Pin
from marketplace_core.domain.days import parse_month
from marketplace_core.domain.facts import LeaseRecorded, MatchApplied
from marketplace_core.domain.feed import FeedRow, ReversalReport
from marketplace_core.domain.identifiers import (
    ChargeId,
    CollectionAccountId,
    CommandId,
    InvoiceId,
    LeaseId,
    MatchId,
    PaymentId,
    PersonId,
    PortfolioId,
    PropertyId,
    UnitId,
)
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.matching import Slice
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_core.domain.state import StateRow
from marketplace_core.ports.aging import Aging
from marketplace_core.ports.balances import Balances
from marketplace_core.ports.billing_runs import BillingRun, BillingRuns
from marketplace_core.ports.books import Books
from marketplace_core.ports.cash_desk import CashDesk
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.erasure import Erasure
from marketplace_core.ports.event_log import BooksState, EventLog
from marketplace_core.ports.exact_references import ExactReferences
from marketplace_core.ports.holdings import Holdings
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.inquiries import Inquiries
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.listings.public_listings import PublicListings
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.merging import Merging
from marketplace_core.ports.outside_engine.engine_links import EngineLinks
from marketplace_core.ports.outside_engine.engine_sums import EngineSums
from marketplace_core.ports.outside_property.occupancies import Occupancies
from marketplace_core.ports.outside_property.property_books import PropertyBooks
from marketplace_core.ports.payment_inbox import InboxOutcome, PaymentInbox
from marketplace_core.ports.pending_acts import PendingActs
from marketplace_core.ports.register import Register
from marketplace_core.ports.shared_inbox import SharedInbox
from marketplace_core.ports.tickets import Tickets
from marketplace_core.services.billing import BillPeriod
from marketplace_core.services.corrections import CorrectAccount, ReversePayment
from marketplace_core.services.leases import OpenPortfolio, RecordDirectory
from marketplace_core.services.native_billing import NativeBilling
from marketplace_core.services.payments import ImportPayments, PaymentImport
from marketplace_core.services.review import DecideMatch, UndoMatch

PAYBILL = CollectionAccount(CollectionAccountId("paybill"), CollectionKind.PAYBILL, "400200", KES)
"""The account in which portfolios of tests collect."""
BEGINNING = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)


class BookStore(
    Books,
    Directory,
    LeaseAccounts,
    BillingRuns,
    PaymentInbox,
    CashDesk,
    Matches,
    EventLog,
    BooksState,
    Erasure,
    Merging,
    Aging,
    Balances,
    ExactReferences,
    SharedInbox,
    Holdings,
    Register,
    PendingActs,
    EngineLinks,
    EngineSums,
    Tickets,
    PropertyBooks,
    Occupancies,
    Listings,
    ListingCopies,
    Applications,
    Inquiries,
    PublicListings,
    Protocol,
):
    """A store that serves every port of the books."""


class PortfolioLife:
    """Does to one portfolio what people do; amounts are whole shillings, days are ISO texts.

    The same steps give the same commands, ids and instants, so that two stores can be compared to the byte.
    """

    def __init__(
        self, store: BookStore, portfolio_id: str = "p1", account: CollectionAccount = PAYBILL, *, first_step: int = 0
    ) -> None:
        """Work on a portfolio of the store; a further life of the same one needs another ``first_step``."""
        self.store = store
        self.portfolio_id = PortfolioId(portfolio_id)
        self.account_of_collection = account
        self._steps = first_step
        self.lag = timedelta()
        """How far its clock is behind."""
        self.correct = CorrectAccount(store)

    def command(self, kind: str = "test", reason: str = "asked for") -> Command:
        """The next command: ids count up, and each is a minute later than the one before."""
        self._steps += 1
        return Command(
            CommandId(f"c{self._steps:05d}"),
            self.portfolio_id,
            kind,
            "person:asha",
            BEGINNING + timedelta(minutes=self._steps) - self.lag,
            reason,
        )

    def opened(self, units: int = 3) -> PortfolioLife:
        """Open the book with one property and units u1, u2, …; tenants t1, t2, … are known."""
        portfolio = Portfolio(self.portfolio_id, "Kilimani flats", self.account_of_collection.currency)
        OpenPortfolio(self.store)(self.command("portfolio.open"), portfolio, [self.account_of_collection])
        block = PropertyId("block")
        numbers = range(1, units + 1)
        RecordDirectory(self.store)(
            self.command("directory.record"),
            people=[Person(PersonId(f"t{n}"), f"Tenant {n}", (f"2547000000{n:02d}",)) for n in numbers],
            properties=[Property(self.portfolio_id, block, "Block A")],
            units=[Unit(self.portfolio_id, UnitId(f"u{n}"), block, f"A{n}") for n in numbers],
        )
        return self

    def lease(self, number: int = 1, rent: int = 15_000, start: str = "2026-01-01", **terms: Any) -> Lease:  # noqa: ANN401 - any field of a lease
        """A lease l1 of unit u1 by tenant t1 (by its number), active, not recorded yet."""
        first = date.fromisoformat(start)
        rate = Rate(first, self.money(rent))
        lease = Lease(
            LeaseId(f"l{number}"),
            self.portfolio_id,
            UnitId(f"u{number}"),
            (PersonId(f"t{number}"),),
            (LeaseTerm(first),),
            self.currency,
            (RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (rate,)),),
            LeaseStatus.ACTIVE,
            reference=f"REF{number}",
        )
        return evolve(lease, **terms)

    def let(self, number: int = 1, rent: int = 15_000, start: str = "2026-01-01", **terms: Any) -> LeaseId:  # noqa: ANN401 - any field of a lease
        """Record a lease."""
        lease = self.lease(number, rent, start, **terms)
        self.store.record(self.command("lease.sign"), [LeaseRecorded(lease)])
        return lease.lease_id

    def bill(self, month: str, *, dry_run: bool = False) -> BillingRun:
        """Bill a month such as 2026-01."""
        return BillPeriod(self.store, NativeBilling())(self.command("bill"), parse_month(month), dry_run=dry_run)

    def report(
        self, transaction: str, amount: int, on: str, source: ReportSource = ReportSource.STATEMENT
    ) -> PaymentReport:
        """A report of a payment, not received yet."""
        day = date.fromisoformat(on)
        return PaymentReport(
            self.account_of_collection.collection_account_id,
            transaction,
            source,
            self.money(amount),
            datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
            day,
            "A1",
            Payer("Wanjiku", "254712345678"),
            "statement.csv line 2",
        )

    def reversal(self, transaction: str, of: str, amount: int, on: str) -> ReversalReport:
        """The provider's word that a transaction takes another one back."""
        day = date.fromisoformat(on)
        return ReversalReport(
            self.account_of_collection.collection_account_id,
            transaction,
            of,
            self.money(amount),
            datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
            day,
            "statement.csv line 9",
        )

    def imported(self, *rows: FeedRow, dry_run: bool = False) -> PaymentImport:
        """Take the rows of a statement."""
        do = ImportPayments(self.store, ReversePayment(self.store, self.store))
        return do(self.command("payments.import"), lambda: rows, self.currency, dry_run=dry_run)

    def receive(self, *reports: PaymentReport, dry_run: bool = False) -> InboxOutcome:
        """Take reports into the inbox."""
        return self.store.receive(self.command("payments.import"), reports, dry_run=dry_run)

    def pay(self, transaction: str, amount: int, on: str) -> PaymentId:
        """Receive a payment."""
        report = self.report(transaction, amount, on)
        self.receive(report)
        return report.payment_id

    def give(
        self,
        payment_id: PaymentId,
        amounts: Mapping[str, int],
        pins: Mapping[str, Mapping[InvoiceId, int]] | None = None,
    ) -> MatchId:
        """Give a payment to leases, as a person says; ``pins`` by lease: so much for that invoice."""
        slices = [
            Slice(
                LeaseId(lease_id),
                self.money(amount),
                tuple(Pin(invoice, self.money(part)) for invoice, part in (pins or {}).get(lease_id, {}).items()),
            )
            for lease_id, amount in amounts.items()
        ]
        decide = DecideMatch(self.store, self.store)
        recorded = decide(self.command("match"), payment_id, slices)
        return next(fact.match.match_id for fact in recorded.facts if isinstance(fact, MatchApplied))

    def undo(self, match_id: MatchId) -> None:
        """Take a match back."""
        UndoMatch(self.store, self.store)(self.command("match.undo"), match_id)

    def reverse(self, payment_id: PaymentId, on: str) -> None:
        """The provider takes a payment back."""
        ReversePayment(self.store, self.store)(self.command("payment.reverse"), payment_id, date.fromisoformat(on))

    def invoices(self, lease_id: str = "l1") -> tuple[Invoice, ...]:
        """A lease's invoices in order of their numbers."""
        account = self.store.account(self.portfolio_id, LeaseId(lease_id))
        return tuple(sorted(account.invoices, key=lambda invoice: invoice.number))

    def open_amounts(self, lease_id: str = "l1", as_of: str = "2026-12-31") -> dict[str, int]:
        """What is outstanding of a lease by invoice number, in minor units."""
        account = self.store.account(self.portfolio_id, LeaseId(lease_id))
        found = account.open_invoices(date.fromisoformat(as_of))
        return {it.invoice.number: it.outstanding.amount_minor for it in found}

    def unapplied(self, lease_id: str = "l1", as_of: str = "2026-12-31") -> int:
        """A lease's unapplied credit in minor units."""
        account = self.store.account(self.portfolio_id, LeaseId(lease_id))
        return account.unapplied(date.fromisoformat(as_of)).amount_minor

    def state(self) -> list[StateRow]:
        """The portfolio's books, row by row."""
        return list(self.store.state(self.portfolio_id))

    @property
    def currency(self) -> Currency:
        """The portfolio's currency."""
        return self.account_of_collection.currency

    def money(self, amount: int) -> Money:
        """So many whole units of the portfolio's currency."""
        return Money(amount * self.currency.scale, self.currency)
