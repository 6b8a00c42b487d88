"""What the fake engine keeps: mutable rows, and what they come to."""

from __future__ import annotations

from datetime import date

from attrs import Factory, define

from marketplace_core.domain.money import Currency, Money, total
from marketplace_core.domain.outside_engine.records import (
    ItemKind,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
    TheirPayment,
    TheirPaymentState,
    TheirPrice,
)

_NOT_ASKED_FOR = (ItemKind.CREDIT_GIVEN, ItemKind.CREDIT_MOVED)


@define
class SubscriptionRow:
    """A recurring charge: its prices in order of their days."""

    subscription_id: str
    key: str
    starts_on: date
    prices: list[TheirPrice]
    billing_day: int
    ends_on: date | None = None


@define
class InvoiceRow:
    """An invoice with its items; a draft has no place among what is owed."""

    invoice_id: str
    number: str
    status: TheirInvoiceStatus
    issued_on: date
    items: list[TheirItem] = Factory(list[TheirItem])

    @property
    def is_committed(self) -> bool:
        """True where it counts."""
        return self.status is TheirInvoiceStatus.COMMITTED


@define
class AccountRow:
    """An account and everything that belongs to it; ``rates`` are prices of a whole period by recurring item.

    One that ``is_paused`` is not billed by itself.
    """

    account_id: str
    key: str
    currency: Currency
    zone: str
    subscriptions: list[SubscriptionRow] = Factory(list[SubscriptionRow])
    invoices: list[InvoiceRow] = Factory(list[InvoiceRow])
    payments: list[TheirPayment] = Factory(list[TheirPayment])
    rates: dict[str, Money] = Factory(dict[str, Money])
    is_paused: bool = False

    def committed(self) -> list[InvoiceRow]:
        """The invoices that count, as they were made."""
        return [it for it in self.invoices if it.is_committed]

    def paid(self, invoice_id: str) -> Money:
        """What payments of an invoice are kept; one that is not settled pays nothing."""
        kept = (it for it in self.payments if it.invoice_id == invoice_id)
        return total((it.kept for it in kept if it.state is TheirPaymentState.SETTLED), self.currency)

    def open_amount(self, invoice: InvoiceRow) -> Money:
        """What of an invoice is open: below zero until credit is made of it; a draft and a void one ask for nothing."""
        if not invoice.is_committed:
            return Money.zero(self.currency)
        return total((it.amount for it in invoice.items), self.currency) - self.paid(invoice.invoice_id)

    def credit(self) -> Money:
        """What stands to the account's credit and no invoice has used."""
        items = (item for invoice in self.committed() for item in invoice.items)
        return total((it.amount for it in items if it.kind is ItemKind.CREDIT_MOVED), self.currency)

    def balance(self) -> Money:
        """What is owed less the credit."""
        return total((self.open_amount(it) for it in self.invoices), self.currency) - self.credit()

    def shown(self, invoice: InvoiceRow) -> TheirInvoice:
        """An invoice as it is told."""
        asked = total((it.amount for it in invoice.items if it.kind not in _NOT_ASKED_FOR), self.currency)
        return TheirInvoice(
            invoice.invoice_id,
            self.account_id,
            invoice.number,
            invoice.status,
            invoice.issued_on,
            asked,
            self.open_amount(invoice),
            tuple(invoice.items),
        )
