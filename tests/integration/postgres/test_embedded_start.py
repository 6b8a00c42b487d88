"""The embedded server starts from nothing, comes back warm, and keeps what was committed."""

import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from marketplace_adapters.postgres.embedded import open_server
from marketplace_adapters.postgres.server.accounts import ROOT
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.server.locks import exclusive_lock
from marketplace_adapters.postgres.server.sizing import memory_bytes, settings_text
from marketplace_core.errors import ConfigurationError, StoreUnavailable

pytestmark = pytest.mark.postgres


def write_fact(owner: Dsn, number: int) -> None:
    """Commit one row."""
    with psycopg.connect(owner.conninfo()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS facts (number int)")
        connection.execute("INSERT INTO facts VALUES (%s)", [number])


def facts_of(dsn: Dsn) -> list[int]:
    """Return the committed rows."""
    with psycopg.connect(dsn.conninfo()) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM facts ORDER BY number")]


def test_rows_are_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    """The first use makes the database, the second finds it."""
    with open_server(tmp_path / "books") as server:
        write_fact(server.owner, 1)
    assert server.process is None
    with open_server(tmp_path / "books") as again:
        assert facts_of(again.application) == [1]


@pytest.mark.parametrize(
    ("memory_gigabytes", "free_gigabytes", "said"),
    [
        (1, 1, ("128MB", "512MB", "2048MB")),
        (8, 64, ("512MB", "4096MB", "8192MB")),
        (512, 999, ("1024MB", "65536MB", "16384MB")),
    ],
)
def test_settings_are_sized_by_the_machine_within_bounds(
    memory_gigabytes: int, free_gigabytes: int, said: tuple[str, str, str]
) -> None:
    """A small machine keeps what every machine had, a large one gives no more than is of use."""
    text = settings_text(memory_gigabytes << 30, free_gigabytes << 30)
    settings = dict(line.split(" = ") for line in text.splitlines() if " = " in line)
    assert (settings["shared_buffers"], settings["effective_cache_size"], settings["max_wal_size"]) == said
    assert memory_bytes() > 0


def test_a_second_hold_shares_the_server(tmp_path: Path) -> None:
    """Closing one of two holds, even twice, leaves the server to the other."""
    first = open_server(tmp_path, durable=False)
    second = open_server(tmp_path, durable=False)
    assert first.process == second.process is not None
    first.close()
    first.close()
    assert second.process is not None
    second.close()
    assert second.process is None


def test_a_killed_server_is_recovered_with_all_committed_rows(tmp_path: Path) -> None:
    """SIGKILL of the server loses no acknowledged row, and a held folder can be opened again at once."""
    with open_server(tmp_path) as server:
        write_fact(server.owner, 1)
        killed = server.process
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        with open_server(tmp_path) as again:
            assert again.process not in {None, killed}
            assert facts_of(server.application) == [1]


def test_a_process_number_used_again_by_another_program_blocks_nothing(tmp_path: Path) -> None:
    """A left-over number of a server that died with its machine is not taken for a running server."""
    with open_server(tmp_path, durable=False):
        cluster = tmp_path / "postgres" / "cluster"
        left_over = (cluster / "postmaster.pid").read_text()
    account = cluster.stat().st_uid
    with subprocess.Popen(["/bin/sleep", "60"], user=account if os.geteuid() == ROOT else None) as other:
        try:
            number = str(other.pid)
            (cluster / "postmaster.pid").write_text(left_over.replace(left_over.split("\n")[0], number, 1))
            with open_server(tmp_path, durable=False) as again:
                assert again.process not in {None, other.pid}
            assert other.poll() is None
        finally:
            other.kill()


def test_a_cut_off_first_start_is_begun_anew(tmp_path: Path) -> None:
    """What a killed first start left behind is thrown away."""
    unfinished = tmp_path / "postgres" / "cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("1")
    with open_server(tmp_path, durable=False) as server:
        assert server.process is not None
    assert not unfinished.exists()


@pytest.mark.parametrize("name", ["a" * 90 + "/" + "b" * 90, "one, two 'three' = četiri"])
def test_folders_with_long_and_odd_names_work(tmp_path: Path, name: str) -> None:
    """Neither a path longer than a socket's address nor signs that libpq interprets matter."""
    with open_server(tmp_path / name, durable=False) as server:
        write_fact(server.owner, 1)
        assert facts_of(server.application) == [1]


def test_a_folder_of_another_major_version_is_refused(tmp_path: Path) -> None:
    """The message names both versions and the way across."""
    with open_server(tmp_path, durable=False):
        pass
    (tmp_path / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ConfigurationError, match=r"PostgreSQL 17, and this is 18: back it up"):
        open_server(tmp_path, durable=False)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """The message names the path."""
    (tmp_path / "books").write_text("not a folder")
    with pytest.raises(ConfigurationError, match=r"cannot use the data folder .*books"):
        open_server(tmp_path / "books")


def test_waiting_for_a_start_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """The message names the lock that the other process holds."""
    (tmp_path / "postgres").mkdir()
    with (
        exclusive_lock(tmp_path / "postgres" / "start.lock", timeout_seconds=1),
        pytest.raises(StoreUnavailable, match=r"another process has been starting .*start\.lock"),
    ):
        open_server(tmp_path, start_timeout_seconds=0.05)


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The log's own words are in the message, and the hold is given back."""
    with open_server(tmp_path, durable=False):
        pass
    settings = tmp_path / "postgres" / "cluster" / "postgresql.conf"
    sound = settings.read_text()
    settings.write_text(sound + "shared_buffers = 'much'\n")
    with pytest.raises(StoreUnavailable, match=r'invalid value for parameter "shared_buffers"'):
        open_server(tmp_path, durable=False)
    settings.write_text(sound)
    with open_server(tmp_path, durable=False) as server:
        assert server.process is not None
    assert server.process is None


def test_folders_and_socket_are_private(tmp_path: Path) -> None:
    """Nobody but the owner may enter the server's folder, the cluster and the socket; no TCP port is open."""
    with open_server(tmp_path / "books", durable=False) as server:
        postgres = tmp_path / "books" / "postgres"
        socket = postgres / "cluster" / ".s.PGSQL.5432"
        private = [tmp_path / "books", postgres, postgres / "cluster", socket]
        assert [path.stat().st_mode & 0o777 for path in private] == [0o700] * 4
        assert [path.name for path in postgres.iterdir() if path.is_file() and path.stat().st_mode & 0o077] == []
        with psycopg.connect(server.owner.conninfo()) as connection:
            listening = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
        assert listening == ("",)


def test_neither_role_is_a_superuser_and_the_superuser_cannot_log_in(tmp_path: Path) -> None:
    """Only the two ordinary roles get in, and neither can read files or make roles."""
    with open_server(tmp_path, durable=False) as server:
        with psycopg.connect(server.owner.conninfo()) as connection:
            rights = connection.execute(
                "SELECT rolsuper, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles"
                " WHERE rolname IN ('marketplace_app', 'marketplace_owner')"
            ).fetchall()
        superuser = Dsn({**server.owner.parameters, "user": "postgres"})
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(superuser.conninfo())
    assert rights == [(False, False, False, False)] * 2


def test_the_application_role_is_bound_by_a_revoke(tmp_path: Path) -> None:
    """It reads and writes rows, but what a migration revokes, and the tables themselves, it cannot touch."""
    with open_server(tmp_path, durable=False) as server:
        with psycopg.connect(server.owner.conninfo()) as connection:
            connection.execute("CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, note text)")
            connection.execute("REVOKE UPDATE, DELETE, TRUNCATE ON events FROM marketplace_app")
        with psycopg.connect(server.application.conninfo(), autocommit=True) as connection:
            connection.execute("INSERT INTO events (note) VALUES ('kept')")
            for forbidden in (
                "UPDATE events SET note = ''",
                "DELETE FROM events",
                "TRUNCATE events",
                "ALTER TABLE events ADD x int",
                "CREATE TABLE mine ()",
                "SET ROLE marketplace_owner",
                "COPY events TO PROGRAM 'true'",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden)
            kept = connection.execute("SELECT note FROM events").fetchall()
    assert kept == [("kept",)]


def test_a_server_never_runs_as_root(tmp_path: Path) -> None:
    """The server's process belongs to an unprivileged account even if we are root, and fsync is on."""
    with open_server(tmp_path) as server:
        with psycopg.connect(server.owner.conninfo()) as connection:
            fsync = connection.execute("SELECT current_setting('fsync')").fetchone()
        owner = Path(f"/proc/{server.process}").stat().st_uid
    assert owner != ROOT
    assert fsync == ("on",)
