"""How the installation is: every adapter, the queue, the second books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from marketplace_core.errors import MarketplaceError
from marketplace_entrypoints.engine_settings import NATIVE
from marketplace_entrypoints.http.parts import Parts
from marketplace_entrypoints.http.shapes.system import AdapterStatus, SystemStatus

if TYPE_CHECKING:
    from prometheus_client import Metric


def status_of_system(parts: Parts, now: datetime) -> SystemStatus:
    """The state of everything as of now."""
    adapters = (_store(parts, now), _billing(parts, now), _mail(parts))
    counts = parts.store.work.counts(now) if parts.store.work is not None else None
    oldest = counts.oldest_due if counts else None
    sync_ok = billing_sync_ok(parts)
    return SystemStatus(
        version=version("marketplace-core"),
        now=now,
        adapters=adapters,
        jobs_waiting=counts.waiting if counts else 0,
        jobs_dead=counts.dead if counts else 0,
        oldest_job_seconds=int((now - oldest).total_seconds()) if oldest else None,
        billing_sync_ok=sync_ok,
        billing_sync_verified_at=None,
        billing_sync_reason="the native engine bills: there are no second books" if sync_ok is None else "",
    )


def billing_sync_ok(parts: Parts) -> bool | None:
    """True where the outside engine's books are known to agree with ours; None where the native engine bills."""
    return None if parts.settings.billing == NATIVE else False


class BillingSyncCollector:
    """Tells Prometheus ``marketplace_billing_sync_ok``: 1, 0, or -1 where there are no second books."""

    def __init__(self, billing: str) -> None:
        """Of the engine of that name."""
        self._billing = billing

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must ask nobody."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauge as it is now."""
        told = "1 where the outside billing engine's books are known to agree with ours, -1 where there is none."
        yield GaugeMetricFamily("marketplace_billing_sync_ok", told, -1 if self._billing == NATIVE else 0)


def _store(parts: Parts, now: datetime) -> AdapterStatus:
    try:
        books = len(parts.ports.portfolios())
    except MarketplaceError as problem:
        return AdapterStatus(
            f"store:{parts.settings.store}", "down", type(problem).__name__, parts.store_version, None, None
        )
    return AdapterStatus(f"store:{parts.settings.store}", "well", f"{books} portfolios", parts.store_version, 0, now)


def _billing(parts: Parts, now: datetime) -> AdapterStatus:
    name = f"billing:{parts.settings.billing}"
    if parts.settings.billing == NATIVE:
        return AdapterStatus(name, "well", "bills within the books", version("marketplace-core"), 0, now)
    return AdapterStatus(name, "degraded", "its books were not compared with ours yet", "", None, None)


def _mail(parts: Parts) -> AdapterStatus:
    if not parts.settings.smtp_host:
        return AdapterStatus("notifier:smtp", "unused", "no smtp_host is set: nothing is sent", "", None, None)
    return AdapterStatus("notifier:smtp", "well", parts.settings.smtp_host, "", None, None)
