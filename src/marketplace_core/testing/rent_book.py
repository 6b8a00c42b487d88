"""A portfolio's view for matching, written in few words."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace_core.domain.days import calendar_month
from marketplace_core.domain.identifiers import InvoiceId, LeaseId, MatchId, PaymentId, PortfolioId
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.payment import Payer, PayerAlias
from marketplace_core.domain.reconciliation import (
    DEFAULT_RULES,
    Certificate,
    LeaseProfile,
    OpenInvoice,
    ReconciliationInput,
    RuleSet,
    TenantProfile,
    UnappliedPayment,
    learned_aliases,
    reconcile,
)


class RentBook:
    """Collects leases, open invoices, payments and aliases; amounts are whole units of the currency."""

    def __init__(self, currency: Currency = KES, as_of: date = date(2026, 11, 10)) -> None:
        """Start with nothing."""
        self.portfolio_id = PortfolioId("book")
        self.currency = currency
        self.as_of = as_of
        self.leases: list[LeaseProfile] = []
        self.invoices: list[OpenInvoice] = []
        self.payments: list[UnappliedPayment] = []
        self.aliases: list[PayerAlias] = []

    def lease(
        self,
        lease: str,
        *open_amounts: int,
        reference: str = "",
        unit: str = "",
        name: str = "",
        phone: str = "",
        currency: Currency | None = None,
    ) -> RentBook:
        """A lease with one tenant and open invoices for consecutive months, the last one due this month."""
        tenants = (TenantProfile(name, (phone,) if phone else ()),) if name or phone else ()
        self.leases.append(LeaseProfile(LeaseId(lease), currency or self.currency, reference, unit, tenants))
        for back, amount in zip(range(len(open_amounts) - 1, -1, -1), open_amounts, strict=True):
            month = self.as_of.month - back
            self.invoice(lease, amount, date(self.as_of.year + (month - 1) // 12, (month - 1) % 12 + 1, 1))
        return self

    def invoice(self, lease: str, amount: int, start: date, number: str = "") -> RentBook:
        """An open invoice of a lease for a month, due on the fifth; numbered INV-0001 and on if not said."""
        currency = next(one.currency for one in self.leases if one.lease_id == lease)
        place = len(self.invoices) + 1
        self.invoices.append(
            OpenInvoice(
                InvoiceId(f"i{place}"),
                LeaseId(lease),
                number or f"INV-{place:04d}",
                Money(amount * currency.scale, currency),
                start + timedelta(days=4),
                start,
                calendar_month(start.year, start.month),
            )
        )
        return self

    def payment(
        self, amount: int, text: str = "", *, name: str = "", phone: str = "", payment: str = "", on: date | None = None
    ) -> RentBook:
        """A payment with nothing applied yet."""
        self.payments.append(
            UnappliedPayment(
                PaymentId(payment or f"p{len(self.payments) + 1}"),
                Money(amount * self.currency.scale, self.currency),
                on or self.as_of,
                text,
                Payer(name, phone),
            )
        )
        return self

    def learned(self, lease: str, *, name: str = "", phone: str = "", text: str = "", match: str = "m1") -> RentBook:
        """What an earlier confirmed match taught of who pays for a lease."""
        self.aliases += learned_aliases(self.portfolio_id, LeaseId(lease), Payer(name, phone), text, MatchId(match))
        return self

    def given(self, rules: RuleSet = DEFAULT_RULES) -> ReconciliationInput:
        """The engine's input."""
        return ReconciliationInput(
            portfolio_id=self.portfolio_id,
            payments=tuple(self.payments),
            leases=tuple(self.leases),
            open_invoices=tuple(self.invoices),
            as_of=self.as_of,
            rules=rules,
            aliases=tuple(self.aliases),
        )

    def certificates(self, rules: RuleSet = DEFAULT_RULES) -> tuple[Certificate, ...]:
        """The decisions' certificates, by payment id."""
        return tuple(decision.certificate for decision in reconcile(self.given(rules)).decisions)

    def certificate(self, rules: RuleSet = DEFAULT_RULES) -> Certificate:
        """The certificate of the only payment."""
        (only,) = self.certificates(rules)
        return only
