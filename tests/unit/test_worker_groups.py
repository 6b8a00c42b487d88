"""Tests of one group run in one process, whatever pytest and pytest-xdist make of a test's id."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(12))
@pytest.mark.xdist_group("{group}")
def test_one(number):
    with pathlib.Path("{group}.txt").open("a") as file:
        file.write(f"{{os.getpid()}} {{number}}\\n")
"""


def test_a_group_runs_in_one_process_and_in_order(tmp_path: Path) -> None:
    """Of two groups of twelve tests on two workers, each runs in one process, in the order of its file."""
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    groups = ("one", "other")
    for group in groups:
        (tmp_path / f"test_{group}.py").write_text(SUITE.format(group=group), "utf-8")
    options = ["-p", "xdist.plugin", "-p", "tests.fixtures.worker_groups", "-n", "2", "--dist", "loadgroup"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for group in groups:
        ran = [line.split() for line in (tmp_path / f"{group}.txt").read_text("utf-8").splitlines()]
        assert len({process for process, _number in ran}) == 1
        assert [int(number) for _process, number in ran] == list(range(12))
