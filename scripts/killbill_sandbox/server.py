"""A Kill Bill of one's own in a folder: started, found again, crashed, brought back and stopped."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Final, Self

from scripts.killbill_sandbox.artifacts import Installed, cache_folder, held, install, installed_in, java
from scripts.killbill_sandbox.client import Server
from scripts.killbill_sandbox.database import (
    SCHEMA_PRECISION,
    WIDE_PRECISION,
    DatabaseServer,
    start_database,
    template_in,
)
from scripts.killbill_sandbox.processes import end, free_port, last_words, runs, spawn
from scripts.killbill_sandbox.tomcat import java_command, write_configuration

from marketplace_core.errors import PartnerUnavailable

_STATE: Final = "sandbox.json"
_FAILED: Final = "startup failed due to previous errors"
_START_SECONDS: Final = 180.0
_STOP: Final = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 10.0))
_CRASH: Final = ((signal.SIGKILL, 10.0),)
# Kill Bill's pool tests a connection before use only if it lay idle for half a second.
_IDLE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.1


class Sandbox:
    """A Kill Bill with a database of its own in a folder, running until `stop`."""

    def __init__(self, folder: Path, installed: Installed, database: DatabaseServer, port: int, process: int) -> None:
        """Use `start`."""
        self.folder, self.database, self.port, self.process = folder, database, port, process
        self.server = Server(f"http://127.0.0.1:{port}")
        self._installed = installed

    @classmethod
    def start(cls, folder: Path, *, cache: Path | None = None, port: int | None = None) -> Self:
        """Start Kill Bill on the books in the folder, empty ones at first; it is ready when this returns.

        ``port`` is Kill Bill's; without it a free one is taken. Whoever calls this knows that none runs there yet.
        Raises AdapterMissing (no Java, no Maven, nothing to fetch from, no PostgreSQL), StoreUnavailable and
        PartnerUnavailable (it does not start, with its last words).
        """
        program, cache = java(), cache or cache_folder()
        with held(cache):
            installed = install(cache)
            template = template_in(cache, installed.war)
        folder = folder.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = start_database(template, folder)
        chosen = port or free_port()
        write_configuration(folder, installed, database, chosen)
        sandbox = cls(folder, installed, database, chosen, 0)
        try:
            sandbox._run(program)
        except BaseException:
            sandbox.stop()
            raise
        return sandbox

    @classmethod
    def found(cls, folder: Path, *, cache: Path | None = None) -> Self | None:
        """The sandbox of which something still runs in the folder, whoever started it; None where nothing does."""
        folder, cache = folder.resolve(), cache or cache_folder()
        try:
            known = json.loads((folder / _STATE).read_text("utf-8"))
        except FileNotFoundError:
            return None
        database = DatabaseServer(
            folder / "cluster", known["database_process"], known["database_port"], known["database_password"]
        )
        if not runs(known["process"], folder) and not runs(database.process, database.cluster):
            return None
        return cls(folder, installed_in(cache), database, known["port"], known["process"])

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.server.url

    @property
    def log(self) -> Path:
        """The file with what Kill Bill says."""
        return self.folder / "killbill.log"

    def stop(self) -> None:
        """End Kill Bill and its database; the folder stays."""
        try:
            self.go_down()
        finally:
            self.database.stop()

    def go_down(self) -> None:
        """End Kill Bill in good order; its database goes on, and `come_back` starts it again."""
        if self.process:
            end(self.process, self.folder, _STOP)

    def crash(self) -> None:
        """Kill Bill ends at once in the middle of whatever it does; `come_back` starts it again."""
        end(self.process, self.folder, _CRASH)

    def come_back(self) -> None:
        """Start Kill Bill again at the same address on the same books; its clock shows the real time again."""
        if runs(self.process, self.folder):
            return
        self._run(java())

    def forget_what_is_due(self) -> None:
        """Drop all that is still to be done at some time, of every tenant: moving the clock no longer wakes it."""
        self.database.forget_notifications()

    def widen_amounts(self) -> None:
        """Make room for amounts of 1,000,000.00 and more, as an operator may; nothing may be under way meanwhile."""
        self._resize_amounts(WIDE_PRECISION)

    def narrow_amounts(self) -> None:
        """Have the columns as Kill Bill makes them, up to 999,999.99; an amount that no longer fits becomes zero."""
        self._resize_amounts(SCHEMA_PRECISION)

    def _resize_amounts(self, precision: int) -> None:
        self.database.resize_amounts(precision)
        time.sleep(_IDLE_SECONDS)

    def _run(self, program: str) -> None:
        command = java_command(program, self.folder, self._installed)
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self.log.unlink(missing_ok=True)
        self.process = spawn(command, self.folder, self.log, environment)
        self._keep_state()
        give_up_at = time.monotonic() + _START_SECONDS
        while not self.server.is_healthy():
            if self._has_failed() or time.monotonic() > give_up_at:
                raise PartnerUnavailable(f"Kill Bill did not start, see {self.log}: {last_words(self.log)}")
            time.sleep(_PAUSE_SECONDS)

    def _keep_state(self) -> None:
        state = self.folder / _STATE
        state.touch(0o600)
        known = {
            "url": self.url,
            "port": self.port,
            "process": self.process,
            "database_port": self.database.port,
            "database_process": self.database.process,
            "database_password": self.database.password,
        }
        state.write_text(json.dumps(known, indent=2) + "\n", "utf-8")

    def _has_failed(self) -> bool:
        """Tomcat itself runs on where the application in it could not start."""
        return not runs(self.process, self.folder) or _FAILED in self.log.read_text("utf-8", "replace")
