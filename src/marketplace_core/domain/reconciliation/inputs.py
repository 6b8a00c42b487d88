"""What the matching engine reads: one portfolio's payments with something unapplied, leases, open invoices, aliases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import InvoiceId, LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.payment import Payer, PayerAlias
from marketplace_core.domain.reconciliation.rules import RuleSet
from marketplace_core.errors import InvalidAmount, InvalidInput, PortfolioMismatch

_UNKNOWN: Final = Payer()


@frozen
class UnappliedPayment:
    """A payment of which ``unapplied`` is still to be applied; ``payer`` and ``reference_text`` as they came."""

    payment_id: PaymentId
    unapplied: Money
    value_date: date
    reference_text: str = ""
    payer: Payer = _UNKNOWN

    def __attrs_post_init__(self) -> None:
        """Refuse a payment of which nothing is left to apply."""
        if not self.unapplied.is_positive:
            raise InvalidAmount(f"payment {self.payment_id}: nothing is left to apply ({self.unapplied}); leave it out")


@frozen
class TenantProfile:
    """A party of a lease: name and phones in clear, as the books have them. Personal data."""

    name: str
    phones: tuple[str, ...] = ()


@frozen
class LeaseProfile:
    """What tells a lease's money: its reference, its unit's code, its people.

    ``unit_code`` is empty for a lease that no longer holds the unit, so that a code names who lives there now.
    """

    lease_id: LeaseId
    currency: Currency
    reference: str = ""
    unit_code: str = ""
    tenants: tuple[TenantProfile, ...] = ()


@frozen
class OpenInvoice:
    """An invoice of which ``open_amount`` is still to be paid."""

    invoice_id: InvoiceId
    lease_id: LeaseId
    number: str
    open_amount: Money
    due_date: date
    issue_date: date
    period: DateSpan

    def __attrs_post_init__(self) -> None:
        """Refuse an invoice of which nothing is open."""
        if not self.open_amount.is_positive:
            raise InvalidAmount(f"invoice {self.invoice_id}: nothing is open ({self.open_amount}); leave it out")

    @property
    def order(self) -> tuple[date, date, InvoiceId]:
        """Oldest due first; then by issue date, then by id."""
        return (self.due_date, self.issue_date, self.invoice_id)


def _by_lease(leases: Iterable[LeaseProfile]) -> tuple[LeaseProfile, ...]:
    return tuple(sorted(leases, key=lambda lease: lease.lease_id))


def _by_payment(payments: Iterable[UnappliedPayment]) -> tuple[UnappliedPayment, ...]:
    return tuple(sorted(set(payments), key=lambda payment: payment.payment_id))


def _oldest_due_first(invoices: Iterable[OpenInvoice]) -> tuple[OpenInvoice, ...]:
    return tuple(sorted(set(invoices), key=lambda invoice: (invoice.lease_id, invoice.order)))


def _by_text(aliases: Iterable[PayerAlias]) -> tuple[PayerAlias, ...]:
    return tuple(sorted(set(aliases), key=lambda alias: (alias.lease_id, alias.kind, alias.text, alias.origin)))


@frozen
class ReconciliationInput:
    """One portfolio's view on a day; the order in which its parts are given does not matter.

    Refused: another portfolio's alias, two different payments, leases or invoices with one id, an invoice of a
    lease that is not there or in another currency than its lease.
    """

    portfolio_id: PortfolioId
    payments: tuple[UnappliedPayment, ...] = field(converter=_by_payment)
    leases: tuple[LeaseProfile, ...] = field(converter=_by_lease)
    open_invoices: tuple[OpenInvoice, ...] = field(converter=_oldest_due_first)
    as_of: date
    rules: RuleSet
    aliases: tuple[PayerAlias, ...] = field(converter=_by_text, default=())

    def __attrs_post_init__(self) -> None:
        """Refuse parts that do not fit together."""
        _require_once("payment", (payment.payment_id for payment in self.payments))
        _require_once("lease", (lease.lease_id for lease in self.leases))
        _require_once("invoice", (invoice.invoice_id for invoice in self.open_invoices))
        currencies = {lease.lease_id: lease.currency for lease in self.leases}
        for invoice in self.open_invoices:
            if currencies.get(invoice.lease_id) != invoice.open_amount.currency:
                raise InvalidInput(
                    f"invoice {invoice.invoice_id} in {invoice.open_amount.currency.code}: lease {invoice.lease_id} "
                    "is not given or has another currency; give every lease that has open invoices"
                )
        for alias in self.aliases:
            if alias.portfolio_id != self.portfolio_id:
                raise PortfolioMismatch(f"alias of portfolio {alias.portfolio_id} given for {self.portfolio_id}")


def _require_once(kind: str, ids: Iterable[str]) -> None:
    counted = Counter(ids)
    if counted and max(counted.values()) > 1:
        twice = min(one for one, count in counted.items() if count > 1)
        raise InvalidInput(f"{kind} {twice} is given more than once with different facts; give it once")
