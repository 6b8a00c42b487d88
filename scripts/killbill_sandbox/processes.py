"""Programs that run on after the command that started them, and are ended by their own number alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from marketplace_adapters.postgres.server.accounts import Account
from marketplace_core.errors import StoreUnavailable

_HAS_PROC: Final = Path("/proc/self/stat").exists()
_PAUSE_SECONDS: Final = 0.05


def spawn(
    command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str], account: Account | None = None
) -> int:
    """Start a program in the folder, in a session of its own, and return its number; the log gets what it says."""
    other = account is not None and not account.is_ours
    with log.open("ab") as written:
        started = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            umask=0o077,
            start_new_session=True,
            user=account.uid if account and other else None,
            group=account.gid if account and other else None,
            extra_groups=() if other else None,
        )
    # Its number is all that is kept: who ends it may be another process, and our own zombies are buried in `runs`.
    started.returncode = 0
    return started.pid


def runs(process: int, folder: Path) -> bool:
    """True while the program that was started in the folder has not ended; a number used again is not taken for it."""
    with suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    if not _HAS_PROC:
        return _answers_signals(process)
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        return state not in {"Z", "X"} and Path(f"/proc/{process}/cwd").samefile(folder)
    except OSError:
        return False


def end(process: int, folder: Path, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send the signals in turn, each with its patience in seconds, until the program has ended.

    Raises StoreUnavailable if it outlives them all.
    """
    for sign, patience_seconds in signals:
        if not runs(process, folder):
            return
        os.kill(process, sign)
        if wait_until(lambda: not runs(process, folder), patience_seconds):
            return
    raise StoreUnavailable(f"the process {process} in {folder} does not end: look at it and end it by hand")


def wait_until(holds: Callable[[], bool], patience_seconds: float) -> bool:
    """True as soon as it holds; False if it never did in all that time."""
    give_up_at = time.monotonic() + patience_seconds
    while not holds():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def last_words(log: Path, lines: int = 5) -> str:
    """The end of what a program said."""
    said = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return " | ".join(said[-lines:]) or "it said nothing"


def _answers_signals(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
