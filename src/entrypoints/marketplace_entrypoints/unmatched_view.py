"""The books as if no rule had matched a payment: what other rules are tried on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from attrs import evolve

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import settled
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import CommandId, InvoiceId, MatchId, PortfolioId
from marketplace_core.domain.reconciliation import OpenInvoice, ReconciliationInput, RuleSet, UnappliedPayment
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_entrypoints.store import EveryPort

_NOBODY: Final = "system"


def unmatched_input(ports: EveryPort, portfolio_id: PortfolioId, as_of: date, rules: RuleSet) -> ReconciliationInput:
    """The matching engine's input with every payment of a rule's match whole again, and its invoices open."""
    view = ReconciliationView(directory=ports, accounts=ports, inbox=ports, matches=ports)
    given = view(portfolio_id, as_of, rules)
    by_rule = [it for it in ports.matches(portfolio_id) if it.undone_at is None and it.decided_by.startswith("rule:")]
    freed = {it.match_id for it in by_rule}
    payments = {it.payment_id: it for it in given.payments}
    for match in by_rule:
        payment = ports.payment(portfolio_id, match.payment_id).payment
        if payment.reversed_on is None:
            payments[payment.payment_id] = UnappliedPayment(
                payment.payment_id, payment.amount, payment.value_date, payment.reference_text, payment.payer
            )
    billable = {it.lease_id for it in given.leases}
    invoices: dict[InvoiceId, OpenInvoice] = {}
    for account in ports.accounts(portfolio_id):
        if account.lease.lease_id in billable:
            for it in _without(account, freed).open_invoices(as_of):
                invoice = it.invoice
                invoices[invoice.invoice_id] = OpenInvoice(
                    invoice.invoice_id,
                    invoice.lease_id,
                    invoice.number,
                    it.outstanding,
                    invoice.due_date,
                    invoice.issue_date,
                    invoice.period,
                )
    return evolve(given, payments=tuple(payments.values()), open_invoices=tuple(invoices.values()))


def _without(account: LeaseAccount, freed: set[MatchId]) -> LeaseAccount:
    """The account without what the matches gave it; what is left pays as the policy says."""
    gone = {it.credit_id for it in account.credits if it.match_id in freed and it.source in _OF_A_MATCH}
    kept = evolve(
        account,
        credits=tuple(it for it in account.credits if it.credit_id not in gone),
        uses=tuple(it for it in account.uses if it.credit_id not in gone),
        allocations=(),
    )
    instant = datetime(2000, 1, 1, tzinfo=UTC)
    command = Command(CommandId("what-if"), account.lease.portfolio_id, "what-if", _NOBODY, instant)
    return kept.applied(settled(kept, (), command))


_OF_A_MATCH: Final = frozenset([CreditSource.PAYMENT, CreditSource.WRITE_OFF])
