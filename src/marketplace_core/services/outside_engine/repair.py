"""Repair what differs: record here what is missing, send what is missing there, take back what nobody here decided."""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve, frozen

from marketplace_core.domain.outside_engine.agreement import Difference
from marketplace_core.domain.outside_engine.ingesting import Ingestion, ingest
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.repairing import repair
from marketplace_core.domain.outside_engine.steps import Step
from marketplace_core.services.outside_engine.known_differences import known_differences
from marketplace_core.services.outside_engine.sync_lease import LeaseSynced, SyncLease


@frozen
class LeaseRepair:
    """What is done about a lease: the steps there, what is recorded here; ``synced`` is what came of it.

    In a dry run ``synced`` is None, and steps that follow from these are not known yet. ``refused`` are the markers of
    those steps that the engine did not take before: they are tried again, and hold up nothing else.
    """

    key: AccountKey
    steps: tuple[Step, ...]
    records: Ingestion
    synced: LeaseSynced | None = None
    refused: frozenset[str] = frozenset()


@frozen
class RepairDifferences:
    """Works on the leases whose differences are known, or on some; accounts that are no lease's are a person's."""

    sync: SyncLease

    def __call__(self, keys: Collection[AccountKey] = (), *, dry_run: bool = False) -> tuple[LeaseRepair, ...]:
        """What was done of each lease, or with ``dry_run`` would be."""
        chosen = keys or {it.key for it in self.known() if it.key is not None}
        return tuple(self._one(key, dry_run=dry_run) for key in sorted(chosen, key=str))

    def known(self) -> tuple[Difference, ...]:
        """The differences that are more than told, all of them."""
        return tuple(it for it in known_differences(self.sync.compare.log) if it.is_drift)

    def _one(self, key: AccountKey, *, dry_run: bool) -> LeaseRepair:
        view = self.sync.compare.view(key)
        steps = repair(view.account, view.theirs, view.links, view.setting, view.sent)
        records = Ingestion()
        if view.theirs is not None:
            now = self.sync.send.clock.now()
            records = ingest(view.account, view.theirs, view.links, view.setting, now)
        synced = None if dry_run else evolve(self.sync, planning=repair)(key)
        refused = view.sent.refused.intersection(it.marker for it in steps)
        return LeaseRepair(key, steps, records, synced, refused)
