"""The queue as Prometheus reads it: asked of the database, so any process can answer for all workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from marketplace_core.errors import MarketplaceError
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.jobs import Jobs

if TYPE_CHECKING:
    from prometheus_client import Metric


class JobCollector:
    """Register it with a ``CollectorRegistry``: jobs by state, and how late the oldest is."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        """Ask the queue whenever metrics are collected."""
        self._jobs, self._clock = jobs, clock

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges as they are now; none while the database does not answer."""
        from prometheus_client.core import GaugeMetricFamily

        now = self._clock.now()
        try:
            counts = self._jobs.counts(now)
        except MarketplaceError:
            return
        by_state = GaugeMetricFamily("marketplace_jobs", "Jobs by state", labels=["state"])
        for state, count in (("waiting", counts.waiting), ("running", counts.running), ("dead", counts.dead)):
            by_state.add_metric([state], count)
        yield by_state
        late = (now - counts.oldest_due).total_seconds() if counts.oldest_due else 0.0
        yield GaugeMetricFamily("marketplace_jobs_oldest_due_seconds", "How long the oldest due job waits", late)
