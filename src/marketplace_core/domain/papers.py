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
    """A receipt; ``balance`` is what the leases that it is for owe after it (below zero: stands to their credit).

    ``reversed_on`` is the day on which the provider took its payment back; ``is_undone`` where a person took its match
    back. In both cases it acknowledges nothing any more.
    """

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
    reversed_on: date | None = None
    is_undone: bool = False


@frozen
class StatementPaper:
    """A statement of account with whom it is for and where."""

    portfolio_name: str
    tenant_names: tuple[str, ...]
    unit_code: str
    reference: str
    made_on: date
    statement: Statement
