"""How long a start takes: importing the core, and the help of the command line."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.measure import Measured, Ratio, Report, Scale

RUNS_OF_A_START = 5


def run(scale: Scale) -> list[Report]:
    """Import times within a process, and whole processes for the help; runs of the peers alternate with ours."""
    report = Report("Starts")
    runs = RUNS_OF_A_START * scale.runs
    core, attrs = _alternating([_import_of("marketplace_core"), _import_of("attrs")], runs)
    report.add(Measured("import attrs", 1, attrs, 1, runs))
    report.add(Measured("import marketplace_core", 1, core, 1, runs))
    report.ratios.append(Ratio("import marketplace_core / import attrs", 1, core / attrs, 2.5))
    if importlib.util.find_spec("marketplace_entrypoints.cli") is not None:
        help_of_ours = _process([sys.executable, "-m", "marketplace_entrypoints.cli", "--help"])
        shown, cyclopts = _alternating([help_of_ours, _process([sys.executable, "-c", "import cyclopts"])], runs)
        report.add(Measured("process: import cyclopts", 1, cyclopts, 1, runs))
        report.add(Measured("process: marketplace --help", 1, shown, 1, runs))
        report.ratios.append(Ratio("marketplace --help / import cyclopts", 1, shown / cyclopts, 2.0))
    report.notes.append("imports are timed inside a fresh process each; the help as a whole process, as a user waits")
    return [report]


def _alternating(works: Sequence[Callable[[], float]], runs: int) -> list[float]:
    found = [[work() for work in works] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*found, strict=True)]


def _import_of(module: str) -> Callable[[], float]:
    code = f"import time; begun = time.perf_counter(); import {module}; print(time.perf_counter() - begun)"

    def work() -> float:
        said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        return float(said)

    return work


def _process(command: list[str]) -> Callable[[], float]:
    def work() -> float:
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - begun

    return work
