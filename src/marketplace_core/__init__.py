"""Leases, rent invoices, payments, reconciliation and aging as plain objects and functions.

Every public name can be imported from here and is loaded on first use, so that importing the
package costs little more than importing attrs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketplace_core.domain.account import LeaseAccount as LeaseAccount
    from marketplace_core.domain.account import OpenInvoice as OpenInvoice
    from marketplace_core.domain.account_decisions import add_credit as add_credit
    from marketplace_core.domain.account_decisions import credit_invoice as credit_invoice
    from marketplace_core.domain.account_decisions import issue as issue
    from marketplace_core.domain.account_decisions import void as void
    from marketplace_core.domain.account_decisions import write_off as write_off
    from marketplace_core.domain.aging import AgingBasis as AgingBasis
    from marketplace_core.domain.aging import AgingBuckets as AgingBuckets
    from marketplace_core.domain.aging import AgingGroup as AgingGroup
    from marketplace_core.domain.aging import AgingReport as AgingReport
    from marketplace_core.domain.aging import AgingRow as AgingRow
    from marketplace_core.domain.aging import age_accounts as age_accounts
    from marketplace_core.domain.allocation import allocate as allocate
    from marketplace_core.domain.billing import bill as bill
    from marketplace_core.domain.billing import invoice_one_off as invoice_one_off
    from marketplace_core.domain.charge import ChargeKind as ChargeKind
    from marketplace_core.domain.charge import Escalation as Escalation
    from marketplace_core.domain.charge import OneOffCharge as OneOffCharge
    from marketplace_core.domain.charge import Rate as Rate
    from marketplace_core.domain.charge import RecurringCharge as RecurringCharge
    from marketplace_core.domain.command import Command as Command
    from marketplace_core.domain.credit import Allocation as Allocation
    from marketplace_core.domain.credit import Credit as Credit
    from marketplace_core.domain.credit import CreditSource as CreditSource
    from marketplace_core.domain.credit import CreditUse as CreditUse
    from marketplace_core.domain.credit import Pin as Pin
    from marketplace_core.domain.days import DateSpan as DateSpan
    from marketplace_core.domain.days import parse_month as parse_month
    from marketplace_core.domain.deposit import DepositEntry as DepositEntry
    from marketplace_core.domain.deposit import DepositStanding as DepositStanding
    from marketplace_core.domain.deposit_decisions import deduct_from_deposit as deduct_from_deposit
    from marketplace_core.domain.deposit_decisions import refund_deposit as refund_deposit
    from marketplace_core.domain.deposit_decisions import transfer_deposit as transfer_deposit
    from marketplace_core.domain.identifiers import ChargeId as ChargeId
    from marketplace_core.domain.identifiers import CollectionAccountId as CollectionAccountId
    from marketplace_core.domain.identifiers import CommandId as CommandId
    from marketplace_core.domain.identifiers import CreditId as CreditId
    from marketplace_core.domain.identifiers import InvoiceId as InvoiceId
    from marketplace_core.domain.identifiers import LeaseId as LeaseId
    from marketplace_core.domain.identifiers import MatchId as MatchId
    from marketplace_core.domain.identifiers import PaymentId as PaymentId
    from marketplace_core.domain.identifiers import PersonId as PersonId
    from marketplace_core.domain.identifiers import PortfolioId as PortfolioId
    from marketplace_core.domain.identifiers import PropertyId as PropertyId
    from marketplace_core.domain.identifiers import UnitId as UnitId
    from marketplace_core.domain.invoice import CreditNote as CreditNote
    from marketplace_core.domain.invoice import Invoice as Invoice
    from marketplace_core.domain.invoice import InvoiceKind as InvoiceKind
    from marketplace_core.domain.invoice import InvoiceLine as InvoiceLine
    from marketplace_core.domain.late_fee import late_fees as late_fees
    from marketplace_core.domain.late_fee import late_fees_in_turn as late_fees_in_turn
    from marketplace_core.domain.lease import LateFeeRule as LateFeeRule
    from marketplace_core.domain.lease import Lease as Lease
    from marketplace_core.domain.lease import LeaseStatus as LeaseStatus
    from marketplace_core.domain.lease import LeaseTerm as LeaseTerm
    from marketplace_core.domain.lease import Proration as Proration
    from marketplace_core.domain.matching import Match as Match
    from marketplace_core.domain.matching import Proposal as Proposal
    from marketplace_core.domain.matching import Slice as Slice
    from marketplace_core.domain.money import KES as KES
    from marketplace_core.domain.money import Currency as Currency
    from marketplace_core.domain.money import Money as Money
    from marketplace_core.domain.party import Person as Person
    from marketplace_core.domain.party import Portfolio as Portfolio
    from marketplace_core.domain.party import Property as Property
    from marketplace_core.domain.party import Role as Role
    from marketplace_core.domain.party import Unit as Unit
    from marketplace_core.domain.payment import CollectionAccount as CollectionAccount
    from marketplace_core.domain.payment import CollectionKind as CollectionKind
    from marketplace_core.domain.payment import Payer as Payer
    from marketplace_core.domain.payment import Payment as Payment
    from marketplace_core.domain.payment import PaymentReport as PaymentReport
    from marketplace_core.domain.payment import Receipt as Receipt
    from marketplace_core.domain.payment import ReportSource as ReportSource
    from marketplace_core.domain.reconciliation import DEFAULT_RULES as DEFAULT_RULES
    from marketplace_core.domain.reconciliation import Certificate as Certificate
    from marketplace_core.domain.reconciliation import Decision as Decision
    from marketplace_core.domain.reconciliation import LeaseProfile as LeaseProfile
    from marketplace_core.domain.reconciliation import Outcome as Outcome
    from marketplace_core.domain.reconciliation import PureMatcher as PureMatcher
    from marketplace_core.domain.reconciliation import ReconciliationInput as ReconciliationInput
    from marketplace_core.domain.reconciliation import RuleSet as RuleSet
    from marketplace_core.domain.reconciliation import TenantProfile as TenantProfile
    from marketplace_core.domain.reconciliation import UnappliedPayment as UnappliedPayment
    from marketplace_core.domain.reconciliation import explain as explain
    from marketplace_core.domain.reconciliation import reconcile as reconcile
    from marketplace_core.domain.reconciliation import rule_set_from_toml as rule_set_from_toml
    from marketplace_core.domain.reconciliation import verify as verify
    from marketplace_core.domain.reference import issue_reference as issue_reference
    from marketplace_core.domain.reference import parse_reference as parse_reference
    from marketplace_core.domain.refund_decisions import end_refunded_credits as end_refunded_credits
    from marketplace_core.domain.refund_decisions import refund as refund
    from marketplace_core.domain.refund_decisions import refund_lease as refund_lease
    from marketplace_core.domain.refund_decisions import take_back_refund as take_back_refund
    from marketplace_core.domain.statement import Statement as Statement
    from marketplace_core.domain.statement import StatementLine as StatementLine
    from marketplace_core.domain.statement import statement as statement
    from marketplace_core.domain.what_if import BilledOtherwise as BilledOtherwise
    from marketplace_core.domain.what_if import billed_otherwise as billed_otherwise
    from marketplace_core.domain.what_if import left_unbilled as left_unbilled
    from marketplace_core.domain.what_if import what_if_lease as what_if_lease
    from marketplace_core.errors import MarketplaceError as MarketplaceError
    from marketplace_core.services.billing import BillPeriod as BillPeriod
    from marketplace_core.services.billing import ChargeLateFees as ChargeLateFees
    from marketplace_core.services.cash import RecordCash as RecordCash
    from marketplace_core.services.corrections import CorrectAccount as CorrectAccount
    from marketplace_core.services.corrections import ReversePayment as ReversePayment
    from marketplace_core.services.leases import ChangeLease as ChangeLease
    from marketplace_core.services.leases import OpenPortfolio as OpenPortfolio
    from marketplace_core.services.leases import RecordDirectory as RecordDirectory
    from marketplace_core.services.leases import SignLease as SignLease
    from marketplace_core.services.memory_books import MemoryBooks as MemoryBooks
    from marketplace_core.services.native_billing import NativeBilling as NativeBilling
    from marketplace_core.services.payments import ImportPayments as ImportPayments
    from marketplace_core.services.reconcile import ReconcilePayments as ReconcilePayments
    from marketplace_core.services.reconciliation_view import ReconciliationView as ReconciliationView
    from marketplace_core.services.reports import StatementOfAccount as StatementOfAccount
    from marketplace_core.services.review import DecideMatch as DecideMatch
    from marketplace_core.services.review import RejectProposal as RejectProposal
    from marketplace_core.services.review import UndoMatch as UndoMatch
    from marketplace_core.services.routing import RouteReports as RouteReports
    from marketplace_core.services.verify import verify_books as verify_books

__all__ = [  # noqa: RUF022 - by code point, as the test reads it
    "AgingBasis",
    "AgingBuckets",
    "AgingGroup",
    "AgingReport",
    "AgingRow",
    "Allocation",
    "BillPeriod",
    "BilledOtherwise",
    "Certificate",
    "ChangeLease",
    "ChargeId",
    "ChargeKind",
    "ChargeLateFees",
    "CollectionAccount",
    "CollectionAccountId",
    "CollectionKind",
    "Command",
    "CommandId",
    "CorrectAccount",
    "Credit",
    "CreditId",
    "CreditNote",
    "CreditSource",
    "CreditUse",
    "Currency",
    "DEFAULT_RULES",
    "DateSpan",
    "DecideMatch",
    "Decision",
    "DepositEntry",
    "DepositStanding",
    "Escalation",
    "ImportPayments",
    "Invoice",
    "InvoiceId",
    "InvoiceKind",
    "InvoiceLine",
    "KES",
    "LateFeeRule",
    "Lease",
    "LeaseAccount",
    "LeaseId",
    "LeaseProfile",
    "LeaseStatus",
    "LeaseTerm",
    "MarketplaceError",
    "Match",
    "MatchId",
    "MemoryBooks",
    "Money",
    "NativeBilling",
    "OneOffCharge",
    "OpenInvoice",
    "OpenPortfolio",
    "Outcome",
    "Payer",
    "Payment",
    "PaymentId",
    "PaymentReport",
    "Person",
    "PersonId",
    "Pin",
    "Portfolio",
    "PortfolioId",
    "Property",
    "PropertyId",
    "Proposal",
    "Proration",
    "PureMatcher",
    "Rate",
    "Receipt",
    "ReconcilePayments",
    "ReconciliationInput",
    "ReconciliationView",
    "RecordCash",
    "RecordDirectory",
    "RecurringCharge",
    "RejectProposal",
    "ReportSource",
    "ReversePayment",
    "Role",
    "RouteReports",
    "RuleSet",
    "SignLease",
    "Slice",
    "Statement",
    "StatementLine",
    "StatementOfAccount",
    "TenantProfile",
    "UnappliedPayment",
    "UndoMatch",
    "Unit",
    "UnitId",
    "add_credit",
    "age_accounts",
    "allocate",
    "bill",
    "billed_otherwise",
    "credit_invoice",
    "deduct_from_deposit",
    "end_refunded_credits",
    "explain",
    "invoice_one_off",
    "issue",
    "issue_reference",
    "late_fees",
    "late_fees_in_turn",
    "left_unbilled",
    "parse_month",
    "parse_reference",
    "reconcile",
    "refund",
    "refund_deposit",
    "refund_lease",
    "rule_set_from_toml",
    "statement",
    "take_back_refund",
    "transfer_deposit",
    "verify",
    "verify_books",
    "void",
    "what_if_lease",
    "write_off",
]

# Name -> the module below this package that defines it. A test holds this, `__all__` and the imports equal.
_HOME_OF_NAME: dict[str, str] = {
    "AgingBasis": "domain.aging",
    "AgingBuckets": "domain.aging",
    "AgingGroup": "domain.aging",
    "AgingReport": "domain.aging",
    "AgingRow": "domain.aging",
    "Allocation": "domain.credit",
    "BillPeriod": "services.billing",
    "BilledOtherwise": "domain.what_if",
    "Certificate": "domain.reconciliation",
    "ChangeLease": "services.leases",
    "ChargeId": "domain.identifiers",
    "ChargeKind": "domain.charge",
    "ChargeLateFees": "services.billing",
    "CollectionAccount": "domain.payment",
    "CollectionAccountId": "domain.identifiers",
    "CollectionKind": "domain.payment",
    "Command": "domain.command",
    "CommandId": "domain.identifiers",
    "CorrectAccount": "services.corrections",
    "Credit": "domain.credit",
    "CreditId": "domain.identifiers",
    "CreditNote": "domain.invoice",
    "CreditSource": "domain.credit",
    "CreditUse": "domain.credit",
    "Currency": "domain.money",
    "DEFAULT_RULES": "domain.reconciliation",
    "DateSpan": "domain.days",
    "DecideMatch": "services.review",
    "Decision": "domain.reconciliation",
    "DepositEntry": "domain.deposit",
    "DepositStanding": "domain.deposit",
    "Escalation": "domain.charge",
    "ImportPayments": "services.payments",
    "Invoice": "domain.invoice",
    "InvoiceId": "domain.identifiers",
    "InvoiceKind": "domain.invoice",
    "InvoiceLine": "domain.invoice",
    "KES": "domain.money",
    "LateFeeRule": "domain.lease",
    "Lease": "domain.lease",
    "LeaseAccount": "domain.account",
    "LeaseId": "domain.identifiers",
    "LeaseProfile": "domain.reconciliation",
    "LeaseStatus": "domain.lease",
    "LeaseTerm": "domain.lease",
    "MarketplaceError": "errors",
    "Match": "domain.matching",
    "MatchId": "domain.identifiers",
    "MemoryBooks": "services.memory_books",
    "Money": "domain.money",
    "NativeBilling": "services.native_billing",
    "OneOffCharge": "domain.charge",
    "OpenInvoice": "domain.account",
    "OpenPortfolio": "services.leases",
    "Outcome": "domain.reconciliation",
    "Payer": "domain.payment",
    "Payment": "domain.payment",
    "PaymentId": "domain.identifiers",
    "PaymentReport": "domain.payment",
    "Person": "domain.party",
    "PersonId": "domain.identifiers",
    "Pin": "domain.credit",
    "Portfolio": "domain.party",
    "PortfolioId": "domain.identifiers",
    "Property": "domain.party",
    "PropertyId": "domain.identifiers",
    "Proposal": "domain.matching",
    "Proration": "domain.lease",
    "PureMatcher": "domain.reconciliation",
    "Rate": "domain.charge",
    "Receipt": "domain.payment",
    "ReconcilePayments": "services.reconcile",
    "ReconciliationInput": "domain.reconciliation",
    "ReconciliationView": "services.reconciliation_view",
    "RecordCash": "services.cash",
    "RecordDirectory": "services.leases",
    "RecurringCharge": "domain.charge",
    "RejectProposal": "services.review",
    "ReportSource": "domain.payment",
    "ReversePayment": "services.corrections",
    "Role": "domain.party",
    "RouteReports": "services.routing",
    "RuleSet": "domain.reconciliation",
    "SignLease": "services.leases",
    "Slice": "domain.matching",
    "Statement": "domain.statement",
    "StatementLine": "domain.statement",
    "StatementOfAccount": "services.reports",
    "TenantProfile": "domain.reconciliation",
    "UnappliedPayment": "domain.reconciliation",
    "UndoMatch": "services.review",
    "Unit": "domain.party",
    "UnitId": "domain.identifiers",
    "add_credit": "domain.account_decisions",
    "age_accounts": "domain.aging",
    "allocate": "domain.allocation",
    "bill": "domain.billing",
    "billed_otherwise": "domain.what_if",
    "credit_invoice": "domain.account_decisions",
    "deduct_from_deposit": "domain.deposit_decisions",
    "end_refunded_credits": "domain.refund_decisions",
    "explain": "domain.reconciliation",
    "invoice_one_off": "domain.billing",
    "issue": "domain.account_decisions",
    "issue_reference": "domain.reference",
    "late_fees": "domain.late_fee",
    "late_fees_in_turn": "domain.late_fee",
    "left_unbilled": "domain.what_if",
    "parse_month": "domain.days",
    "parse_reference": "domain.reference",
    "reconcile": "domain.reconciliation",
    "refund": "domain.refund_decisions",
    "refund_deposit": "domain.deposit_decisions",
    "refund_lease": "domain.refund_decisions",
    "rule_set_from_toml": "domain.reconciliation",
    "statement": "domain.statement",
    "take_back_refund": "domain.refund_decisions",
    "transfer_deposit": "domain.deposit_decisions",
    "verify": "domain.reconciliation",
    "verify_books": "services.verify",
    "void": "domain.account_decisions",
    "what_if_lease": "domain.what_if",
    "write_off": "domain.account_decisions",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it, and keep it."""
    home = _HOME_OF_NAME.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
