"""Runs a stream of a system outside page by page, so that a run cut off goes on at its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from attrs import evolve, frozen

from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.progress import Stream, SyncRun, SyncStage, next_since
from marketplace_core.errors import ConfigurationError, PartnerDrift, PartnerUnavailable
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.sync_progress import SyncProgress

Counts = Mapping[str, int]
TakePage = Callable[[SyncRun], tuple[str | None, Counts]]
"""Reads and brings the page at the run's cursor: where the next one begins (None: no more), and what it came to."""
Sweep = Callable[[SyncRun], Counts]
"""Reads all ids and ends what is gone."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FEWEST_TO_LOSE = 10
"""How many may go at once of however few there are."""
MISSED = "missed"
"""The count of what stands there and was never told: the next run reads everything."""
UNREAD = "unread"
"""The count of what stands there and cannot be read: all others are brought, and the run ends degraded."""
_NAMED = 3


@frozen
class RunStream:
    """Begins a run of a stream, or goes on with the one that was cut off, and ends it.

    The cursor is kept after each page: a page that was brought and not kept is brought again, and writes nothing.
    Where the source does not answer, or denies it to us, the run stays where it is and says why; where it is not as it
    was, the run ends degraded, and the next one begins where the last good one did. ``sweep_every`` says how seldom all
    ids are read: where a good run began in the same stretch of so long, what changed is enough. None: by each run.
    """

    progress: SyncProgress
    clock: Clock
    sweep_every: timedelta | None = None

    def __call__(
        self, stream: Stream, take_page: TakePage, sweep: Sweep, *, whole: bool = False, unread: Sequence[str] = ()
    ) -> SyncRun:
        """The run at its good end; what stops it is raised after it is written down."""
        run = self.to_its_end(stream, take_page, sweep, whole=whole, unread=unread)
        if run.is_degraded:
            raise PartnerDrift(run.trouble)
        return run

    def to_its_end(
        self, stream: Stream, take_page: TakePage, sweep: Sweep, *, whole: bool = False, unread: Sequence[str] = ()
    ) -> SyncRun:
        """The run at its end, good or degraded; ``PartnerUnavailable``, ``ConfigurationError``: it is to go on later.

        ``whole`` reads all from the start. ``unread`` gives words to what ``take_page`` counts as `UNREAD`: it may grow
        while pages are taken. The next run then begins where the last good one did, and finds what was mended.
        What a sweep did stands when it is cut off: it is then done again from its beginning, finds less to do, and
        costs the reading of the ids. A run that was cut off and reads what changed is ended first, and a whole one
        follows: it would else be left out for as long as the source is now and then not there.
        """
        run = self._run(stream, take_page, sweep, whole=whole, unread=unread)
        if whole and run.since is not None:
            run = self._run(stream, take_page, sweep, whole=True, unread=unread)
        return run

    def _run(self, stream: Stream, take_page: TakePage, sweep: Sweep, *, whole: bool, unread: Sequence[str]) -> SyncRun:
        good = self.progress.last_good(stream)
        since = None if whole or (good is not None and dict(good.counts).get(MISSED)) else next_since(good)
        run = self.progress.begin(SyncRun(stream, self.clock.now(), since))
        try:
            while run.stage is SyncStage.CHANGES:
                cursor, counts = take_page(run)
                after = evolve(run.counted(counts), cursor=cursor or "", trouble="")
                if cursor is None and sweeps(run, good, self.sweep_every):
                    after = evolve(after, stage=SyncStage.SWEEP)
                elif cursor is None:
                    after = self._ended(after, unread)
                run = self._moved(run, after)
            if run.stage is SyncStage.SWEEP:
                run = self._moved(run, self._ended(run.counted(sweep(run)), unread))
        except PartnerDrift as error:
            return self._moved(run, evolve(run, trouble=str(error), ended_at=self.clock.now()))
        except (PartnerUnavailable, ConfigurationError) as error:
            self._moved(run, evolve(run, trouble=str(error)))
            raise
        return run

    def _ended(self, run: SyncRun, unread: Sequence[str]) -> SyncRun:
        left = dict(run.counts).get(UNREAD, 0)
        trouble = unread_words(left, unread) if left else ""
        return evolve(run, stage=SyncStage.DONE, trouble=trouble, ended_at=self.clock.now())

    def _moved(self, before: SyncRun, after: SyncRun) -> SyncRun:
        if after != before:
            self.progress.advance(before, after)
        return after


def unread_words(count: int, words: Sequence[str]) -> str:
    """What people read of so many that cannot be read; of a run that was cut off the words may be fewer."""
    once = list(dict.fromkeys(words))
    named = f" ({'; '.join(once[:_NAMED])}{'; …' if count > _NAMED else ''})" if once else ""
    return f"{count} there cannot be read and were left{named}: all others were brought"


def sweeps(run: SyncRun, good: SyncRun | None, every: timedelta | None) -> bool:
    """Whether a run reads all ids: one that reads everything, and the first good one of each stretch of ``every``.

    Stretches are counted from one instant for all, so nothing has to be kept of when the last sweep was.
    """
    if every is None or run.since is None or good is None:
        return True
    return (run.begun_at - _EPOCH) // every != (good.begun_at - _EPOCH) // every


def every_id(ids: Callable[[str, int], SourcePage[Told]], limit: int) -> Mapping[str, int]:
    """All ids that a source tells, by pages, each with its version."""
    found: dict[str, int] = {}
    cursor: str | None = ""
    while cursor is not None:
        page = ids(cursor, limit)
        found.update((it.external_id, it.version) for it in page.rows)
        cursor = page.next_cursor
    return found


def require_few_gone(gone: int, known: int, what: str) -> None:
    """Refuse to take for gone more than half of what stands, where that is more than ten: rather the list is short."""
    if gone > FEWEST_TO_LOSE and gone * 2 > known:
        raise PartnerDrift(
            f"{gone} of {known} {what} are not told any more: this looks like a list cut short or a right lost, so"
            " nothing was ended; look there, and if they are gone, let the sync accept it"
        )
