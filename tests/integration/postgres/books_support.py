"""A small rent book on PostgreSQL, written in few words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.migrations import migrate
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.billing import bill
from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit, CreditSource
from marketplace_core.domain.days import calendar_month
from marketplace_core.domain.facts import (
    CollectionAccountOpened,
    Fact,
    LeaseRecorded,
    PaymentReceived,
    PortfolioOpened,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.domain.identifiers import (
    ChargeId,
    CollectionAccountId,
    CommandId,
    CreditId,
    LeaseId,
    PersonId,
    PortfolioId,
    PropertyId,
    UnitId,
)
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.party import Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payment, PaymentReport, ReportSource

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
BOOK = PortfolioId("book")
PAYBILL = CollectionAccountId("paybill")


def make_tables(owner: Dsn) -> None:
    """Apply the migrations to an empty database."""
    engine = make_engine(owner)
    migrate(engine)
    engine.dispose()


def shillings(amount: int) -> Money:
    """An amount of whole shillings."""
    return Money(amount * 100, KES)


def command(name: str, portfolio: str = BOOK, minutes: int = 0) -> Command:
    """A command of that id."""
    moment = NOW + timedelta(minutes=minutes)
    return Command(CommandId(name), PortfolioId(portfolio), "test", "system", moment)


def lease(
    name: str, unit: str, start: date = date(2026, 9, 1), end: date | None = None, portfolio: str = BOOK
) -> Lease:
    """An active lease of a unit at 15,000 a month."""
    rent = RecurringCharge(ChargeId(f"{name}-rent"), ChargeKind.RENT, (Rate(start, shillings(15_000)),))
    return Lease(
        LeaseId(name),
        PortfolioId(portfolio),
        UnitId(unit),
        (PersonId(f"{name}-tenant"),),
        (LeaseTerm(start, end),),
        KES,
        (rent,),
        LeaseStatus.ACTIVE,
    )


def opening(portfolio: str = BOOK, units: int = 1, leases: int = 1) -> list[Fact]:
    """A portfolio with one property, units U1…, and leases L1… of the first of them."""
    book = PortfolioId(portfolio)
    account = CollectionAccount(PAYBILL, CollectionKind.PAYBILL, "400200", KES)
    return [
        PortfolioOpened(Portfolio(book, "Rent book")),
        CollectionAccountOpened(book, account),
        PropertyRecorded(Property(book, PropertyId("house"), "House")),
        *(UnitRecorded(Unit(book, UnitId(f"U{n}"), PropertyId("house"), f"A{n}")) for n in range(1, units + 1)),
        *(LeaseRecorded(lease(f"L{n}", f"U{n}", portfolio=portfolio)) for n in range(1, leases + 1)),
    ]


def invoice_of(name: str, unit: str, month: int, portfolio: str = BOOK) -> Invoice:
    """The rent invoice of a lease for a month of 2026, without a number."""
    (invoice,) = bill(lease(name, unit, portfolio=portfolio), calendar_month(2026, month), NOW)
    return invoice


def received(transaction: str, amount: int, day: date = date(2026, 10, 5)) -> PaymentReceived:
    """A payment into the paybill, told by a callback."""
    report = PaymentReport(PAYBILL, transaction, ReportSource.CALLBACK, shillings(amount), NOW, day)
    return PaymentReceived(Payment.first_told(report, NOW, BOOK), report)


def credit_of(payment: Payment, name: str, lease_id: str, amount: int) -> Credit:
    """So much of a payment for a lease."""
    return Credit(
        CreditId(name),
        BOOK,
        LeaseId(lease_id),
        CreditSource.PAYMENT,
        payment.payment_id,
        shillings(amount),
        payment.value_date,
        NOW,
        payment.transaction_id,
    )
