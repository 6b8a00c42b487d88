"""What PostgreSQL's programs and the file system say, as errors of ours: one table."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from marketplace_core.errors import ConfigurationError, MarketplaceError, StorageFull, StoreUnavailable

_FREE_SPACE = "the disk is full: free some space and run the same command again"
_PHRASES: tuple[tuple[str, type[MarketplaceError], str], ...] = (
    ("No space left on device", StorageFull, _FREE_SPACE),
    ("Disk quota exceeded", StorageFull, _FREE_SPACE),
    ("Read-only file system", ConfigurationError, "the file system is read-only: choose another data folder"),
    ("Permission denied", ConfigurationError, "a file is not accessible: give it back to its owner"),
    ("incompatible with server", ConfigurationError, "the folder was made by another version of PostgreSQL"),
    (
        "Cannot allocate memory",
        StoreUnavailable,
        "too little memory: lower shared_buffers in postgresql.conf",
    ),
    ("could not create any Unix-domain sockets", StoreUnavailable, "the socket could not be made"),
)
_LAST_LINES = 4


def from_output(output: str, *, doing: str) -> MarketplaceError:
    """Return the error that a program's last words mean, with the last lines of them."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = " | ".join(lines[-_LAST_LINES:]) or "it said nothing"
    for phrase, kind, advice in _PHRASES:
        if phrase in output:
            return kind(f"{doing}: {advice} ({said})")
    return StoreUnavailable(f"{doing}: {said}")


def from_os_error(problem: OSError, *, doing: str) -> MarketplaceError:
    """Return the error that a refusal of the operating system means."""
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(f"{doing}: {_FREE_SPACE}")
    reason = (problem.strerror or str(problem)).lower()
    return ConfigurationError(f"{doing}: {reason}: choose another folder, or correct its owner and rights")


@contextmanager
def translated(doing: str, path: Path) -> Generator[None]:
    """Let only errors of ours out of a block that touches the file system at ``path``."""
    try:
        yield
    except OSError as problem:
        raise from_os_error(problem, doing=f"{doing} {path}") from problem
