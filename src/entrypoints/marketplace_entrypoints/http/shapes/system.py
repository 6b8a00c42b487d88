"""How the installation is."""

from __future__ import annotations

from attrs import frozen

from marketplace_entrypoints.http.bounded import Instant


@frozen
class Health:
    """Whether this process lives, or can do its work."""

    status: str


@frozen
class Check:
    """One thing that the work needs."""

    name: str
    is_well: bool
    says: str


@frozen
class Readiness:
    """Whether this process can do its work now, and what keeps it from it."""

    status: str
    checks: tuple[Check, ...]


@frozen
class AdapterStatus:
    """An adapter: ``state`` is well, degraded, down or unused; ``lag_seconds`` is how far it is behind."""

    name: str
    state: str
    says: str
    version: str
    lag_seconds: int | None
    last_good_at: Instant | None


@frozen
class SystemStatus:
    """Every adapter, the queue of jobs, and whether the billing engine's books are known to agree with ours.

    ``billing_sync_ok`` is null where the native engine bills: there are no second books to agree with.
    """

    version: str
    now: Instant
    adapters: tuple[AdapterStatus, ...]
    jobs_waiting: int
    jobs_dead: int
    oldest_job_seconds: int | None
    billing_sync_ok: bool | None
    billing_sync_verified_at: Instant | None
    billing_sync_reason: str
