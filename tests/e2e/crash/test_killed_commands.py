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
    Programs,
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

POINTS: Final = {"smoke": 1, "slice": 40, "full": 500}
"""Moments at which each command is killed: half of them around ends of transactions; ``make crash`` tries 500."""
SEED: Final = 2026_11
KILLED: Final = {"import": COMMANDS[1], "bill": COMMANDS[2], "payments": COMMANDS[3], "reconcile": COMMANDS[4]}


@pytest.mark.parametrize("name", KILLED)
def test_the_same_command_completes_what_a_kill_cut_off(
    name: str,
    undisturbed: dict[str, Undisturbed],
    postgres_server: Database,
    scale: Literal["smoke", "slice", "full"],
    programs: Programs,
) -> None:
    """Killed before or after any exchange with the database and run again, a command leaves the undisturbed books."""
    moments = undisturbed[name].moments(Random(SEED), POINTS[scale])
    bad = what_kills_leave("marketplace", name, undisturbed[name], moments, programs, postgres_server)
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("name", KILLED)
def test_the_matrix_finds_a_transaction_that_was_split(
    name: str, undisturbed: dict[str, Undisturbed], postgres_server: Database, programs: Programs
) -> None:
    """Our own program with a commit between a command's rows and its link leaves books that do not hold."""
    with copied(postgres_server, undisturbed[name].before) as books:
        assert programs.step(["marketplace-split", *KILLED[name]], books).returncode == 0
        ends = steps_of(programs.report)[1]
    split = [end for end in ends if end not in undisturbed[name].ends]
    moments = [2 * end + 1 for end in split[:1]]
    assert moments, "the twin ended no transaction in a place of its own"
    assert what_kills_leave("marketplace-split", name, undisturbed[name], moments, programs, postgres_server)


def what_kills_leave(
    program: str,
    name: str,
    control: Undisturbed,
    moments: list[int],
    programs: Programs,
    server: Database,
) -> list[str]:
    """What is wrong with the books after a kill at each moment and the same command again."""
    bad: list[str] = []
    for moment in moments:
        with copied(server, control.before) as books:
            killed = programs.step([program, *KILLED[name]], books, moment)
            assert was_killed(killed), f"moment {moment} of {2 * control.steps} was not reached: {killed.stderr}"
            again = programs.run(["marketplace", *KILLED[name], "--json"], books)
            if again.returncode:
                bad.append(f"moment {moment}: again ended with {again.returncode}: {again.stderr}")
                continue
            found = books_of(books)
            twice, lost = found - control.after, control.after - found
            if twice or lost:
                bad.append(f"moment {moment}: too many {list(twice)[:3]}, missing {list(lost)[:3]}")
            bad.extend(f"moment {moment}: {problem}" for problem in problems_of(books))
    return bad


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
def test_the_matrix_finds_programs_that_are_not_safe(
    program: str, postgres_server: Database, programs: Programs
) -> None:
    """A program that commits row by row doubles or loses invoices in most of the moments that ours survives."""
    bad = 0
    with copied(postgres_server) as books:
        with psycopg.connect(books.owner.conninfo()) as connection:
            connection.execute(TABLES)
        arguments = [program, books.owner.conninfo()]
        assert programs.step(arguments, books).returncode == 0
        control = Undisturbed(books, books_of_naive(books), *steps_of(programs.report))
        moments = control.moments(Random(SEED), 5)
        for moment in moments:
            with psycopg.connect(books.owner.conninfo()) as connection:
                connection.execute("TRUNCATE naive_invoices, naive_runs")
            assert was_killed(programs.step(arguments, books, moment))
            assert programs.step(arguments, books).returncode == 0
            bad += books_of_naive(books) != control.after
    assert bad > len(moments) // 2


def books_of_naive(books: Database) -> Rows:
    """What a naive program billed: how many invoices each lease has."""
    with psycopg.connect(books.owner.conninfo()) as connection:
        return Counter(("lease", str(lease)) for (lease,) in connection.execute("SELECT lease FROM naive_invoices"))
