"""From a draft to the portal, and from a booking there to a draft lease, by the program on a real MariaDB."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from tests.e2e.cli.conftest import Marketplace, arguments
from tests.fixtures.databases import Database

pytest.importorskip("pymysql", reason="pymysql is not installed")

from marketplace_adapters.cocorico.testing import CocoricoPortal
from marketplace_adapters.cocorico.testing.visitors import CocoricoVisitors
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import UnitRecorded
from marketplace_core.domain.identifiers import CommandId, PortfolioId, UnitId
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.domain.party import Unit

pytestmark = [pytest.mark.postgres, pytest.mark.cocorico]
CRON: Final = Path(__file__).parents[4] / "cron" / "import_cocorico_bookings.sh"
LANDLORD: Final = "landlord@example.org"
OWN: Final = PortfolioId("sample")
UNIT: Final = "FREE-1"
WHO: Final = Applicant(
    "", "Achieng Otieno", "achieng@example.org", "+254733000001", email_verified=True, phone_verified=True
)


@pytest.fixture
def shown(
    marketplace: Marketplace,
    portal: CocoricoPortal,
    fresh_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CocoricoPortal:
    """A portal that is named in the settings of the sample's book, in which one more unit is free."""
    assert marketplace is not None
    store = PostgresStore.connect(fresh_database.application)
    property_id = next(iter(store.properties(OWN))).property_id
    command = Command(CommandId("free"), OWN, "fill", "system", datetime.now(UTC))
    store.record(command, [UnitRecorded(Unit(OWN, UnitId("free-1"), property_id, UNIT))])
    store.close()
    portal.hand.add_landlord(LANDLORD)
    images = tmp_path / "images"
    images.mkdir()
    settings = {
        "LISTING_PORTAL": "cocorico",
        "LISTINGS_FOLDER": str(tmp_path / "pictures"),
        "COCORICO_DSN": portal.url,
        "COCORICO_PORTFOLIOS": OWN,
        "COCORICO_CURRENCY": "KES",
        "COCORICO_CATEGORIES": f"flat={portal.hand.add_category('Flats')}",
        "COCORICO_IMAGES": str(images),
        "COCORICO_LANDLORD": LANDLORD,
    }
    for name, text in settings.items():
        monkeypatch.setenv(f"MARKETPLACE_{name}", text)
    return portal


def _listed(marketplace: Marketplace, folder: Path) -> None:
    """A listing of the free unit that is shown there, named by its unit in every step."""
    picture = folder / "home.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"of a home")
    assert marketplace("listings", "draft", UNIT).code == 0
    words = (
        "--title",
        "Two rooms in the hills",
        "--description",
        "Quiet, with a view of the hills.",
        "--category",
        "flat",
    )
    place = ("--country", "KE", "--city", "Nairobi", "--latitude=-1.2921", "--longitude", "36.8219")
    edited = marketplace("listings", "edit", UNIT, *words, *place, "--rent", "30000", "--deposit", "60000", "--json")
    assert edited.code == 0, edited.err
    assert marketplace("listings", "pictures", "add", UNIT, picture).code == 0
    assert marketplace("listings", "submit", UNIT).code == 0
    assert marketplace("listings", "approve", UNIT).code == 0
    unknown = marketplace("listings", "publish", "no-such-unit")
    assert (unknown.code, "no-such-unit" in unknown.err) == (1, True)
    planned = marketplace("listings", "publish", UNIT, "--dry-run", "--json")
    assert (planned.code, planned.told["counts"]) == (0, {"made": 1}), planned.out + planned.err
    done = marketplace("listings", "publish", "--json")
    assert (done.code, done.told["counts"]) == (0, {"made": 1, "published": 1}), done.out + done.err


def _there(portal: CocoricoPortal) -> dict[str, object]:
    (row,) = portal.hand.rows.all("listing")
    return dict(row)


def test_an_approved_listing_is_shown_there_with_its_price_and_picture(
    marketplace: Marketplace, shown: CocoricoPortal, tmp_path: Path
) -> None:
    """Checked, drafted, approved, published: once, live, at a thirtieth of the rent; withdrawn, it is taken out."""
    checked = marketplace("cocorico", "check", "--json")
    assert (checked.code, checked.told["ok"]) == (0, True), checked.out + checked.err
    _listed(marketplace, tmp_path)
    row = _there(shown)
    assert (row["status"], int(str(row["price"]))) == (2, 100_000)
    assert len(list((tmp_path / "images").iterdir())) == 1
    again = marketplace("listings", "publish", "--whole", "--json")
    assert again.told["counts"] == {"unchanged": 1}
    assert marketplace("listings", "diff").code == 0
    assert marketplace("listings", "reject", UNIT).code == 2, "without a reason"
    assert marketplace("listings", "reject", UNIT, "--reason", "dark pictures").code == 0
    assert marketplace("listings", "publish").code == 0
    assert _there(shown)["status"] == 3


def test_an_edit_there_is_shown_and_adopted(marketplace: Marketplace, shown: CocoricoPortal, tmp_path: Path) -> None:
    """It stands in the diff, no publishing overwrites it by itself, and adopted it waits for an admin."""
    _listed(marketplace, tmp_path)
    shown.hand.rewrite_listing(int(str(_there(shown)["id"])), "en", title="Three rooms in the hills")
    told = marketplace("listings", "diff", "--json")
    assert told.code == 1
    assert told.told["listings"][0]["edits"] == ["title.en"]
    assert marketplace("listings", "publish", "--whole").code == 0
    assert marketplace("listings", "diff").code == 1
    adopted = marketplace("listings", "adopt", UNIT, "title.en", "--json")
    assert (adopted.code, adopted.told["status"]) == (0, "submitted"), adopted.err
    title = marketplace("listings", "show", UNIT, "--json").told["title"]
    assert title == "Three rooms in the hills"


def _booked(portal: CocoricoPortal, first: date) -> str:
    visitors = _visitors(portal)
    visitor = visitors.add_visitor(WHO)
    listing = str(_there(portal)["id"])
    return visitors.add_booking(listing, visitor, first, first + timedelta(days=364), BookingStatus.ACCEPTED)


def _visitors(portal: CocoricoPortal) -> CocoricoVisitors:
    return CocoricoVisitors(portal.hand)


def test_an_accepted_booking_is_one_draft_lease_however_often_it_is_imported(
    marketplace: Marketplace, shown: CocoricoPortal, tmp_path: Path
) -> None:
    """By the command, by cron's script and by a whole sync; then the unit is let and its listing hidden there."""
    _listed(marketplace, tmp_path)
    _booked(shown, date(2031, 1, 1))
    done = marketplace("bookings", "import", "--json")
    assert done.code == 0, done.out + done.err
    counts = {it["stream"]: it["counts"] for it in done.told["streams"]}
    assert counts["bookings"] == {"drafted": 1, "new": 1}
    line = _cron(tmp_path)
    assert re.fullmatch(r"\S+Z import-cocorico: code 0: 4 of 4 streams done: .+\n", line), line
    assert marketplace("sync", "cocorico", "--whole").code == 0
    (booking,) = marketplace("bookings", "list", "--json").told["bookings"]
    leases = marketplace("leases", "list", "--json").told["leases"]
    drafts = [it for it in leases if it["status"] == "draft"]
    assert [it["lease"] for it in drafts] == [booking["lease"]]
    assert _there(shown)["status"] == 4
    status = marketplace("sync", "cocorico", "--status", "--json")
    assert (status.code, [it["stream"] for it in status.told["streams"]]) == (0, ["bookings", "inquiries"])
    checks = {it["check"]: it["ok"] for it in marketplace("doctor", "--json").told["checks"]}
    assert checks["cocorico bookings of sample"]


def _cron(folder: Path) -> str:
    """What cron's script says; its code is in it."""
    program = folder / "marketplace"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m marketplace_entrypoints.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PROGRAM": str(program), "LOCKS": str(folder)}
    done = subprocess.run([str(CRON)], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert list(folder.glob("*.lock")) == []
    return done.stdout


def test_a_portal_that_is_another_one_stops_by_name(
    marketplace: Marketplace, shown: CocoricoPortal, tmp_path: Path
) -> None:
    """A column that is gone: check and sync name it, code 1, nothing is written; brought back, all is well."""
    _listed(marketplace, tmp_path)
    shown.alter(["ALTER TABLE booking CHANGE status state SMALLINT NOT NULL"])
    checked = marketplace("cocorico", "check", "--json")
    assert checked.code == 1
    assert "booking.status" in checked.out
    synced = marketplace("sync", "cocorico", "--only", "bookings", "--json")
    assert (synced.code, synced.told["streams"][0]["outcome"]) == (1, "degraded")
    assert marketplace("sync", "cocorico", "--status").code == 1
    assert marketplace("doctor").code == 1
    shown.alter(["ALTER TABLE booking CHANGE state status SMALLINT NOT NULL"])
    assert marketplace("sync", "cocorico").code == 0


def test_grants_are_printed_without_books_or_settings(tmp_path: Path) -> None:
    """SQL, one statement a line; no statement gives a right on a password, nor on a whole table."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKETPLACE_")}
    done = subprocess.run(
        arguments("cocorico", "grants", "--database", "shop", "--host", "10.0.0.5"),
        env=kept,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert all(it.startswith("GRANT ") and it.endswith("'marketplace'@'10.0.0.5';") for it in lines)
    assert "password" not in done.stdout
    assert "`shop`.`booking`" in done.stdout
    assert "ALL PRIVILEGES" not in done.stdout


def test_without_a_portal_the_commands_say_what_to_set(marketplace: Marketplace) -> None:
    """Code 2, as for other settings; what needs no portal works: a listing is published on our own."""
    for words in (("sync", "cocorico"), ("cocorico", "check"), ("listings", "diff"), ("bookings", "import")):
        refused = marketplace(*words)
        assert (refused.code, "listing_portal" in refused.err) == (2, True), refused.err
    assert marketplace("listings", "publish").code == 0
    assert marketplace("inquiries").code == 0
