"""The pinned requirements are complete, hashed, of one resolution, and name no place to fetch from."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted((ROOT / "requirements").glob("*.txt"))
PIN: Final = re.compile(r"^([a-z0-9.-]+)==([^ ;\\]+)")


def _pins(path: Path) -> dict[str, str]:
    found = (PIN.match(line) for line in path.read_text("utf-8").splitlines())
    return {pin[1]: pin[2] for pin in found if pin}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_pin_has_hashes(path: Path) -> None:
    """Each pinned package lists at least one hash, so that `--require-hashes` takes the file."""
    blocks = re.split(r"\n(?=[a-z0-9])", path.read_text("utf-8").partition("\n")[2])
    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_address_in_pins(path: Path) -> None:
    """A requirements file names packages, not where they are fetched: that is the machine's to say."""
    text = path.read_text("utf-8")
    assert not re.search(r"https?:|--index|--extra-index|--find-links|file:", text)


def test_one_version_a_package() -> None:
    """A package is pinned to the same version in every file, so that environments can share one folder."""
    versions: dict[str, set[str]] = {}
    for path in FILES:
        for name, version in _pins(path).items():
            versions.setdefault(name, set()).add(version)
    assert len(versions) > len(FILES)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_licences_are_listed_for_what_is_pinned() -> None:
    """docs/licenses.md names each package of requirements/run.txt in its pinned version."""
    text = (ROOT / "docs" / "licenses.md").read_text("utf-8")
    windows_only = {"colorama"}
    pins = _pins(ROOT / "requirements" / "run.txt")
    missing = [
        name for name, version in pins.items() if name not in windows_only and f"| {name} | {version} |" not in text
    ]
    assert missing == []


def test_mysql_8_lets_us_in_by_the_extra_alone() -> None:
    """A new account there signs in by caching_sha2_password: without TLS the driver raises where it has no RSA."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert [it for it in extras["cocorico"] if it.startswith("pymysql[rsa]")]
