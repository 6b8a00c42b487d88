"""What the tests of running servers share: the program on a test's database, and servers as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from attrs import frozen
from scripts.security import free_port
from tests.fixtures.databases import Database

START_SECONDS = 60.0


def of_the_machine(database: Database) -> dict[str, str]:
    """The environment of a process: the test's database, and none of the machine's settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKETPLACE_")}
    addresses = {"MARKETPLACE_DSN": database.application.conninfo(), "MARKETPLACE_OWNER_DSN": database.owner.conninfo()}
    return {**kept, **addresses, "NO_COLOR": "1"}


def run_program(
    database: Database,
    *words: object,
    folder: Path | None = None,
    more: Mapping[str, str] | None = None,
    given: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run ``marketplace`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "marketplace_entrypoints.cli", *map(str, words)],
        env={**of_the_machine(database), **(more or {})},
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@frozen
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        """A client of it; close it."""
        return httpx.Client(base_url=self.url, timeout=30)

    def wait_until_ready(self) -> None:
        """Fail where it does not come up."""
        until = time.monotonic() + START_SECONDS
        with httpx.Client(base_url=self.url, timeout=2) as client:
            while time.monotonic() < until and self.process.poll() is None:
                try:
                    if client.get("/api/health/ready").is_success:
                        return
                except httpx.HTTPError:
                    time.sleep(0.1)
        raise AssertionError(self.log.read_text("utf-8")[-2000:])


@contextmanager
def serving(database: Database, folder: Path, *words: str, **settings: str) -> Generator[Server]:
    """A server as its own process until the context is left; ``words`` are further arguments."""
    port, log = free_port(), folder / f"server-{uuid4().hex}.log"
    environment = {
        **of_the_machine(database),
        "MARKETPLACE_SIGNING_KEYS": str(folder / "signing-keys.json"),
        **settings,
    }
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "marketplace_entrypoints.cli", "serve", "--port", str(port), *words],
            env=environment,
            cwd=folder,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
