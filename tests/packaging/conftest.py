"""Builds the distributions once and installs the wheel once, without extras, away from the tree."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final, Protocol

import pytest

ROOT: Final = Path(__file__).parents[2]
ENVIRONMENT_OF_A_STRANGER: Final = {
    name: value
    for name, value in os.environ.items()
    if name not in {"CI", "MYPYPATH", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV"}
    and not name.startswith(("PYTEST_", "COV_"))
}


class Run(Protocol):
    """Runs a program in a folder away from the tree; returns what it printed, fails with all of it."""

    def __call__(self, command: list[str | Path], folder: Path, /, **environment: str) -> str:
        """Return standard output; exit codes other than 0 fail the test."""
        ...


def _run(command: list[str | Path], folder: Path, /, **environment: str) -> str:
    result = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT_OF_A_STRANGER | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        pytest.fail(f"{command} exited {result.returncode}\n{result.stdout}\n{result.stderr}", pytrace=False)
    return result.stdout


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a program as somebody would who has the package but not the tree."""
    return _run


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel and the source distribution, built from the tree, by the names "wheel" and "sdist"."""
    folder = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "hatchling", "build", "-d", folder], ROOT)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.fixture(scope="session")
def plain_python(distributions: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the built wheel, what it requires and what tests need: no extra, no other package."""
    folder = tmp_path_factory.mktemp("plain") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    _run([*pip, "--require-hashes", "-r", ROOT / "requirements" / "core.txt"], folder.parent)
    _run([*pip, "--no-deps", "--no-index", distributions["wheel"]], folder.parent)
    return python
