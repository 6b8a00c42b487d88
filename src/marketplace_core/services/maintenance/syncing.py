"""Read tickets and comments of a system outside: what changed since the last run, then what is gone or was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.merging import archive
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage, next_since
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.errors import PartnerDrift, PartnerUnavailable
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.ports.outside_property.ticket_source import TicketSource
from marketplace_core.ports.tickets import LinkedTicket, Tickets
from marketplace_core.services.maintenance.taking import TakeTicket, Took

TICKET_STREAM: Final = "tickets"
COMMENT_STREAM: Final = "comments"
_FEW: Final = 20
"""So many may be gone at once without a question."""


@frozen
class SyncTickets:
    """One run a stream, page by page, each page's cursor kept when all of it is taken: a run cut off goes on there.

    A page done twice writes nothing. What does not answer leaves the run to go on; what is no longer as it was ends it
    as degraded. Where more than half of our tickets would be gone, nothing is archived: somebody took our sight away.
    """

    source: TicketSource
    take: TakeTicket
    tickets: Tickets
    progress: SyncProgress
    clock: Clock
    page: int = 100

    def __call__(self, portfolio_id: PortfolioId) -> tuple[SyncRun, ...]:
        """The runs of tickets and of comments as they ended; ``PartnerUnavailable`` where one is to go on later.

        Where tickets are degraded, comments wait for them: read now, those to new tickets would be taken for unknown.
        """
        tickets = self._run(portfolio_id, TICKET_STREAM)
        return (tickets,) if tickets.is_degraded else (tickets, self._run(portfolio_id, COMMENT_STREAM))

    def preview(self, portfolio_id: PortfolioId) -> Mapping[str, int]:
        """What reading all tickets now would change, by the words of `Took`; writes nothing."""
        counts: Counter[str] = Counter()
        cursor: str | None = ""
        while cursor is not None:
            found = self.source.tickets(None, cursor, self.page)
            counts += self._tickets(portfolio_id, found.rows, dry_run=True)
            cursor = found.next_cursor
        gone, _ = self._swept(portfolio_id)
        counts[Took.ARCHIVED.value] += len(gone)
        return dict(counts)

    def _run(self, portfolio_id: PortfolioId, name: str) -> SyncRun:
        stream = Stream(portfolio_id, self.take.system, name)
        since = next_since(self.progress.last_good(stream))
        run = self.progress.begin(SyncRun(stream, self.clock.now(), since))
        while run.ended_at is None:
            try:
                after = self._step(run)
            except PartnerDrift as problem:
                after = evolve(run, ended_at=self.clock.now(), trouble=str(problem))
            except PartnerUnavailable as problem:
                self.progress.advance(run, evolve(run, trouble=str(problem)))
                raise
            self.progress.advance(run, after)
            run = after
        return run

    def _step(self, run: SyncRun) -> SyncRun:
        """The run after one page of changes, or after the whole sweep."""
        run_on = evolve(run, trouble="")
        if run.stage is SyncStage.SWEEP:
            return _ended(run_on.counted(self._sweep(run.stream.portfolio_id)), self.clock)
        own = run.stream.portfolio_id
        if run.stream.name == TICKET_STREAM:
            page = self.source.tickets(run.since, run.cursor, self.page)
            counts, cursor = self._tickets(own, page.rows), page.next_cursor
        else:
            comments = self.source.comments(run.since, run.cursor, self.page)
            counts = Counter(self.take.comment(own, it).took.value for it in comments.rows)
            cursor = comments.next_cursor
        counted = run_on.counted(counts)
        if cursor is not None:
            return evolve(counted, cursor=cursor)
        if run.stream.name == COMMENT_STREAM:
            return _ended(counted, self.clock)
        return evolve(counted, stage=SyncStage.SWEEP, cursor="")

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

    def _sweep(self, portfolio_id: PortfolioId) -> Counter[str]:
        """Take what was missed, then archive what is gone, each looked for once more before."""
        gone, missed = self._swept(portfolio_id)
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

    def _swept(self, portfolio_id: PortfolioId) -> tuple[list[LinkedTicket], list[str]]:
        """Those of ours that are not told there any more, and the ids there of which we lack the version."""
        there = dict(self._ids())
        ours = {it.external_id: it for it in self._ours(portfolio_id)}
        missed = [key for key, version in there.items() if not _stands(ours.get(key), version)]
        standing = [it for it in ours.values() if not it.is_archived]
        gone = [it for it in standing if it.external_id not in there]
        if len(gone) > max(_FEW, len(standing) // 2):
            raise PartnerDrift(
                f"{len(gone)} of {len(standing)} tickets are not shown by {self.take.system} any more: nothing is"
                " archived; look whether our account there still sees them"
            )
        return gone, missed

    def _ids(self) -> Iterator[tuple[str, int]]:
        cursor: str | None = ""
        while cursor is not None:
            found = self.source.ticket_ids(cursor, self.page)
            yield from ((it.external_id, it.version) for it in found.rows)
            cursor = found.next_cursor

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
    """True where that version is known, in its place, and not archived."""
    return known is not None and known.version >= version and not (known.is_archived or known.lacks_place)


def _ended(run: SyncRun, clock: Clock) -> SyncRun:
    return evolve(run, stage=SyncStage.DONE, cursor="", ended_at=clock.now())
