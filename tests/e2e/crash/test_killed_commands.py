"""`kill -9` in the middle of a command: the same command again completes it, nothing twice, nothing lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, Literal

import psycopg
import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from tests.e2e.crash.crashing import (
    COMMANDS,
    Rows,
    Undisturbed,
    books_of,
    copied,
    problems_of,
    run_program,
    step_through,
    steps_of,
    told,
    was_killed,
)
from tests.e2e.crash.naive import TABLES

if TYPE_CHECKING:
    from tests.fixtures.databases import Database

pytestmark = [pytest.mark.crash, pytest.mark.postgres, pytest.mark.xdist_group("crash")]

POINTS: Final = {"smoke": 1, "slice": 5, "full": 100}
"""Moments at which each command is killed."""
SEED: Final = 2026_11
KILLED: Final = {"import": COMMANDS[1], "bill": COMMANDS[2], "payments": COMMANDS[3], "reconcile": COMMANDS[4]}


@pytest.mark.parametrize("name", KILLED)
def test_the_same_command_completes_what_a_kill_cut_off(
    name: str,
    undisturbed: dict[str, Undisturbed],
    postgres_server: Database,
    scale: Literal["smoke", "slice", "full"],
    tmp_path: Path,
) -> None:
    """Killed before or after any exchange with the database and run again, a command leaves the undisturbed books."""
    control = undisturbed[name]
    bad: list[str] = []
    for moment in control.moments(Random(SEED), POINTS[scale]):
        with copied(postgres_server, control.before) as books:
            killed = step_through(["marketplace", *KILLED[name]], books, tmp_path / "report.json", moment)
            assert was_killed(killed), f"moment {moment} of {2 * control.steps} was not reached: {killed.stderr}"
            again = run_program([*KILLED[name], "--json"], books)
            if again.returncode:
                bad.append(f"moment {moment}: again ended with {again.returncode}: {again.stderr}")
                continue
            found = books_of(books)
            twice, lost = found - control.after, control.after - found
            if twice or lost:
                bad.append(f"moment {moment}: too many {list(twice)[:3]}, missing {list(lost)[:3]}")
            bad.extend(f"moment {moment}: {problem}" for problem in problems_of(books))
    assert not bad, "\n".join(bad)


def test_a_killed_command_in_a_data_folder_is_completed(undisturbed: dict[str, Undisturbed], tmp_path: Path) -> None:
    """On an embedded server whose client dies in each command of the month, the books prove themselves in the end."""
    folder, random = tmp_path / "books", Random(SEED)
    expected = undisturbed["reconcile"].after
    for command in COMMANDS:
        control = undisturbed[command[0]]
        moment = random.choice([2 * step + side for step in control.ends[1:] for side in (0, 1)])
        killed = step_through(["marketplace", *command, "--data", str(folder)], None, tmp_path / "report.json", moment)
        assert was_killed(killed)
        again = run_program([*command, "--data", str(folder)], None)
        assert again.returncode == 0, again.stderr
    proof = run_program(["verify", "--data", str(folder), "--json"], None)
    assert proof.returncode == 0, proof.stdout
    listed = told(run_program(["invoices", "list", "--data", str(folder), "--json"], None))
    invoices = listed["invoices"]
    assert isinstance(invoices, list)
    assert len(invoices) == sum(count for (kind, _), count in expected.items() if kind == "invoice")


@pytest.mark.parametrize("program", ["naive-forgetful", "naive-hasty"])
def test_the_matrix_finds_programs_that_are_not_safe(program: str, postgres_server: Database, tmp_path: Path) -> None:
    """A program that commits row by row doubles or loses invoices in most of the moments that ours survives."""
    report, bad = tmp_path / "report.json", 0
    with copied(postgres_server) as books:
        with psycopg.connect(books.owner.conninfo()) as connection:
            connection.execute(TABLES)
        arguments = [program, books.owner.conninfo()]
        assert step_through(arguments, books, report).returncode == 0
        control = Undisturbed(books, books_of_naive(books), *steps_of(report))
        moments = control.moments(Random(SEED), 5)
        for moment in moments:
            with psycopg.connect(books.owner.conninfo()) as connection:
                connection.execute("TRUNCATE naive_invoices, naive_runs")
            assert was_killed(step_through(arguments, books, report, moment))
            assert step_through(arguments, books, report).returncode == 0
            bad += books_of_naive(books) != control.after
    assert bad > len(moments) // 2


def books_of_naive(books: Database) -> Rows:
    """What a naive program billed: how many invoices each lease has."""
    with psycopg.connect(books.owner.conninfo()) as connection:
        return Counter(("lease", str(lease)) for (lease,) in connection.execute("SELECT lease FROM naive_invoices"))
