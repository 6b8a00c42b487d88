"""What all tests share: how much data they generate, what may be skipped, and what the time went on."""

import os
from collections import Counter, defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Final, Literal, cast, get_args

import pytest
from hypothesis import HealthCheck, settings

# The tests of the bare core are also run alone, without the fixtures of databases beside them.
pytest_plugins = (
    [
        "tests.fixtures.cocorico",
        "tests.fixtures.killbill",
        "tests.fixtures.lean_programs",
        "tests.fixtures.postgres",
        "tests.fixtures.worker_groups",
    ]
    if (Path(__file__).parent / "fixtures").is_dir()
    else []
)

Scale = Literal["smoke", "slice", "full"]

SERVICE_MARKERS: Final = frozenset(
    {"bench", "browser", "cocorico", "condo", "consumer", "crash", "killbill", "laws", "postgres"}
)
LAW_COUNTS: Final = ("law steps", "law lives")
"""What tests of random lives record of themselves, to be summed."""
EXAMPLES_OF_SCALE: Final[dict[Scale, int]] = {"smoke": 5, "slice": 60, "full": 2000}


def _scale() -> Scale:
    name = os.environ.get("MARKETPLACE_TEST_SCALE", "slice")
    if name not in get_args(Scale):
        message = f"MARKETPLACE_TEST_SCALE is {name!r}; use one of {', '.join(get_args(Scale))}"
        raise pytest.UsageError(message)
    return cast("Scale", name)


def pytest_configure(config: pytest.Config) -> None:
    """Load the Hypothesis profile of the scale: fixed examples in a slice, fresh ones in full."""
    for name, examples in EXAMPLES_OF_SCALE.items():
        settings.register_profile(
            name,
            max_examples=examples,
            stateful_step_count=50 if name == "full" else 20,
            deadline=None,
            derandomize=name != "full",
            database=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile(_scale())
    del config


@pytest.fixture(scope="session")
def scale() -> Scale:
    """How much data a test may use: "smoke" as a sign of life, "slice" every day, "full" for `make laws`."""
    return _scale()


def _in_continuous_integration() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip for want of a service into a failure under CI, where every service must be there."""
    report = yield
    marked = {marker.name for marker in item.iter_markers()}
    # What reads files that stand beside the repository may skip, whatever service it also needs.
    wanted = sorted(SERVICE_MARKERS & marked) if "shared" not in marked else []
    if report.skipped and not hasattr(report, "wasxfail") and wanted and _in_continuous_integration():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"CI must run the tests marked {', '.join(wanted)}, but this one was skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure under CI: it would hide every test in it."""
    report = yield
    if report.outcome == "skipped" and _in_continuous_integration():
        report.outcome = "failed"
        report.longrepr = f"CI must collect {report.nodeid}, but it was skipped: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much random lives did and how many seconds each folder of tests took, summed over all processes."""
    seconds_by_part: defaultdict[str, float] = defaultdict(float)
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds_by_part["/".join(report.nodeid.split("/", 2)[:2])] += report.duration
                if report.when == "call":
                    counted.update({what: count for what, count in report.user_properties if what in LAW_COUNTS})
    if counted:
        terminalreporter.section("laws of the books")
        terminalreporter.line(
            f"checked after each of {counted['law steps']:,} steps, and over everything at the end of each of "
            f"{counted['law lives']:,} lives"
        )
    if seconds_by_part:
        terminalreporter.section("time by part")
        for part, seconds in sorted(seconds_by_part.items()):
            terminalreporter.line(f"{seconds:8.1f} s  {part}")
