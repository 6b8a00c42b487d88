"""Kill Bill's PostgreSQL: a template with its schema made once in the cache, and a copy of it for each sandbox.

The server listens on 127.0.0.1, because JDBC needs TCP, and asks for a password; its programs are those of the
embedded server. As root it runs under an unprivileged account.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from attrs import field, frozen
from psycopg.sql import SQL, Identifier
from scripts.killbill_sandbox.artifacts import KILLBILL_VERSION
from scripts.killbill_sandbox.processes import end, free_port, last_words, runs, spawn, wait_until

from marketplace_adapters.postgres.server.accounts import (
    Account,
    account_for,
    clean_environment,
    named_account,
    run_as,
)
from marketplace_adapters.postgres.server.binaries import MAJOR_VERSION, Binaries, wheel_binaries
from marketplace_adapters.postgres.server.cluster import data_argument
from marketplace_core.errors import StoreUnavailable

NAME: Final = "killbill"
"""Of the database and of its role, a superuser because the schema makes an event trigger."""

SCHEMA_PRECISION: Final = 15
"""How many digits Kill Bill's schema gives an amount, nine of them after the point."""
WIDE_PRECISION: Final = 24
"""How many an operator may give it."""
_TEMPLATE: Final = f"schema-{KILLBILL_VERSION}-postgresql-{MAJOR_VERSION}-1"
_SETTINGS: Final = """\
shared_buffers = 64MB
max_connections = 80
min_wal_size = 16MB
max_wal_size = 512MB
checkpoint_timeout = 30min
wal_level = minimal
max_wal_senders = 0
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
fsync = off
full_page_writes = off
unix_socket_directories = ''
listen_addresses = '127.0.0.1'
"""
_ACCESS: Final = f"host {NAME} {NAME} 127.0.0.1/32 scram-sha-256\n"
_INITDB_TIMEOUT_SECONDS: Final = 120.0
_START_SECONDS: Final = 60.0
_STOP: Final = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))


@frozen
class DatabaseServer:
    """A running PostgreSQL with the database of one Kill Bill."""

    cluster: Path
    process: int
    port: int
    password: str = field(repr=False)

    @property
    def conninfo(self) -> str:
        """How psycopg reaches the database."""
        return f"host=127.0.0.1 port={self.port} dbname={NAME} user={NAME} password={self.password}"

    @property
    def jdbc_url(self) -> str:
        """How Java reaches it; role and password are given beside it."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/{NAME}"

    def stop(self) -> None:
        """End the server; once it has ended this does nothing."""
        end(self.process, self.cluster, _STOP)

    def forget_notifications(self) -> None:
        """Drop what Kill Bill has put down to do later."""
        with psycopg.connect(self.conninfo) as connection:
            connection.execute("DELETE FROM notifications")

    def resize_amounts(self, precision: int) -> int:
        """Give every column of amounts so many digits, nine of them after the point, and return how many changed.

        An amount that does not fit becomes zero. Open sessions end, since they hold prepared statements of the former
        type: nothing may be under way in Kill Bill meanwhile.
        """
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            columns = connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
                " AND data_type = 'numeric' AND numeric_scale = 9 AND numeric_precision <> %s",
                [precision],
            ).fetchall()
            change = SQL("ALTER TABLE {} ALTER {} TYPE numeric({}, 9) USING CASE WHEN abs({}) < {} THEN {} ELSE 0 END")
            for table, column in columns:
                name, limit = Identifier(column), 10 ** (precision - 9)
                connection.execute(change.format(Identifier(table), name, precision, name, limit, name))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        return len(columns)


def start_database(template: Path, folder: Path) -> DatabaseServer:
    """Start a server on the folder's cluster, at first a copy of the template; it takes connections on return."""
    cluster, account = folder / "cluster", _account(folder)
    if not cluster.exists():
        unfinished = folder / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(template / "cluster", unfinished)
        account.own_tree(unfinished)
        shutil.copy2(template / "password", folder / "password")
        unfinished.rename(cluster)
    password = (folder / "password").read_text("utf-8")
    return _running(cluster, _binaries(account), account, password)


def template_in(cache: Path, war: Path) -> Path:
    """Return the folder of a stopped cluster with Kill Bill's schema, making it at first; the caller holds the cache.

    Raises AdapterMissing (no PostgreSQL installed) and StoreUnavailable (it does not work).
    """
    finished = cache / _TEMPLATE
    if finished.exists():
        return finished
    with tempfile.TemporaryDirectory(dir=cache, prefix="unfinished-") as name:
        unfinished = Path(name) / "template"
        unfinished.mkdir(mode=0o700)
        password = secrets.token_hex(16)
        secret = unfinished / "password"
        secret.touch(0o600)
        secret.write_text(password, "utf-8")
        with _fresh_cluster(unfinished, password) as server:
            _load_schema(server, war)
        (unfinished / "cluster.log").unlink()
        unfinished.rename(finished)
    return finished


@contextmanager
def _fresh_cluster(folder: Path, password: str) -> Generator[DatabaseServer]:
    account = _account(folder)
    binaries = _binaries(account)
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    account.own(cluster)
    where = ["-D", data_argument(cluster)]
    _done(
        account,
        [
            *(binaries.program("initdb"), *where, "-U", NAME),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth=reject", "--wal-segsize=4", "--no-instructions", "--no-sync"),
        ],
        cluster,
    )
    (cluster / "postgresql.conf").write_text(_SETTINGS, "utf-8")
    (cluster / "pg_hba.conf").write_text(_ACCESS, "utf-8")
    account.own_tree(cluster)
    statements = f"ALTER ROLE {NAME} PASSWORD '{password}';\n\nCREATE DATABASE {NAME};\n\n"
    _done(account, [binaries.program("postgres"), "--single", "-j", *where, "postgres"], cluster, statements)
    server = _running(cluster, binaries, account, password)
    try:
        yield server
    finally:
        server.stop()


def _load_schema(server: DatabaseServer, war: Path) -> None:
    """Run the schema's files: PostgreSQL's own types first; the queue's tables stand in killbill-util already."""
    first, others = "", list[str]()
    for jar in sorted((war / "WEB-INF" / "lib").glob("killbill-*.jar")):
        with zipfile.ZipFile(jar) as packed:
            for name in packed.namelist():
                if name.endswith("/ddl-postgresql.sql"):
                    first = packed.read(name).decode()
                elif name.startswith("org/killbill/billing/") and name.endswith("/ddl.sql"):
                    others.append(packed.read(name).decode())
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        for statements in (first, *others):
            connection.execute(statements.encode())


def _running(cluster: Path, binaries: Binaries, account: Account, password: str) -> DatabaseServer:
    port, log = free_port(), cluster.parent / "cluster.log"
    command = [binaries.program("postgres"), "-D", data_argument(cluster), "-p", str(port)]
    process = spawn(command, cluster, log, clean_environment(), account)
    server = DatabaseServer(cluster, process, port, password)
    wait_until(lambda: _answers(server) or not runs(process, cluster), _START_SECONDS)
    if not _answers(server):
        if runs(process, cluster):
            server.stop()
        raise StoreUnavailable(f"Kill Bill's PostgreSQL did not start in {cluster}: {last_words(log)}")
    return server


def _answers(server: DatabaseServer) -> bool:
    try:
        psycopg.connect(server.conninfo, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _done(account: Account, command: list[str], cluster: Path, text: str = "") -> None:
    done = run_as(account, command, folder=cluster, text=text, timeout_seconds=_INITDB_TIMEOUT_SECONDS)
    if done.returncode != 0 or any(word in done.stderr for word in ("ERROR:", "FATAL:", "PANIC:")):
        raise StoreUnavailable(f"cannot make Kill Bill's database in {cluster}: {done.stdout}{done.stderr}")


def _account(folder: Path) -> Account:
    return named_account(account_for(folder))


def _binaries(account: Account) -> Binaries:
    return wheel_binaries().reachable_by(account)
