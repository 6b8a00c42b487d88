"""Run the stand-in by hand: ``python -m marketplace_adapters.condo.testing --port 0``."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import UTC, datetime

from marketplace_adapters.condo.testing.sample import furnish
from marketplace_adapters.condo.testing.serving import CondoStandIn


def main() -> None:
    """Serve a sample until SIGINT or SIGTERM; say on standard output where, and who may sign in."""
    parser = argparse.ArgumentParser(description="A Condo to test against.")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--properties", type=int, default=3)
    parser.add_argument("--units", type=int, default=300, help="in all houses together")
    parser.add_argument("--residents", type=int, default=400)
    parser.add_argument("--tickets", type=int, default=500)
    asked = parser.parse_args()
    # Said outright: a shell that starts it in the background has it ignore SIGINT.
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, signal.default_int_handler)
    standin = CondoStandIn(port=asked.port)
    standin.books.tick = lambda: datetime.now(UTC)
    furnish(
        standin.hand,
        properties=asked.properties,
        units=asked.units,
        residents=asked.residents,
        tickets=asked.tickets,
    )
    with standin:
        lines = [
            f"url           {standin.url}",
            f"organization  {standin.books.organization_id}",
            f"token         {standin.token_of()}",
            *(f"{it.kind:12}  {it.email or it.phone} {it.password}" for it in standin.books.users.values()),
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
