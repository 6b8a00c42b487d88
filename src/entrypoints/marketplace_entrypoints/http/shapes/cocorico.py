"""A portal outside, and how far it is read."""

from __future__ import annotations

from typing import Self

from attrs import frozen

from marketplace_core.services.outside_property.overview import PropertyStanding
from marketplace_entrypoints.http.bounded import Instant
from marketplace_entrypoints.http.shapes.condo import StreamShape


@frozen
class PortalStateShape:
    """Every stream of every portfolio that is shown there; ``system`` is empty where none is named.

    ``looks`` are the last looks at the portal itself: whether it answers, lets us in, and is as we need it.
    """

    system: str
    now: Instant
    is_well: bool
    reason: str
    portfolios: tuple[str, ...]
    streams: tuple[StreamShape, ...]
    looks: tuple[StreamShape, ...]

    @classmethod
    def of(cls, system: str, portfolios: tuple[str, ...], found: PropertyStanding) -> Self:
        """As it stands."""
        worst = found.worst
        return cls(
            system,
            found.now,
            worst is None or worst.is_well,
            f"{worst.stream.name} of {worst.stream.portfolio_id}: {worst.reason}" if worst and worst.reason else "",
            portfolios,
            tuple(map(StreamShape.of, found.streams)),
            tuple(StreamShape.of(it) for it in found.looks if it.latest is not None),
        )


@frozen
class PortalSyncBody:
    """Which work is asked for: what changed since the last one, or everything from the start."""

    whole: bool = False


@frozen
class PortalJobs:
    """The jobs that were asked for: to show listings, and to take bookings and inquiries."""

    publish_job_id: str
    import_job_id: str
