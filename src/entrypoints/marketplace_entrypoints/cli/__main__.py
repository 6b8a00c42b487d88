"""The program ``marketplace``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Final

from marketplace_entrypoints.cli import signals

_NEEDED: Final = ("cyclopts", "rich", "typed_settings", "dependency_injector")


def main() -> None:
    """Run the command that the arguments name and leave with its exit code."""
    signals.heed()
    code = run(sys.argv[1:])
    signals.heed_no_more()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command; its exit code (see ``failures.Exit``)."""
    missing = missing_parts()
    if missing:
        _say(f"the command line needs {', '.join(missing)}: pip install 'marketplace-core[all]'")
        return 1
    try:
        if list(arguments) in ([], ["--help"], ["-h"]):
            from marketplace_entrypoints.cli.commands import help_text

            print(help_text(), flush=True)  # noqa: T201 - the answer
            return 0
        return _run(list(arguments))
    except KeyboardInterrupt as stop:
        signals.heed_no_more()
        _say("cancelled: what was done is whole; the same command again goes on from there")
        return signals.exit_code_of_stop(stop)
    except BrokenPipeError:
        _write_no_more()
        return 1
    except OSError as problem:
        _write_no_more()
        _say(f"the system refused ({problem}); what was done is whole: mend that and run the same command again")
        return 1


def missing_parts() -> list[str]:
    """What the command line needs and does not have."""
    return [name for name in _NEEDED if find_spec(name) is None]


def _run(arguments: list[str]) -> int:
    from cyclopts import CycloptsError

    from marketplace_core.errors import MarketplaceError
    from marketplace_entrypoints.cli.app import build_app
    from marketplace_entrypoints.cli.arguments import require_text
    from marketplace_entrypoints.cli.failures import Exit, exit_code_of, plain_error

    as_json = "--json" in arguments
    try:
        require_text(arguments)
        result = build_app()(arguments, result_action="return_value", exit_on_error=False, print_error=False)
    except CycloptsError as problem:
        message = str(problem).strip()
        _tell(message, {"error": {"kind": "Usage", "message": message, "exit_code": int(Exit.USAGE)}}, as_json=as_json)
        return int(Exit.USAGE)
    except MarketplaceError as problem:
        _tell(str(problem), plain_error(problem), as_json=as_json)
        return int(exit_code_of(problem))
    sys.stdout.flush()
    return result if isinstance(result, int) else int(Exit.DONE)


def _tell(message: str, plain: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        from marketplace_entrypoints.cli.output import json_text

        print(json_text(plain), flush=True)  # noqa: T201 - the answer
    _say(message)


def _say(text: str) -> None:
    shown = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    with suppress(OSError):
        print(f"marketplace: {shown}", file=sys.stderr, flush=True)  # noqa: T201 - talk


def _write_no_more() -> None:
    """Let the rest of the answer go nowhere, else Python would try to write it once more at the end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
