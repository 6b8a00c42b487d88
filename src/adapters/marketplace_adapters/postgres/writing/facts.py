"""Writes a command's facts: numbers first, then the rows of each kind, kept sums and postings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, insert

from marketplace_adapters.postgres.rows.accounts import posting_row
from marketplace_adapters.postgres.schema import postings
from marketplace_adapters.postgres.writing import accounts, directory, leases, payments
from marketplace_adapters.postgres.writing.kept import keep
from marketplace_core.domain import facts as kinds
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.postings import postings_of
from marketplace_core.errors import InvalidInput

Writer = Callable[[Connection, PortfolioId, Sequence[Any]], None]

WRITERS: Final[Mapping[type[Fact], Writer]] = {
    kinds.PortfolioOpened: directory.open_portfolios,
    kinds.CollectionAccountOpened: directory.open_accounts,
    kinds.PropertyRecorded: directory.write_properties,
    kinds.UnitRecorded: directory.write_units,
    kinds.PersonRecorded: directory.write_people,
    kinds.PersonMerged: directory.merge_people,
    kinds.ExternalLinked: directory.write_links,
    kinds.ExternalRelinked: directory.relink,
    kinds.AliasLearned: directory.learn_aliases,
    kinds.AliasForgotten: directory.forget_aliases,
    kinds.LeaseRecorded: leases.write_leases,
    kinds.InvoiceIssued: accounts.issue_invoices,
    kinds.InvoiceVoided: accounts.void_invoices,
    kinds.CreditNoteIssued: accounts.issue_credit_notes,
    kinds.CreditAdded: accounts.add_credits,
    kinds.CreditEnded: accounts.end_credits,
    kinds.CreditUsed: accounts.use_credits,
    kinds.CreditUseEnded: accounts.end_uses,
    kinds.AllocationMade: accounts.make_allocations,
    kinds.AllocationSuperseded: accounts.supersede_allocations,
    kinds.DepositMoved: accounts.move_deposits,
    kinds.PaymentReceived: payments.receive_payments,
    kinds.PaymentRouted: payments.route_payments,
    kinds.PaymentReportedAgain: payments.report_again,
    kinds.PaymentContradicted: payments.contradict,
    kinds.PaymentReversed: payments.reverse_payments,
    kinds.ReversalAwaited: payments.await_reversals,
    kinds.ReversalDismissed: payments.dismiss_reversals,
    kinds.MatchApplied: payments.apply_matches,
    kinds.MatchUndone: payments.undo_matches,
    kinds.MatchProposed: payments.propose,
    kinds.ReceiptIssued: payments.issue_receipts,
}
"""What writes each kind of fact; neighbours of one kind are written together."""


def write_facts(connection: Connection, portfolio_id: PortfolioId, facts: Sequence[Fact]) -> None:
    """Write the rows of facts that have their numbers and keep every rule that the tables cannot check."""
    for kind, neighbours in groupby(facts, key=type):
        writer: Callable[[Connection, PortfolioId, Any], None] | None = WRITERS.get(kind)
        if writer is None:
            raise InvalidInput(f"{kind.__name__} is not written by itself: use the port that makes it")
        of_kind: Any = list(neighbours)
        writer(connection, portfolio_id, of_kind)
    keep(connection, portfolio_id, facts)
    moved = [posting_row(posting) for fact in facts for posting in postings_of(fact)]
    if moved:
        connection.execute(insert(postings), moved)
