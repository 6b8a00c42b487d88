"""Payments, their reports, matches, proposals and receipts as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from marketplace_adapters.postgres.rows.mapping import RowMapper
from marketplace_adapters.postgres.rows.values import Row, money_row
from marketplace_core.domain.facts import PaymentContradicted
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.payment import Payment, PaymentReport, Receipt
from marketplace_core.domain.reconciliation.exact import named_reference
from marketplace_core.domain.reversal import AwaitedReversal

_PAYMENTS: Final = RowMapper(Payment, {"given_minor": 0, "credited_minor": 0})
payment_of = _PAYMENTS.value

_REPORTS: Final = RowMapper(PaymentReport)
report_of = _REPORTS.value

_MATCHES: Final = RowMapper(Match)
match_of = _MATCHES.value

_PROPOSALS: Final = RowMapper(Proposal)
proposal_row, proposal_of = _PROPOSALS.row, _PROPOSALS.value

_RECEIPTS: Final = RowMapper(Receipt)
receipt_row, receipt_of = _RECEIPTS.row, _RECEIPTS.value

_REVERSALS: Final = RowMapper(AwaitedReversal)
reversal_row, reversal_of = _REVERSALS.row, _REVERSALS.value


def payment_row(it: Payment) -> Row:
    """The columns of a payment of which nothing is given to a lease yet."""
    return {**_PAYMENTS.row(it), "named_reference": named_reference(it.reference_text)}


def transaction_row(it: Payment) -> Row:
    """The columns that keep a transaction once in its collection account."""
    return {
        "collection_account_id": it.collection_account_id,
        "transaction_id": it.transaction_id,
        "payment_id": it.payment_id,
        "portfolio_id": it.portfolio_id,
    }


def report_row(portfolio_id: PortfolioId, it: PaymentReport, position: int) -> Row:
    """The columns of a payment's n-th report."""
    ids = {"portfolio_id": portfolio_id, "report_id": it.report_id, "payment_id": it.payment_id}
    return {**_REPORTS.row(it), **ids, "position": position}


def held_row(it: PaymentReport, held_at: datetime) -> Row:
    """The columns of a report that is held for a person."""
    ids = {"payment_id": it.payment_id, "transaction_id": it.transaction_id.upper()}
    return {**_REPORTS.row(it), **ids, "held_at": held_at}


def contradiction_row(portfolio_id: PortfolioId, it: PaymentContradicted) -> Row:
    """The columns of a refused report."""
    return {
        "portfolio_id": portfolio_id,
        "payment_id": it.payment_id,
        "source": it.report.source,
        **money_row(it.report.amount),
        "reason": it.reason,
        "paid_at": it.report.paid_at,
    }


def match_row(it: Match, position: int) -> Row:
    """The columns of a payment's n-th match."""
    return {**_MATCHES.row(it), "position": position, "amount_minor": it.amount_minor}
