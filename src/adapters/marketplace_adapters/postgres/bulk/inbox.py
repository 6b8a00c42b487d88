"""Receives reports of payments in chunks: each chunk is looked up and written as a set, in one transaction and link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import islice
from typing import Final

from attrs import define, field
from sqlalchemy import Connection
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.bulk.inbox_chunk import Known, known_of, lock_accounts, write_chunk
from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.reading import PostgresPayments
from marketplace_adapters.postgres.writing.chain import append_link
from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PaymentContradicted, PaymentReceived, PaymentReportedAgain
from marketplace_core.domain.payment import Payment, PaymentReport
from marketplace_core.ports.payment_inbox import Contradiction, InboxOutcome, PaymentInbox

CHUNK_SIZE: Final = 1000
"""How many reports one link takes at most."""

InboxFact = PaymentReceived | PaymentReportedAgain | PaymentContradicted


@define
class _Tally:
    received: int = 0
    received_minor: int = 0
    told_again: int = 0
    repeated: int = 0
    contradictions: list[Contradiction] = field(factory=list[Contradiction])

    def add(self, other: _Tally) -> None:
        self.received += other.received
        self.received_minor += other.received_minor
        self.told_again += other.told_again
        self.repeated += other.repeated
        self.contradictions.extend(other.contradictions)


class PostgresPaymentInbox(PostgresPayments, PaymentInbox):
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
        self._require_open(command.portfolio_id)
        tally = _Tally()
        done = 0
        # A dry run writes everything into one transaction that is rolled back: later chunks see earlier ones.
        with only_ours(), self._engine.connect() if dry_run else nullcontext() as trial:
            for chunk in _chunks(reports):
                work = partial(_take_chunk, command=command, chunk=chunk, links=trial is None)
                tally.add(in_transaction(self._engine, work) if trial is None else work(trial))
                done += len(chunk)
                if progress is not None:
                    progress(done)
        return InboxOutcome(
            tally.received, tally.received_minor, tally.told_again, tally.repeated, tuple(tally.contradictions)
        )


def _take_chunk(connection: Connection, *, command: Command, chunk: Sequence[PaymentReport], links: bool) -> _Tally:
    """Classify the reports against what is known, write what is new, and link it."""
    lock_accounts(connection, command.portfolio_id, chunk)
    known = known_of(connection, command.portfolio_id, chunk)
    tally = _Tally()
    facts = [fact for report in chunk if (fact := _taken(report, command, known, tally)) is not None]
    if facts:
        write_chunk(connection, command.portfolio_id, facts, known)
        if links:
            append_link(connection, command.part(_content(facts)), facts)
    return tally


def _taken(report: PaymentReport, command: Command, known: Known, tally: _Tally) -> InboxFact | None:
    """The fact that a report makes, if any, remembered for the reports after it."""
    portfolio_id = command.portfolio_id
    payment = known.payments.get(report.payment_id)
    if payment is None:
        tally.received += 1
        tally.received_minor += report.amount.amount_minor
        payment = Payment.first_told(report, command.recorded_at, portfolio_id)
        known.payments[payment.payment_id] = payment
        known.reports.add(report.report_id)
        return PaymentReceived(payment, report)
    reason = payment.contradicts(report)
    is_ours = payment.portfolio_id == portfolio_id
    if reason is not None:
        tally.contradictions.append(Contradiction(report, reason))
        key = (payment.payment_id, report.source, report.amount)
        if not is_ours or key in known.contradicted:
            return None
        known.contradicted.add(key)
        return PaymentContradicted(portfolio_id, payment.payment_id, report.amount, report, reason)
    if not is_ours or report.report_id in known.reports:
        tally.repeated += 1
        return None
    tally.told_again += 1
    known.reports.add(report.report_id)
    return PaymentReportedAgain(portfolio_id, payment.payment_id, report)


def _chunks(reports: Iterable[PaymentReport]) -> Iterator[Sequence[PaymentReport]]:
    stream = iter(reports)
    while chunk := tuple(islice(stream, CHUNK_SIZE)):
        yield chunk


def _content(facts: Sequence[InboxFact]) -> str:
    """Names a chunk by what it adds: each report is added once, so the name comes once."""
    return digest(canonical([to_plain(fact.report) for fact in facts]))
