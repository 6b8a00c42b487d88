"""A property manager's system outside, and how far it is read."""

from __future__ import annotations

from typing import Self

from attrs import frozen

from marketplace_core.domain.outside_property.standing import StreamStanding, StreamState
from marketplace_core.services.outside_property.overview import PropertyStanding
from marketplace_entrypoints.http.bounded import Instant


@frozen
class CountShape:
    """How many rows of a run came to what, such as unit_new or unchanged."""

    what: str
    count: int


@frozen
class StreamShape:
    """A stream: ``state`` is well, new, behind, degraded or down; ``lag_seconds`` since the last good run began.

    ``counts`` are those of the newest run, which began at ``begun_at`` and has come as far as ``stage``.
    """

    portfolio_id: str
    name: str
    state: StreamState
    reason: str
    lag_seconds: int | None
    last_good_at: Instant | None
    begun_at: Instant | None
    ended_at: Instant | None
    stage: str
    counts: tuple[CountShape, ...]

    @classmethod
    def of(cls, it: StreamStanding) -> Self:
        """As it stands."""
        run = it.latest
        return cls(
            it.stream.portfolio_id,
            it.stream.name,
            it.state,
            it.reason,
            int(it.lag.total_seconds()) if it.lag is not None else None,
            it.last_good_at,
            run.begun_at if run else None,
            run.ended_at if run else None,
            run.stage.value if run else "",
            tuple(CountShape(*pair) for pair in run.counts) if run else (),
        )


@frozen
class CondoShape:
    """Every stream of every portfolio that is read from there; ``system`` is empty where none is named.

    ``looks`` are the last looks at the system itself: whether it answers, knows us, and is as we need it.
    """

    system: str
    now: Instant
    is_well: bool
    reason: str
    version: str
    streams: tuple[StreamShape, ...]
    looks: tuple[StreamShape, ...]

    @classmethod
    def of(cls, system: str, found: PropertyStanding) -> Self:
        """As it stands."""
        worst = found.worst
        return cls(
            system,
            found.now,
            worst is None or worst.is_well,
            f"{worst.stream.name} of {worst.stream.portfolio_id}: {worst.reason}" if worst and worst.reason else "",
            found.version,
            tuple(StreamShape.of(it) for it in found.streams),
            tuple(StreamShape.of(it) for it in found.looks if it.latest is not None),
        )


@frozen
class CondoSyncBody:
    """Which reading is asked for: what changed since the last one, or everything from the start."""

    whole: bool = False
