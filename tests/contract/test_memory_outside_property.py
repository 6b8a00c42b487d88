"""What is kept of a property manager's system outside in memory keeps every promise of its ports."""

from threading import RLock

import pytest

from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.testing.contracts.sync_progress import SyncProgressContract


class TestMemorySyncProgress(SyncProgressContract):
    """The shipped suite over the runs in memory."""

    @pytest.fixture
    def progress(self) -> MemorySyncProgress:
        """Give no runs."""
        return MemorySyncProgress(RLock())
