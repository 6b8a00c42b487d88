"""Money received: a payment, and the reports (callback, statement, bank, cash) that tell of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import (
    CollectionAccountId,
    PaymentId,
    PersonId,
    PortfolioId,
    ReceiptId,
    ReportId,
    derive_id,
)
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import InvalidAmount, InvalidInput


class ReportSource(StrEnum):
    """Who told us of a payment."""

    CALLBACK = "callback"
    STATEMENT = "statement"
    BANK = "bank"
    CASH = "cash"
    IMPORT = "import"
    BILLING = "billing"


class CollectionKind(StrEnum):
    """Where money is collected."""

    PAYBILL = "paybill"
    TILL = "till"
    BANK = "bank"
    CASH = "cash"


@frozen
class CollectionAccount:
    """A paybill, till, bank account or cash box; one may serve many portfolios."""

    collection_account_id: CollectionAccountId
    kind: CollectionKind
    number: str
    currency: Currency
    name: str = ""


@frozen
class Payer:
    """What a report says of who paid: personal data, kept outside the event chain.

    ``phone`` is in clear (``2547…``), masked (``2547****5678``) or 64 hexadecimal digits of SHA-256, as it came.
    """

    name: str = ""
    phone: str = ""


@frozen
class PaymentReport:
    """One report of one payment, as parsed from a source; several may tell of the same payment.

    ``transaction_id`` is the provider's, unique in the collection account. ``paid_at`` is an instant;
    ``value_date`` the day in the portfolio's zone. ``place`` says where it stood (file and line, or the callback).
    """

    collection_account_id: CollectionAccountId
    transaction_id: str
    source: ReportSource
    amount: Money
    paid_at: datetime = field(converter=require_instant)
    value_date: date
    reference_text: str = ""
    payer: Payer = Payer()
    place: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a report without a transaction id or without money."""
        if not self.transaction_id or self.transaction_id != self.transaction_id.strip():
            raise InvalidInput(f"transaction id {self.transaction_id!r}: must not be empty or padded")
        if not self.amount.is_positive:
            raise InvalidAmount(f"transaction {self.transaction_id}: a payment must be above zero, not {self.amount}")

    @property
    def payment_id(self) -> PaymentId:
        """The payment it tells of: the same for callback, statement and bank row."""
        return payment_id_of(self.collection_account_id, self.transaction_id)

    @property
    def report_id(self) -> ReportId:
        """The report's own id: one per payment and source."""
        return ReportId(derive_id("rep", self.payment_id, self.source))


def payment_id_of(account: CollectionAccountId, transaction_id: str) -> PaymentId:
    """A payment is its collection account and the provider's transaction id, case-blind."""
    return PaymentId(derive_id("pay", account, transaction_id.upper()))


@frozen
class Payment:
    """Money received once. Value date: when it happened; recorded at: when we knew.

    ``portfolio_id`` is None while it waits in the collection account's inbox.
    ``reversed_on`` is set when the provider took the money back.
    """

    payment_id: PaymentId
    collection_account_id: CollectionAccountId
    transaction_id: str
    amount: Money
    value_date: date
    recorded_at: datetime
    reference_text: str = ""
    payer: Payer = Payer()
    portfolio_id: PortfolioId | None = None
    reversed_on: date | None = None
    reversed_recorded_at: datetime | None = None

    @staticmethod
    def first_told(report: PaymentReport, recorded_at: datetime, portfolio_id: PortfolioId | None = None) -> Payment:
        """The payment that a first report of it makes."""
        return Payment(
            payment_id=report.payment_id,
            collection_account_id=report.collection_account_id,
            transaction_id=report.transaction_id.upper(),
            amount=report.amount,
            value_date=report.value_date,
            recorded_at=require_instant(recorded_at),
            reference_text=report.reference_text,
            payer=report.payer,
            portfolio_id=portfolio_id,
        )

    def contradicts(self, report: PaymentReport) -> str | None:
        """Why a further report cannot be of this payment (another amount or currency), or None."""
        if report.amount != self.amount:
            return f"transaction {self.transaction_id} was {self.amount}, and now comes as {report.amount}"
        return None


@frozen
class Receipt:
    """The document that acknowledges a payment, numbered without gaps in its series."""

    receipt_id: ReceiptId
    portfolio_id: PortfolioId
    payment_id: PaymentId
    amount: Money
    issued_on: date
    recorded_at: datetime
    number: str = ""


@frozen
class PayerAlias:
    """A learned sign of who pays for a lease, with the confirmed match that taught it."""

    portfolio_id: PortfolioId
    lease_id: str
    kind: str
    text: str
    origin: str
    person_id: PersonId | None = None
