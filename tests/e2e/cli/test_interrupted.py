"""Stopped by a signal, without its database or without space: nothing half done, and the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
from tests.e2e.cli.conftest import Marketplace, Ran, arguments, run_on, surroundings
from tests.fixtures.databases import Database

from marketplace_adapters.postgres.server.dsn import Dsn

pytestmark = pytest.mark.postgres

BILL: Final = ("bill", "--period", "2026-12", "--json")
PATIENCE_SECONDS: Final = 30
TERMINATED: Final = 143
STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WAITING: Final = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture(autouse=True)
def heeded_signals() -> Generator[None]:
    """Programs inherit which signals are ignored: under nohup, or in the background of a script, some are."""
    ignored = [number for number in STOPPING if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _held_up(database: Database) -> Generator[subprocess.Popen[str]]:
    """A billing run in its transaction, at the moment where it asks for the counter that somebody else holds."""
    with psycopg.connect(database.owner.conninfo()) as holder:
        holder.execute("LOCK TABLE number_series IN ACCESS EXCLUSIVE MODE")
        running = subprocess.Popen(
            arguments(*BILL),
            env=surroundings(database),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _wait(lambda: _waiting(database) is not None)
            yield running
        finally:
            if running.poll() is None:
                running.kill()
            running.wait()


def _waiting(database: Database) -> int | None:
    """The server's process of whoever waits for a lock."""
    with psycopg.connect(database.owner.conninfo()) as connection:
        row = connection.execute(WAITING).fetchone()
        return None if row is None else int(row[0])


def _wait(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def _ended(running: subprocess.Popen[str]) -> Ran:
    out, err = running.communicate(timeout=PATIENCE_SECONDS)
    return Ran(running.returncode, out, err)


def _goes_on(marketplace: Marketplace) -> None:
    """No December invoice stands, the books prove themselves, and the same command bills the month."""
    before = marketplace("invoices", "list", "--as-of", "2027-01-31", "--json").told["invoices"]
    assert [it for it in before if it["from"].startswith("2026-12")] == []
    assert marketplace("verify").code == 0
    again = marketplace(*BILL)
    assert (again.code, again.told["invoices"] > 20) == (0, True)
    assert marketplace("verify").code == 0


@pytest.mark.parametrize(
    ("number", "code"), list(zip(STOPPING, (130, 143, 129), strict=True)), ids=["INT", "TERM", "HUP"]
)
def test_a_signal_leaves_nothing_half_done(
    fresh_database: Database, marketplace: Marketplace, number: signal.Signals, code: int
) -> None:
    """In the middle of a billing run: the shells' exit code, one line that says how to go on, no traceback."""
    with _held_up(fresh_database) as running:
        running.send_signal(number)
        ended = _ended(running)
    assert (ended.code, ended.out) == (code, "")
    assert "the same command again goes on" in ended.err
    assert "Traceback" not in ended.err
    _wait(lambda: _waiting(fresh_database) is None)
    _goes_on(marketplace)


def test_under_nohup_a_closed_terminal_ends_nothing(fresh_database: Database) -> None:
    """A signal that whoever started the program ignores is ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with _held_up(fresh_database) as running:
            running.send_signal(signal.SIGHUP)
            time.sleep(0.3)
            assert running.poll() is None
            running.send_signal(signal.SIGTERM)
            assert _ended(running).code == TERMINATED
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_database_lost_in_the_middle_is_said(fresh_database: Database, marketplace: Marketplace) -> None:
    """The server ends the session in the middle of a billing run, as often as it tries: code 1, nothing half done."""
    with _held_up(fresh_database) as running:
        with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
            while running.poll() is None:
                connection.execute("SELECT pg_terminate_backend(%s)", [_waiting(fresh_database)])
                time.sleep(0.05)
        ended = _ended(running)
    assert ended.code == 1
    assert "database" in ended.err
    assert "Traceback" not in ended.err
    _goes_on(marketplace)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"port": "1"}, ":1/"),
        ({"dbname": "no_such_books"}, "no_such_books"),
        ({"user": "nobody_here"}, "nobody_here"),
    ],
    ids=["port", "database", "user"],
)
def test_a_database_that_is_not_there_is_named(fresh_database: Database, change: dict[str, str], said: str) -> None:
    """A wrong port, database or user: code 1 or 2, the wrong part in the message, and no traceback."""
    wrong = Dsn.parse(psycopg.conninfo.make_conninfo(fresh_database.application.conninfo(), **change))
    ended = run_on(Database(wrong, wrong), "aging", "--as-of", "2026-11-30")
    assert ended.code in (1, 2)
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_an_answer_that_cannot_be_written_is_a_failure(fresh_database: Database) -> None:
    """Standard output on a full disk: code 1 and a line that says so."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            arguments("invoices", "list", "--json"),
            env=surroundings(fresh_database),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert ended.returncode == 1
    assert "No space left" in ended.stderr
    assert "Traceback" not in ended.stderr


@contextmanager
def _small_disk(folder: Path, megabytes: int) -> Generator[Path]:
    """A file system of its own, of so many megabytes."""
    folder.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small disk needs the right to mount one: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_nothing_half_done(tmp_path: Path, fresh_database: Database) -> None:
    """The disk of the data folder fills up: the import fails whole and says why; with space again it completes."""
    sample = Path(__file__).parents[3] / "src/entrypoints/marketplace_entrypoints/sample"
    bring = ("import", sample / "first_system", "--first-month", "2026-11", "--json")
    with _small_disk(tmp_path / "disk", 400) as disk:
        data = disk / "books"

        def run(*words: object) -> Ran:
            surrounding = surroundings(fresh_database)
            for name in ("MARKETPLACE_DSN", "MARKETPLACE_OWNER_DSN"):
                del surrounding[name]
            done = subprocess.run(
                arguments(*words, "--data", data),
                env=surrounding,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            return Ran(done.returncode, done.stdout, done.stderr)

        assert run("init", "books", "--account", "paybill:555123").code == 0
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize)
        failed = run(*bring)
        assert failed.code == 1
        assert "space" in failed.err
        assert "Traceback" not in failed.err
        ballast.unlink()
        again = run(*bring)
        assert again.code == 0, again.err
        assert run("verify").code == 0
