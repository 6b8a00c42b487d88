"""Listings on a real MariaDB with the portal's tables: published, published again, edited; beside plain executemany."""

from __future__ import annotations

import tempfile
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import cocorico_bridge
from benchmarks.cocorico_peers import TABLES, Rows, by_listing, insert
from benchmarks.measure import Measured, Ratio, Report, Scale, growth, median_seconds
from marketplace_adapters.cocorico import Cocorico, CocoricoServer
from marketplace_adapters.cocorico.testing import CocoricoPortal, MariaDb
from marketplace_core.domain.identifiers import ListingId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings.copies import PortalFields, PortalOffer, PortalState, plan_copy
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText, Picture
from marketplace_core.domain.money import KES, Money

PUBLISH, AGAIN, EDIT = "ours: all new", "ours: none changed", "ours: all changed"
PLAIN, EACH = "executemany, all in one transaction", "plain INSERTs, a transaction a listing"
LARGEST: Final = 10_000
_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_PAGE: Final = 500
_WRITES: Final = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_update', 'Com_delete', 'Com_replace')"


def run(scale: Scale) -> list[Report]:
    """Each listing with two texts, two pictures, a category and a point of its own; peers write the same rows."""
    report = Report("Copies of listings on a portal's MariaDB, a transaction each, by the account of `grants`")
    sizes = tuple(it for it in scale.sizes if it <= LARGEST)
    with tempfile.TemporaryDirectory(prefix="benchmark-cocorico-") as folder:
        server = MariaDb.start(Path(folder) / "mariadb")
        try:
            for size in sizes:
                rows = _ours(report, server, size)
                _peers(report, server, size, rows)
        finally:
            server.remove()
    for size in sizes:
        plain = report.find(PLAIN, size)
        for name in (PUBLISH, AGAIN, EDIT, EACH):
            mine = report.find(name, size)
            if mine and plain:
                report.ratios.append(Ratio(f"{name} / {PLAIN}, time", size, mine.seconds / plain.seconds, None))
    growth(report, PUBLISH, sizes, 11)
    return [report, cocorico_bridge.run(scale)]


def _offer(number: int, rent_minor: int) -> PortalOffer:
    point = Decimal(number).scaleb(-6)
    listing = Listing(
        PortfolioId("pf"),
        ListingId(f"li-{number}"),
        PropertyId("pr"),
        UnitId(f"un-{number}"),
        _AT,
        ListingStatus.PUBLISHED,
        _AT,
        tuple(
            ListingText(it, f"Home {number} by the park", "Bright rooms. " * 20, "No smoking.") for it in ("en", "fr")
        ),
        Money(rent_minor, KES),
        place=ListingPlace("KE", "Nairobi", "", "Ngong Road", str(number), "00100", point - 1, point + 36),
        category="flat",
        pictures=(Picture(f"{number:064x}", "jpg"), Picture(f"{number + LARGEST:064x}", "jpg")),
    )
    return PortalOffer(listing, "landlord@example.org", PortalState.LIVE)


def _ours(report: Report, server: MariaDb, size: int) -> Rows:
    portal = CocoricoPortal.make(server, f"ours_{size}")
    portal.hand.add_landlord()
    cocorico = Cocorico(CocoricoServer(portal.url, KES, categories={"flat": portal.hand.add_category("Flats")}))
    listings = cocorico.listings
    ids = [listings.choose_id(f"li-{number}", 1) for number in range(size)]

    def pass_over(rent_minor: int) -> None:
        """One pass as the bridge makes it: render, look by pages, compare, write what differs."""
        for first in range(0, size, _PAGE):
            some = ids[first : first + _PAGE]
            there = listings.look(some)
            for number, external_id in enumerate(some, first):
                wanted: PortalFields = listings.render(_offer(number, rent_minor)).fields
                stands = there.get(external_id)
                plan = plan_copy(wanted, stands, stands)
                if plan.write is not None:
                    listings.put(external_id, _AT, stands, plan.write)

    report.add(Measured(PUBLISH, size, median_seconds(lambda: pass_over(3_000_000), 1), size))
    rows = {table: portal.hand.rows.all(table) for table in TABLES}
    before = portal.hand.rows.rows(_WRITES)
    report.add(Measured(AGAIN, size, median_seconds(lambda: pass_over(3_000_000), 1), size))
    if portal.hand.rows.rows(_WRITES) != before:
        message = "nothing changed, and yet something was written"
        raise AssertionError(message)
    report.add(Measured(EDIT, size, median_seconds(lambda: pass_over(3_300_000), 1), size))
    cocorico.close()
    portal.close()
    return rows


def _peers(report: Report, server: MariaDb, size: int, rows: Rows) -> None:
    for name, portions in ((PLAIN, [rows]), (EACH, by_listing(rows))):
        portal = CocoricoPortal.make(server, f"peer_{size}")
        with closing(server.connect(portal.database)) as connection, connection.cursor() as cursor:
            seconds = median_seconds(partial(insert, cursor, portions), 1)
        report.add(Measured(name, size, seconds, size))
        portal.close()
