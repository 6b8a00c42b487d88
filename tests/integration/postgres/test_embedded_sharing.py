"""Many processes on one data folder share one server, whatever happens to some of them."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from marketplace_adapters.postgres.embedded import open_server

pytestmark = pytest.mark.postgres

CLIENT = """
import sys
from pathlib import Path
import psycopg
from marketplace_adapters.postgres.embedded import open_server

with open_server(Path(sys.argv[1]), durable=False) as server:
    with psycopg.connect(server.application.conninfo(), autocommit=True) as connection:
        connection.execute("SELECT 1")
        print(server.process, flush=True)
        sys.stdin.readline()
"""


def client(folder: Path) -> subprocess.Popen[str]:
    """Start a process that opens the folder, prints the server's number and waits for a line."""
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer(process: subprocess.Popen[str]) -> int:
    """Return the number of the server that the process got."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def let_go(process: subprocess.Popen[str]) -> int:
    """Let the process close its hold and return its exit code."""
    process.communicate("\n", timeout=60)
    return process.returncode


def test_eight_processes_racing_from_nothing_get_one_server(tmp_path: Path) -> None:
    """One makes the database and starts the server, all use it, and the last one out stops it."""
    clients = [client(tmp_path / "books") for _ in range(8)]
    servers = {answer(process) for process in clients}
    assert len(servers) == 1
    codes = [let_go(process) for process in clients[:-1]]
    with open_server(tmp_path / "books", durable=False) as server:
        assert {server.process} == servers
    assert {server.process} == servers
    codes.append(let_go(clients[-1]))
    assert server.process not in servers
    assert codes == [0] * 8


def test_a_killed_client_leaves_a_server_that_the_next_one_uses_and_stops(tmp_path: Path) -> None:
    """SIGKILL of the only client leaves its server running; nothing has to be cleaned up by hand."""
    killed = client(tmp_path)
    number = answer(killed)
    killed.kill()
    killed.communicate()
    with open_server(tmp_path, durable=False) as server:
        assert server.process == number
        with psycopg.connect(server.application.conninfo()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("marketplace_app",)
    assert server.process is None


def test_clients_killed_while_they_start_the_server_leave_a_usable_folder(tmp_path: Path) -> None:
    """A first start that is killed at any of several moments is completed by the next one."""
    for delay_seconds in (0.25, 0.4, 0.5, 0.6, 0.8):
        starting = client(tmp_path)
        try:
            starting.wait(delay_seconds)
        except subprocess.TimeoutExpired:
            starting.kill()
        starting.communicate()
    with open_server(tmp_path, durable=False) as server, psycopg.connect(server.owner.conninfo()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("marketplace_owner",)
    assert server.process is None
