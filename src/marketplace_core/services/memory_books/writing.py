"""Writes one fact after another into a transaction: whose it is, its number, its row, its postings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve

from marketplace_core.domain import facts as kinds
from marketplace_core.domain.bounds import require_within_bounds
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.numbers import CREDIT_NOTES, INVOICES, OLD, OPENING, RECEIPTS, document_number
from marketplace_core.domain.ownership import require_own
from marketplace_core.domain.postings import postings_of
from marketplace_core.errors import AlreadyExists, InvalidInput, NotFound
from marketplace_core.services.memory_books import account_facts, directory_facts, lease_facts, payment_facts
from marketplace_core.services.memory_books.tables import Workplace

_WRITERS: Mapping[type[Fact], Callable[[Workplace, Any], None]] = {
    kinds.PortfolioOpened: directory_facts.open_portfolio,
    kinds.CollectionAccountOpened: directory_facts.open_collection_account,
    kinds.PropertyRecorded: directory_facts.record_property,
    kinds.UnitRecorded: directory_facts.record_unit,
    kinds.PersonRecorded: directory_facts.record_person,
    kinds.PersonMerged: directory_facts.merge_person,
    kinds.ExternalLinked: directory_facts.link,
    kinds.ExternalRelinked: directory_facts.relink,
    kinds.AliasLearned: directory_facts.learn_alias,
    kinds.AliasForgotten: directory_facts.forget_alias,
    kinds.LeaseRecorded: lease_facts.record_lease,
    kinds.InvoiceIssued: account_facts.issue_invoice,
    kinds.InvoiceVoided: account_facts.void_invoice,
    kinds.CreditNoteIssued: account_facts.issue_credit_note,
    kinds.CreditAdded: account_facts.add_credit,
    kinds.CreditEnded: account_facts.end_credit,
    kinds.CreditUsed: account_facts.use_credit,
    kinds.CreditUseEnded: account_facts.end_use,
    kinds.AllocationMade: account_facts.make_allocation,
    kinds.AllocationSuperseded: account_facts.supersede_allocation,
    kinds.DepositMoved: account_facts.move_deposit,
    kinds.PaymentReceived: payment_facts.receive,
    kinds.PaymentRouted: payment_facts.route,
    kinds.PaymentReportedAgain: payment_facts.report_again,
    kinds.PaymentContradicted: payment_facts.contradict,
    kinds.ReversalAwaited: payment_facts.await_reversal,
    kinds.ReversalDismissed: payment_facts.dismiss_reversal,
    kinds.PaymentReversed: payment_facts.reverse,
    kinds.MatchApplied: payment_facts.apply_match,
    kinds.MatchUndone: payment_facts.undo_match,
    kinds.MatchProposed: payment_facts.propose,
    kinds.ReceiptIssued: payment_facts.issue_receipt,
}


def write(work: Workplace, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts as written, with their document numbers; the first that breaks a constraint is refused."""
    return tuple(write_one(work, fact) for fact in facts)


def write_one(work: Workplace, fact: Fact) -> Fact:
    """One fact as written, with its number."""
    _require_open(work, fact)
    writer: Callable[[Workplace, Any], None] | None = _WRITERS.get(type(fact))
    if writer is None:
        raise InvalidInput(f"{type(fact).__name__} is not written by itself: use the port that makes it")
    numbered = _numbered(work, fact)
    writer(work, numbered)
    table = work.transaction.on(work.book.postings)
    for posting in postings_of(numbered):
        if posting.posting_id in table:
            raise AlreadyExists(f"posting {posting.posting_id} is in the books already")
        table.put(posting.posting_id, posting)
    return numbered


def require_bounds(work: Workplace) -> None:
    """Refuse the transaction where an account that it touched gives more than there is."""
    for lease_id in work.transaction.touched:
        require_within_bounds(account_facts.require_account(work, lease_id))


def next_number(work: Workplace, series: str) -> str:
    """The text of a series' next number."""
    return document_number(series, (work.transaction.on(work.book.last_number).get(series) or 0) + 1)


def _numbered(work: Workplace, fact: Fact) -> Fact:
    """The fact with the next number of its series, where it needs one; those of an imported book keep theirs."""
    match fact:
        case kinds.InvoiceIssued(invoice) if not invoice.number:
            opening = invoice.kind is InvoiceKind.OPENING and invoice.series == INVOICES
            series = OPENING if opening else invoice.series
            if series == OLD:
                raise InvalidInput(f"invoice {invoice.invoice_id}: series {OLD} keeps the first system's numbers")
            return kinds.InvoiceIssued(evolve(invoice, series=series, number=next_number(work, series)))
        case kinds.CreditNoteIssued(note) if not note.number:
            return kinds.CreditNoteIssued(evolve(note, number=next_number(work, CREDIT_NOTES)))
        case kinds.ReceiptIssued(receipt) if not receipt.number:
            return kinds.ReceiptIssued(evolve(receipt, number=next_number(work, RECEIPTS)))
        case _:
            return fact


def _require_open(work: Workplace, fact: Fact) -> None:
    require_own(work.book.portfolio_id, fact)
    opened = work.transaction.on(work.book.portfolio)
    if not isinstance(fact, kinds.PortfolioOpened) and work.book.portfolio_id not in opened:
        raise NotFound(f"there is no portfolio {work.book.portfolio_id}; open it first")
