"""How everything that is read from a system outside stands, as the last runs say; nobody outside is asked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from attrs import frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.progress import Stream
from marketplace_core.domain.outside_property.standing import LOOKS, STREAMS, StreamStanding, StreamState, standing_of
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.outside_property.sync_progress import SyncProgress

_WORST: tuple[StreamState, ...] = (
    StreamState.DEGRADED,
    StreamState.DOWN,
    StreamState.BEHIND,
    StreamState.NEW,
    StreamState.WELL,
)


@frozen
class PropertyStanding:
    """Every stream of every portfolio, and the looks at the system itself, as of an instant."""

    now: datetime
    streams: tuple[StreamStanding, ...]
    looks: tuple[StreamStanding, ...]

    @property
    def worst(self) -> StreamStanding | None:
        """What most needs a person; None where nothing is read. A look that nobody took yet says nothing."""
        told = [*self.streams, *(it for it in self.looks if it.latest is not None)]
        return min(told, key=lambda it: _WORST.index(it.state), default=None)

    @property
    def lag(self) -> timedelta | None:
        """The longest time since a stream was read to its end; None where one never was."""
        found = [it.lag for it in self.streams]
        known = [it for it in found if it is not None]
        return max(known) if known and len(known) == len(found) else None

    @property
    def version(self) -> str:
        """What the last looks saw, each once."""
        return ", ".join(sorted({it.latest.cursor for it in self.looks if it.latest and it.latest.cursor}))


@frozen
class PropertyOverview:
    """Judges each stream by its runs; ``oldest`` is how long a good one counts, ``names`` which streams there are."""

    progress: SyncProgress
    clock: Clock
    system: str
    portfolios: Collection[PortfolioId]
    oldest: timedelta
    names: tuple[str, ...] = STREAMS

    def __call__(self) -> PropertyStanding:
        """As of now."""
        now = self.clock.now()

        def standing(portfolio_id: PortfolioId, name: str) -> StreamStanding:
            stream = Stream(portfolio_id, self.system, name)
            run = next(iter(self.progress.runs(stream, 1)), None)
            good = run if run is not None and run.is_good else self.progress.last_good(stream) if run else None
            return standing_of(stream, run, good, now, self.oldest)

        return PropertyStanding(
            now,
            tuple(standing(it, name) for it in self.portfolios for name in self.names),
            tuple(standing(it, LOOKS) for it in self.portfolios),
        )
