"""The server's process: started apart from ours, found again by others, stopped cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import make_conninfo

from marketplace_adapters.postgres.server.accounts import cannot_run_as, clean_environment
from marketplace_adapters.postgres.server.binaries import Binaries
from marketplace_adapters.postgres.server.cluster import data_argument
from marketplace_adapters.postgres.server.folders import PORT, ServerFolder
from marketplace_adapters.postgres.server.locks import inherited_share, is_free
from marketplace_adapters.postgres.server.problems import from_output, translated
from marketplace_adapters.postgres.server.roles import APPLICATION_ROLE, DATABASE
from marketplace_core.errors import StoreUnavailable

_HAS_PROC = Path("/proc/self/stat").exists()
_PAUSE_SECONDS = 0.004
_LOG_LIMIT_BYTES = 1 << 20
_IMMEDIATE_STOP_SECONDS = 15
_PING_TIMEOUT_SECONDS = 5
_STATUS_LINE = 7
# A background job of the shell: the server belongs to no process of ours and is reaped by init.
_IN_BACKGROUND = '"$@" </dev/null >&2 & echo $!'


def answers(folder: ServerFolder) -> bool:
    """True if a server accepts connections at the folder's socket."""
    address = make_conninfo(
        "",
        host=str(folder.socket_folder()),
        port=PORT,
        user=APPLICATION_ROLE,
        dbname=DATABASE,
        connect_timeout=_PING_TIMEOUT_SECONDS,
    )
    return pq.PGconn.ping(address.encode()) == pq.Ping.OK


def running_process(folder: ServerFolder) -> int | None:
    """Return the process that serves this cluster, or None; a number used again is not taken for it."""
    try:
        first_line = (folder.cluster / "postmaster.pid").read_text().split("\n", 1)[0]
        process = int(first_line)
    except (FileNotFoundError, ValueError):
        return None
    return process if _serves(process, folder.cluster) else None


def _serves(process: int, cluster: Path) -> bool:
    if not _HAS_PROC:
        listed = subprocess.run(  # noqa: S603 - the number is ours
            ["/bin/ps", "-o", "stat=,comm=", "-p", str(process)], capture_output=True, text=True, check=False
        ).stdout.split()
        return len(listed) > 1 and not listed[0].startswith("Z") and "postgres" in listed[1]
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in {"Z", "X"} and Path(f"/proc/{process}/cwd").samefile(cluster)
    except PermissionError:
        return False
    except (FileNotFoundError, ProcessLookupError):
        return False


def start(folder: ServerFolder, binaries: Binaries, *, durable: bool, timeout_seconds: float) -> None:
    """Have a server answer at the folder's socket: the one that runs, or a new one, which recovers by itself.

    The caller holds the start lock. Raises StoreUnavailable, StorageFull or ConfigurationError with the
    log's words.
    """
    give_up_at = time.monotonic() + timeout_seconds
    while not answers(folder):
        # Children of a killed server may still be leaving, or a server runs where we do not see its number.
        if running_process(folder) is None and is_free(folder.server_lock):
            _discard_stale_numbers(folder)
            position = _rotate_log(folder.log)
            process = _spawn(folder, binaries, durable=durable)
            if _wait_ready(folder, process, give_up_at):
                return
            said = _read_from(folder.log, position)
            if not _alive(process):
                raise from_output(said, doing=f"PostgreSQL did not start in {folder.cluster}")
        if time.monotonic() > give_up_at:
            raise StoreUnavailable(
                f"PostgreSQL in {folder.cluster} was not ready within {timeout_seconds:g} s; if it is"
                f" recovering it goes on: run the same command again, and see {folder.log}"
            )
        time.sleep(_PAUSE_SECONDS)


def stop(folder: ServerFolder, *, timeout_seconds: float) -> None:
    """End the server cleanly and wait for it; after the time-out at once, which loses no committed row."""
    for sign, patience_seconds in (
        (signal.SIGINT, timeout_seconds),
        (signal.SIGQUIT, _IMMEDIATE_STOP_SECONDS),
    ):
        process = running_process(folder)
        if process is None:
            return
        try:
            os.kill(process, sign)
        except ProcessLookupError:
            return
        give_up_at = time.monotonic() + patience_seconds
        while time.monotonic() < give_up_at:
            if running_process(folder) is None and not _serves(process, folder.cluster):
                return
            time.sleep(_PAUSE_SECONDS)
    raise StoreUnavailable(f"PostgreSQL in {folder.cluster} does not end: see {folder.log}")


def _spawn(folder: ServerFolder, binaries: Binaries, *, durable: bool) -> int:
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": ".",
        "unix_socket_permissions": "0700",
        "fsync": "on" if durable else "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [binaries.program("postgres"), "-D", data_argument(folder.cluster), *options]
    account = folder.account
    with (
        translated("cannot write", folder.log),
        folder.log.open("ab") as log,
        inherited_share(folder.server_lock) as share,
    ):
        folder.log.chmod(0o600)
        folder.keeper.own(folder.log)
        try:
            launched = subprocess.run(  # noqa: S603 - PostgreSQL's own program
                ["/bin/sh", "-c", _IN_BACKGROUND, "sh", *command],
                cwd=folder.cluster,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=True,
                env=clean_environment(),
                umask=0o077,
                start_new_session=True,
                pass_fds=(share,),
                user=None if account.is_ours else account.uid,
                group=None if account.is_ours else account.gid,
                extra_groups=None if account.is_ours else (),
            )
        except (OSError, subprocess.CalledProcessError) as problem:
            raise cannot_run_as(account, OSError(0, str(problem))) from problem
    return int(launched.stdout)


def _wait_ready(folder: ServerFolder, process: int, give_up_at: float) -> bool:
    while time.monotonic() < give_up_at:
        if _says_ready(folder) and answers(folder):
            return True
        if not _alive(process):
            return False
        time.sleep(_PAUSE_SECONDS)
    return False


def _says_ready(folder: ServerFolder) -> bool:
    try:
        lines = (folder.cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


def _alive(process: int) -> bool:
    if _HAS_PROC:
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
        except (FileNotFoundError, ProcessLookupError):
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _discard_stale_numbers(folder: ServerFolder) -> None:
    """Remove numbers that now belong to another program, or to a dead server nobody has buried.

    PostgreSQL itself removes the number of a process that is gone, but takes any living one for a server.
    """
    for file in (folder.cluster / "postmaster.pid", folder.cluster / f".s.PGSQL.{PORT}.lock"):
        try:
            process = int(file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            continue
        if _HAS_PROC and Path(f"/proc/{process}").exists() and not _serves(process, folder.cluster):
            file.unlink(missing_ok=True)


def _rotate_log(log: Path) -> int:
    with translated("cannot write", log):
        if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        return log.stat().st_size if log.exists() else 0


def _read_from(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        return file.read().decode(errors="replace")
