"""The benchmarks run; what they find is read by people, not asserted here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fixtures.lean_programs import everything

ROOT = Path(__file__).parents[2]
NAMES = ("billing", "inbox", "aging", "condo", "structuring", "imports", "http")

pytestmark = [pytest.mark.bench, pytest.mark.postgres]


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs_at_the_smallest_scale(name: str, tmp_path: Path) -> None:
    """Each benchmark prints its table and writes its figures, ours beside peers."""
    for package in ("fastapi", "msgspec", "polars", "psutil", "pydantic"):
        pytest.importorskip(package, reason="`make bench` installs the peers")
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--scale", "tiny", "--only", name, "--json", str(file)]
    said = subprocess.run(command, cwd=ROOT, env=everything(), check=True, capture_output=True, text=True).stdout
    figures = json.loads(file.read_text("utf-8"))
    assert all(report["measured"] for report in figures["reports"])
    assert "| ratio |" in said


@pytest.mark.cocorico
@pytest.mark.usefixtures("mariadb_installed")
def test_the_benchmark_of_the_portal_runs_at_the_smallest_scale(tmp_path: Path) -> None:
    """The same for what needs a MariaDB; published again, nothing is written."""
    test_a_benchmark_runs_at_the_smallest_scale("cocorico", tmp_path)
