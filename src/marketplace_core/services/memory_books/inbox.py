"""Receives reports of payments in memory: each payment once, however often and by whom it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PaymentId, PortfolioId
from marketplace_core.domain.payment import Payment, PaymentReport
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.domain.telling import InboxFact, InboxTally, command_of, fact_told
from marketplace_core.ports.payment_inbox import InboxOutcome, PaymentInbox
from marketplace_core.services.memory_books.payment_facts import require_collects_in, require_payment, standing_of
from marketplace_core.services.memory_books.reading import Reading
from marketplace_core.services.memory_books.tables import Workplace
from marketplace_core.services.memory_books.writing import write_one

CHUNK_SIZE: Final = 1000
"""How many reports one link takes at most."""


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
        tally = InboxTally()
        done = 0
        with self._lock:
            trial = self._begin(command.portfolio_id)
        for chunk in _chunks(reports):
            with self._lock:
                work = trial if dry_run else self._begin(command.portfolio_id)
                facts = [fact for report in chunk for fact in self._take(work, command, report, tally)]
                if facts and not dry_run:
                    self._commit(work, command_of(command, facts), facts)
            done += len(chunk)
            if progress is not None:
                progress(done)
        return tally.outcome()

    def _take(self, work: Workplace, command: Command, report: PaymentReport, tally: InboxTally) -> Iterator[InboxFact]:
        """The fact that a report makes, if any, written into the transaction and counted."""
        require_collects_in(work, report.collection_account_id)
        heard = work.transaction.on(work.book.reports).get(report.payment_id) or ()
        reports = {it.report_id for it in heard}
        contradicted = work.transaction.on(work.book.contradicted)
        fact = fact_told(report, command, self._known_payment(work, report), reports, contradicted, tally)
        if fact is not None:
            write_one(work, fact)
            yield fact

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
