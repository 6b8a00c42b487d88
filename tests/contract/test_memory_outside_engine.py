"""The outside engine in memory, and the records of it, keep every promise of their ports."""

from threading import RLock

import pytest

from marketplace_core.services.memory_engine_records import MemoryEngineRecords
from marketplace_core.testing.contracts.engine_records import EngineIntentsContract, EngineLogContract
from marketplace_core.testing.contracts.outside_engine import EnginePlace, OutsideEngineContract
from marketplace_core.testing.outside_engine import FaultyEngine, MemoryOutsideEngine


class TestMemoryOutsideEngine(OutsideEngineContract):
    """The shipped suite over the engine in memory."""

    @pytest.fixture
    def engine_place(self) -> EnginePlace:
        """Give an engine without accounts."""
        engine = MemoryOutsideEngine()
        return EnginePlace(engine, engine, engine, engine.move_to)


class TestFaultyEngineWithoutFaults(OutsideEngineContract):
    """A line on which nothing goes wrong changes nothing."""

    @pytest.fixture
    def engine_place(self) -> EnginePlace:
        """Give an engine behind a good line."""
        engine = MemoryOutsideEngine()
        line = FaultyEngine(engine)
        return EnginePlace(line, line, engine, engine.move_to)


class TestMemoryEngineRecords(EngineIntentsContract, EngineLogContract):
    """The shipped suites over the records in memory."""

    @pytest.fixture
    def records(self) -> MemoryEngineRecords:
        """Give empty records."""
        return MemoryEngineRecords(RLock())
