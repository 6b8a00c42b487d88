"""The second books as Prometheus reads them: asked of the database, so any process can answer for all workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from marketplace_core.errors import MarketplaceError

if TYPE_CHECKING:
    from prometheus_client import Metric

    from marketplace_entrypoints.composition_engine import EngineContainer

_OK = "1 where the outside billing engine's books are known to agree with ours, 0 where not, -1 where there is none."
_MOST: Final = 1000
"""Open steps that are counted at the most."""


class BillingSyncCollector:
    """Register it with a ``CollectorRegistry``: ``marketplace_billing_sync_ok`` and why."""

    def __init__(self, books: EngineContainer | None) -> None:
        """Of the engine that bills outside, None where the native one bills."""
        self._books = books

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must ask nobody."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges as they are now; while the database does not answer, the books are not known to agree."""
        from prometheus_client.core import GaugeMetricFamily

        if self._books is None:
            yield GaugeMetricFamily("marketplace_billing_sync_ok", _OK, -1)
            return
        try:
            judge, records = self._books.judge(), self._books.records()
            standing, open_intents = records.standing(), records.open_intents(_MOST)
        except MarketplaceError:
            yield GaugeMetricFamily("marketplace_billing_sync_ok", _OK, 0)
            return
        verdict = judge.of(standing)
        yield GaugeMetricFamily("marketplace_billing_sync_ok", _OK, int(verdict.is_ok))
        lag = (judge.clock.now() - verdict.verified_at).total_seconds() if verdict.verified_at else -1
        told = "How long ago the last clean full pass began, -1 where there was none."
        yield GaugeMetricFamily("marketplace_billing_sync_lag_seconds", told, lag)
        told = "Differences between the books that stand."
        yield GaugeMetricFamily("marketplace_billing_drift", told, standing.drift)
        told = "Things known to be wrong with the billing engine."
        yield GaugeMetricFamily("marketplace_billing_faults", told, len(standing.faults))
        told = "Steps there that are planned or sent and not known to be done."
        yield GaugeMetricFamily("marketplace_billing_open_intents", told, len(open_intents))
