"""Read tickets and comments of a system outside: what changed since the last run, then what is gone or was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.merging import archive
from marketplace_core.domain.outside_property.progress import Stream, SyncRun
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.ports.outside_property.ticket_source import TicketSource
from marketplace_core.ports.tickets import LinkedTicket, Tickets
from marketplace_core.services.maintenance.taking import TakeTicket, Took
from marketplace_core.services.outside_property.running import Counts, RunStream, every_id, require_few_gone

TICKET_STREAM: Final = "tickets"
COMMENT_STREAM: Final = "comments"
IDS_AT_ONCE: Final = 1_000


@frozen
class SyncTickets:
    """One run a stream, page by page, each page's cursor kept when all of it is taken: a run cut off goes on there.

    A page done twice writes nothing. What does not answer leaves the run to go on; what is no longer as it was ends it
    as degraded. Where more than half of our tickets would be gone, nothing is archived: somebody took our sight away;
    ``accept_gone`` archives them.
    """

    source: TicketSource
    take: TakeTicket
    tickets: Tickets
    progress: SyncProgress
    clock: Clock
    page: int = 100
    accept_gone: bool = field(default=False, kw_only=True)

    def __call__(self, portfolio_id: PortfolioId, *, whole: bool = False) -> tuple[SyncRun, ...]:
        """The runs of tickets and of comments as they ended; ``PartnerUnavailable`` where one is to go on later.

        Where tickets are degraded, comments wait for them: read now, those to new tickets would be taken for unknown.
        """

        def comment_page(run: SyncRun) -> tuple[str | None, Counts]:
            page = self.source.comments(run.since, run.cursor, self.page)
            return page.next_cursor, Counter(self.take.comment(portfolio_id, it).took.value for it in page.rows)

        run_stream = RunStream(self.progress, self.clock).to_its_end
        tickets = Stream(portfolio_id, self.take.system, TICKET_STREAM)
        of_tickets = run_stream(tickets, self._ticket_page, self._sweep, whole=whole)
        if of_tickets.is_degraded:
            return (of_tickets,)
        comments = Stream(portfolio_id, self.take.system, COMMENT_STREAM)
        return of_tickets, run_stream(comments, comment_page, _nothing_to_sweep, whole=whole)

    def preview(self, portfolio_id: PortfolioId) -> Mapping[str, int]:
        """What reading all tickets now would change, by the words of `Took`; writes nothing."""
        counts: Counter[str] = Counter()
        cursor: str | None = ""
        while cursor is not None:
            found = self.source.tickets(None, cursor, self.page)
            counts += self._tickets(portfolio_id, found.rows, dry_run=True)
            cursor = found.next_cursor
        gone, _, _ = self._swept(portfolio_id)
        counts[Took.ARCHIVED.value] += len(gone)
        return dict(counts)

    def _ticket_page(self, run: SyncRun) -> tuple[str | None, Counts]:
        page = self.source.tickets(run.since, run.cursor, self.page)
        return page.next_cursor, self._tickets(run.stream.portfolio_id, page.rows)

    def _tickets(
        self, portfolio_id: PortfolioId, rows: tuple[OutsideTicket, ...], *, dry_run: bool = False
    ) -> Counter[str]:
        """What came of a page; those whose version is known are not looked at further."""
        ids = [it.external_id for it in rows]
        known = {it.external_id: it for it in self.tickets.linked_tickets(portfolio_id, self.take.system, ids)}
        counts: Counter[str] = Counter()
        for it in rows:
            if _stands(known.get(it.external_id), it.version) and not it.is_deleted:
                counts[Took.UNCHANGED.value] += 1
            else:
                counts[self.take(portfolio_id, it, dry_run=dry_run).took.value] += 1
        return counts

    def _sweep(self, run: SyncRun) -> Counts:
        """Take what was missed, then archive what is gone, each looked for once more before.

        Each is a transaction of its own, and is not found again by a sweep that is done again.
        """
        portfolio_id = run.stream.portfolio_id
        gone, missed, standing = self._swept(portfolio_id)
        if not self.accept_gone:
            require_few_gone(len(gone), standing, "tickets")
        counts: Counter[str] = Counter()
        for external_id in missed:
            found = self.source.ticket(external_id)
            if found is not None:
                counts[self.take(portfolio_id, found).took.value] += 1
        for it in gone:
            if self.source.ticket(it.external_id) is None:
                self._archive(portfolio_id, it)
                counts[Took.ARCHIVED.value] += 1
        return counts

    def _swept(self, portfolio_id: PortfolioId) -> tuple[list[LinkedTicket], list[str], int]:
        """Ours that are not told any more, the ids there of which we lack the version, and how many of ours stand."""
        there = every_id(self.source.ticket_ids, IDS_AT_ONCE)
        ours = {it.external_id: it for it in self._ours(portfolio_id)}
        missed = [key for key, version in there.items() if not _stands(ours.get(key), version)]
        standing = [it for it in ours.values() if not it.is_archived]
        return [it for it in standing if it.external_id not in there], missed, len(standing)

    def _ours(self, portfolio_id: PortfolioId) -> Iterator[LinkedTicket]:
        after = ""
        while found := self.tickets.every_linked_ticket(portfolio_id, self.take.system, after):
            yield from found
            after = found[-1].external_id

    def _archive(self, portfolio_id: PortfolioId, it: LinkedTicket) -> None:
        now, zone = self.clock.now(), self.take.directory.portfolio(portfolio_id).zone

        def change(file: TicketFile | None) -> TicketFile | None:
            return file and archive(file, now, zone, self.take.system)

        self.tickets.change_ticket(portfolio_id, it.ticket_id, change)


def _stands(known: LinkedTicket | None, version: int) -> bool:
    """True where that version is known and not archived, and looking again would find no more of its place."""
    return known is not None and known.version >= version and not (known.is_archived or known.finds_place)


def _nothing_to_sweep(_: SyncRun) -> Counts:
    """A comment that was deleted there is told to nobody but staff, as a change."""
    return {}
