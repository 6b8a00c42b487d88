"""Kill Bill's war and Tomcat, fetched once by Maven, checked against pinned sums and kept unpacked in a cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from marketplace_core.errors import AdapterMissing, IntegrityBroken

CACHE_VARIABLE: Final = "MARKETPLACE_KILLBILL_CACHE"
# This version's `copy` asks for the file alone; later ones also want the artifact's parents, which need not be served.
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy"
_FETCH_TIMEOUT_SECONDS: Final = 600.0
_SAID_LINES: Final = 3


@frozen
class Artifact:
    """A file that Maven knows by its coordinates, and the SHA-256 it must have."""

    coordinates: str
    file_name: str
    sha256: str


KILLBILL_VERSION: Final = "0.22.26"
TOMCAT_VERSION: Final = "9.0.117"
WAR: Final = Artifact(
    f"org.kill-bill.billing:killbill-profiles-killbill:{KILLBILL_VERSION}:war",
    f"killbill-profiles-killbill-{KILLBILL_VERSION}.war",
    "3a777ea29916900a62f5450f0805d33dbb8086bd33f2babad4fb7be2ef48917b",
)
TOMCAT: Final = Artifact(
    f"org.apache.tomcat:tomcat:{TOMCAT_VERSION}:tar.gz",
    f"tomcat-{TOMCAT_VERSION}.tar.gz",
    "f74a0b061e2b0068ec2a17a5e01c250851f6f30f362c8127209a2a6ef7952b29",
)


@frozen
class Installed:
    """Unpacked programs: the war's folder and Tomcat's, read by every sandbox and changed by none."""

    war: Path
    tomcat: Path


def cache_folder() -> Path:
    """Where what is fetched and prepared stays: the variable `CACHE_VARIABLE`, else the user's own cache."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).resolve()
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "marketplace-core" / "killbill"


@contextmanager
def held(cache: Path) -> Generator[None]:
    """Hold the cache alone: what is missing is made by one process, and the others wait for it."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def java() -> str:
    """The path of a Java that runs Kill Bill; AdapterMissing where there is none."""
    return _program("java", "install a Java 17 runtime")


def install(cache: Path) -> Installed:
    """Return Kill Bill and Tomcat unpacked in the cache, fetching what is missing; the caller holds the cache.

    Raises AdapterMissing (no Maven, or it cannot fetch) and IntegrityBroken (another file than the pinned one).
    """
    installed = installed_in(cache)
    if not installed.war.exists():
        _unpacked(WAR, installed.war, cache)
    if not installed.tomcat.exists():
        _unpacked(TOMCAT, installed.tomcat, cache)
    return installed


def installed_in(cache: Path) -> Installed:
    """Where Kill Bill and Tomcat lie in a cache, or would."""
    return Installed(cache / f"killbill-{KILLBILL_VERSION}", cache / f"tomcat-{TOMCAT_VERSION}")


def _unpacked(artifact: Artifact, target: Path, cache: Path) -> None:
    """Fetch, check and unpack into a folder that appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=cache, prefix="unfinished-") as name:
        place = Path(name)
        file = _fetched(artifact, place)
        content = place / "content"
        if file.suffix == ".war":
            with zipfile.ZipFile(file) as packed:
                packed.extractall(content)  # noqa: S202 - its sum is the pinned one
        else:
            with tarfile.open(file) as packed:
                packed.extractall(content, members=_wanted(packed), filter="data")
        content.rename(target)


def _wanted(packed: tarfile.TarFile) -> Generator[tarfile.TarInfo]:
    """Tomcat's programs without the folder they lie in and without its own applications."""
    for member in packed:
        _top, _slash, path = member.name.partition("/")
        if path.startswith(("bin/", "lib/")) and member.isfile():
            yield member.replace(name=path)


def _fetched(artifact: Artifact, place: Path) -> Path:
    command = [
        _program("mvn", "install Maven"),
        *("--batch-mode", "--quiet", _COPY),
        *(f"-Dartifact={artifact.coordinates}", f"-DoutputDirectory={place}"),
    ]
    try:
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, check=False, timeout=_FETCH_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as problem:
        raise AdapterMissing(
            f"Maven did not fetch {artifact.coordinates} in {_FETCH_TIMEOUT_SECONDS:g} s: see whether it reaches its"
            " repository, and try again"
        ) from problem
    file = place / artifact.file_name
    if done.returncode != 0 or not file.exists():
        said = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line][:_SAID_LINES]
        raise AdapterMissing(
            f"Maven cannot fetch {artifact.coordinates}: see whether it reaches its repository, and try again"
            f" ({' | '.join(said) or 'it said nothing'})"
        )
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != artifact.sha256:
        raise IntegrityBroken(
            f"{artifact.coordinates} has the SHA-256 {found} instead of {artifact.sha256}: it is not the file that was"
            " tested; remove it from Maven's local repository and fetch it again"
        )
    return file


def _program(name: str, advice: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise AdapterMissing(f"Kill Bill's sandbox needs the program {name!r}, which is not on the PATH: {advice}")
    return path
