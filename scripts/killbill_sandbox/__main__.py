"""Start, stop or look at a Kill Bill in a folder: python -m scripts.killbill_sandbox start --folder FOLDER."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.killbill_sandbox.client import PASSWORD, USER
from scripts.killbill_sandbox.server import Sandbox

from marketplace_core.errors import MarketplaceError


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 if it is as asked, 1 if it is not and for ``status`` of what does not run."""
    parser = argparse.ArgumentParser(prog="python -m scripts.killbill_sandbox", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--folder", type=Path, required=True, help="where its books, settings and log lie")
    parser.add_argument("--port", type=int, help="of Kill Bill on 127.0.0.1; a free one if left out")
    asked = parser.parse_args(arguments)
    try:
        if asked.action == "start":
            return _start(asked.folder, asked.port)
        found = Sandbox.found(asked.folder)
        return _stop(found) if asked.action == "stop" else _status(found)
    except MarketplaceError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1


def _start(folder: Path, port: int | None) -> int:
    found = Sandbox.found(folder)
    if found is not None and not found.server.is_healthy():
        found.stop()
        found = None
    sandbox = found or Sandbox.start(folder, port=port)
    print(f"Kill Bill {'runs' if found else 'is started'} at {sandbox.url}")
    print(f"  user {USER}, password {PASSWORD}; its clock can be moved; its books and log are in {folder}")
    print("  try: curl -u", f"{USER}:{PASSWORD}", f"{sandbox.url}/1.0/healthcheck")
    print(f"  tests use it with MARKETPLACE_KILLBILL_URL={sandbox.url}")
    print("  to bill by it, write this into marketplace.toml; api_key and api_secret are yours to choose:")
    print('    billing = "killbill"\n    [killbill]')
    told = {"url": sandbox.url, "api_key": "marketplace", "api_secret": "sandbox", "user": USER, "password": PASSWORD}
    for name, value in told.items():
        print(f'    {name} = "{value}"')
    return 0


def _stop(found: Sandbox | None) -> int:
    if found is None:
        print("No Kill Bill runs there")
        return 0
    found.stop()
    print(f"Kill Bill is stopped; remove {found.folder} to begin with empty books")
    return 0


def _status(found: Sandbox | None) -> int:
    healthy = found is not None and found.server.is_healthy()
    if found is None:
        print("No Kill Bill runs there")
    elif healthy:
        print(f"Kill Bill runs at {found.url}; its clock says {found.server.clock():%Y-%m-%d %H:%M:%S} UTC")
    else:
        print(f"Kill Bill does not answer at {found.url}: see {found.log}, or stop and start it")
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
