"""Measuring: medians of several runs, peers in the same run, memory in a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from attrs import field, frozen
from psutil import Process  # pyright: ignore[reportMissingModuleSource]

SAMPLE_SECONDS = 0.01
BYTES_OF_MEGABYTE = 1_000_000


@frozen
class Measured:
    """One work at one size: the median of its runs; ``rows`` is what it read or wrote, for rows a second."""

    name: str
    size: int
    seconds: float
    rows: int
    runs: int = 1
    extra_memory_megabytes: float | None = None

    @property
    def rows_per_second(self) -> float:
        """Rows a second by the median."""
        return self.rows / self.seconds if self.seconds else 0.0


@frozen
class Ratio:
    """A ratio within one run and the limit it must keep: at most ``limit``, or at least it where ``at_least``.

    Without a limit it is only told.
    """

    name: str
    size: int
    value: float
    limit: float | None
    at_least: bool = False
    unit: str = "×"

    @property
    def holds(self) -> bool:
        """True when the limit is kept."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@frozen
class Report:
    """What a benchmark found."""

    title: str
    measured: list[Measured] = field(factory=list[Measured])
    ratios: list[Ratio] = field(factory=list[Ratio])
    notes: list[str] = field(factory=list[str])

    def add(self, measured: Measured) -> Measured:
        """Keep one measurement and say on standard error that it is done."""
        self.measured.append(measured)
        print(f"  {self.title}: {measured.name}, {measured.size:,}: {measured.seconds:.3f} s", file=sys.stderr)
        return measured

    def find(self, name: str, size: int) -> Measured | None:
        """The measurement of that name and size."""
        return next((it for it in self.measured if it.name == name and it.size == size), None)


@frozen
class Scale:
    """How much is measured: ``sizes`` of ours, peers up to ``slow_peers``, ``binding`` is where ratios bind."""

    sizes: tuple[int, ...]
    runs: int
    binding: int
    slow_peers: int


SCALES = {
    "tiny": Scale(sizes=(200,), runs=1, binding=200, slow_peers=200),
    "small": Scale(sizes=(1_000, 10_000), runs=3, binding=10_000, slow_peers=10_000),
    "middle": Scale(sizes=(10_000, 100_000), runs=3, binding=100_000, slow_peers=100_000),
    "full": Scale(sizes=(10_000, 100_000, 1_000_000), runs=3, binding=100_000, slow_peers=100_000),
}


def median_seconds(work: Callable[[], object], runs: int, prepare: Callable[[], object] | None = None) -> float:
    """The median wall time of the runs, each after its own preparation and a collection of garbage."""
    found: list[float] = []
    for _ in range(runs):
        if prepare is not None:
            prepare()
        gc.collect()
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def medians_in_turn(works: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """The median wall time of each work; they take turns, so that what else the machine does slows all alike."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            found[name].append(median_seconds(work, 1))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


@contextmanager
def peak_memory() -> Generator[list[float]]:
    """Fills the list with how many megabytes this process grew at most while the block ran."""
    process, found, stop = Process(), [0.0], threading.Event()
    gc.collect()
    start = process.memory_info().rss

    def watch() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            found[0] = max(found[0], (process.memory_info().rss - start) / BYTES_OF_MEGABYTE)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        stop.set()
        watcher.join()


def in_child(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - whatever the work returns
    """What the work returns when run in a fresh process, so that no earlier work's memory counts."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(work, arguments)


def growth(report: Report, name: str, sizes: tuple[int, ...], limit: float) -> None:
    """Add the growth of cost for each tenfold work between neighbouring sizes."""
    for smaller, larger in pairwise(sizes):
        low, high = report.find(name, smaller), report.find(name, larger)
        if low and high and larger == 10 * smaller:
            report.ratios.append(
                Ratio(f"growth of {name}, {smaller:,} → {larger:,}", larger, high.seconds / low.seconds, limit)
            )
