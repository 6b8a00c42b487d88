"""A real PostgreSQL in a data folder, shared by all our processes that use the folder."""

from __future__ import annotations

import atexit
from pathlib import Path
from types import TracebackType
from typing import Self

from typing_extensions import override

from marketplace_adapters.postgres.server import postmaster
from marketplace_adapters.postgres.server.binaries import Binaries, wheel_binaries
from marketplace_adapters.postgres.server.cluster import ensure_cluster
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.server.folders import PORT, ServerFolder, prepare_folder
from marketplace_adapters.postgres.server.locks import SharedHold, exclusive_lock
from marketplace_adapters.postgres.server.problems import translated
from marketplace_adapters.postgres.server.roles import APPLICATION_ROLE, DATABASE, OWNER_ROLE

START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 60.0


class EmbeddedServer:
    """A hold on a running server: while one process has one, the server runs; the last one to close stops it.

    A process that is killed loses its hold; its server runs on until the next one to use the folder closes.
    """

    def __init__(self, folder: ServerFolder, hold: SharedHold) -> None:
        """Use `open_server`, which makes sure that a server runs."""
        self._folder = folder
        self._hold: SharedHold | None = hold

    @property
    def application(self) -> Dsn:
        """The books for daily work: rows may be read and written, as far as the migrations grant it."""
        return self._address(APPLICATION_ROLE)

    @property
    def owner(self) -> Dsn:
        """The books for migrations, backup and restore: this role owns the tables and may make databases."""
        return self._address(OWNER_ROLE)

    @property
    def log(self) -> Path:
        """The file with what the server says."""
        return self._folder.log

    @property
    def process(self) -> int | None:
        """The server's process number, or None if it does not run."""
        return postmaster.running_process(self._folder)

    def close(self) -> None:
        """Give the server back; nobody else using it, it is stopped when this returns. Twice does no harm."""
        hold, self._hold = self._hold, None
        atexit.unregister(self.close)
        if hold is None:
            return
        with exclusive_lock(self._folder.start_lock, timeout_seconds=START_TIMEOUT_SECONDS):
            if hold.release():
                postmaster.stop(self._folder, timeout_seconds=STOP_TIMEOUT_SECONDS)

    def _address(self, role: str) -> Dsn:
        host = str(self._folder.socket_folder())
        parameters = {"host": host, "port": str(PORT), "user": role, "dbname": DATABASE}
        if name := self._folder.account.name:
            # The client checks as well whose process listens at the socket.
            parameters["requirepeer"] = name
        return Dsn(parameters)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @override
    def __repr__(self) -> str:
        return f"EmbeddedServer({self._folder.root})"


def open_server(
    data_folder: Path,
    *,
    binaries: Binaries | None = None,
    durable: bool = True,
    start_timeout_seconds: float = START_TIMEOUT_SECONDS,
) -> EmbeddedServer:
    """Return a hold on the folder's server, which runs when this returns; `close` or leaving ``with`` ends it.

    The first use makes the database; many processes may do this at once and get one server. The server
    listens on a socket in a private folder and lets in only the user who runs it and root, by the kernel's
    word. As root it runs under an unprivileged account; no right of an existing folder is widened.
    ``durable=False`` turns fsync off, for tests whose data may be lost.

    Raises AdapterMissing (no PostgreSQL installed), ConfigurationError (folder not writable, somebody else's
    or of another major version), StorageFull, StoreUnavailable (not ready in time, or its last words).
    """
    installed = binaries or wheel_binaries()
    folder = prepare_folder(Path(data_folder))
    reachable = installed.reachable_by(folder.account)
    with (
        translated("cannot lock", folder.root),
        exclusive_lock(folder.start_lock, timeout_seconds=start_timeout_seconds),
    ):
        hold = SharedHold(folder.clients_lock)
        try:
            if not postmaster.answers(folder):
                ensure_cluster(folder, reachable, durable=durable)
                postmaster.start(folder, reachable, durable=durable, timeout_seconds=start_timeout_seconds)
        except BaseException:
            hold.release()
            raise
    server = EmbeddedServer(folder, hold)
    atexit.register(server.close)
    return server
