"""The work in memory keeps every promise that a store of work makes."""

from datetime import UTC, datetime
from threading import RLock

import pytest

from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.testing.clocks import StepClock
from marketplace_core.testing.contracts.hooks import HookInboxContract
from marketplace_core.testing.contracts.jobs import JobsContract
from marketplace_core.testing.contracts.subscriptions import SubscriptionsContract


class TestMemoryWork(JobsContract, HookInboxContract, SubscriptionsContract):
    """The shipped suites over the work in memory."""

    @pytest.fixture
    def work(self) -> MemoryWork:
        """Give an empty queue."""
        return MemoryWork(StepClock(datetime(2026, 1, 1, tzinfo=UTC)), RLock())
