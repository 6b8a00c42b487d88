"""A property manager's system as Prometheus reads it: asked of the database, so any process can answer for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from marketplace_core.domain.outside_property.standing import StreamStanding, StreamState
from marketplace_core.errors import MarketplaceError

if TYPE_CHECKING:
    from prometheus_client import Metric

    from marketplace_entrypoints.outside_properties import OutsideProperties

_LABELS = ("portfolio", "stream")


class PropertyCollector:
    """Register it with a ``CollectorRegistry``: each stream's state, lag and counts; nothing where there is none."""

    def __init__(self, outside: OutsideProperties | None) -> None:
        """Of the system that is named, None where none is."""
        self._outside = outside

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must ask nobody."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges as they are now; only that nothing is known to be well while the database does not answer."""
        from prometheus_client.core import GaugeMetricFamily

        if self._outside is None:
            return
        told = "1 where every stream of the property manager's system is well, 0 where not."
        try:
            found = self._outside.overview()()
        except MarketplaceError:
            yield GaugeMetricFamily("marketplace_condo_ok", told, 0)
            return
        yield GaugeMetricFamily("marketplace_condo_ok", told, int(found.worst is None or found.worst.is_well))
        streams = (*found.streams, *(it for it in found.looks if it.latest is not None))
        yield from _states(streams)
        yield from _runs(streams)


def _states(streams: tuple[StreamStanding, ...]) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    degraded = GaugeMetricFamily(
        "marketplace_condo_degraded", "1 where a stream is no longer as it was and stands still.", labels=_LABELS
    )
    lag = GaugeMetricFamily(
        "marketplace_condo_lag_seconds",
        "How long ago the last good run of a stream began, -1 where there was none.",
        labels=_LABELS,
    )
    good = GaugeMetricFamily(
        "marketplace_condo_last_good_timestamp_seconds", "When the last good run of a stream began.", labels=_LABELS
    )
    for it in streams:
        where = [it.stream.portfolio_id, it.stream.name]
        degraded.add_metric(where, int(it.state is StreamState.DEGRADED))
        lag.add_metric(where, -1 if it.lag is None else it.lag.total_seconds())
        if it.last_good_at is not None:
            good.add_metric(where, it.last_good_at.timestamp())
    yield from (degraded, lag, good)


def _runs(streams: tuple[StreamStanding, ...]) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    counts = GaugeMetricFamily(
        "marketplace_condo_run_rows", "What the newest run of a stream came to.", labels=[*_LABELS, "what"]
    )
    for it in streams:
        for name, count in it.latest.counts if it.latest else ():
            counts.add_metric([it.stream.portfolio_id, it.stream.name, name], count)
    yield counts
