"""Systems outside as Prometheus reads them: asked of the database, so any process can answer for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from marketplace_core.domain.outside_property.standing import StreamStanding, StreamState
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.outside_property.overview import PropertyStanding

if TYPE_CHECKING:
    from prometheus_client import Metric

    from marketplace_entrypoints.our_listings import OurListings
    from marketplace_entrypoints.outside_properties import OutsideProperties

_LABELS = ("portfolio", "stream")


Overview = Callable[[], PropertyStanding]


class StreamCollector:
    """Register it with a ``CollectorRegistry``: each stream's state, lag and counts; nothing where there is none."""

    def __init__(self, name: str, overview: Overview | None) -> None:
        """Of the system of that name, such as ``condo``; None where none is named."""
        self._prefix, self._overview = f"marketplace_{name}", overview

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must ask nobody."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges as they are now; only that nothing is known to be well while the database does not answer."""
        from prometheus_client.core import GaugeMetricFamily

        if self._overview is None:
            return
        name, told = f"{self._prefix}_ok", "1 where every stream of the system outside is well, 0 where not."
        try:
            found = self._overview()
        except MarketplaceError:
            yield GaugeMetricFamily(name, told, 0)
            return
        yield GaugeMetricFamily(name, told, int(found.worst is None or found.worst.is_well))
        streams = (*found.streams, *(it for it in found.looks if it.latest is not None))
        yield from _states(self._prefix, streams)
        yield from _runs(self._prefix, streams)


def condo_collector(outside: OutsideProperties | None) -> StreamCollector:
    """Of the property manager's system, None where none is named."""
    return StreamCollector("condo", outside.overview() if outside else None)


def portal_collector(listings: OurListings) -> StreamCollector:
    """Of the portal outside, where one is named."""
    return StreamCollector("cocorico", listings.overview() if listings.name else None)


def _states(prefix: str, streams: tuple[StreamStanding, ...]) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    degraded = GaugeMetricFamily(
        f"{prefix}_degraded", "1 where a stream is no longer as it was and stands still.", labels=_LABELS
    )
    lag = GaugeMetricFamily(
        f"{prefix}_lag_seconds",
        "How long ago the last good run of a stream began, -1 where there was none.",
        labels=_LABELS,
    )
    good = GaugeMetricFamily(
        f"{prefix}_last_good_timestamp_seconds", "When the last good run of a stream began.", labels=_LABELS
    )
    for it in streams:
        where = [it.stream.portfolio_id, it.stream.name]
        degraded.add_metric(where, int(it.state is StreamState.DEGRADED))
        lag.add_metric(where, -1 if it.lag is None else it.lag.total_seconds())
        if it.last_good_at is not None:
            good.add_metric(where, it.last_good_at.timestamp())
    yield from (degraded, lag, good)


def _runs(prefix: str, streams: tuple[StreamStanding, ...]) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    counts = GaugeMetricFamily(
        f"{prefix}_run_rows", "What the newest run of a stream came to.", labels=[*_LABELS, "what"]
    )
    for it in streams:
        for name, count in it.latest.counts if it.latest else ():
            counts.add_metric([it.stream.portfolio_id, it.stream.name, name], count)
    yield counts
