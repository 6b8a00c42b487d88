"""Answers on standard output, talk on standard error; tables for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from marketplace_core.domain.money import Money
from marketplace_entrypoints.cli.plain import Plain

if TYPE_CHECKING:
    from rich.console import Console


@frozen
class Table:
    """Rows under a header; amounts are set to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    title: str = ""


def printable(text: object) -> str:
    """A text from outside without signs that steer a terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in str(text))


_DELETE: Final = "\x7f"
"""The one sign of ASCII that steers and that JSON leaves as it is."""


def json_text(plain: Plain) -> str:
    """The value as JSON; signs that steer a terminal or turn its direction are escaped, so that nothing is lost."""
    text = json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False)
    return "".join(sign if sign.isprintable() or sign == "\n" else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if sign == _DELETE else json.dumps(sign)[1:-1]


@frozen
class Output:
    """Where a command's answer goes."""

    as_json: bool = False
    _moving: ExitStack = field(factory=ExitStack, init=False, eq=False, repr=False)

    def answer(self, plain: Plain, *parts: str | Table) -> None:
        """The answer: ``plain`` as JSON, or ``parts`` for a person; it ends the counter."""
        self._moving.close()
        if self.as_json:
            print(json_text(plain))  # noqa: T201 - the answer
            return
        console = _console()
        for part in parts:
            if isinstance(part, Table):
                _print_table(console, part)
            else:
                console.print(printable(part), markup=False, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Talk that is no part of the answer; it ends the counter."""
        self._moving.close()
        print(printable(text), file=sys.stderr)  # noqa: T201 - talk

    @contextmanager
    def progress(self, what: str) -> Generator[Callable[[int], None] | None]:
        """A counter that moves on a terminal until something is said or answered; elsewhere nothing."""
        if not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
        # Left to itself, rich sends standard output where the counter is: the answer would never reach a file or pipe.
        bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
        with self._moving:
            task = self._moving.enter_context(bar).add_task(what, total=None)
            yield lambda done: bar.update(task, completed=done)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> Table:
    """A table of what is given."""
    return Table(tuple(header), tuple(tuple(row) for row in rows), title)


def _console() -> Console:
    from rich.console import Console

    wide = None if sys.stdout.isatty() else 200
    return Console(width=wide)


def _print_table(console: Console, part: Table) -> None:
    from rich import box
    from rich.table import Table as RichTable

    shown = RichTable(title=part.title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, title in enumerate(part.header):
        numbers = any(isinstance(row[index], Money | int) for row in part.rows)
        shown.add_column(title, justify="right" if numbers else "left", overflow="fold")
    from rich.text import Text

    for row in part.rows:
        shown.add_row(*(Text(_shown(value)) for value in row))
    console.print(shown)


def _shown(value: object) -> str:
    if isinstance(value, Money):
        return value.plain(grouped=True)
    return "" if value is None else printable(value).replace("\n", " ")
