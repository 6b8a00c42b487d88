"""The demo: a sample portfolio billed, matched and aged by the very commands that a person would give.

``python -m marketplace_entrypoints.demo [--data FOLDER] [--fresh]``
"""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path
from time import perf_counter
from typing import Final

from attrs import evolve

from marketplace_entrypoints.cli.__main__ import missing_parts, run
from marketplace_entrypoints.settings import DEMO_DATA_FOLDER, load_settings

MARKER: Final = ".made-by-the-demo"
PORTFOLIO: Final = "sample"
ACCOUNT: Final = "paybill:555123"
MONTH: Final = "2026-11"
AS_OF: Final = "2026-11-15"
UNIT: Final = "A8"


def main() -> None:
    """Run the demo and leave with its exit code."""
    sys.exit(_demo(sys.argv[1:]))


def _demo(arguments: list[str]) -> int:
    missing = missing_parts()
    if missing:
        _say(f"the demo needs {', '.join(missing)}: pip install 'marketplace-core[all]'")
        return 1
    folder, fresh = _read(arguments)
    if folder is None:
        _say("usage: python -m marketplace_entrypoints.demo [--data FOLDER] [--fresh]")
        return 2
    if folder.exists() and not (folder / MARKER).exists():
        _say(f"{folder} is there already and was not made by the demo: it is left alone; name another with --data")
        return 1
    if fresh and folder.exists():
        shutil.rmtree(folder)
    known = folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARKER).touch()
    begin = perf_counter()
    code = _play(folder)
    seconds = perf_counter() - begin
    if code:
        return code
    if known:
        print("\nThese books were here already: the same commands again added nothing. --fresh starts over.")  # noqa: T201
    print(f"\nThe demo's own work took {seconds:.1f} s, with PostgreSQL started in {folder}/. Go on with:")  # noqa: T201
    for command in _further(folder):
        print(f"  {command}")  # noqa: T201
    return 0


def _play(folder: Path) -> int:
    """Each command in turn, on one running server."""
    from marketplace_entrypoints.composition import open_store

    sample = files("marketplace_entrypoints").joinpath("sample")
    with ExitStack() as stack:
        old_book = stack.enter_context(as_file(sample.joinpath("first_system")))
        statement = stack.enter_context(as_file(sample.joinpath("mpesa_statement_2026-11.csv")))
        stack.enter_context(open_store(evolve(load_settings(), data_folder=folder)))
        commands = (
            ("Open a book", ["init", PORTFOLIO, "--name", "Halima Noor Properties", "--account", ACCOUNT]),
            (
                "Take over the old system's files, tied out to the cent",
                ["import", str(old_book), "--first-month", MONTH],
            ),
            ("Bill November", ["bill", "--period", MONTH]),
            ("Take the payments of the M-Pesa statement", ["payments", "import", str(statement)]),
            ("Match them: what is proven is applied, the rest waits", ["reconcile", "--as-of", AS_OF]),
            ("What needs a person", ["review", "list"]),
            ("Who owes what, and for how long", ["aging", "--as-of", AS_OF]),
            ("One tenant's statement", ["statement", UNIT, "--from", "2026-09-01", "--to", AS_OF]),
            ("Prove it: chain, replay, laws, certificates", ["verify"]),
        )
        for title, arguments in commands:
            print(f"\n== {title}\n$ marketplace {shlex.join(_short(arguments))}", flush=True)  # noqa: T201
            code = run([*arguments, "--data", str(folder)])
            if code:
                return code
    return 0


def _short(arguments: list[str]) -> list[str]:
    return [Path(it).name if it.startswith("/") else it for it in arguments]


def _further(folder: Path) -> list[str]:
    program = Path(sys.executable).with_name("marketplace")
    shown = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    data = "" if folder == DEMO_DATA_FOLDER else f" --data {shlex.quote(str(folder))}"
    return [
        f"{shown} review list{data}",
        f"{shown} explain TK41216497{data}",
        f"{shown} aging --as-of {AS_OF} --json{data}",
        f"{shown} what-if lease {UNIT} --rent 30000 --from 2026-12-01{data}",
        f"{shown} bill --period 2026-12 --dry-run{data}",
    ]


def _read(arguments: list[str]) -> tuple[Path | None, bool]:
    rest = [it for it in arguments if it != "--fresh"]
    if not rest:
        return DEMO_DATA_FOLDER, "--fresh" in arguments
    if len(rest) == 2 and rest[0] == "--data":  # noqa: PLR2004 - the option and its value
        return Path(rest[1]), "--fresh" in arguments
    return None, False


def _say(text: str) -> None:
    print(f"demo: {text}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
