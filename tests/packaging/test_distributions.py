"""The built wheel and source distribution hold what they should and nothing else."""

import sys
import tarfile
import zipfile
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

TOP_LEVEL = {"marketplace_core", "marketplace_adapters", "marketplace_entrypoints"}


def _files_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_has_three_packages_and_its_metadata(distributions: dict[str, Path]) -> None:
    """The wheel puts the three packages side by side: no `src`, `adapters`, `entrypoints` or `tests`."""
    tops = {name.partition("/")[0] for name in _files_of(distributions["wheel"])}
    assert {top for top in tops if not top.endswith(".dist-info")} == TOP_LEVEL


def test_wheel_is_typed_and_licensed(distributions: dict[str, Path]) -> None:
    """Each package is marked as typed, and the licence travels with the wheel."""
    files = _files_of(distributions["wheel"])
    assert {f"{package}/py.typed" for package in TOP_LEVEL} <= files
    assert [name for name in files if name.endswith(".dist-info/licenses/LICENSE")]


def test_wheel_has_every_file_of_the_source_tree(distributions: dict[str, Path]) -> None:
    """No module, migration or sample is forgotten, and no cache is shipped."""
    source = Path(__file__).parents[2] / "src"
    roots = [source, source / "adapters", source / "entrypoints"]
    expected = {
        path.relative_to(root).as_posix()
        for root in roots
        for package in TOP_LEVEL
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in _files_of(distributions["wheel"]) if ".dist-info/" not in name}
    assert shipped == expected


def test_wheel_requires_only_three_packages_without_extras(distributions: dict[str, Path]) -> None:
    """What is required of everybody is attrs, cattrs and typing-extensions; all else is behind an extra."""
    with zipfile.ZipFile(distributions["wheel"]) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        message = message_from_bytes(archive.read(metadata))
    required: list[str] = message.get_all("Requires-Dist", [])
    plain = {line.partition(">")[0].strip() for line in required if "extra ==" not in line}
    assert plain == {"attrs", "cattrs", "typing-extensions"}


def test_source_distribution_builds_the_same_wheel(
    distributions: dict[str, Path], tmp_path: Path, run: Callable[..., str]
) -> None:
    """A wheel built from the source distribution holds the same files as one built from the tree."""
    with tarfile.open(distributions["sdist"]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again"], folder)
    (wheel,) = (tmp_path / "again").glob("*.whl")
    assert _files_of(wheel) == _files_of(distributions["wheel"])
