"""Errors as exit codes and messages: the one place where the command line decides on them."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from marketplace_core.errors import (
    AdapterClash,
    AdapterMissing,
    ConfigurationError,
    ImportRefused,
    InvalidRow,
    MarketplaceError,
    NotPermitted,
)


class Exit(IntEnum):
    """What the exit code of the program says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTLY = 3
    NOT_ALLOWED = 4


class Refused(MarketplaceError):
    """What was asked for cannot be done as it was asked: another option is needed, or a yes."""


_CODES: Final = (
    (NotPermitted, Exit.NOT_ALLOWED),
    (Refused, Exit.USAGE),
    (AdapterMissing, Exit.FAILED),
    (AdapterClash, Exit.FAILED),
    (ConfigurationError, Exit.USAGE),
)


def exit_code_of(error: MarketplaceError) -> Exit:
    """The exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)


def plain_error(error: MarketplaceError) -> dict[str, object]:
    """An error for machines: its kind, message and exit code; the place of each bad row."""
    told: dict[str, object] = {
        "kind": type(error).__name__,
        "message": str(error),
        "exit_code": int(exit_code_of(error)),
    }
    if isinstance(error, InvalidRow):
        told["problems"] = [_place(error)]
    elif isinstance(error, ImportRefused):
        told["problems"] = [_place(problem) for problem in error.problems]
        told["count"] = error.count
    return {"error": told}


def _place(problem: InvalidRow) -> dict[str, object]:
    return {"file": problem.file, "line": problem.line, "column": problem.column, "reason": problem.reason}
