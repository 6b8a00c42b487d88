"""Where a server's files lie inside a data folder, and how its socket is reached from there."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from attrs import frozen

from marketplace_adapters.postgres.server.accounts import ROOT, Account, account_for, current_account
from marketplace_adapters.postgres.server.problems import translated
from marketplace_core.errors import ConfigurationError

PORT = 5432
# sockaddr_un holds 104 bytes on macOS and 108 on Linux, with a zero at the end.
_SOCKET_PATH_BYTES = 103
_PRIVATE = 0o700


@frozen
class ServerFolder:
    """The folder ``postgres`` in a data folder: private, so nobody but its owner reaches the socket in it."""

    root: Path
    account: Account
    """Who runs the server and owns the cluster."""
    keeper: Account
    """Who owns the folder, its locks and the log; root's stay closed to the server's account."""

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory, with the socket."""
        return self.root / "cluster"

    @property
    def unfinished_prefix(self) -> str:
        """How a cluster in the making begins its name; what lies there at a start was cut off and is thrown away."""
        return "cluster.unfinished"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.root / "server.log"

    @property
    def start_lock(self) -> Path:
        """Held alone by who starts or stops the server."""
        return self.root / "start.lock"

    @property
    def clients_lock(self) -> Path:
        """Shared by all processes that use the server."""
        return self.root / "clients.lock"

    @property
    def server_lock(self) -> Path:
        """Shared by the server's own processes, which inherit it: free means that none of them is left."""
        return self.root / "server.lock"

    def socket_folder(self) -> Path:
        """Return a path of the socket's folder that fits a socket's address: the cluster, or a link to it."""
        longest = self.cluster / f".s.PGSQL.{PORT}"
        # libpq takes a comma for the end of a host.
        if len(os.fsencode(longest)) <= _SOCKET_PATH_BYTES and "," not in str(longest):
            return self.cluster
        return _short_link(self.cluster)


def has_cluster(data_folder: Path) -> bool:
    """False where no server's cluster was ever finished in a data folder; True also where nobody may look."""
    try:
        return _cluster_of(data_folder).exists()
    except PermissionError:
        return True


def prepare_folder(data_folder: Path) -> ServerFolder:
    """Make the data folder and the server's folder in it, private where new, and say who runs the server.

    Raises ConfigurationError if it is not writable or somebody else's, StorageFull if the disk is.
    """
    with translated("cannot use the data folder", data_folder):
        if not data_folder.exists():
            data_folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder = _server_folder(data_folder)
        if not folder.root.exists():
            folder.root.mkdir(mode=_PRIVATE, exist_ok=True)
            folder.keeper.own(folder.root)
        facts = folder.root.stat()
        if facts.st_uid != os.geteuid() != ROOT:
            raise ConfigurationError(
                f"the folder {folder.root} belongs to user {facts.st_uid}:"
                " run as that user, or choose another data folder"
            )
        if facts.st_mode & 0o077:
            folder.root.chmod(_PRIVATE)
        for lock in (folder.start_lock, folder.clients_lock, folder.server_lock):
            if not lock.exists():
                lock.touch(mode=0o600, exist_ok=True)
                folder.keeper.own(lock)
        return folder


def _server_folder(data_folder: Path) -> ServerFolder:
    cluster = _cluster_of(data_folder)
    account = account_for(data_folder)
    keeper = account if data_folder.stat().st_uid == account.uid else current_account()
    if os.geteuid() == ROOT and cluster.exists():
        owner = cluster.stat()
        account = Account(owner.st_uid, owner.st_gid)
    return ServerFolder(cluster.parent, account, keeper)


def _cluster_of(data_folder: Path) -> Path:
    return data_folder.resolve() / "postgres" / "cluster"


def _short_link(cluster: Path) -> Path:
    link = _runtime_folder() / hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    with translated("cannot make a short path to the socket at", link):
        if not link.is_symlink() or link.readlink() != cluster:
            fresh = link.with_name(f"{link.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(cluster)
            fresh.replace(link)
            for other in link.parent.iterdir():
                if other.is_symlink() and not other.exists():
                    other.unlink(missing_ok=True)
    return link


def _runtime_folder() -> Path:
    """Return a short folder that is ours alone; one that somebody else put in its place is passed over."""
    candidates = [Path(tempfile.gettempdir()) / f"marketplace-{os.geteuid()}"]
    candidates.append(Path("/tmp") / f"marketplace-{os.geteuid()}")  # noqa: S108 - its owner and rights are checked
    if os.geteuid() == ROOT:
        candidates.insert(0, Path("/run/marketplace"))
    elif session := os.environ.get("XDG_RUNTIME_DIR"):
        candidates.insert(0, Path(session) / "marketplace")
    for candidate in candidates:
        if len(os.fsencode(candidate)) + 40 <= _SOCKET_PATH_BYTES and _is_private(candidate):
            return candidate
    raise ConfigurationError(
        f"the data folder's path is too long for a socket, and none of {', '.join(map(str, candidates))}"
        " is a folder of ours alone: use a shorter data folder"
    )


def _is_private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=_PRIVATE, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077
