"""What the crash tests share: programs to kill, books to copy, and what of two books must be the same."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Final
from uuid import uuid4

import psycopg
from attrs import evolve, frozen
from psycopg.sql import SQL, Identifier
from tests.fixtures.databases import Database, drop_database

import marketplace_entrypoints
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.services.verify import verify_books

SAMPLE: Final = Path(marketplace_entrypoints.__file__).parent / "sample"
MAIN: Final = PortfolioId("main")
STEPPING: Final = Path(__file__).with_name("stepping.py")
FORKING: Final = Path(__file__).with_name("forking.py")
PATIENCE_SECONDS: Final = 120
NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})

COMMANDS: Final[tuple[tuple[str, ...], ...]] = (
    ("init", "main", "--account", "paybill:555123"),
    ("import", str(SAMPLE / "first_system"), "--first-month", "2026-11", "--portfolio", "main"),
    ("bill", "--period", "2026-11"),
    ("payments", "import", str(SAMPLE / "mpesa_statement_2026-11.csv"), "--account", "paybill-555123"),
    ("reconcile", "--as-of", "2026-11-15"),
)
"""A book's first month; each command begins on the books that the one before it left."""

_DEPENDS_ON_THE_COMMAND: Final = re.compile(r"\b(alc|crd|mat|rct|use)_[0-9a-f]{24}\b")
_INSTANTS: Final = re.compile(r'"((?:reversed_)?recorded_at|superseded_at)":"[^"]*"')

Rows = Counter[tuple[str, str]]


@frozen
class Undisturbed:
    """A command that ran to its end: the books before it and after it, its steps, and which ended a transaction."""

    before: Database
    after: Rows
    steps: int
    ends: tuple[int, ...]

    def moments(self, random: Random, count: int) -> list[int]:
        """Moments to kill at: around ends of transactions first, then any others; ``count`` of them at most."""
        around = [2 * step + side for step in self.ends for side in (0, 1)]
        near = random.sample(around, min(len(around), (count + 1) // 2))
        others = sorted({*range(2 * self.steps)} - {*near})
        return sorted([*near, *random.sample(others, min(len(others), count - len(near)))])


def run_program(arguments: Sequence[str], books: Database | None) -> subprocess.CompletedProcess[str]:
    """The real program, as its user starts it, over these books."""
    return subprocess.run(
        [sys.executable, "-m", "marketplace_entrypoints.cli", *arguments],
        env=environment(books),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def step_through(
    arguments: Sequence[str], books: Database | None, report: Path, kill_at: int = -1
) -> subprocess.CompletedProcess[str]:
    """The same program, counting its steps and killed at one."""
    return subprocess.run(
        [sys.executable, str(STEPPING), str(report), str(kill_at), *arguments],
        env=environment(books),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@frozen
class Programs:
    """The program in forks of one process: what hundreds of runs can afford (see ``forking.py``)."""

    _forking: subprocess.Popen[str]
    _folder: Path
    _more: Mapping[str, str] = NO_MORE

    def with_settings(self, more: Mapping[str, str]) -> Programs:
        """The same with further settings in the environment."""
        return evolve(self, more=more)

    @classmethod
    @contextmanager
    def ready(cls, folder: Path) -> Generator[Programs]:
        """Load everything once; the folder takes what the runs say."""
        command = [sys.executable, str(FORKING)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking:
            yield cls(forking, folder)

    def run(self, arguments: Sequence[str], books: Database) -> subprocess.CompletedProcess[str]:
        """Run ``PROGRAM ARGUMENT…`` over these books to its end."""
        return self._fork(["", "-1", *arguments], books)

    def step(self, arguments: Sequence[str], books: Database, kill_at: int = -1) -> subprocess.CompletedProcess[str]:
        """The same, counting its steps and killed at one."""
        return self._fork([str(self.report), str(kill_at), *arguments], books)

    @property
    def report(self) -> Path:
        """The file with what the last run that ended counted."""
        return self._folder / "report.json"

    def _fork(self, arguments: list[str], books: Database) -> subprocess.CompletedProcess[str]:
        out, err = self._folder / "out", self._folder / "err"
        request = {
            "arguments": arguments,
            "environment": environment(books, self._more),
            "out": str(out),
            "err": str(err),
        }
        asking, answering = self._forking.stdin, self._forking.stdout
        assert asking is not None
        assert answering is not None
        asking.write(json.dumps(request) + "\n")
        asking.flush()
        code = int(answering.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))


def environment(books: Database | None, more: Mapping[str, str] = NO_MORE) -> dict[str, str]:
    """The settings that name these books, or leave that to the arguments, and none of those around us but ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACE_")}
    if books is None:
        return kept
    dsn, owner = books.application.conninfo(), books.owner.conninfo()
    return {**kept, **more, "MARKETPLACE_DSN": dsn, "MARKETPLACE_OWNER_DSN": owner}


def was_killed(process: subprocess.CompletedProcess[str]) -> bool:
    """True where SIGKILL ended it."""
    return process.returncode == -signal.SIGKILL


@contextmanager
def copied(server: Database, original: Database | None = None) -> Generator[Database]:
    """A database that is a copy of another, or an empty one; dropped at the end, whoever still uses it."""
    name = f"crash_{uuid4().hex}"
    template = original.owner.database if original else "template1"
    with psycopg.connect(server.owner.conninfo(), autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(Identifier(name), Identifier(template))
        )
    try:
        yield Database(server.application.with_database(name), server.owner.with_database(name))
    finally:
        with psycopg.connect(server.owner.conninfo(), autocommit=True) as connection:
            drop_database(connection, name)


def books_of(books: Database) -> Rows:
    """Every row of the books with its money, without what the time or the id of a command gave it."""
    store = PostgresStore.connect(books.application)
    try:
        return Counter((row.kind, _comparable(str(row.body))) for row in store.state(MAIN))
    finally:
        store.close()


def problems_of(books: Database) -> list[str]:
    """What the product's own proof finds wrong: chain, replay, laws, certificates."""
    store = PostgresStore.connect(books.application)
    try:
        report = verify_books(store, store, MAIN)
    finally:
        store.close()
    return [*(str(it) for it in report.differences), *(str(it) for it in report.findings)]


def told(process: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The JSON answer of a program."""
    answer: dict[str, object] = json.loads(process.stdout)
    return answer


def steps_of(report: Path) -> tuple[int, tuple[int, ...]]:
    """How many steps a run took, and which of them ended a transaction."""
    read = json.loads(report.read_text("utf-8"))
    return read["steps"], tuple(read["ends"])


def _comparable(body: str) -> str:
    return _DEPENDS_ON_THE_COMMAND.sub(r"\1", _INSTANTS.sub(r'"\1":""', body))


def numbers_of(books: Database) -> list[str]:
    """The number of each invoice, in order."""
    with psycopg.connect(books.owner.conninfo()) as connection:
        return sorted(str(number) for (number,) in connection.execute("SELECT number FROM invoices"))
