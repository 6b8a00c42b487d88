"""What only test tools installed is hidden from the programs that tests start, and from nothing else."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from tests.fixtures.lean_programs import everything

ASKS = "import importlib\ntry:\n    importlib.import_module('werkzeug')\nexcept ImportError as it:\n    print(it)"


def test_a_program_that_a_test_starts_does_not_find_it() -> None:
    """Werkzeug is here, and found where everything is asked for; by itself a program learns that it is hidden."""
    if importlib.util.find_spec("werkzeug") is None:
        pytest.skip("Werkzeug is not installed")
    command = [sys.executable, "-c", ASKS]
    alone = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "hidden from programs" in alone.stdout
    assert subprocess.run(command, env=everything(), capture_output=True, text=True, check=True).stdout == ""
