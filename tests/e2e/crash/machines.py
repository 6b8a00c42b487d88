"""Three machines on one: network namespaces joined by a bridge, a PostgreSQL in one, workers in the others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from pwd import getpwnam
from typing import Final

import psycopg
from attrs import frozen
from tests.fixtures.databases import Database

from marketplace_adapters.postgres.server.accounts import Account
from marketplace_adapters.postgres.server.binaries import wheel_binaries
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.server.roles import BOOTSTRAP_STATEMENTS, DATABASE

NET: Final = "10.231.77"
WORD: Final = "of-the-test-only"
"""The roles' password: the server lives as long as a test, and listens in its namespace alone."""


@frozen
class Machines:
    """The database as this process sees it by its socket, as workers see it by the network, and their namespaces."""

    here: Database
    there: Database
    workers: tuple[str, str]


def why_not() -> str:
    """Why namespaces cannot be made here; empty where they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for needed in ("ip", "setpriv"):
        if shutil.which(needed) is None:
            return f"there is no program {needed}"
    name = f"mpt{os.getpid()}"
    if _ip("netns", "add", name, check=False).returncode:
        return "this system lets nobody make network namespaces"
    _ip("netns", "del", name)
    return ""


@contextmanager
def machines() -> Generator[Machines]:
    """Three machines while the block runs."""
    names = [f"mpt{os.getpid()}{role}" for role in ("db", "w1", "w2")]
    with ExitStack() as ends:
        for name in names:
            _ip("netns", "add", name)
            ends.callback(_ip, "netns", "del", name, check=False)
            _ip("-n", name, "link", "set", "lo", "up")
        _join(names)
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mpt", dir="/tmp")))
        ends.enter_context(_server(names[0], folder))
        here = {role: _dsn(role, str(folder), DATABASE) for role in ("marketplace_app", "marketplace_owner")}
        there = {role: _dsn(role, f"{NET}.1", DATABASE) for role in here}
        yield Machines(Database(*here.values()), Database(*there.values()), (names[1], names[2]))


def inside(namespace: str, *command: str) -> list[str]:
    """The command, run in a namespace."""
    return ["ip", "netns", "exec", namespace, *command]


def _join(names: list[str]) -> None:
    """A bridge in the database's namespace; a cable from it to each worker's. Nothing of it is in the machine's own."""
    hub, *leaves = names
    _ip("-n", hub, "link", "add", "br0", "type", "bridge")
    _ip("-n", hub, "addr", "add", f"{NET}.1/24", "dev", "br0")
    _ip("-n", hub, "link", "set", "br0", "up")
    for number, leaf in enumerate(leaves, start=2):
        _ip("-n", hub, "link", "add", f"to{number}", "type", "veth", "peer", "name", "eth0", "netns", leaf)
        _ip("-n", hub, "link", "set", f"to{number}", "master", "br0", "up")
        _ip("-n", leaf, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
        _ip("-n", leaf, "link", "set", "eth0", "up")


@contextmanager
def _server(namespace: str, folder: Path) -> Generator[None]:
    """A PostgreSQL that listens on the bridge's address and on a socket in the folder."""
    nobody = getpwnam("nobody")
    binaries = wheel_binaries().reachable_by(Account(nobody.pw_uid, nobody.pw_gid))
    data, words = folder / "data", folder / "word"
    words.write_text(WORD, "utf-8")
    for path in (folder, words):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    setpriv = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    initdb = [binaries.program("initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
    made = [*setpriv, *initdb, "--locale=C", "--pwfile", str(words)]
    subprocess.run(made, check=True, capture_output=True, cwd=folder)
    with (data / "pg_hba.conf").open("a", encoding="utf-8") as file:
        file.write(f"host all all {NET}.0/24 scram-sha-256\n")
    options = (f"listen_addresses={NET}.1", f"unix_socket_directories={folder}", "fsync=off", "port=5432")
    postgres = [binaries.program("postgres"), "-D", str(data), *(word for it in options for word in ("-c", it))]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(inside(namespace, *setpriv, *postgres), stdout=log, stderr=log, cwd=folder) as process,
    ):
        try:
            _bootstrap(_dsn("postgres", str(folder), "template1"), folder)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _bootstrap(superuser: Dsn, folder: Path) -> None:
    for _ in range(100):
        with suppress(psycopg.OperationalError), psycopg.connect(superuser.conninfo(), autocommit=True) as connection:
            for statement in _statements():
                connection.execute(statement.encode())
            return
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text("utf-8"))


def _statements() -> Iterator[str]:
    yield from BOOTSTRAP_STATEMENTS
    for role in ("marketplace_app", "marketplace_owner"):
        yield f"ALTER ROLE {role} PASSWORD '{WORD}'"


def _dsn(role: str, host: str, database: str) -> Dsn:
    return Dsn.parse(f"host={host} port=5432 user={role} password={WORD} dbname={database}")


def _ip(*words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["ip", *words], check=check, capture_output=True)  # noqa: S607 - the system's own


def program() -> list[str]:
    """The command line of this tree."""
    return [sys.executable, "-m", "marketplace_entrypoints.cli"]
