"""Which postings a fact of money makes. Stores write what these functions say, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from attrs import evolve

from marketplace_core.domain import ledger
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.credit import Allocation, Credit, CreditSource, CreditUse, UseKind
from marketplace_core.domain.deposit import DepositMove
from marketplace_core.domain.facts import (
    AllocationMade,
    AllocationSuperseded,
    CreditAdded,
    CreditEnded,
    CreditUsed,
    CreditUseEnded,
    DepositMoved,
    Fact,
    InvoiceIssued,
    InvoiceVoided,
    PaymentReceived,
    PaymentReversed,
    PaymentRouted,
)
from marketplace_core.domain.identifiers import PortfolioId, PostingId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import Payment


def postings_of(fact: Fact) -> tuple[Posting, ...]:
    """The postings of a fact, in order; none for facts that move no money."""
    match fact:
        case InvoiceIssued(invoice):
            return tuple(of_invoice(invoice))
        case InvoiceVoided(invoice, voided_on, recorded_at, _):
            return tuple(posting.reversal(voided_on, recorded_at) for posting in of_invoice(invoice))
        case CreditAdded(credit):
            return (_of_credit(credit),)
        case CreditEnded(credit):
            return (_end_of_credit(credit),)
        case AllocationMade(allocation):
            return tuple(_of_allocation(allocation))
        case AllocationSuperseded(allocation):
            return tuple(_superseded(allocation))
        case PaymentReceived(payment, _) | PaymentRouted(payment=payment):
            return (_of_payment(payment),) if payment.portfolio_id is not None else ()
        case PaymentReversed(payment, _):
            return (_of_payment_back(payment),) if payment.portfolio_id is not None else ()
        case CreditUsed() | CreditUseEnded() | DepositMoved():
            return (_of_movement(fact),)
        case _:
            return ()


Move = tuple[PostingId, str, str, Money]
"""A posting's id, its debit and credit accounts, and its amount: all that differs between those of one invoice."""


def of_invoice(invoice: Invoice) -> Iterator[Posting]:
    """One posting a line: the lease owes, the kind's income account earned; a negative line the other way."""
    for posting_id, debit, credit, amount in moves_of_invoice(invoice):
        yield Posting(
            posting_id,
            invoice.portfolio_id,
            debit,
            credit,
            amount,
            invoice.issue_date,
            invoice.recorded_at,
            invoice.invoice_id,
        )


def moves_of_invoice(invoice: Invoice) -> list[Move]:
    """What ``of_invoice`` posts, for those who write very many and need no objects."""
    lease_id, is_opening = invoice.lease_id, invoice.kind is _OPENING
    receivable = ledger.receivable(lease_id)
    moves: list[Move] = []
    for line in invoice.lines:
        amount, kind = line.amount, line.kind
        if is_opening:
            earned = ledger.OPENING
        elif kind is _DEPOSIT:
            earned = ledger.deposit_due(lease_id)
        else:
            earned = _EARNED[kind._value_]
        posting_id = PostingId(f"{line.line_id}+")
        if amount.amount_minor > 0:
            moves.append((posting_id, receivable, earned, amount))
        elif amount.amount_minor:
            moves.append((posting_id, earned, receivable, -amount))
    return moves


# Bound once: to look a member up on its class costs more than all else here, for each line of a run.
_OPENING: Final = InvoiceKind.OPENING
_DEPOSIT: Final = ChargeKind.DEPOSIT
_EARNED: Final = {kind.value: ledger.income(kind) for kind in ChargeKind} | {ChargeKind.REFUND.value: ledger.REFUNDS}

_GIVES = {
    CreditSource.PAYMENT: ledger.UNMATCHED,
    CreditSource.CREDIT_NOTE: ledger.CREDIT_NOTES,
    CreditSource.WRITE_OFF: ledger.BAD_DEBT,
    CreditSource.DEPOSIT: ledger.DEPOSIT_CLEARING,
    CreditSource.OPENING: ledger.OPENING,
}


def _of_credit(credit: Credit) -> Posting:
    return Posting(
        PostingId(f"{credit.credit_id}+"),
        credit.portfolio_id,
        _GIVES[credit.source],
        ledger.unapplied(credit.lease_id),
        credit.amount,
        credit.value_date,
        credit.recorded_at,
        credit.credit_id,
    )


def _end_of_credit(credit: Credit) -> Posting:
    assert credit.ended_on is not None  # noqa: S101 - the fact says that it ended
    assert credit.ended_recorded_at is not None  # noqa: S101 - the fact says that it ended
    return _of_credit(credit).reversal(credit.ended_on, credit.ended_recorded_at)


def _of_allocation(allocation: Allocation) -> Iterator[Posting]:
    """From the lease's credit to what it owes; a paid deposit is held from then on. An end takes both back."""
    lease_id = allocation.lease_id
    moves = [("", ledger.unapplied(lease_id), ledger.receivable(lease_id))]
    if allocation.invoice_kind is InvoiceKind.DEPOSIT:
        moves.append(("d", ledger.deposit_due(lease_id), ledger.deposit_held(lease_id)))
    for mark, debit, credit in moves:
        made = _moved(
            f"{allocation.allocation_id}{mark}+",
            allocation.portfolio_id,
            (debit, credit),
            allocation.amount,
            (allocation.value_date, allocation.recorded_at),
            allocation.allocation_id,
        )
        yield made
        if allocation.ended_on is not None:
            yield made.reversal(allocation.ended_on, allocation.recorded_at)


def _superseded(allocation: Allocation) -> Iterator[Posting]:
    assert allocation.superseded_at is not None  # noqa: S101 - the fact says that it was superseded
    for made in _of_allocation(allocation):
        # The end of an allocation is a reversal of its own, so what is superseded needs another mark.
        taken_back = made.reversal(made.value_date, allocation.superseded_at)
        yield evolve(taken_back, posting_id=PostingId(f"{made.posting_id}^"))


def _of_payment(payment: Payment) -> Posting:
    assert payment.portfolio_id is not None  # noqa: S101 - the caller looked
    accounts = (ledger.cash(payment.collection_account_id), ledger.UNMATCHED)
    when = (payment.value_date, payment.recorded_at)
    return _moved(f"{payment.payment_id}+", payment.portfolio_id, accounts, payment.amount, when, payment.payment_id)


def _of_payment_back(payment: Payment) -> Posting:
    assert payment.reversed_on is not None  # noqa: S101 - the fact says that it was reversed
    assert payment.reversed_recorded_at is not None  # noqa: S101 - the fact says that it was reversed
    return _of_payment(payment).reversal(payment.reversed_on, payment.reversed_recorded_at)


def _of_use(use: CreditUse) -> Posting:
    to = ledger.REFUNDS if use.kind is UseKind.REFUND else ledger.DEPOSIT_CLEARING
    when = (use.value_date, use.recorded_at)
    accounts = (ledger.unapplied(use.lease_id), to)
    return _moved(f"{use.use_id}+", use.portfolio_id, accounts, use.amount, when, use.use_id)


def _end_of_use(use: CreditUse) -> Posting:
    assert use.ended_on is not None  # noqa: S101 - the fact says that it ended
    assert use.ended_recorded_at is not None  # noqa: S101 - the fact says that it ended
    return _of_use(use).reversal(use.ended_on, use.ended_recorded_at)


def _of_movement(fact: CreditUsed | CreditUseEnded | DepositMoved) -> Posting:
    if isinstance(fact, CreditUsed):
        return _of_use(fact.use)
    if isinstance(fact, CreditUseEnded):
        return _end_of_use(fact.use)
    entry = fact.entry
    held = ledger.deposit_held(entry.lease_id)
    accounts = {
        DepositMove.RECEIVED: (ledger.OPENING, held),
        DepositMove.DEDUCTED: (held, ledger.DEPOSIT_CLEARING),
        DepositMove.REFUNDED: (held, ledger.REFUNDS),
        DepositMove.TRANSFERRED_OUT: (held, ledger.DEPOSIT_CLEARING),
        DepositMove.TRANSFERRED_IN: (ledger.DEPOSIT_CLEARING, held),
    }[entry.move]
    when = (entry.value_date, entry.recorded_at)
    return _moved(f"{entry.entry_id}+", entry.portfolio_id, accounts, entry.amount, when, entry.entry_id)


def _moved(
    name: str,
    portfolio_id: PortfolioId,
    accounts: tuple[str, str],
    amount: Money,
    when: tuple[date, datetime],
    source_id: str,
) -> Posting:
    return Posting(PostingId(name), portfolio_id, accounts[0], accounts[1], amount, when[0], when[1], source_id)
