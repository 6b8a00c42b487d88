"""The undisturbed month: what every killed command is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.crash.crashing import Undisturbed
    from tests.fixtures.databases import Database


@pytest.fixture(scope="session")
def undisturbed(
    postgres_server: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Undisturbed]]:
    """Run the month's commands to their ends, each on a copy of the books that the one before it left."""
    from tests.e2e.crash.crashing import (  # noqa: PLC0415 - needs psycopg
        COMMANDS,
        Undisturbed,
        books_of,
        copied,
        step_through,
        steps_of,
    )

    report = tmp_path_factory.mktemp("steps") / "report.json"
    month: dict[str, Undisturbed] = {}
    with ExitStack() as copies:
        before = copies.enter_context(copied(postgres_server))
        for command in COMMANDS:
            after = copies.enter_context(copied(postgres_server, before))
            process = step_through(["marketplace", *command], after, report)
            if process.returncode:
                pytest.fail(f"{' '.join(command)} ended with {process.returncode}: {process.stderr}")
            month[command[0]] = Undisturbed(before, books_of(after), *steps_of(report))
            before = after
        yield month
