"""Programs that run on after the process that started them, and are ended by their own number alone."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import asdict, frozen

from marketplace_core.errors import StoreUnavailable

_FILE: Final = "mariadb.json"
_STOP_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.02
_HAS_PROC: Final = Path("/proc/self/cmdline").exists()


@frozen
class Kept:
    """What is kept of a server in its folder, for whoever asks for it next."""

    port: int
    password: str
    process: int

    @classmethod
    def read(cls, folder: Path) -> Kept | None:
        """What the folder says, or None."""
        try:
            return cls(**json.loads((folder / _FILE).read_text("utf-8")))
        except FileNotFoundError:
            return None

    def write(self, folder: Path) -> None:
        """Keep it, readable by us alone; the file appears whole."""
        unfinished = folder / f"{_FILE}.new"
        unfinished.touch(0o600)
        unfinished.write_text(json.dumps(asdict(self)) + "\n", "utf-8")
        unfinished.replace(folder / _FILE)


def spawn(command: Sequence[str], folder: Path, log: Path) -> int:
    """Start a program in a session of its own and return its number; the log gets what it says."""
    with log.open("wb") as written:
        started = subprocess.Popen(  # noqa: S603 - MariaDB's own program
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Its number is all that is kept: who ends it may be another process, and our own zombies are buried below.
    started.returncode = 0
    return started.pid


def is_running(process: int, argument: str) -> bool:
    """True while the program that was started with that argument has not ended; a number used again is not taken."""
    with suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    try:
        if not _HAS_PROC:
            os.kill(process, 0)
            return True
        facts = Path(f"/proc/{process}")
        if (facts / "stat").read_text("utf-8").rpartition(")")[2].split()[0] in {"Z", "X"}:
            return False
        # A program that has only just been started shows no arguments yet.
        words = (facts / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not words or argument.encode() in words.split(b"\0")


def end(process: int, argument: str, sign: signal.Signals) -> None:
    """Send the signal and wait until the program has ended; StoreUnavailable if it outlives that."""
    if is_running(process, argument):
        os.kill(process, sign)
        wait_until(lambda: not is_running(process, argument), _STOP_SECONDS, f"the process {process} does not end")


def wait_until(holds: Callable[[], bool], patience_seconds: float, otherwise: str) -> None:
    """Return as soon as it holds; StoreUnavailable if it never did in all that time."""
    give_up_at = time.monotonic() + patience_seconds
    while not holds():
        if time.monotonic() > give_up_at:
            raise StoreUnavailable(f"{otherwise} within {patience_seconds:g} s")
        time.sleep(_PAUSE_SECONDS)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def give_to(account: str, *paths: Path) -> None:
    """Make files and folders that account's, as far as we may."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        for path in paths:
            os.chown(path, entry.pw_uid, entry.pw_gid)
