"""Giving a payment to leases, taking a match back, and a payment that the provider took back: as facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import evolve

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import credit_added, end_credits, settled, unpinned, written_off
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit, CreditSource, Pin
from marketplace_core.domain.facts import AccountFact, Fact, MatchApplied, MatchUndone, PaymentReversed, ReceiptIssued
from marketplace_core.domain.identifiers import CreditId, LeaseId, ReceiptId, derive_id
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.matching import Match, Slice
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import Payment, Receipt
from marketplace_core.domain.refund_decisions import end_refunded_credits
from marketplace_core.domain.standing import Locked, PaymentStanding
from marketplace_core.errors import ConcurrentChange, CurrencyMismatch, IllegalTransition, InvalidInput, OverAllocation


def apply_match(locked: Locked, match: Match, command: Command) -> tuple[Fact, ...]:
    """Give a payment's money to leases: a credit each, what it pays, and one receipt.

    ``OverAllocation`` where the match gives more than no other match has given; the accounts of its slices and
    the payment must be in ``locked``.
    """
    standing = locked.payments[match.payment_id]
    _require_gives(standing, match)
    facts: list[Fact] = [MatchApplied(match)]
    for part in match.slices:
        account = locked.accounts[part.lease_id]
        facts.extend(_given(account, standing.payment, match, part, command))
    facts.append(ReceiptIssued(_receipt(standing.payment, match, command)))
    return tuple(facts)


def undo_match(locked: Locked, match: Match, command: Command) -> tuple[Fact, ...]:
    """Take a match back, so that the books are those in which it never happened; its receipt stays as a trail."""
    if not command.reason.strip():
        raise InvalidInput(f"match {match.match_id}: say why it is undone")
    standing = locked.payments[match.payment_id]
    if all(it.match_id != match.match_id for it in standing.matches):
        raise IllegalTransition(f"match {match.match_id} is undone already")
    if standing.payment.reversed_on is not None:
        raise IllegalTransition(
            f"transaction {standing.payment.transaction_id} was taken back on {standing.payment.reversed_on}: "
            "its match pays nothing since, and stays for the days before"
        )
    undone = evolve(match, undone_at=command.recorded_at, undone_by=command.actor, undone_reason=command.reason)
    ends = [
        fact
        for account in _accounts_of(locked, [match])
        for fact in end_credits(
            account, [(it.credit_id, it.value_date) for it in _credits_of(account, [match])], command
        )
    ]
    return (MatchUndone(undone), *ends)


def reverse_payment(locked: Locked, payment: Payment, reversed_on: date, command: Command) -> tuple[Fact, ...]:
    """The provider took the payment back on a day: from then on it pays nothing, and what was refunded is owed."""
    standing = locked.payments[payment.payment_id]
    if standing.payment.reversed_on is not None:
        raise IllegalTransition(f"transaction {payment.transaction_id} was reversed on {standing.payment.reversed_on}")
    if reversed_on < payment.value_date:
        raise InvalidInput(f"transaction {payment.transaction_id} is of {payment.value_date}: reverse it then or later")
    gone = evolve(standing.payment, reversed_on=reversed_on, reversed_recorded_at=command.recorded_at)
    ends = [
        fact
        for account in _accounts_of(locked, standing.matches)
        for fact in end_refunded_credits(account, list(_credits_of(account, standing.matches)), reversed_on, command)
    ]
    return (PaymentReversed(gone, command.reason), *ends)


def leases_of(matches: Iterable[Match]) -> tuple[LeaseId, ...]:
    """Every lease that matches give to, each once, in id order."""
    return tuple(sorted({part.lease_id for match in matches for part in match.slices}))


def _require_gives(standing: PaymentStanding, match: Match) -> None:
    payment = standing.payment
    if payment.reversed_on is not None:
        raise IllegalTransition(f"transaction {payment.transaction_id} was reversed on {payment.reversed_on}")
    for part in match.slices:
        if part.amount.currency != payment.amount.currency:
            raise CurrencyMismatch(
                f"transaction {payment.transaction_id} is {payment.amount}, a slice is {part.amount}"
            )
        if not part.amount.is_positive:
            raise OverAllocation(f"transaction {payment.transaction_id}: a slice must be above zero, not {part.amount}")
    if match.amount_minor > standing.unapplied_minor:
        asked, left = (
            Money(minor, payment.amount.currency) for minor in (match.amount_minor, standing.unapplied_minor)
        )
        raise OverAllocation(f"transaction {payment.transaction_id}: {asked} is asked for, {left} is left; look again")


def credit_of(payment: Payment, match: Match, part: Slice, command: Command) -> Credit:
    """The credit that a slice of a match gives its lease."""
    return Credit(
        credit_id=CreditId(derive_id("crd", match.match_id, part.lease_id)),
        portfolio_id=match.portfolio_id,
        lease_id=part.lease_id,
        source=CreditSource.PAYMENT,
        source_id=payment.payment_id,
        amount=part.amount,
        value_date=payment.value_date,
        recorded_at=command.recorded_at,
        order_key=payment.transaction_id,
        pins=part.pins,
        match_id=match.match_id,
    )


def _given(
    account: LeaseAccount, payment: Payment, match: Match, part: Slice, command: Command
) -> tuple[AccountFact, ...]:
    """The credit of a slice, what a rule's tolerance gives up of the invoices that it pays, and what follows."""
    base: list[AccountFact] = [credit_added(account, credit_of(payment, match, part, command))]
    for pin in part.write_offs:
        invoice = account.invoice(pin.invoice_id)
        paid = account.applied(settled(account, base, command))
        reason = f"tolerance of {match.decided_by}"
        day = max(payment.value_date, invoice.issue_date)
        base.append(written_off(paid, pin.invoice_id, pin.amount, day, reason, command, match_id=match.match_id))
    return settled(account, base, command)


def fitted(account: LeaseAccount, part: Slice, since: date) -> Slice:
    """The slice with its pins cut to what can still be pinned: a pin is a wish, the policy takes what is left.

    A tolerance gives up nothing of a deposit.
    """
    room = {
        invoice.invoice_id: unpinned(account, invoice, since)
        for invoice in account.invoices
        if not account.is_void(invoice.invoice_id)
    }
    pins: list[Pin] = []
    for pin in part.pins:
        minor = min(pin.amount.amount_minor, room.get(pin.invoice_id, 0))
        if minor > 0:
            pins.append(Pin(pin.invoice_id, Money(minor, pin.amount.currency)))
            room[pin.invoice_id] -= minor
    deposits = {invoice.invoice_id for invoice in account.invoices if invoice.kind is InvoiceKind.DEPOSIT}
    write_offs = tuple(pin for pin in part.write_offs if pin.invoice_id in room and pin.invoice_id not in deposits)
    return evolve(part, pins=tuple(pins), write_offs=write_offs)


def _receipt(payment: Payment, match: Match, command: Command) -> Receipt:
    return Receipt(
        receipt_id=ReceiptId(derive_id("rct", match.match_id)),
        portfolio_id=match.portfolio_id,
        payment_id=payment.payment_id,
        amount=Money(match.amount_minor, payment.amount.currency),
        issued_on=payment.value_date,
        recorded_at=command.recorded_at,
    )


def _accounts_of(locked: Locked, matches: Iterable[Match]) -> Iterator[LeaseAccount]:
    for lease_id in leases_of(matches):
        if lease_id not in locked.accounts:
            raise ConcurrentChange(f"the payment was given to lease {lease_id} meanwhile; do it again")
        yield locked.accounts[lease_id]


def _credits_of(account: LeaseAccount, matches: Iterable[Match]) -> Iterator[Credit]:
    """The standing credits of matches by id: stores read those of one instant in orders of their own."""
    ids = {match.match_id for match in matches}
    found = (credit for credit in account.credits if credit.match_id in ids and credit.ended_on is None)
    return iter(sorted(found, key=lambda it: it.credit_id))
