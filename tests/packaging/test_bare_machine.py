"""A machine without time zones of its own: small containers have none."""

import os
import subprocess
import sys

CODE = """
from datetime import UTC, datetime
from marketplace_core.domain.days import day_in_zone
print(day_in_zone(datetime(2026, 1, 31, 21, tzinfo=UTC), "Africa/Nairobi"))
"""


def test_the_portfolios_day_is_known_without_the_machines_zones() -> None:
    """What is installed with the program, or for tests, brings the time zones that the machine lacks."""
    bare = {**os.environ, "PYTHONTZPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("2026-02-01", "")
