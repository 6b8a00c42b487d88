"""Receives reports of payments in memory: each payment once, however often and by whom it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from attrs import define, field
from typing_extensions import override

from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact, PaymentContradicted, PaymentReceived, PaymentReportedAgain
from marketplace_core.domain.identifiers import PaymentId, PortfolioId
from marketplace_core.domain.payment import Payment, PaymentReport
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.ports.payment_inbox import Contradiction, InboxOutcome, PaymentInbox
from marketplace_core.services.memory_books.payment_facts import require_collects_in, require_payment, standing_of
from marketplace_core.services.memory_books.reading import Reading
from marketplace_core.services.memory_books.tables import Workplace
from marketplace_core.services.memory_books.writing import write_one

CHUNK_SIZE: Final = 1000
"""How many reports one link takes at most."""


@define
class _Tally:
    received: int = 0
    received_minor: int = 0
    told_again: int = 0
    repeated: int = 0
    contradictions: list[Contradiction] = field(factory=list[Contradiction])

    def outcome(self) -> InboxOutcome:
        return InboxOutcome(
            self.received, self.received_minor, self.told_again, self.repeated, tuple(self.contradictions)
        )


class Inbox(Reading, PaymentInbox):
    """The inbox of each collection account."""

    @override
    def receive(
        self,
        command: Command,
        reports: Iterable[PaymentReport],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> InboxOutcome:
        tally = _Tally()
        done = 0
        with self._lock:
            trial = self._begin(command.portfolio_id)
        for chunk in _chunks(reports):
            with self._lock:
                work = trial if dry_run else self._begin(command.portfolio_id)
                facts = [fact for report in chunk for fact in self._take(work, command, report, tally)]
                if facts and not dry_run:
                    self._commit(work, command.part(_content(facts)), facts)
            done += len(chunk)
            if progress is not None:
                progress(done)
        return tally.outcome()

    def _take(self, work: Workplace, command: Command, report: PaymentReport, tally: _Tally) -> Iterator[Fact]:
        """The facts that a report makes, written into the transaction and counted."""
        require_collects_in(work, report.collection_account_id)
        payment = self._known_payment(work, report)
        if payment is None:
            tally.received += 1
            tally.received_minor += report.amount.amount_minor
            received = Payment.first_told(report, command.recorded_at, command.portfolio_id)
            yield write_one(work, PaymentReceived(received, report))
            return
        reason = payment.contradicts(report)
        is_ours = payment.portfolio_id == command.portfolio_id
        if reason is not None:
            tally.contradictions.append(Contradiction(report, reason))
            key = (payment.payment_id, report.source, report.amount)
            if is_ours and key not in work.transaction.on(work.book.contradicted):
                yield write_one(
                    work,
                    PaymentContradicted(command.portfolio_id, payment.payment_id, report.amount, report, reason),
                )
            return
        known = work.transaction.on(work.book.reports).get(payment.payment_id) or ()
        if not is_ours or any(it.report_id == report.report_id for it in known):
            tally.repeated += 1
            return
        tally.told_again += 1
        yield write_one(work, PaymentReportedAgain(command.portfolio_id, payment.payment_id, report))

    def _known_payment(self, work: Workplace, report: PaymentReport) -> Payment | None:
        """The payment of that transaction, whichever portfolio of the shared account has it."""
        owner = work.transaction.on(work.shared.owner_of_payment).get(report.payment_id)
        if owner is None:
            return None
        if owner == work.book.portfolio_id:
            return work.transaction.on(work.book.payments).get(report.payment_id)
        return self._book(owner).payments[report.payment_id]

    @override
    def payment(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> PaymentStanding:
        self._book(portfolio_id)
        with self._lock:
            return standing_of(self._begin(portfolio_id), payment_id)

    @override
    def payments(self, portfolio_id: PortfolioId) -> Iterator[Payment]:
        return iter(self._by_id(self._book(portfolio_id).payments))

    @override
    def waiting(self, portfolio_id: PortfolioId) -> Iterator[PaymentStanding]:
        book = self._book(portfolio_id)
        with self._lock:
            work = self._begin(portfolio_id)
            standings = [standing_of(work, payment_id) for payment_id in sorted(book.payments)]
        return (it for it in standings if it.unapplied_minor)

    @override
    def reversals(self, portfolio_id: PortfolioId) -> Iterator[AwaitedReversal]:
        return iter(self._by_id(self._book(portfolio_id).reversals))

    @override
    def reports(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> tuple[PaymentReport, ...]:
        book = self._book(portfolio_id)
        with self._lock:
            require_payment(self._begin(portfolio_id), payment_id)
            return book.reports.get(payment_id, ())


def _chunks(reports: Iterable[PaymentReport]) -> Iterator[Sequence[PaymentReport]]:
    stream = iter(reports)
    while chunk := tuple(islice(stream, CHUNK_SIZE)):
        yield chunk


def _content(facts: Sequence[Fact]) -> str:
    """Names a chunk by what it adds: each report is added once, so the name comes once."""
    told = (PaymentReceived, PaymentReportedAgain, PaymentContradicted)
    return digest(canonical([to_plain(fact.report) for fact in facts if isinstance(fact, told)]))
