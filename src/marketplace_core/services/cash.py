"""Record cash taken over the counter, one payment at a time, by the number of the receipt that was given."""

from __future__ import annotations

from datetime import date, datetime

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone, start_of_day
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Portfolio
from marketplace_core.domain.payment import (
    CollectionAccount,
    CollectionKind,
    Payer,
    Payment,
    PaymentReport,
    ReportSource,
)
from marketplace_core.errors import InvalidInput, NotFound, TransactionConflict
from marketplace_core.ports.cash_desk import CashDesk
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.payment_inbox import InboxOutcome
from marketplace_core.services.payments import ImportPayments

PLACE = "recorded by hand"
"""Where a report of cash stood."""
_OWN_NUMBER = "give this payment the number of its own receipt"


@frozen
class CashBox:
    """A cash box on a day on which cash can have been paid into it."""

    portfolio: Portfolio
    account: CollectionAccount
    is_shared: bool
    day: date

    def report(self, amount: Money, receipt: str, reference: str, payer: Payer) -> PaymentReport:
        """The report of one payment: its receipt's number is its transaction id."""
        paid_at = start_of_day(self.day, self.portfolio.zone)
        own = self.account.collection_account_id
        return PaymentReport(own, receipt, ReportSource.CASH, amount, paid_at, self.day, reference, payer, PLACE)


@frozen
class CashRecorded:
    """What came of it; ``is_known`` where the payment was recorded before, so that nothing was written."""

    outcome: InboxOutcome
    was_held: bool = False
    """True where it is held for a person, and was so before."""

    @property
    def is_known(self) -> bool:
        """True where the books, or those who look after what is held, had the payment."""
        return bool(self.outcome.repeated or self.outcome.told_again or self.was_held)


@frozen
class RecordCash:
    """Records one payment in cash; what a statement or callback tells is imported instead.

    A payment of a box that one portfolio has takes the short way of the counter. What is only planned, and what
    must be routed first, goes the way of a statement.
    """

    desks: CashDesk
    directory: Directory
    imports: ImportPayments

    def box(self, portfolio_id: PortfolioId, account_id: CollectionAccountId, day: date, now: datetime) -> CashBox:
        """The cash box on that day.

        ``NotFound`` where the portfolio has no such account; ``InvalidInput`` where it is no cash box or the day is
        to come.
        """
        desk = self.desks.desk(portfolio_id, account_id)
        account = desk.account
        if account is None:
            known = self.directory.collection_accounts(portfolio_id)
            boxes = ", ".join(it.collection_account_id for it in known if it.kind is CollectionKind.CASH) or "none"
            raise NotFound(f"portfolio {portfolio_id} has no collection account {account_id}: cash boxes are {boxes}")
        if account.kind is not CollectionKind.CASH:
            raise InvalidInput(f"collection account {account_id} is no cash box: its statement or callback tells of it")
        today = day_in_zone(now, desk.portfolio.zone)
        if day > today:
            raise InvalidInput(f"cash paid on {day}, which is to come: today is {today}")
        return CashBox(desk.portfolio, account, desk.is_shared, day)

    def __call__(
        self,
        command: Command,
        box: CashBox,
        report: PaymentReport,
        *,
        dry_run: bool = False,
        shows_reference: bool = False,
    ) -> CashRecorded:
        """Record what ``box.report`` made, once.

        ``TransactionConflict`` where the receipt's number is that of another payment: a second one told as the
        first would be lost. Its message has what the other was paid for only with ``shows_reference``, for callers
        who may see it.
        """
        was_held = box.is_shared and self._is_held(report, shows_reference=shows_reference)
        if dry_run or box.is_shared:
            currency = box.account.currency
            outcome = self.imports(command, lambda: iter([report]), currency, dry_run=dry_run).outcome
        else:
            taken = self.desks.take(command, report)
            outcome = taken.outcome
            if taken.may_end_reversal:
                self.imports.end_by_waiting(command)
        for it in outcome.contradictions:
            raise TransactionConflict(f"receipt {report.transaction_id}: {it.reason}")
        if outcome.repeated or outcome.told_again:
            self._require_same(command.portfolio_id, report, shows_reference=shows_reference)
        elif box.is_shared and not outcome.received:
            # Somebody else's may have been held since we looked: only the first of a number is kept.
            self._is_held(report, shows_reference=shows_reference)
            return CashRecorded(evolve(outcome, held=1), was_held)
        return CashRecorded(outcome)

    def _is_held(self, report: PaymentReport, *, shows_reference: bool) -> bool:
        """True where this very payment is held for a person; refused where another one of its number is."""
        route = self.imports.route
        if route is None:
            return False
        for held in route.shared.held(report.collection_account_id, [report.payment_id]):
            if held.amount != report.amount or not _is_same(held, report):
                raise _other(report, held, shows_reference=shows_reference)
            return True
        return False

    def _require_same(self, portfolio_id: PortfolioId, report: PaymentReport, *, shows_reference: bool) -> None:
        """Refuse a known payment's number for another one; of a shared box it may be in another's book."""
        route = self.imports.route
        owner = portfolio_id if route is None else route.shared.owners([report]).get(report.payment_id, portfolio_id)
        known = self.imports.inbox.payment(owner, report.payment_id).payment
        if _is_same(known, report):
            return
        if owner != portfolio_id:
            raise TransactionConflict(
                f"receipt {report.transaction_id} is that of another payment in another book: {_OWN_NUMBER}"
            )
        raise _other(report, known, shows_reference=shows_reference)


def _is_same(known: Payment | PaymentReport, report: PaymentReport) -> bool:
    return (known.value_date, known.reference_text) == (report.value_date, report.reference_text)


def _other(report: PaymentReport, known: Payment | PaymentReport, *, shows_reference: bool) -> TransactionConflict:
    paid_for = f" for {known.reference_text or 'nothing said'}" if shows_reference else ""
    return TransactionConflict(
        f"receipt {report.transaction_id} is that of {known.amount} of {known.value_date}{paid_for}: {_OWN_NUMBER}"
    )
