"""Run a portal's database by hand: ``python -m marketplace_adapters.cocorico.testing --folder cocorico-sandbox``."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from marketplace_adapters.cocorico.testing.portal import CocoricoPortal
from marketplace_adapters.cocorico.testing.sample import furnish
from marketplace_adapters.cocorico.testing.server import MariaDb
from marketplace_core.errors import MarketplaceError

_DATABASE = "cocorico"


def main() -> int:
    """Run a furnished portal until SIGINT or SIGTERM; say on standard output where, and who we are there."""
    parser = argparse.ArgumentParser(description="A Cocorico's MariaDB to test against.")
    parser.add_argument("--folder", type=Path, help="where its data lie and stay; without it they go at the end")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--landlords", type=int, default=5)
    parser.add_argument("--listings", type=int, default=20)
    parser.add_argument("--inquiries", type=int, default=50)
    parser.add_argument("--bookings", type=int, default=30)
    asked = parser.parse_args()
    # Said outright: a shell that starts it in the background has it ignore SIGINT, and SIGTERM would leave the server.
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="cocorico-") as passing:
        try:
            server = MariaDb.start(asked.folder or Path(passing), asked.port)
        except MarketplaceError as problem:
            sys.stderr.write(f"error: {problem}\n")
            return 1
        try:
            _tell(_portal(server, asked))
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0
        finally:
            server.stop()


def _portal(server: MariaDb, asked: argparse.Namespace) -> CocoricoPortal:
    if server.has(_DATABASE):
        return CocoricoPortal(server, _DATABASE)
    portal = CocoricoPortal.make(server, _DATABASE)
    furnish(
        portal.hand,
        landlords=asked.landlords,
        listings=asked.listings,
        inquiries=asked.inquiries,
        bookings=asked.bookings,
    )
    portal.hand.rows.now = datetime.now(UTC)
    return portal


def _tell(portal: CocoricoPortal) -> None:
    categories = portal.hand.rows.rows(
        "SELECT translatable_id, name FROM listing_category_translation WHERE locale = 'en' ORDER BY translatable_id"
    )
    lines = [
        f"dsn         {portal.url}",
        f"owner       {portal.owner_url}",
        *(f"category    {it['translatable_id']} {it['name']}" for it in categories),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
