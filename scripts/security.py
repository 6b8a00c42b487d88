"""Start a server on books of its own, run tests/security_integrations.sh against it, stop it.

Usage: scripts/security.py [COMMAND...]; the command serves the API in place of ``marketplace serve``, with the port as
its last argument. Without MARKETPLACE_DSN the books are an embedded database in a temporary folder.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
CHECKS = ROOT / "tests" / "security_integrations.sh"
SERVE = (sys.executable, "-m", "marketplace_entrypoints.cli", "serve", "--port")
START_SECONDS, STOP_SECONDS = 60.0, 30.0


def main(command: Sequence[str]) -> int:
    """The exit code of the checks; 1 where the server does not start or stop as it should."""
    with tempfile.TemporaryDirectory(prefix="marketplace-security-") as name:
        folder = Path(name)
        environment = surroundings(folder)
        known = folder / "known.env"
        make = [sys.executable, "-m", "scripts.security_house", str(known)]
        subprocess.run(make, env=environment, cwd=folder, check=True)
        log = folder / "server.log"
        with serving(command or SERVE, environment, folder, log) as url:
            checked = subprocess.run([str(CHECKS), url, str(known), str(log)], check=False)
        return checked.returncode


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a server behind HTTPS, with one origin that may call it."""
    chosen = {
        "MARKETPLACE_DATA_FOLDER": str(folder / "data"),
        "MARKETPLACE_SIGNING_KEYS": str(folder / "signing-keys.json"),
        "MARKETPLACE_PUBLIC_URL": "https://rent.example.org",
        "MARKETPLACE_ALLOWED_ORIGINS": "https://portal.example.org",
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **chosen}


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> Generator[str]:
    """The address of a server that runs until the context is left, and then must end with code 0."""
    port = free_port()
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*command, str(port)], env=dict(environment), cwd=folder, stdout=written, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, server, log)
        yield url
        server.send_signal(signal.SIGTERM)
        code = server.wait(STOP_SECONDS)
        if code != 0:
            raise SystemExit(f"the server ended with {code}:\n{log.read_text('utf-8')[-2000:]}")
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(f"{url}/api/health/ready", timeout=2):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{log.read_text('utf-8')[-2000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
