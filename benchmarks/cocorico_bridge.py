"""Listings of the books brought to a portal's MariaDB by the bridge: published, looked at again, edited; beside peers.

What the bridge does beside writing there: it keeps each id before it is used and what is about to be told, publishes
what was approved, and keeps what was told, each with its link of the event log, on a PostgreSQL with fsync on.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
from attrs import frozen

from benchmarks.book import PORTFOLIO, command, copy_dicts
from benchmarks.cocorico_peers import TABLES, Rows, by_listing, insert
from benchmarks.database import database, server, settle
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, in_child, median_seconds, peak_memory
from marketplace_adapters.cocorico import Cocorico, CocoricoServer
from marketplace_adapters.cocorico.testing import CocoricoPortal, MariaDb
from marketplace_adapters.postgres.rows.listings import listing_row
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import ListingId, PersonId, PropertyId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.party import Person, Portfolio, Property, UnitKind
from marketplace_core.services.leases import OpenPortfolio, RecordDirectory
from marketplace_core.services.listings.bridging import BridgeListings
from marketplace_core.testing.clocks import StepClock
from marketplace_core.testing.portal.pictures import MemoryPictures

NEW, LOOKED, BEHIND, EDITED = (
    "bridge: all new",
    "bridge: none changed, each looked at",
    "bridge: none behind",
    "bridge: all changed",
)
PLAIN, EACH = "PyMySQL executemany, one transaction", "PyMySQL, a transaction a listing"
LARGEST: Final = 10_000
_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_PICTURE: Final = b"\xff\xd8\xff a picture"
_WRITES: Final = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_update', 'Com_delete', 'Com_replace',"
    " 'Handler_write', 'Handler_update', 'Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted',"
    " 'Com_select', 'Com_commit')"
)
_READS: Final = ("Com_select", "Com_commit", "Handler_write")
"""A query that sorts in a table of its own counts as ``Handler_write`` too."""


@frozen
class Books:
    """The books with so many approved listings, and the portal; both are given by their addresses."""

    dsn: Dsn
    portal_url: str
    category: int
    folder: str

    @contextmanager
    def bridge(self) -> Generator[BridgeListings]:
        """What is measured, over connections of its own."""
        store = PostgresStore.connect(self.dsn)
        pictures = MemoryPictures()
        pictures.keep(_PICTURE)
        cocorico = Cocorico(
            CocoricoServer(self.portal_url, KES, categories={"flat": self.category}, pictures_folder=Path(self.folder))
        )
        try:
            yield BridgeListings(store, store, cocorico.listings, pictures, store, StepClock(), "cocorico")
        finally:
            cocorico.close()
            store.close()


def run(scale: Scale) -> Report:
    """Each listing with two texts, a picture, a category and a point of its own; peers write the portal's rows only."""
    report = Report("Listings brought to a portal's MariaDB by BridgeListings, the books on PostgreSQL; fsync on there")
    sizes = tuple(it for it in scale.sizes if it <= LARGEST)
    with tempfile.TemporaryDirectory(prefix="benchmark-cocorico-") as folder, server() as owner:
        mariadb = MariaDb.start(Path(folder) / "mariadb")
        try:
            for size in sizes:
                with database(owner) as dsn:
                    portal = CocoricoPortal.make(mariadb, f"bridge_{size}")
                    rows = _ours(report, _made(dsn, portal, size, folder), portal, size)
                    portal.close()
                _peers(report, mariadb, size, rows)
        finally:
            mariadb.remove()
    for size in sizes:
        for peer in (PLAIN, EACH):
            plain = report.find(peer, size)
            for name in (NEW, LOOKED, EDITED):
                mine = report.find(name, size)
                if mine and plain:
                    report.ratios.append(Ratio(f"{name} / {peer}, time", size, mine.seconds / plain.seconds, None))
    for name in (NEW, LOOKED, EDITED):
        growth(report, name, sizes, 11)
    return report


def _listing(number: int) -> Listing:
    point = Decimal(number).scaleb(-6)
    return Listing(
        PORTFOLIO,
        ListingId(f"li-{number:06}"),
        PropertyId("house"),
        UnitId(f"unit-{number}"),
        _AT,
        ListingStatus.APPROVED,
        _AT,
        tuple(
            ListingText(it, f"Home {number} by the park", "Bright rooms. " * 20, "No smoking.") for it in ("en", "fr")
        ),
        Money(3_000_000, KES),
        place=ListingPlace("KE", "Nairobi", "", "Ngong Road", str(number), "00100", point - 1, point + 36),
        category="flat",
        pictures=(MemoryPictures().keep(_PICTURE),),
    )


def _made(dsn: Dsn, portal: CocoricoPortal, size: int, folder: str) -> Books:
    store = PostgresStore.connect(dsn)
    OpenPortfolio(store)(command("open"), Portfolio(PORTFOLIO, "Bench"))
    RecordDirectory(store)(
        command("directory"),
        people=[Person(PersonId("owner"), "Baraka Mwangi", (), "landlord@example.org")],
        properties=[Property(PORTFOLIO, PropertyId("house"), "House", PersonId("owner"))],
    )
    store.close()
    own = {"portfolio_id": PORTFOLIO}
    units = (
        {**own, "unit_id": f"unit-{number}", "property_id": "house", "code": f"U{number}"} for number in range(size)
    )
    with psycopg.connect(dsn.conninfo()) as connection:
        copy_dicts(connection, "units", units)
        copy_dicts(
            connection,
            "listings",
            (listing_row(ListingFile(_listing(number)), UnitKind.FLAT) for number in range(size)),
        )
    settle(dsn)
    portal.hand.add_landlord()
    pictures = Path(folder) / f"pictures-{size}"
    pictures.mkdir()
    return Books(dsn, portal.url, portal.hand.add_category("Flats"), str(pictures))


def _ours(report: Report, books: Books, portal: CocoricoPortal, size: int) -> Rows:
    passes = 0

    def counted(name: str, what: str, *, whole: bool = False) -> Mapping[str, int]:
        """Measure one pass; how much each count of the portal's database grew by it, for a listing."""
        nonlocal passes
        passes += 1
        with books.bridge() as bridge:
            before, found = _counts(portal), list[Mapping[str, int]]()
            seconds = median_seconds(lambda: found.append(bridge(command(f"pass-{passes}"), whole=whole).counts), 1)
            report.add(Measured(name, size, seconds, size))
            after = _counts(portal)
        grown = {it: after[it] - before[it] for it in after}
        told = ", ".join(f"{it} {count / size:.2f}" for it, count in sorted(grown.items()) if count)
        report.notes.append(f"{name}, {size:,}: {json.dumps(dict(found[0]))}; a listing there: {told or 'nothing'}")
        if what and found[0].get(what, 0) != size:
            message = f"{name}: {dict(found[0])}, not {size} {what}"
            raise AssertionError(message)
        return grown

    counted(NEW, "made")
    rows = {table: portal.hand.rows.all(table) for table in TABLES}
    events = _events(books.dsn)
    for name, what, whole in ((LOOKED, "unchanged", True), (BEHIND, "", False)):
        grown = counted(name, what, whole=whole)
        written = {it: count for it, count in grown.items() if count and it not in _READS}
        if written or _events(books.dsn) != events:
            message = f"nothing changed, and yet {written} were written there, and {_events(books.dsn)} events here"
            raise AssertionError(message)
    memory = in_child(look_in_child, books)
    report.ratios.append(Ratio("extra memory of a pass that looks at each", size, memory, 150, unit=" MB"))
    with psycopg.connect(books.dsn.conninfo()) as connection:
        connection.execute("UPDATE listings SET version = version + 1, rent_minor = rent_minor + 300000")
    settle(books.dsn)
    counted(EDITED, "changed")
    return rows


def look_in_child(books: Books) -> float:
    """The extra memory of a pass that looks at each copy and writes nothing, in megabytes."""
    with books.bridge() as bridge, peak_memory() as grown:
        bridge(command("child"), whole=True)
    return grown[0]


def _counts(portal: CocoricoPortal) -> dict[str, int]:
    return {str(it["Variable_name"]): int(str(it["Value"])) for it in portal.hand.rows.rows(_WRITES)}


def _events(dsn: Dsn) -> int:
    with psycopg.connect(dsn.conninfo()) as connection:
        found: tuple[int] | None = connection.execute("SELECT count(*) FROM events").fetchone()
        assert found is not None  # noqa: S101 - an aggregate has a row
        return found[0]


def _peers(report: Report, mariadb: MariaDb, size: int, rows: Rows) -> None:
    for name, portions in ((PLAIN, [rows]), (EACH, by_listing(rows))):
        portal = CocoricoPortal.make(mariadb, f"peer_{size}")
        with closing(mariadb.connect(portal.database)) as connection, connection.cursor() as cursor:
            seconds = median_seconds(partial(insert, cursor, portions), 1)
        report.add(Measured(name, size, seconds, size))
        portal.close()
