"""The undisturbed month: what every killed command is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.crash.crashing import Programs, Undisturbed
    from tests.fixtures.databases import Database


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """The program, ready to be run and killed a hundred times."""
    from tests.e2e.crash.crashing import Programs  # noqa: PLC0415 - needs psycopg

    with Programs.ready(tmp_path_factory.mktemp("forks")) as ready:
        yield ready


@pytest.fixture(scope="session")
def undisturbed(postgres_server: Database, programs: Programs) -> Iterator[dict[str, Undisturbed]]:
    """Run the month's commands to their ends, each on a copy of the books that the one before it left."""
    from tests.e2e.crash.crashing import (  # noqa: PLC0415 - needs psycopg
        COMMANDS,
        Undisturbed,
        books_of,
        copied,
        steps_of,
    )

    month: dict[str, Undisturbed] = {}
    with ExitStack() as copies:
        before = copies.enter_context(copied(postgres_server))
        for command in COMMANDS:
            after = copies.enter_context(copied(postgres_server, before))
            process = programs.step(["marketplace", *command], after)
            if process.returncode:
                pytest.fail(f"{' '.join(command)} ended with {process.returncode}: {process.stderr}")
            month[command[0]] = Undisturbed(before, books_of(after), *steps_of(programs.report))
            before = after
        yield month
