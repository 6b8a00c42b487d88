"""What must hold of a command's facts beside the tables' own constraints: each is folded into what was locked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attrs import define, evolve

from marketplace_core.domain import facts as kinds
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.bounds import require_within_bounds
from marketplace_core.domain.credit import Allocation
from marketplace_core.domain.deposit import DepositMove, require_held
from marketplace_core.domain.facts import AccountFact, Fact
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.errors import CurrencyMismatch, IllegalTransition, NotFound, OverAllocation

_LEAVING = (DepositMove.DEDUCTED, DepositMove.REFUNDED, DepositMove.TRANSFERRED_OUT)


def lease_of_fact(fact: Fact) -> LeaseId | None:
    """The lease whose account a fact changes, but for the lease itself."""
    match fact:
        case kinds.InvoiceIssued(it) | kinds.InvoiceVoided(invoice=it) | kinds.CreditNoteIssued(it):
            return it.lease_id
        case kinds.CreditAdded(it) | kinds.CreditEnded(it) | kinds.CreditUsed(it) | kinds.DepositMoved(it):
            return it.lease_id
        case kinds.CreditUseEnded(it):
            return it.lease_id
        case kinds.AllocationMade(it) | kinds.AllocationSuperseded(it):
            return it.lease_id
        case _:
            return None


def payment_of_fact(fact: Fact) -> PaymentId | None:
    """The payment that a fact changes or gives away."""
    match fact:
        case kinds.MatchApplied(it) | kinds.MatchUndone(it):
            return it.payment_id
        case kinds.PaymentReversed(payment, _):
            return payment.payment_id
        case kinds.CreditAdded(it) | kinds.CreditEnded(it) if it.source == "payment":
            return PaymentId(it.source_id)
        case _:
            return None


@define
class Ledger:
    """What a command sees of the books while its facts are folded, one after another."""

    portfolio_id: PortfolioId
    accounts: dict[LeaseId, LeaseAccount]
    payments: dict[PaymentId, PaymentStanding]

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take the facts in their order; the first that breaks a rule is refused, and so is too much on any day."""
        touched: dict[LeaseId, None] = {}
        for fact in facts:
            lease_id = lease_of_fact(fact)
            if lease_id is not None:
                self._take(lease_id, fact)  # type: ignore[arg-type]  # it changes an account
                touched[lease_id] = None
            else:
                self._take_other(fact)
        for lease_id in touched:
            require_within_bounds(self.accounts[lease_id])

    def _account(self, lease_id: LeaseId) -> LeaseAccount:
        account = self.accounts.get(lease_id)
        if account is None:
            raise NotFound(f"portfolio {self.portfolio_id} has no lease {lease_id}")
        return account

    def _payment(self, payment_id: PaymentId) -> PaymentStanding:
        standing = self.payments.get(payment_id)
        if standing is None:
            raise NotFound(f"portfolio {self.portfolio_id} has no payment {payment_id}")
        return standing

    def _take(self, lease_id: LeaseId, fact: AccountFact) -> None:
        account = self._account(lease_id)
        _require_possible(account, fact)
        amount = _amount_of(fact)
        if amount.currency != account.lease.currency:
            raise CurrencyMismatch(
                f"lease {lease_id} is in {account.lease.currency.code}, not in {amount.currency.code}"
            )
        if isinstance(fact, kinds.CreditAdded | kinds.CreditEnded) and fact.credit.source == "payment":
            payment = self._payment(PaymentId(fact.credit.source_id)).payment
            if payment.amount.currency != amount.currency:
                raise CurrencyMismatch(f"payment {payment.payment_id} is {payment.amount}, a credit of it {amount}")
        self.accounts[lease_id] = account.applied([fact])

    def _take_other(self, fact: Fact) -> None:
        match fact:
            case kinds.LeaseRecorded(lease):
                account = self.accounts.get(lease.lease_id)
                self.accounts[lease.lease_id] = LeaseAccount(lease) if account is None else account.applied([fact])
            case kinds.PaymentReceived(payment, _) | kinds.PaymentRouted(payment=payment):
                self.payments.setdefault(payment.payment_id, PaymentStanding(payment, ()))
            case kinds.PaymentReversed(payment, _):
                self._reverse(payment)
            case kinds.MatchApplied():
                self._match(fact)
            case kinds.MatchUndone(match):
                standing = self._payment(match.payment_id)
                left = tuple(it for it in standing.matches if it.match_id != match.match_id)
                self.payments[match.payment_id] = evolve(standing, matches=left)
            case _:
                pass

    def _reverse(self, payment: Payment) -> None:
        standing = self._payment(payment.payment_id)
        known = standing.payment
        if known.reversed_on is not None:
            raise IllegalTransition(f"transaction {known.transaction_id} was reversed on {known.reversed_on}")
        self.payments[payment.payment_id] = evolve(standing, payment=payment)

    def _match(self, fact: kinds.MatchApplied) -> None:
        match = fact.match
        standing = self._payment(match.payment_id)
        for part in match.slices:
            self._account(part.lease_id)
            if part.amount.currency != standing.payment.amount.currency:
                raise CurrencyMismatch(
                    f"match {match.match_id}: {part.amount} of a payment of {standing.payment.amount}"
                )
        if match.amount_minor > standing.unapplied_minor:
            raise OverAllocation(
                f"match {match.match_id}: payment {match.payment_id} has {standing.unapplied_minor} minor units "
                f"left, {match.amount_minor} are asked for"
            )
        self.payments[match.payment_id] = evolve(standing, matches=(*standing.matches, match))


def _amount_of(fact: AccountFact) -> Money:
    match fact:
        case kinds.InvoiceIssued(it) | kinds.InvoiceVoided(invoice=it) | kinds.CreditNoteIssued(it):
            return it.amount
        case kinds.CreditAdded(it) | kinds.CreditEnded(it) | kinds.CreditUsed(it) | kinds.DepositMoved(it):
            return it.amount
        case kinds.CreditUseEnded(it):
            return it.amount
        case kinds.AllocationMade(it) | kinds.AllocationSuperseded(it):
            return it.amount
        case kinds.LeaseRecorded(lease):
            return Money.zero(lease.currency)


def _require_possible(account: LeaseAccount, fact: AccountFact) -> None:
    """Refuse what names nothing of the account, or has happened already."""
    match fact:
        case kinds.InvoiceVoided(invoice):
            account.invoice(invoice.invoice_id)
            if account.is_void(invoice.invoice_id):
                raise IllegalTransition(f"invoice {invoice.number or invoice.invoice_id} is void already")
        case kinds.CreditNoteIssued(note):
            account.invoice(note.invoice_id)
        case kinds.CreditUsed() | kinds.CreditUseEnded() | kinds.CreditEnded():
            _require_usable(account, fact)
        case kinds.AllocationMade(allocation):
            account.invoice(allocation.invoice_id)
            account.credit(allocation.credit_id)
            if not allocation.amount.is_positive:
                raise OverAllocation(f"allocation {allocation.allocation_id}: {allocation.amount} is not above zero")
        case kinds.AllocationSuperseded(allocation):
            _require_standing(account, allocation)
        case kinds.DepositMoved(entry) if entry.move in _LEAVING:
            require_held(account.deposit(date.max).held, entry.amount, entry.lease_id)
        case _:
            pass


def _require_usable(account: LeaseAccount, fact: kinds.CreditUsed | kinds.CreditUseEnded | kinds.CreditEnded) -> None:
    match fact:
        case kinds.CreditUsed(use):
            account.credit(use.credit_id)
        case kinds.CreditUseEnded(use):
            ended_on = account.use(use.use_id).ended_on
            if ended_on is not None:
                raise IllegalTransition(f"refund {use.use_id} was taken back on {ended_on} already")
        case kinds.CreditEnded(credit):
            ended_on = account.credit(credit.credit_id).ended_on
            if ended_on is not None:
                raise IllegalTransition(f"credit {credit.credit_id} ended on {ended_on} already")


def _require_standing(account: LeaseAccount, allocation: Allocation) -> None:
    found = next((it for it in account.allocations if it.allocation_id == allocation.allocation_id), None)
    if found is None:
        raise NotFound(f"lease {allocation.lease_id} has no allocation {allocation.allocation_id}")
    if found.superseded_at is not None:
        raise IllegalTransition(f"allocation {allocation.allocation_id} was superseded already")
