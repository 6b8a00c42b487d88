"""Old invoices, payments, receipts, opening balances and deposits of an import."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.credit import Credit, CreditSource, Pin
from marketplace_core.domain.days import ONE_DAY, billing_period_containing, one_day, start_of_day
from marketplace_core.domain.deposit import DepositEntry, DepositMove
from marketplace_core.domain.first_system.checks import OPENING_PREFIX
from marketplace_core.domain.first_system.plan import SYSTEM, ExternalLink, LeaseShare, OldPayment
from marketplace_core.domain.first_system.portfolio_planning import PortfolioPlanner
from marketplace_core.domain.first_system.rows import Book, PaymentRow, ReceiptRow
from marketplace_core.domain.identifiers import (
    CollectionAccountId,
    CreditId,
    DepositEntryId,
    LineId,
    PaymentId,
    ReceiptId,
    derive_id,
)
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine, invoice_id_of
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.domain.numbers import OLD
from marketplace_core.domain.party import Portfolio
from marketplace_core.domain.payment import Payer, PaymentReport, Receipt, ReportSource

GIVEN_ID_PREFIX = "FIRST-"


class MoneyPlanner:
    """Collects every fact of money that the old book holds."""

    def __init__(
        self,
        book: Book,
        portfolio: Portfolio,
        people: PortfolioPlanner,
        collection_account_id: CollectionAccountId,
        first_billing_day: date,
        recorded_at: datetime,
    ) -> None:
        """For a book that has been checked as a whole, and whose leases are planned."""
        self._book, self._portfolio, self._leases = book, portfolio, people.lease_of_old
        self._collection_account_id, self._recorded_at = collection_account_id, recorded_at
        self._opening_day = first_billing_day - ONE_DAY
        self._invoice_of_old: dict[str, Invoice] = {}
        self._payment_of_old: dict[str, PaymentId] = {}
        self.invoices: list[Invoice] = []
        self.payments: list[OldPayment] = []
        self.receipts: list[Receipt] = []
        self.opening_credits: list[Credit] = []
        self.deposits: list[DepositEntry] = []
        self.links: list[ExternalLink] = []

    def plan(self) -> None:
        """Fill the lists, in the order of the files."""
        for row in self._book.invoices:
            lease, text = self._leases[row.lease_id], row.description or f"Invoice {row.number}"
            invoice = self._opening_invoice(lease, row.number, row.issue_day, row.due_day, row.amount, text)
            self._invoice_of_old[row.invoice_id] = invoice
            self.invoices.append(invoice)
            self.links.append(ExternalLink("invoice", row.invoice_id, invoice.invoice_id))
        self._plan_openings()
        receipts_of_payment: dict[str, list[ReceiptRow]] = defaultdict(list)
        for receipt in self._book.receipts:
            receipts_of_payment[receipt.payment_id].append(receipt)
        for payment in self._book.payments:
            self._plan_payment(payment, receipts_of_payment[payment.payment_id])
        for receipt in self._book.receipts:
            self._plan_receipt(receipt)

    def _opening_invoice(
        self, lease: Lease, number: str, issued: date, due: date, amount: Money, description: str
    ) -> Invoice:
        period = billing_period_containing(issued, lease.billing_day)
        invoice_id = invoice_id_of(lease.portfolio_id, lease.lease_id, period, InvoiceKind.OPENING, number)
        line_id = LineId(derive_id("lin", invoice_id, "0"))
        line = InvoiceLine(line_id, ChargeKind.OPENING, amount, one_day(issued), description=description)
        return Invoice(
            invoice_id,
            lease.portfolio_id,
            lease.lease_id,
            InvoiceKind.OPENING,
            period,
            issued,
            due,
            self._recorded_at,
            (line,),
            number,
            OLD,
            number,
        )

    def _plan_openings(self) -> None:
        for row in self._book.leases:
            lease, balance, held = self._leases[row.lease_id], row.opening_balance, row.deposit_held
            if balance is not None and balance.is_positive:
                number, day = OPENING_PREFIX + row.lease_id, self._opening_day
                self.invoices.append(self._opening_invoice(lease, number, day, day, balance, "Opening balance"))
            elif balance:
                self.opening_credits.append(self._opening_credit(lease, -balance))
            if held:
                self.deposits.append(self._deposit(lease, held))

    def _opening_credit(self, lease: Lease, amount: Money) -> Credit:
        source_id = f"{SYSTEM}:{lease.lease_id}"
        return Credit(
            CreditId(derive_id("crd", lease.portfolio_id, CreditSource.OPENING, source_id)),
            lease.portfolio_id,
            lease.lease_id,
            CreditSource.OPENING,
            source_id,
            amount,
            self._opening_day,
            self._recorded_at,
        )

    def _deposit(self, lease: Lease, amount: Money) -> DepositEntry:
        return DepositEntry(
            DepositEntryId(derive_id("dep", lease.portfolio_id, lease.lease_id, SYSTEM)),
            lease.portfolio_id,
            lease.lease_id,
            DepositMove.RECEIVED,
            amount,
            self._opening_day,
            self._recorded_at,
            "held in the first system",
        )

    def _plan_payment(self, row: PaymentRow, receipts: list[ReceiptRow]) -> None:
        report = PaymentReport(
            self._collection_account_id,
            row.transaction_id or GIVEN_ID_PREFIX + row.payment_id,
            ReportSource.IMPORT,
            row.amount,
            start_of_day(row.day, self._portfolio.zone),
            row.day,
            row.reference,
            Payer(row.payer_name, next(iter(row.payer_phone), "")),
            f"payments.csv:{row.line}",
        )
        pins_of_lease: dict[str, list[Pin]] = defaultdict(list)
        for receipt in receipts:
            invoice = self._invoice_of_old[receipt.invoice_id]
            pins_of_lease[invoice.lease_id].append(Pin(invoice.invoice_id, receipt.amount))
        if row.lease_id:
            lease_id = self._leases[row.lease_id].lease_id
            shares = [LeaseShare(lease_id, row.amount, tuple(pins_of_lease[lease_id]))]
        else:
            shares = [
                LeaseShare(lease.lease_id, _sum(pins), tuple(pins))
                for lease in self._leases.values()
                if (pins := pins_of_lease.get(lease.lease_id))
            ]
        self.payments.append(OldPayment(report, tuple(shares)))
        self._payment_of_old[row.payment_id] = report.payment_id
        self.links.append(ExternalLink("payment", row.payment_id, report.payment_id))

    def _plan_receipt(self, row: ReceiptRow) -> None:
        receipt_id = ReceiptId(derive_id("rct", self._portfolio.portfolio_id, SYSTEM, row.receipt_id))
        self.receipts.append(
            Receipt(
                receipt_id,
                self._portfolio.portfolio_id,
                self._payment_of_old[row.payment_id],
                row.amount,
                row.day,
                self._recorded_at,
                row.number or row.receipt_id,
            )
        )
        self.links.append(ExternalLink("receipt", row.receipt_id, receipt_id))


def _sum(pins: list[Pin]) -> Money:
    whole = pins[0].amount
    for pin in pins[1:]:
        whole += pin.amount
    return whole
