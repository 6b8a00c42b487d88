"""What the suites share: the store that the adapter's author gives, and races."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from marketplace_core.testing.life import BookStore, PortfolioLife

T = TypeVar("T")


class StoreContract:
    """Needs a fixture ``store``: a fresh, empty store for each test, safe for eight threads."""

    @pytest.fixture
    def store(self) -> BookStore:
        """Override me."""
        raise NotImplementedError("give a fixture `store` that returns a fresh, empty store")

    @pytest.fixture
    def life(self, store: BookStore) -> PortfolioLife:
        """An open portfolio with units u1 to u3."""
        return PortfolioLife(store).opened()


def at_once(tasks: list[Callable[[], T]]) -> list[T | Exception]:
    """What each task gave or raised, all begun at the same moment by a thread each."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T | Exception:
        barrier.wait(30)
        try:
            return task()
        except Exception as error:  # noqa: BLE001 - what a task raised is what the test looks at
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
