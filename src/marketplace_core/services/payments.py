"""Import a statement: every payment once, every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ReversalAwaited, ReversalDismissed
from marketplace_core.domain.feed import (
    Caution,
    FeedCounter,
    FeedRow,
    FeedSummary,
    Rejected,
    ReversalReport,
    Skipped,
    SkipReason,
)
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, PortfolioId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.payment import PaymentReport, ReportSource, payment_id_of
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.errors import ImportRefused, InvalidInput, NotFound, RuleViolation
from marketplace_core.ports.books import Books
from marketplace_core.ports.payment_inbox import InboxOutcome, PaymentInbox
from marketplace_core.services.corrections import ReversePayment
from marketplace_core.services.routing import RouteReports

PROBLEMS_SHOWN = 200
"""So many bad rows, cautions and reversals are kept to be named; all are counted."""


@frozen
class PaymentImport:
    """What an import did, or in a dry run would do.

    ``summary`` counts every row of the source by kind; ``outcome`` says what became of the payments among them.
    ``reversals_waiting`` could not be tied to a payment of ours and need a person.
    """

    summary: FeedSummary
    outcome: InboxOutcome
    rejected: tuple[Rejected, ...]
    cautions: tuple[Caution, ...]
    reversed: int
    reversals_waiting: tuple[ReversalReport, ...]

    @property
    def is_whole(self) -> bool:
        """True when no row was left behind."""
        return not (self.summary.rejected or self.outcome.contradictions or self.reversals_waiting)


@frozen
class ImportPayments:
    """Takes a feed's payments into the inbox; the same file twice adds nothing.

    With ``route``, payments of an account that several portfolios share go to the one that they belong to.
    """

    inbox: PaymentInbox
    reverse: ReversePayment
    route: RouteReports | None = None

    def __call__(
        self,
        command: Command,
        read: Callable[[], Iterable[FeedRow]],
        currency: Currency,
        *,
        keep_going: bool = False,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> PaymentImport:
        """Read the feed once to look for bad rows, then again to take its payments.

        ``read`` gives the rows from the start each time. With bad rows and without ``keep_going`` nothing is taken:
        ``ImportRefused`` names them. Reversals end the payments they name; those whose payment is not here are kept,
        and end it when it comes.
        """
        first = _Reading(currency)
        for _ in first.payments(read()):
            pass
        if first.rejected and not keep_going:
            raise ImportRefused([row.error for row in first.rejected], first.counter.summary().rejected)
        waited = (it.report for it in open_reversals(self.inbox, command.portfolio_id))
        second = _Reading(currency, frozenset(it.payment_id for it in (*first.reversals, *waited)))
        routes = self.route is not None and any(map(self.route.is_shared, sorted(first.accounts)))
        inbox = self.route if self.route is not None and routes else self.inbox
        outcome = inbox.receive(command, second.payments(read()), dry_run=dry_run, progress=progress)
        known = {it.reversal_id: it for it in self.inbox.reversals(command.portfolio_id)}
        told = [it for it in second.reversals if not _dismissed(known, it)]
        coming = second.named if dry_run else {}
        done, waiting = self._reverse(command, told, coming, dry_run=dry_run)
        if known:
            done += self.end_by_waiting(command, {it.reversal_id for it in told}, coming, dry_run=dry_run)
        self._await(command, [it for it in waiting if it.reversal_id not in known], dry_run=dry_run)
        second.cautions.extend(self._gone_out(command, second))
        return PaymentImport(
            second.counter.summary(),
            outcome,
            tuple(second.rejected),
            tuple(second.cautions),
            done,
            tuple(waiting),
        )

    def end_by_waiting(
        self,
        command: Command,
        said: Collection[str] = (),
        coming: Mapping[PaymentId, Money] = MappingProxyType({}),
        *,
        dry_run: bool = False,
    ) -> int:
        """End the payments that reversals wait for, now that they may be here; how many are ended.

        ``said`` are reversals that the source itself told, ``coming`` payments that a dry run did not take.
        """
        waiting = open_reversals(self.inbox, command.portfolio_id)
        before = [it.report for it in waiting if it.reversal_id not in said]
        return self._reverse(command, before, coming, dry_run=dry_run)[0]

    def _gone_out(self, command: Command, reading: _Reading) -> Iterator[Caution]:
        """What went out under the id of a payment that came in: perhaps that payment, taken back."""
        for account, row in product(sorted(reading.accounts), reading.gone_out):
            try:
                payment_id = payment_id_of(account, row.transaction_id)
                payment = self.inbox.payment(command.portfolio_id, payment_id).payment
            except NotFound:
                continue
            if payment.reversed_on is None:
                reason = f"{row.amount} went out as {row.transaction_id}, under which {payment.amount} came in: "
                what = f"if that was taken back, marketplace payments reverse {row.transaction_id} --on DAY"
                yield Caution(row.file, row.line, reason + what)

    def _reverse(
        self,
        command: Command,
        reversals: Iterable[ReversalReport],
        coming: Mapping[PaymentId, Money],
        *,
        dry_run: bool,
    ) -> tuple[int, list[ReversalReport]]:
        """How many are done by now, and which wait; ``coming`` are the payments that a dry run did not take."""
        done = 0
        waiting: list[ReversalReport] = []
        for report in reversals:
            if self._is_coming(report, coming) or self._reverse_one(command, report, dry_run=dry_run):
                done += 1
            else:
                waiting.append(report)
        return done, waiting

    def _await(self, command: Command, reports: Iterable[ReversalReport], *, dry_run: bool) -> None:
        """Keep what waits, each once however often one file says it."""
        own, at = command.portfolio_id, command.recorded_at
        once = {it.reversal_id: AwaitedReversal.of(it, own, at) for it in reports}
        if once:
            part = command.part("reversals that wait")
            self.reverse.books.record(part, [ReversalAwaited(it) for it in once.values()], dry_run=dry_run)

    def _home_of(self, command: Command, report: ReversalReport) -> PortfolioId:
        """Whose the payment is: of a shared account it may be in another book than the one that is imported for."""
        if self.route is None or not self.route.is_shared(report.collection_account_id):
            return command.portfolio_id
        told = PaymentReport(
            report.collection_account_id,
            report.original_transaction_id,
            ReportSource.STATEMENT,
            report.amount,
            report.reversed_at,
            report.value_date,
        )
        return self.route.shared.owners([told]).get(told.payment_id, command.portfolio_id)

    def _is_coming(self, report: ReversalReport, coming: Mapping[PaymentId, Money]) -> bool:
        """True where the payment comes with this very source; of a shared account it may have to wait for a person."""
        if self.route is not None and self.route.is_shared(report.collection_account_id):
            return False
        return report.payment_id is not None and coming.get(report.payment_id) == report.amount

    def _reverse_one(self, command: Command, report: ReversalReport, *, dry_run: bool) -> bool:
        """True when the payment is reversed by now; one of another amount, or not ours, is left to a person."""
        payment_id = report.payment_id
        if payment_id is None:
            return False
        try:
            home = self._home_of(command, report)
            standing = self.inbox.payment(home, payment_id)
        except NotFound:
            return False
        if standing.payment.amount != report.amount:
            return False
        if standing.payment.reversed_on is None:
            why = f"reversed by {report.transaction_id}"
            part = evolve(command.part(f"reverse {payment_id}"), kind="payment.reverse", reason=why, portfolio_id=home)
            day = max(report.value_date, standing.payment.value_date)
            try:
                self.reverse(part, payment_id, day, dry_run=dry_run)
            except RuleViolation:
                return False  # the rest of the statement goes on; this one waits for a person
        return True


def open_reversals(inbox: PaymentInbox, portfolio_id: PortfolioId) -> Iterator[AwaitedReversal]:
    """The reversals that still wait: not dismissed, and their payment not taken back in any other way."""
    for it in inbox.reversals(portfolio_id):
        if it.dismissed_at is not None:
            continue
        payment_id = it.report.payment_id
        try:
            if payment_id is not None and inbox.payment(portfolio_id, payment_id).payment.reversed_on is not None:
                continue
        except NotFound:
            pass
        yield it


@frozen
class DismissReversal:
    """Says that nothing here is taken back by a reversal that waits."""

    books: Books
    inbox: PaymentInbox

    def __call__(self, command: Command, reversal: str, *, dry_run: bool = False) -> AwaitedReversal:
        """The reversal of that id or transaction, dismissed; ``command.reason`` says why."""
        if not command.reason.strip():
            raise InvalidInput(f"reversal {reversal}: say why it is dismissed")
        for it in open_reversals(self.inbox, command.portfolio_id):
            if reversal in (it.reversal_id, it.transaction_id):
                dismissed = evolve(it, dismissed_at=command.recorded_at)
                self.books.record(command, [ReversalDismissed(dismissed)], dry_run=dry_run)
                return dismissed
        raise NotFound(f"no reversal {reversal} waits in {command.portfolio_id}")


def _dismissed(known: Mapping[str, AwaitedReversal], report: ReversalReport) -> bool:
    it = known.get(report.reversal_id)
    return it is not None and it.dismissed_at is not None


class _Reading:
    """One pass over a feed: counts all, keeps what must be named and the amounts of ``wanted``, passes payments on."""

    def __init__(self, currency: Currency, wanted: frozenset[PaymentId | None] = frozenset()) -> None:
        self._wanted = wanted
        self.named: dict[PaymentId, Money] = {}
        self.counter = FeedCounter(currency)
        self.rejected: list[Rejected] = []
        self.cautions: list[Caution] = []
        self.reversals: list[ReversalReport] = []
        self.accounts: set[CollectionAccountId] = set()
        self.gone_out: list[Skipped] = []

    def payments(self, rows: Iterable[FeedRow]) -> Iterator[PaymentReport]:
        for row in self.counter.counting(rows):
            if isinstance(row, PaymentReport):
                self.accounts.add(row.collection_account_id)
                if self._wanted and row.payment_id in self._wanted:
                    self.named.setdefault(row.payment_id, row.amount)
                yield row
            elif isinstance(row, ReversalReport):
                self.reversals.append(row)
            elif isinstance(row, Skipped):
                if row.reason is SkipReason.OUTGOING and row.transaction_id:
                    self.gone_out.append(row)
            elif isinstance(row, Rejected):
                if len(self.rejected) < PROBLEMS_SHOWN:
                    self.rejected.append(row)
            elif len(self.cautions) < PROBLEMS_SHOWN:
                self.cautions.append(row)
