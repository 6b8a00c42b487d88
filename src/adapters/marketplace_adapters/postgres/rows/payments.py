"""Payments, their reports, matches, proposals and receipts as rows."""

from __future__ import annotations

from datetime import datetime

from marketplace_adapters.postgres.rows.values import Columns, Row, money_of, money_row
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.facts import PaymentContradicted
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.matching import Match, Proposal, Slice
from marketplace_core.domain.payment import Payer, Payment, PaymentReport, Receipt, ReportSource
from marketplace_core.domain.reconciliation.exact import named_reference


def payment_row(it: Payment) -> Row:
    """The columns of a payment of which nothing is given to a lease yet."""
    return {
        "portfolio_id": it.portfolio_id,
        "payment_id": it.payment_id,
        "collection_account_id": it.collection_account_id,
        "transaction_id": it.transaction_id,
        **money_row(it.amount),
        "value_date": it.value_date,
        "recorded_at": it.recorded_at,
        "reference_text": it.reference_text,
        "named_reference": named_reference(it.reference_text),
        "payer_name": it.payer.name,
        "payer_phone": it.payer.phone,
        "reversed_on": it.reversed_on,
        "reversed_recorded_at": it.reversed_recorded_at,
        "given_minor": 0,
        "credited_minor": 0,
    }


def payment_of(row: Columns) -> Payment:
    """The payment of a row."""
    return Payment(
        row["payment_id"],
        row["collection_account_id"],
        row["transaction_id"],
        money_of(row),
        row["value_date"],
        row["recorded_at"],
        row["reference_text"],
        Payer(row["payer_name"], row["payer_phone"]),
        row["portfolio_id"],
        row["reversed_on"],
        row["reversed_recorded_at"],
    )


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
    return {
        "portfolio_id": portfolio_id,
        "report_id": it.report_id,
        "payment_id": it.payment_id,
        "position": position,
        "collection_account_id": it.collection_account_id,
        "transaction_id": it.transaction_id,
        "source": it.source,
        **money_row(it.amount),
        "paid_at": it.paid_at,
        "value_date": it.value_date,
        "place": it.place,
        "reference_text": it.reference_text,
        "payer_name": it.payer.name,
        "payer_phone": it.payer.phone,
    }


def report_of(row: Columns) -> PaymentReport:
    """The report of a row."""
    return PaymentReport(
        row["collection_account_id"],
        row["transaction_id"],
        ReportSource(row["source"]),
        money_of(row),
        row["paid_at"],
        row["value_date"],
        row["reference_text"],
        Payer(row["payer_name"], row["payer_phone"]),
        row["place"],
    )


def held_row(it: PaymentReport, held_at: datetime) -> Row:
    """The columns of a report that is held for a person."""
    told = report_row(PortfolioId(""), it, 0)
    del told["portfolio_id"], told["report_id"], told["position"]
    return {**told, "transaction_id": it.transaction_id.upper(), "held_at": held_at}


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
    return {
        "portfolio_id": it.portfolio_id,
        "match_id": it.match_id,
        "payment_id": it.payment_id,
        "position": position,
        "amount_minor": it.amount_minor,
        "slices": to_plain(it.slices),
        "decided_by": it.decided_by,
        "recorded_at": it.recorded_at,
        "certificate": it.certificate,
        "certificate_digest": it.certificate_digest,
        "undone_at": it.undone_at,
        "undone_by": it.undone_by,
        "undone_reason": it.undone_reason,
    }


def match_of(row: Columns) -> Match:
    """The match of a row."""
    return Match(
        row["match_id"],
        row["portfolio_id"],
        row["payment_id"],
        from_plain(row["slices"], tuple[Slice, ...]),
        row["decided_by"],
        row["recorded_at"],
        row["certificate"],
        row["certificate_digest"],
        row["undone_at"],
        row["undone_by"],
        row["undone_reason"],
    )


def proposal_row(it: Proposal) -> Row:
    """The columns of a proposal."""
    return {
        "portfolio_id": it.portfolio_id,
        "payment_id": it.payment_id,
        **money_row(it.amount),
        "outcome": it.outcome,
        "recorded_at": it.recorded_at,
        "certificate": it.certificate,
        "certificate_digest": it.certificate_digest,
    }


def proposal_of(row: Columns) -> Proposal:
    """The proposal of a row."""
    return Proposal(
        row["portfolio_id"],
        row["payment_id"],
        money_of(row),
        row["outcome"],
        row["recorded_at"],
        row["certificate"],
        row["certificate_digest"],
    )


def receipt_row(it: Receipt) -> Row:
    """The columns of a receipt."""
    return {
        "portfolio_id": it.portfolio_id,
        "receipt_id": it.receipt_id,
        "payment_id": it.payment_id,
        **money_row(it.amount),
        "issued_on": it.issued_on,
        "recorded_at": it.recorded_at,
        "number": it.number,
    }


def receipt_of(row: Columns) -> Receipt:
    """The receipt of a row."""
    return Receipt(
        row["receipt_id"],
        row["portfolio_id"],
        row["payment_id"],
        money_of(row),
        row["issued_on"],
        row["recorded_at"],
        row["number"],
    )
