"""File locks that the kernel gives back when their process dies, however it dies."""

from __future__ import annotations

import sys

from marketplace_core.errors import ConfigurationError, StoreUnavailable

if sys.platform == "win32":
    raise ConfigurationError("the embedded PostgreSQL runs on Linux and macOS only: give the DSN of a server")

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_PAUSE_SECONDS = 0.005


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _try_exclusive(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive_lock(path: Path, *, timeout_seconds: float) -> Generator[None]:
    """Hold the file alone while the block runs; raise StoreUnavailable after the time-out."""
    descriptor = _open(path)
    try:
        give_up_at = time.monotonic() + timeout_seconds
        while not _try_exclusive(descriptor):
            if time.monotonic() > give_up_at:
                raise StoreUnavailable(
                    f"another process has been starting or stopping PostgreSQL for {timeout_seconds:g} s"
                    f" (it holds {path}): wait for it, or end it, and run the same command again"
                )
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def inherited_share(path: Path) -> Generator[int]:
    """Give a descriptor with a share in the file, kept until the last program that inherits it ends."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield descriptor
    finally:
        os.close(descriptor)


def is_free(path: Path) -> bool:
    """True if no process has a share in the file."""
    descriptor = _open(path)
    try:
        return _try_exclusive(descriptor)
    finally:
        os.close(descriptor)


class SharedHold:
    """A share in a file that other processes share too, until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Take the share; nobody ever holds this file alone for longer than a look at it."""
        self._path = path
        self._descriptor: int | None = _open(path)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> bool:
        """Give the share back; True if nobody else, in whatever process, has one."""
        if self._descriptor is None:
            return False
        os.close(self._descriptor)
        self._descriptor = None
        return is_free(self._path)
