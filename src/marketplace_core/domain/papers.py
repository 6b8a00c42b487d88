"""What receipts and statements of account say on paper."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.money import Money
from marketplace_core.domain.statement import Statement


@frozen
class PaidInvoice:
    """So much of an invoice was paid."""

    number: str
    amount: Money


@frozen
class ReceiptPaper:
    """A receipt; ``balance`` is what the leases that it is for owe after it (below zero: stands to their credit)."""

    portfolio_name: str
    number: str
    issued_on: date
    payer_name: str
    unit_codes: tuple[str, ...]
    amount: Money
    method: str
    transaction_id: str
    paid: tuple[PaidInvoice, ...]
    unapplied: Money
    balance: Money


@frozen
class StatementPaper:
    """A statement of account with whom it is for and where."""

    portfolio_name: str
    tenant_names: tuple[str, ...]
    unit_code: str
    reference: str
    made_on: date
    statement: Statement
