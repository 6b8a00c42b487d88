"""Receives reports of payments in chunks: each chunk is looked up and written as a set, in one transaction and link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy import Connection
from typing_extensions import override

from marketplace_adapters.postgres.books import in_transaction
from marketplace_adapters.postgres.bulk.inbox_chunk import Known, known_of, lock_accounts, write_chunk
from marketplace_adapters.postgres.errors import only_ours
from marketplace_adapters.postgres.reading import PostgresPayments
from marketplace_adapters.postgres.writing.chain import append_link
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PaymentContradicted, PaymentReceived
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.domain.telling import InboxFact, InboxTally, command_of, fact_told
from marketplace_core.ports.payment_inbox import InboxOutcome, PaymentInbox

CHUNK_SIZE: Final = 1000
"""How many reports one link takes at most."""


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
        tally = InboxTally()
        done = 0
        # A dry run writes everything into one transaction that is rolled back: later chunks see earlier ones.
        with only_ours(), self._engine.connect() if dry_run else nullcontext() as trial:
            for chunk in _chunks(reports):
                work = partial(_take_chunk, command=command, chunk=chunk, links=trial is None)
                tally.add(in_transaction(self._engine, work) if trial is None else work(trial))
                done += len(chunk)
                if progress is not None:
                    progress(done)
        return tally.outcome()


def _take_chunk(connection: Connection, *, command: Command, chunk: Sequence[PaymentReport], links: bool) -> InboxTally:
    """Classify the reports against what is known, write what is new, and link it."""
    lock_accounts(connection, command.portfolio_id, chunk)
    known = known_of(connection, command.portfolio_id, chunk)
    tally = InboxTally()
    facts = [fact for report in chunk if (fact := _taken(report, command, known, tally)) is not None]
    if facts:
        write_chunk(connection, command.portfolio_id, facts, known)
        if links:
            append_link(connection, command_of(command, facts), facts)
    return tally


def _taken(report: PaymentReport, command: Command, known: Known, tally: InboxTally) -> InboxFact | None:
    """The fact that a report makes, if any, remembered for the reports after it."""
    payment = known.payments.get(report.payment_id)
    fact = fact_told(report, command, payment, known.reports, known.contradicted, tally)
    if isinstance(fact, PaymentContradicted):
        known.contradicted.add((fact.payment_id, report.source, report.amount))
    elif fact is not None:
        known.reports.add(report.report_id)
    if isinstance(fact, PaymentReceived):
        known.payments[fact.payment.payment_id] = fact.payment
    return fact


def _chunks(reports: Iterable[PaymentReport]) -> Iterator[Sequence[PaymentReport]]:
    stream = iter(reports)
    while chunk := tuple(islice(stream, CHUNK_SIZE)):
        yield chunk
