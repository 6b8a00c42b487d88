"""The check of the portal's columns before anything is read or written, on tables that were changed."""

from __future__ import annotations

import pytest
from tests.fixtures.cocorico_portal import CHOSEN_AT, cocorico_of, fields_of, shown

from marketplace_adapters.cocorico import Cocorico
from marketplace_adapters.cocorico.care import CocoricoCare
from marketplace_adapters.cocorico.testing import CocoricoPortal
from marketplace_adapters.cocorico.testing.portal import HOST
from marketplace_core.errors import ConfigurationError, PartnerDrift

pytestmark = [pytest.mark.cocorico, pytest.mark.usefixtures("landlord")]

WITHOUT_TRANSACTIONS = (
    "ALTER TABLE listing_listing_category DROP FOREIGN KEY FK_1AFD54EA455844B0, DROP FOREIGN KEY FK_1AFD54EAD4619D1A; "
    "ALTER TABLE listing_listing_category ENGINE = MyISAM"
)


def test_the_tables_of_the_facts_are_as_we_need_them(cocorico: Cocorico) -> None:
    """With our account's rights alone."""
    assert not cocorico.check()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ALTER TABLE listing_translation DROP COLUMN slug", "listing_translation.slug is missing"),
        ("ALTER TABLE booking DROP COLUMN message", "booking.message is missing"),
        ("ALTER TABLE user CHANGE phone telephone VARCHAR(16)", "user.phone is missing"),
        ("ALTER TABLE listing_translation MODIFY title VARCHAR(40) NOT NULL", "title is varchar(40)"),
        ("ALTER TABLE listing MODIFY price DECIMAL(6,0) NOT NULL", "listing.price is decimal(6,0)"),
        ("ALTER TABLE listing MODIFY price DECIMAL(8,2) NOT NULL", "listing.price is decimal(8,2)"),
        ("ALTER TABLE listing MODIFY price VARCHAR(20) NOT NULL", "listing.price is varchar(20)"),
        ("ALTER TABLE listing MODIFY createdAt DATE", "listing.createdAt is date"),
        ("ALTER TABLE listing MODIFY status TINYINT NOT NULL", "listing.status is tinyint(4)"),
        ("ALTER TABLE listing_location MODIFY zip VARCHAR(20) NOT NULL", "listing_location.zip must not be NULL"),
        ("ALTER TABLE booking MODIFY status SMALLINT", "booking.status may be NULL"),
        ("ALTER TABLE listing ADD tenancy INT NOT NULL", "listing.tenancy needs a value"),
        ("ALTER TABLE listing MODIFY min_duration SMALLINT NOT NULL", "listing.min_duration needs a value"),
        ("ALTER TABLE geo_coordinate MODIFY id INT NOT NULL", "geo_coordinate.id needs a value"),
        (WITHOUT_TRANSACTIONS, "listing_listing_category is kept by MyISAM, which has no transactions"),
    ],
)
def test_what_would_go_wrong_is_refused_by_name(portal: CocoricoPortal, change: str, says: str) -> None:
    """Before anything is written or read, with what to do."""
    portal.alter(["SET FOREIGN_KEY_CHECKS=0", *change.split("; ")])
    cocorico = cocorico_of(portal)
    for act in (
        lambda: cocorico.listings.put("20000", CHOSEN_AT, None, fields_of(cocorico)),
        lambda: cocorico.listings.look(["20000"]),
        lambda: cocorico.bookings.bookings(None, "", 10),
        lambda: cocorico.inquiries.inquiries(None, "", 10),
    ):
        with pytest.raises(PartnerDrift) as refused:
            act()
        assert says in str(refused.value)
        assert "take a version of this package" in str(refused.value)
    assert portal.hand.rows.rows("SELECT id FROM listing") == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE listing ADD tenancy INT NULL",
        "ALTER TABLE listing ADD tenancy INT NOT NULL DEFAULT 0",
        "ALTER TABLE listing ADD day_price INT AS (price) VIRTUAL",
        "ALTER TABLE user ADD tax_number VARCHAR(20) NOT NULL",
        "ALTER TABLE booking ADD tenancy INT NOT NULL",
        "ALTER TABLE listing_translation MODIFY title VARCHAR(80) NOT NULL",
        "ALTER TABLE listing MODIFY price DECIMAL(10,0) NOT NULL",
        "ALTER TABLE listing MODIFY status INT NOT NULL",
        "ALTER TABLE listing_translation MODIFY description LONGTEXT NOT NULL",
        "ALTER TABLE listing DROP COLUMN admin_notation",
    ],
)
def test_what_does_no_harm_is_tolerated(portal: CocoricoPortal, change: str) -> None:
    """Columns of other bundles that a new row does not need, those of tables that we only read, and wider ones."""
    portal.alter(["SET FOREIGN_KEY_CHECKS=0", change])
    cocorico = cocorico_of(portal)
    assert not cocorico.check()
    cocorico.listings.put("20000", CHOSEN_AT, None, fields_of(cocorico))
    assert shown(cocorico, "20000") == fields_of(cocorico)


def test_all_that_is_wrong_is_named_at_once(portal: CocoricoPortal) -> None:
    """Missing columns, and apart from them those that are there and hidden from us."""
    portal.alter(["ALTER TABLE booking DROP COLUMN message", "ALTER TABLE listing ADD tenancy INT NOT NULL"])
    account = f"'{portal.database}'@'{HOST}'"
    portal.server.run(
        f"REVOKE SELECT (`start`) ON `{portal.database}`.booking FROM {account}",
        f"REVOKE ALL ON `{portal.database}`.message FROM {account}",
    )
    found = cocorico_of(portal).check()
    assert found.drift == (
        "booking.message is missing",
        "listing.tenancy needs a value in a new row and has no default",
    )
    hidden = [f"message.{it} is not to be seen by us" for it in ("id", "thread_id", "sender_id", "body", "created_at")]
    assert found.rights == ("booking.start is not to be seen by us", *hidden)


def test_rights_alone_are_a_setting_to_mend(portal: CocoricoPortal) -> None:
    """Not drift: nothing there has changed."""
    account = f"'{portal.database}'@'{HOST}'"
    portal.server.run(f"REVOKE SELECT (`start`) ON `{portal.database}`.booking FROM {account}")
    with pytest.raises(ConfigurationError, match=r"booking\.start is not to be seen"):
        cocorico_of(portal).bookings.bookings(None, "", 10)


def test_a_change_in_the_middle_closes_the_gate(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """A column that goes after the look is met as drift, and the next call names it."""
    cocorico.listings.put("20000", CHOSEN_AT, None, fields_of(cocorico))
    portal.alter(["ALTER TABLE listing_translation DROP COLUMN rules"])
    with pytest.raises(PartnerDrift):
        cocorico.listings.look(["20000"])
    with pytest.raises(PartnerDrift, match=r"listing_translation\.rules is missing"):
        cocorico.listings.look(["20000"])
    portal.alter(["ALTER TABLE listing_translation ADD rules LONGTEXT NULL"])
    cocorico.check()
    assert shown(cocorico, "20000")["rules.en"] == ""


def test_what_is_found_is_told_to_people(portal: CocoricoPortal) -> None:
    """By name: whether it answers, knows us, has the tables and gives the rights that we need, and what to do."""
    care = CocoricoCare(cocorico_of(portal))
    assert [(it.name, it.is_well) for it in care.look().findings] == [
        ("reachable", True),
        ("tables", True),
        ("rights", True),
    ]
    assert care.look().reason == ""
    portal.alter(["ALTER TABLE booking DROP COLUMN message"])
    assert [it.name for it in care.look().findings if not it.is_well] == ["tables"]
    assert "booking.message is missing" in care.look().reason
    stranger = CocoricoCare(cocorico_of(portal, dsn=portal.url.replace("made-up", "wrong")))
    assert [(it.name, it.is_well) for it in stranger.look().findings] == [("credentials", False)]
