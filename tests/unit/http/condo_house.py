"""The house with a property manager's system in memory, and jobs done as a worker does them."""

from __future__ import annotations

from datetime import timedelta
from threading import RLock

from attrs import evolve, field, frozen
from tests.unit.http.house import BOOK, NOW, House, make_house
from typing_extensions import override

from marketplace_core.domain.jobs import Job, JobState
from marketplace_core.ports.outside_property.property_care import PropertyCare, PropertyFinding, SystemLook
from marketplace_core.ports.outside_property.property_system import PropertySystem
from marketplace_core.services.memory_outside_property.progress import MemorySyncProgress
from marketplace_core.services.run_jobs import RunNextJob
from marketplace_core.testing.outside_property import MemoryOutsideProperties
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.outside_properties import OutsideProperties
from marketplace_entrypoints.property_metrics import condo_collector
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.worker.condo_kinds import CondoKinds

_PATIENCE = 40
"""So often is looked for a job before there is none: each look is a second later."""


class ToldCare(PropertyCare):
    """Sees what a test says."""

    def __init__(self) -> None:
        """All is well."""
        self.seen = SystemLook((PropertyFinding("reachable", is_well=True, says="answers"),), "v1", points_left=5000)

    @override
    def look(self) -> SystemLook:
        return self.seen


@frozen
class CondoHouse:
    """A house whose first book is kept in a property manager's system too."""

    house: House
    system: MemoryOutsideProperties
    care: ToldCare
    outside: OutsideProperties
    dead: list[Job] = field(factory=list[Job])

    def work(self) -> list[Job]:
        """Do every job that is due, or soon will be; the dead ones."""
        parts = self.house.parts
        assert parts.store.work is not None
        run = RunNextJob(
            parts.store.work, parts.clock, CondoKinds(self.outside, "service:worker").handlers(), lambda: 0
        )
        worker = parts.store.work.enlist()
        idle = 0
        while idle < _PATIENCE:
            idle = 0 if run(worker) is not None else idle + 1
        return list(parts.store.work.jobs(JobState.DEAD))


def make_condo_house() -> CondoHouse:
    """The house, with a system that has nothing in it."""
    settings = Settings(property_system="condo", public_url="https://rent.example.org")
    house = make_house(settings=settings, step=timedelta(seconds=1))
    system, care = MemoryOutsideProperties(now=NOW), ToldCare()
    store = evolve(house.parts.store, sync_progress=MemorySyncProgress(RLock()))
    whole = PropertySystem(system, system, system, system, care)
    outside = OutsideProperties(settings, store, house.parts.container, {BOOK: whole})
    parts = evolve(house.parts, store=store, outside=outside)
    parts.metrics.registry.register(condo_collector(outside))
    return CondoHouse(evolve(house, parts=parts, app=build_app(parts, OPERATIONS)), system, care, outside)
