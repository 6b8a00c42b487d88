"""A real MariaDB in a folder of its own: made, started, found again, killed, brought back and stopped."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Self

import pymysql
from pymysql.cursors import Cursor

from marketplace_adapters.cocorico.testing.processes import Kept, end, free_port, give_to, is_running, spawn, wait_until
from marketplace_adapters.cocorico.testing.programs import Programs, account_for, programs
from marketplace_core.errors import StoreUnavailable

OWNER: Final = "owner"
_FIRST_WORDS: Final = "first.sql"
_MAKE_SECONDS: Final = 120.0
_START_SECONDS: Final = 60.0
_SETTINGS: Final = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb3",
    "--collation-server=utf8mb3_unicode_ci",
    "--sql-mode=STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
    "--default-time-zone=+00:00",
    "--max-connections=200",
    # What was acknowledged outlives the death of the program, not that of the machine.
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--innodb-lock-wait-timeout=5",
    "--performance-schema=OFF",
)


class MariaDb:
    """A MariaDB on 127.0.0.1 with the account `OWNER`, who may do everything; it runs until `stop`."""

    def __init__(self, folder: Path, port: int, password: str, process: int) -> None:
        """Use `start` or `found`."""
        self.folder, self.port, self.password, self.process = folder, port, password, process

    @classmethod
    def start(cls, folder: Path, port: int = 0) -> Self:
        """Start it on the data in the folder, empty ones at first; it answers when this returns.

        Raises AdapterMissing (MariaDB is not installed) and StoreUnavailable (it does not start, with its last words).
        """
        installed = programs()
        folder = folder.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = Kept.read(folder) or Kept(free_port(), secrets.token_urlsafe(24), 0)
        server = cls(folder, port or kept.port, kept.password, 0)
        server._make(installed)
        server._run(installed)
        return server

    @classmethod
    def found(cls, folder: Path) -> Self | None:
        """The server that runs on the folder, whoever started it; None where none does."""
        folder = folder.resolve()
        kept = Kept.read(folder)
        server = cls(folder, kept.port, kept.password, kept.process) if kept else None
        return server if server and server.runs else None

    @property
    def runs(self) -> bool:
        """True while its process has not ended; a number used again is not taken for it."""
        return is_running(self.process, f"--datadir={self.data}")

    @property
    def data(self) -> Path:
        """Where its data lie."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "mariadb.log"

    def stop(self) -> None:
        """End it in good order; the folder stays."""
        end(self.process, f"--datadir={self.data}", signal.SIGTERM)

    def kill(self) -> None:
        """It dies at once in the middle of whatever it does; `come_back` starts it on the same data."""
        end(self.process, f"--datadir={self.data}", signal.SIGKILL)

    def come_back(self) -> None:
        """Start it again at the same address on the same data."""
        if not self.runs:
            self._run(programs())

    def remove(self) -> None:
        """End it, and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str | None = None) -> pymysql.Connection[Cursor]:
        """A connection of its owner's, which commits each statement by itself."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=OWNER,
            password=self.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=10,
        )

    def run(self, *statements: str, database: str | None = None) -> None:
        """Run statements as its owner."""
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def has(self, database: str) -> bool:
        """True where that database is there."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            return cursor.execute("SHOW DATABASES LIKE %s", [database]) > 0

    def _make(self, installed: Programs) -> None:
        if self.data.exists():
            return
        account = account_for(self.folder)
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        give_to(account, self.folder, unfinished)
        command = [
            installed.maker,
            *("--no-defaults", f"--datadir={unfinished}", f"--user={account}"),
            *("--skip-test-db", "--innodb-log-file-size=16M"),
        ]
        done = subprocess.run(  # noqa: S603 - MariaDB's own program
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=_MAKE_SECONDS
        )
        if done.returncode != 0:
            said = " | ".join((done.stdout + done.stderr).strip().splitlines()[-5:])
            raise StoreUnavailable(f"no MariaDB can be made in {self.folder}: {said}")
        unfinished.rename(self.data)

    def _run(self, installed: Programs) -> None:
        account = account_for(self.folder)
        words = self.folder / _FIRST_WORDS
        words.touch(0o600)
        words.write_text(
            f"CREATE USER IF NOT EXISTS '{OWNER}'@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO '{OWNER}'@'127.0.0.1' WITH GRANT OPTION;\n",
            "utf-8",
        )
        temporary = self.folder / "temporary"
        temporary.mkdir(mode=0o700, exist_ok=True)
        give_to(account, words, temporary)
        command = [
            installed.server,
            *("--no-defaults", f"--datadir={self.data}", f"--user={account}", f"--port={self.port}"),
            # Both in the data folder: the path of a socket may have no more than a hundred characters.
            *("--socket=mariadb.sock", "--pid-file=mariadb.pid"),
            # A server that starts removes what it finds of temporary tables, also those of another one that runs.
            f"--tmpdir={temporary}",
            *(f"--init-file={words}", *_SETTINGS),
        ]
        self.process = spawn(command, self.folder, self.log)
        Kept(self.port, self.password, self.process).write(self.folder)
        wait_until(self._answers, _START_SECONDS, "MariaDB does not answer")

    def _answers(self) -> bool:
        if not self.runs:
            said = " | ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-5:])
            raise StoreUnavailable(f"MariaDB did not start, see {self.log}: {said}")
        with suppress(pymysql.err.OperationalError), closing(self.connect()):
            return True
        return False
