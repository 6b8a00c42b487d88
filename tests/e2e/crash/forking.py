"""Runs programs in forks of one process that has loaded everything: each begins as a new one would, in no time.

Run as ``forking.py``; each line of standard input is a request in JSON, answered on standard output by the exit
code, negative for a signal. A fork gets the request's environment, and its files for what it says; it shares no
connection, thread or lock with any other, for this process has none. What a fork that came to its end had loaded
besides is loaded here before the next.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.e2e.crash import stepping


def serve() -> None:
    """Answer requests until standard input ends."""
    stepping.load()
    for line in sys.stdin:
        # What is loaded is never garbage: a fork that went through it would copy its pages.
        gc.freeze()
        heard, telling = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            _become(json.loads(line), telling)
        os.close(telling)
        with os.fdopen(heard, encoding="utf-8") as told:
            loaded = told.read().split()
        _, status = os.waitpid(child, 0)
        _load(loaded)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _load(names: list[str]) -> None:
    """Load modules by their names; revisions, which are loaded by path, cannot be and need not."""
    for name in names:
        with suppress(ImportError):
            import_module(name)


def _become(request: dict[str, Any], telling: int) -> None:
    """Be the program that is asked for, and tell what it loaded; never returns."""
    code, before = 1, {*sys.modules}
    try:
        os.environ.clear()
        os.environ.update(request["environment"])
        _redirect(0, os.devnull, os.O_RDONLY)
        _redirect(1, request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        _redirect(2, request["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        code = stepping.main(*request["arguments"])
    except BaseException:  # noqa: BLE001 - whatever it is, the fork must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(telling, "\n".join({*sys.modules} - before).encode())
        os._exit(code)


def _redirect(descriptor: int, target: str, flags: int) -> None:
    opened = os.open(target, flags, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    serve()
