"""At a terminal: a moving counter on standard error, questions before what cannot be undone; none of it elsewhere."""

from __future__ import annotations

import errno
import json
import os
import pty
import select
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest
from tests.e2e.cli.conftest import Marketplace, Ran, arguments, run_on, surroundings
from tests.fixtures.databases import Database

pytestmark = pytest.mark.postgres

PATIENCE_SECONDS: Final = 60
QUESTION: Final = "[y/N]"
END_OF_INPUT: Final = "\x04"
LONG: Final = {
    "bill": (("bill", "--period", "2026-12"), "Billing"),
    "reconcile": (("reconcile", "--as-of", "2026-11-20"), "Matching"),
    "verify": (("verify",), "Links"),
    "replay": (("replay",), "Links"),
}


def _at_a_terminal(database: Database, *words: object, types: str = "", answer_too: bool = False) -> Ran:
    """Run with a terminal for standard input and error, its answer to a pipe or there too; type once it asks."""
    ours, theirs = pty.openpty()
    answer, written = os.pipe()
    running = subprocess.Popen(
        arguments(*words),
        env={**surroundings(database), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs if answer_too else written,
        stderr=theirs,
    )
    os.close(theirs)
    os.close(written)
    said = {ours: b"", answer: b""}
    waiting, asked = {ours, answer}, False
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    try:
        while waiting:
            assert time.monotonic() < give_up_at, said
            for one in select.select(list(waiting), [], [], 1)[0]:
                read = _read(one)
                said[one] += read
                if not read:
                    waiting.remove(one)
            if types and not asked and QUESTION.encode() in said[ours]:
                asked = True
                os.write(ours, types.encode())
        code = running.wait(timeout=PATIENCE_SECONDS)
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
        os.close(answer)
        os.close(ours)
    return Ran(code, said[answer].decode(), said[ours].decode())


def _read(one: int) -> bytes:
    """What there is; nothing at the end, which Linux tells of a terminal by an error."""
    try:
        return os.read(one, 65_536)
    except OSError as problem:
        if problem.errno != errno.EIO:
            raise
        return b""


@pytest.mark.parametrize("name", LONG)
def test_a_counter_moves_at_a_terminal_and_the_answer_stays_apart(fresh_database: Database, name: str) -> None:
    """The counter is on standard error; standard output has the JSON answer and nothing else."""
    words, shown = LONG[name]
    ended = _at_a_terminal(fresh_database, *words, "--json")
    assert ended.code == 0, ended.err
    assert shown in ended.err
    assert isinstance(json.loads(ended.out), dict)
    assert "{" not in ended.err


def test_the_counter_is_gone_before_the_answer(fresh_database: Database) -> None:
    """Where both go to one terminal, the answer stands after the last of the counter."""
    ended = _at_a_terminal(fresh_database, *LONG["verify"][0], answer_too=True)
    assert ended.code == 0
    assert ended.err.rindex("Links") < ended.err.index("sample: ")
    assert "The books hold." in ended.err


@pytest.mark.parametrize("name", LONG)
def test_no_counter_is_written_to_a_pipe_or_file(fresh_database: Database, name: str) -> None:
    """Nothing stands on standard error of a command that went well."""
    ended = run_on(fresh_database, *LONG[name][0])
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out


def test_the_demo_is_not_named_where_other_books_are_used(fresh_database: Database, tmp_path: Path) -> None:
    """Its folder may lie in the working folder: the books are those of the database's address all the same."""
    (tmp_path / "demo-data").mkdir()
    ended = run_on(fresh_database, "verify", folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")


def _void(marketplace: Marketplace) -> tuple[str, ...]:
    first = marketplace("invoices", "list", "--json").told["invoices"][0]
    return ("invoices", "void", first["number"], "--reason", "billed by mistake")


def _books(marketplace: Marketplace) -> list[Any]:
    """The hash of all that is in the books, and what the ledger says."""
    replayed = marketplace("replay", "--json")
    assert replayed.code == 0
    return [replayed.told, marketplace("balances", "--as-of", "2026-12-31", "--json").told]


@pytest.mark.parametrize("answer", ["n\n", "\n", END_OF_INPUT], ids=["n", "nothing", "end of input"])
def test_what_is_not_agreed_to_is_not_done(fresh_database: Database, marketplace: Marketplace, answer: str) -> None:
    """A no, nothing, another word and the end of the input: code 2, it says so, and the books are as before."""
    before = _books(marketplace)
    ended = _at_a_terminal(fresh_database, *_void(marketplace), types=answer)
    assert (ended.code, ended.out) == (2, "")
    assert "Void invoice" in ended.err
    assert "nothing was written" in ended.err
    assert _books(marketplace) == before


def test_what_is_agreed_to_is_done(fresh_database: Database, marketplace: Marketplace) -> None:
    """A yes goes on: the invoice is void, and the books prove themselves."""
    before = _books(marketplace)
    words = _void(marketplace)
    ended = _at_a_terminal(fresh_database, *words, types="y\n")
    assert ended.code == 0, ended.err
    assert words[2] in ended.out
    assert _books(marketplace) != before
    assert marketplace("verify").code == 0


def test_nobody_is_asked_where_the_answer_is_given(fresh_database: Database, marketplace: Marketplace) -> None:
    """With `--yes` there is no question at a terminal; without a terminal and without it, code 2 and no change."""
    words, before = _void(marketplace), _books(marketplace)
    refused = run_on(fresh_database, *words)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    assert _books(marketplace) == before
    done = _at_a_terminal(fresh_database, *words, "--yes")
    assert done.code == 0, done.err
    assert QUESTION not in done.err
    assert _books(marketplace) != before
