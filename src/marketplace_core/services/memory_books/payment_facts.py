"""Writes facts of payments, matches, proposals and receipts."""

from __future__ import annotations

from marketplace_core.domain.facts import (
    MatchApplied,
    MatchProposed,
    MatchUndone,
    PaymentContradicted,
    PaymentReceived,
    PaymentReportedAgain,
    PaymentReversed,
    PaymentRouted,
    ReceiptIssued,
    ReversalAwaited,
    ReversalDismissed,
)
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId
from marketplace_core.domain.numbers import OLD, RECEIPTS, is_of_series
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.errors import (
    AlreadyExists,
    CurrencyMismatch,
    IllegalTransition,
    NotFound,
    OverAllocation,
    PortfolioMismatch,
)
from marketplace_core.services.memory_books.account_facts import require_account, take_id, take_number
from marketplace_core.services.memory_books.tables import Workplace


def require_payment(work: Workplace, payment_id: PaymentId) -> Payment:
    """The payment as the transaction sees it."""
    payment = work.transaction.on(work.book.payments).get(payment_id)
    if payment is None:
        raise NotFound(f"portfolio {work.book.portfolio_id} has no payment {payment_id}")
    return payment


def standing_of(work: Workplace, payment_id: PaymentId) -> PaymentStanding:
    """The payment with the matches that stand, in the order they were made."""
    matches = work.transaction.on(work.book.matches)
    ids = work.transaction.on(work.book.matches_of_payment).get(payment_id) or ()
    found = tuple(it for match_id in ids if (it := matches.get(match_id)) is not None and it.undone_at is None)
    return PaymentStanding(require_payment(work, payment_id), found)


def require_collects_in(work: Workplace, collection_account_id: CollectionAccountId) -> None:
    """Refuse an account that the portfolio does not collect in."""
    if collection_account_id not in work.transaction.on(work.book.collection_accounts):
        raise NotFound(
            f"portfolio {work.book.portfolio_id} does not collect in account {collection_account_id}; open it first"
        )


def receive(work: Workplace, fact: PaymentReceived) -> None:
    """Keep a payment with its first report."""
    _keep(work, fact.payment)
    work.transaction.on(work.book.reports).put(fact.payment.payment_id, (fact.report,))


def route(work: Workplace, fact: PaymentRouted) -> None:
    """Keep a payment that waited in the inbox of a shared account."""
    _keep(work, fact.payment)


def _keep(work: Workplace, payment: Payment) -> None:
    require_collects_in(work, payment.collection_account_id)
    account = work.transaction.on(work.book.collection_accounts).get(payment.collection_account_id)
    if account is not None and account.currency != payment.amount.currency:
        raise CurrencyMismatch(
            f"transaction {payment.transaction_id} of {payment.amount}: account {account.collection_account_id} "
            f"is in {account.currency.code}"
        )
    owners = work.transaction.on(work.shared.owner_of_payment)
    if payment.payment_id in owners:
        raise AlreadyExists(
            f"transaction {payment.transaction_id} of account {payment.collection_account_id} is in the books already"
        )
    owners.put(payment.payment_id, work.book.portfolio_id)
    work.transaction.on(work.book.payments).put(payment.payment_id, payment)


def report_again(work: Workplace, fact: PaymentReportedAgain) -> None:
    """Keep a further report of a payment."""
    table = work.transaction.on(work.book.reports)
    table.put(fact.payment_id, (*(table.get(fact.payment_id) or ()), fact.report))


def contradict(work: Workplace, fact: PaymentContradicted) -> None:
    """Keep a contradiction, the first of its kind."""
    key = (fact.payment_id, fact.report.source, fact.report.amount)
    table = work.transaction.on(work.book.contradicted)
    if key not in table:
        table.put(key, fact)


def reverse(work: Workplace, fact: PaymentReversed) -> None:
    """Keep that the provider took a payment back, once."""
    known = require_payment(work, fact.payment.payment_id)
    if known.reversed_on is not None:
        raise IllegalTransition(f"transaction {known.transaction_id} was reversed on {known.reversed_on}")
    work.transaction.on(work.book.payments).put(known.payment_id, fact.payment)


def await_reversal(work: Workplace, fact: ReversalAwaited) -> None:
    """Keep a reversal that waits, once."""
    table = work.transaction.on(work.book.reversals)
    require_collects_in(work, fact.reversal.collection_account_id)
    if fact.reversal.reversal_id in table:
        raise AlreadyExists(f"reversal {fact.reversal.transaction_id} waits already")
    table.put(fact.reversal.reversal_id, fact.reversal)


def dismiss_reversal(work: Workplace, fact: ReversalDismissed) -> None:
    """Keep that a person dismissed a reversal, once."""
    table = work.transaction.on(work.book.reversals)
    known = table.get(fact.reversal.reversal_id)
    if known is None:
        raise NotFound(f"portfolio {work.book.portfolio_id} has no reversal {fact.reversal.transaction_id} that waits")
    if known.dismissed_at is not None:
        raise IllegalTransition(f"reversal {known.transaction_id} was dismissed already")
    table.put(known.reversal_id, fact.reversal)


def apply_match(work: Workplace, fact: MatchApplied) -> None:
    """Keep a match that gives no more than the payment has left."""
    match = fact.match
    standing = standing_of(work, match.payment_id)
    for part in match.slices:
        require_account(work, part.lease_id)
        if part.amount.currency != standing.payment.amount.currency:
            raise CurrencyMismatch(f"match {match.match_id}: {part.amount} of a payment of {standing.payment.amount}")
    if match.amount_minor > standing.unapplied_minor:
        raise OverAllocation(
            f"match {match.match_id}: payment {match.payment_id} has {standing.unapplied_minor} minor units left, "
            f"{match.amount_minor} are asked for"
        )
    take_id(work, "match", match.match_id, match.payment_id)
    of_payment = work.transaction.on(work.book.matches_of_payment)
    of_payment.put(match.payment_id, (*(of_payment.get(match.payment_id) or ()), match.match_id))
    work.transaction.on(work.book.matches).put(match.match_id, match)


def undo_match(work: Workplace, fact: MatchUndone) -> None:
    """Keep that a match was taken back, once."""
    matches = work.transaction.on(work.book.matches)
    known = matches.get(fact.match.match_id)
    if known is None:
        raise NotFound(f"portfolio {work.book.portfolio_id} has no match {fact.match.match_id}")
    if known.undone_at is not None:
        raise IllegalTransition(f"match {known.match_id} was undone already")
    matches.put(known.match_id, fact.match)


def propose(work: Workplace, fact: MatchProposed) -> None:
    """Keep the last proposal of a payment."""
    require_payment(work, fact.proposal.payment_id)
    work.transaction.on(work.book.proposals).put(fact.proposal.payment_id, fact.proposal)


def issue_receipt(work: Workplace, fact: ReceiptIssued) -> None:
    """Keep a receipt with its number."""
    receipt = fact.receipt
    payment = require_payment(work, receipt.payment_id)
    if payment.portfolio_id != receipt.portfolio_id:
        raise PortfolioMismatch(f"receipt {receipt.receipt_id}: its payment is of portfolio {payment.portfolio_id}")
    take_id(work, "receipt", receipt.receipt_id, receipt.payment_id)
    ours = is_of_series(receipt.number, RECEIPTS)
    take_number(work, RECEIPTS if ours else f"{OLD} {RECEIPTS}", receipt.number, receipt.receipt_id)
    work.transaction.on(work.book.receipts).put(receipt.receipt_id, receipt)
