"""How the installation is: every adapter, the queue, the second books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from marketplace_core.domain.outside_engine.agreement import Verdict
from marketplace_core.domain.outside_property.standing import StreamState
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.outside_property.overview import PropertyStanding
from marketplace_entrypoints.http.parts import Parts
from marketplace_entrypoints.http.shapes.system import AdapterStatus, SystemStatus


def status_of_system(parts: Parts, now: datetime) -> SystemStatus:
    """The state of everything as of now."""
    verdict = verdict_of(parts)
    adapters = (_store(parts, now), _billing(parts, now, verdict), _properties(parts), _portal(parts), _mail(parts))
    counts = parts.store.work.counts(now) if parts.store.work is not None else None
    oldest = counts.oldest_due if counts else None
    return SystemStatus(
        version=version("marketplace-core"),
        now=now,
        adapters=adapters,
        jobs_waiting=counts.waiting if counts else 0,
        jobs_dead=counts.dead if counts else 0,
        oldest_job_seconds=int((now - oldest).total_seconds()) if oldest else None,
        billing_sync_ok=verdict.is_ok if verdict else None,
        billing_sync_verified_at=verdict.verified_at if verdict else None,
        billing_sync_reason=verdict.reason if verdict else "the native engine bills: there are no second books",
    )


def verdict_of(parts: Parts) -> Verdict | None:
    """Whether the outside engine's books are known to agree with ours; None where the native engine bills.

    What cannot be asked is not known to agree.
    """
    if parts.books is None:
        return None
    try:
        return parts.books.judge()()
    except MarketplaceError as problem:
        return Verdict(is_ok=False, verified_at=None, reasons=(f"it cannot be asked now: {type(problem).__name__}",))


def _store(parts: Parts, now: datetime) -> AdapterStatus:
    try:
        books = len(parts.ports.portfolios())
    except MarketplaceError as problem:
        return AdapterStatus(
            f"store:{parts.settings.store}", "down", type(problem).__name__, parts.store_version, None, None
        )
    return AdapterStatus(f"store:{parts.settings.store}", "well", f"{books} portfolios", parts.store_version, 0, now)


def _billing(parts: Parts, now: datetime, verdict: Verdict | None) -> AdapterStatus:
    name = f"billing:{parts.settings.billing}"
    if verdict is None:
        return AdapterStatus(name, "well", "bills within the books", version("marketplace-core"), 0, now)
    at = verdict.verified_at
    lag = int((now - at).total_seconds()) if at else None
    says = "its books and ours agree" if verdict.is_ok else verdict.reason
    return AdapterStatus(name, "well" if verdict.is_ok else "degraded", says, "", lag, at)


def _properties(parts: Parts) -> AdapterStatus:
    outside = parts.outside
    if outside is None:
        return AdapterStatus("properties:none", "unused", "no property_system is named", "", None, None)
    return _streams(f"properties:{outside.name}", outside.overview())


def _portal(parts: Parts) -> AdapterStatus:
    listings = parts.listings
    if not listings.name:
        return AdapterStatus("portal:none", "unused", "no listing_portal is named", "", None, None)
    return _streams(f"portal:{listings.name}", listings.overview())


def _streams(name: str, overview: Callable[[], PropertyStanding]) -> AdapterStatus:
    try:
        found = overview()
    except MarketplaceError as problem:
        return AdapterStatus(name, "down", f"it cannot be asked now: {type(problem).__name__}", "", None, None)
    lag = int(found.lag.total_seconds()) if found.lag is not None else None
    good_at = found.now - found.lag if found.lag is not None else None
    worst = found.worst
    if worst is None or worst.is_well:
        return AdapterStatus(name, "well", "every stream is read", found.version, lag, good_at)
    state = "down" if worst.state is StreamState.DOWN else "degraded"
    says = f"{worst.stream.name} of {worst.stream.portfolio_id}: {worst.reason}"
    return AdapterStatus(name, state, says, found.version, lag, good_at)


def _mail(parts: Parts) -> AdapterStatus:
    if not parts.settings.smtp_host:
        return AdapterStatus("notifier:smtp", "unused", "no smtp_host is set: nothing is sent", "", None, None)
    return AdapterStatus("notifier:smtp", "well", parts.settings.smtp_host, "", None, None)
