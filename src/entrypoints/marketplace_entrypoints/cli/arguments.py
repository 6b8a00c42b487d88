"""What is typed must be text before anything works with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from marketplace_entrypoints.cli.failures import Refused

_SHOWN: Final = 60


def require_text(arguments: Sequence[str]) -> None:
    """``Refused`` for an argument of bytes that are no UTF-8, naming it: no database, file or answer could hold it."""
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError as problem:
            shown = repr(os.fsencode(argument)[:_SHOWN])[2:-1]
            raise Refused(
                f"argument {number}{_option(arguments, number - 1)} is no text in UTF-8, from its sign"
                f" {problem.start + 1} on ({shown}): type it in UTF-8, or rename the file that it names"
            ) from problem


def _option(arguments: Sequence[str], index: int) -> str:
    """The option that an argument belongs to, where it says one."""
    before = arguments[index - 1] if index else ""
    name = next((it.partition("=")[0] for it in (arguments[index], before) if it.startswith("--")), "")
    return f" (of {name})" if name.isascii() and name else ""
