"""The house with an outside engine in memory that bills, and jobs done as a worker does them."""

from __future__ import annotations

from datetime import date, timedelta
from threading import RLock

from attrs import evolve, frozen
from tests.unit.http.house import House, make_house

from marketplace_core.domain.jobs import Job, JobState
from marketplace_core.ports.outside_engine.engine import OutsideEngine
from marketplace_core.services.memory_engine_records import MemoryEngineRecords
from marketplace_core.services.run_jobs import RunNextJob
from marketplace_core.testing.outside_engine import MemoryOutsideEngine
from marketplace_entrypoints.composition_engine import EngineContainer, wired_engine
from marketplace_entrypoints.engine_metrics import BillingSyncCollector
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.worker.engine_kinds import EngineKinds

_PATIENCE = 10
"""So often is looked for a job before there is none: each look is a second later."""


@frozen
class SecondHouse:
    """A house whose leases an outside engine bills."""

    house: House
    engine: MemoryOutsideEngine
    books: EngineContainer

    def work(self) -> list[Job]:
        """Do every job that is due, or soon will be, a look for faults last; the dead ones."""
        parts = self.house.parts
        assert parts.store.work is not None
        handlers = EngineKinds(parts.store, parts.container, self.books).handlers()
        run = RunNextJob(parts.store.work, parts.clock, handlers, lambda: 0.0)
        worker = parts.store.work.enlist()
        idle = 0
        while idle < _PATIENCE:
            idle = 0 if run(worker) is not None else idle + 1
        self.books.watch()()
        return list(parts.store.work.jobs(JobState.DEAD))


def make_second_house(today: date = date(2026, 11, 26)) -> SecondHouse:
    """The house, its engine at its day with nothing in it."""
    settings = Settings(billing="killbill", public_url="https://rent.example.org")
    house = make_house(settings=settings, step=timedelta(seconds=1))
    engine = MemoryOutsideEngine(today)
    store = evolve(house.parts.store, engine_records=MemoryEngineRecords(RLock()))
    container, clock = house.parts.container, house.parts.clock
    whole = OutsideEngine(engine, engine, engine)
    books = wired_engine(settings, store, clock, container.import_payments(), whole)
    parts = evolve(house.parts, store=store, books=books)
    parts.metrics.registry.register(BillingSyncCollector(books))
    return SecondHouse(evolve(house, parts=parts, app=build_app(parts, OPERATIONS)), engine, books)
