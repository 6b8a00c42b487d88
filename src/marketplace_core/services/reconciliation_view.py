"""What the matching engine is shown of a portfolio's books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person
from marketplace_core.domain.reconciliation import (
    LeaseProfile,
    OpenInvoice,
    ReconciliationInput,
    RuleSet,
    TenantProfile,
    UnappliedPayment,
)
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.payment_inbox import PaymentInbox

_LIVES_THERE = frozenset([LeaseStatus.ACTIVE, LeaseStatus.NOTICE])


@frozen
class ReconciliationView:
    """Gathers a portfolio's waiting payments, leases, open invoices and aliases as of a day."""

    directory: Directory
    accounts: LeaseAccounts
    inbox: PaymentInbox
    matches: Matches

    def __call__(self, portfolio_id: PortfolioId, as_of: date, rules: RuleSet) -> ReconciliationInput:
        """The engine's input; drafts and cancelled leases are not shown."""
        people = self.directory.people(portfolio_id)
        codes = {unit.unit_id: unit.code for unit in self.directory.units(portfolio_id)}
        profiles: list[LeaseProfile] = []
        invoices: list[OpenInvoice] = []
        for account in self.accounts.accounts(portfolio_id):
            if account.lease.is_billable:
                owed = tuple(_open_invoices(account, as_of))
                profiles.append(_profile(account.lease, people, codes, as_of, owes=bool(owed)))
                invoices.extend(owed)
        return ReconciliationInput(
            portfolio_id=portfolio_id,
            payments=tuple(_unapplied(standing) for standing in self.inbox.waiting(portfolio_id)),
            leases=tuple(profiles),
            open_invoices=tuple(invoices),
            as_of=as_of,
            rules=rules,
            aliases=self.matches.aliases(portfolio_id),
        )


def _unapplied(standing: PaymentStanding) -> UnappliedPayment:
    payment = standing.payment
    return UnappliedPayment(
        payment.payment_id,
        Money(standing.unapplied_minor, payment.amount.currency),
        payment.value_date,
        payment.reference_text,
        payment.payer,
    )


def _profile(
    lease: Lease, people: Mapping[PersonId, Person], codes: Mapping[UnitId, str], as_of: date, *, owes: bool
) -> LeaseProfile:
    """A lease as the engine sees it; who left and still owes keeps the unit's code, which then names two."""
    lives_there = lease.status in _LIVES_THERE and (lease.end is None or as_of < lease.end)
    known = (people[tenant_id] for tenant_id in lease.tenant_ids if tenant_id in people)
    return LeaseProfile(
        lease.lease_id,
        lease.currency,
        lease.reference,
        codes.get(lease.unit_id, "") if lives_there or owes else "",
        tuple(TenantProfile(person.name, person.phones) for person in known),
    )


def _open_invoices(account: LeaseAccount, as_of: date) -> Iterable[OpenInvoice]:
    for it in account.open_invoices(as_of):
        invoice = it.invoice
        yield OpenInvoice(
            invoice.invoice_id,
            invoice.lease_id,
            invoice.number,
            it.outstanding,
            invoice.due_date,
            invoice.issue_date,
            invoice.period,
        )
