"""What the tests of running servers share: the program on a test's database, and servers as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.fixtures.databases import Database


def of_the_machine(database: Database) -> dict[str, str]:
    """The environment of a process: the test's database, and none of the machine's settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKETPLACE_")}
    addresses = {"MARKETPLACE_DSN": database.application.conninfo(), "MARKETPLACE_OWNER_DSN": database.owner.conninfo()}
    return {**kept, **addresses, "NO_COLOR": "1"}


def run_program(
    database: Database,
    *words: object,
    folder: Path | None = None,
    more: Mapping[str, str] | None = None,
    given: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run ``marketplace`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "marketplace_entrypoints.cli", *map(str, words)],
        env={**of_the_machine(database), **(more or {})},
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
