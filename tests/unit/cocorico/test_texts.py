"""Texts and prices as the portal's columns can hold them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures.cocorico_portal import NAIROBI, listing_of, picture

from marketplace_adapters.cocorico import CocoricoServer
from marketplace_adapters.cocorico.pictures import placed
from marketplace_adapters.cocorico.prices import day_cents
from marketplace_adapters.cocorico.rendering import rendered
from marketplace_adapters.cocorico.texts import body_of, held, listing_slug, short, slug_of, title_of
from marketplace_core.domain.listings.copies import PortalOffer, PortalState
from marketplace_core.domain.listings.listing import Listing, ListingText
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.errors import InvalidInput

SERVER = CocoricoServer("mysql://us:secret@db.example.org/cocorico", KES, categories={"flat": 3})
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("🏠👩\u200d👧\ufe0f \U0001d401\0é-…")), max_size=120)


def _fields(listing: Listing, email: str = "landlord@example.org", server: CocoricoServer = SERVER) -> dict[str, str]:
    return dict(rendered(PortalOffer(listing, email, PortalState.LIVE), server).fields)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Two 🏠 rooms", "Two rooms"),
        ("👩‍👩‍👧 family", "family"),
        ("\U0001d401\U0001d428\U0001d425\U0001d41d flat", "Bold flat"),
        ("Near Café Müller – 5 min", "Near Café Müller – 5 min"),
        ("a  b", "a  b"),
        ("nul\0l", "nul l"),
        ("half \ud83c of one", "half of one"),
        ("🏠🏠", ""),
    ],
)
def test_what_three_bytes_cannot_hold_is_left_out(text: str, kept: str) -> None:
    """Without the blanks beside it; what can be held stays as it is."""
    assert held(text) == kept


@given(ANY_TEXT)
def test_every_text_can_be_held_afterwards(text: str) -> None:
    """By a column of three bytes a character and of that length, and once is enough."""
    for made, most in ((held(text), 10_000), (title_of(text), 50), (short(text, 20), 20), (body_of(text), 10_000)):
        assert len(made) <= most
        assert all(len(it.encode()) <= 3 for it in made)
        assert "\0" not in made
    assert held(held(text)) == held(text)
    assert title_of(title_of(text)) == title_of(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-4711", listing_slug(text, "4711"))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Two rooms", "Two rooms"),
        ("x" * 50, "x" * 50),
        ("x" * 51, "x" * 49 + "…"),
        ("Beautiful two bedroom apartment near the Yaya Centre", "Beautiful two bedroom apartment near the Yaya…"),
        ("Bright rooms, quiet street, five minutes to town — now", "Bright rooms, quiet street, five minutes to town…"),
        (
            "Bright rooms, quiet street, five min to the town centre",
            "Bright rooms, quiet street, five min to the town…",
        ),
        ("short " + "y" * 60, "short " + "y" * 43 + "…"),
    ],
)
def test_a_long_title_is_cut_at_a_word(title: str, shown: str) -> None:
    """Within fifty characters with the sign that it was cut; in a word where that is most of it."""
    assert title_of(title) == shown
    assert len(shown) <= 50


def test_a_long_text_is_cut_within_its_bytes() -> None:
    """Never in the middle of a character."""
    assert len(body_of("é" * 40_000).encode()) == 65_534


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Two rooms, by the park!", "two-rooms-by-the-park"), ("Près du Café", "pres-du-cafe"), ("房屋", ""), ("--", "")],
)
def test_a_slug_is_plain(text: str, slug: str) -> None:
    """Small letters, digits and hyphens; a title without any is called listing."""
    assert slug_of(text) == slug
    assert listing_slug(text, "4711") == f"{slug or 'listing'}-4711"


@pytest.mark.parametrize(
    ("rent", "cents"),
    [
        ("45000.00", 150_000),
        ("10000.00", 33_333),
        ("20000.00", 66_667),
        ("0.15", 1),
        ("0.14", 1),
        ("29999999.70", 99_999_999),
        ("29999999.84", 99_999_999),
    ],
)
def test_a_months_rent_is_a_days_price(rent: str, cents: int) -> None:
    """The thirtieth part, rounded half up to cents, and never nothing."""
    assert day_cents(Money.parse(rent), SERVER) == cents


@pytest.mark.parametrize("rent", ["29999999.85", "30000000.00", "9999999999.99"])
def test_a_price_above_the_column_is_refused(rent: str) -> None:
    """999,999.99 is the most; the refusal says so, and what to do."""
    with pytest.raises(InvalidInput, match=r"at most 999,999\.99: leave the listing off this portal$"):
        day_cents(Money.parse(rent), SERVER)


def test_other_currencies_are_refused_and_minor_units_kept() -> None:
    """The portal has one currency; its cents are hundredths whatever the currency's own minor unit is."""
    with pytest.raises(InvalidInput, match="USD"):
        day_cents(Money.parse("500.00", "USD"), SERVER)
    shillings = evolve(SERVER, currency=Currency.of("UGX"))
    assert day_cents(Money.parse("900000", "UGX"), shillings) == 3_000_000
    dinars = evolve(SERVER, currency=Currency.of("KWD"))
    assert day_cents(Money.parse("300.015", "KWD"), dinars) == 1_000


def test_a_rendered_copy_has_all_its_fields() -> None:
    """As the portal would show it."""
    assert _fields(listing_of()) == {
        "state": "live",
        "owner": "landlord@example.org",
        "price": "150000",
        "category": "3",
        "pictures": f"{picture(1).name}/{picture(2, 'png').name}",
        "country": "KE",
        "city": "Nairobi",
        "postal_code": "00100",
        "street": "Ngong Road",
        "street_number": "12",
        "address": "12 Ngong Road, Nairobi, Nairobi County, KE",
        "latitude": "-1.2921000",
        "longitude": "36.8219000",
        "title.en": "Two rooms by the park",
        "description.en": "Bright rooms, five minutes from the park.",
        "rules.en": "No smoking.",
        "title.fr": "Deux pièces près du parc",
        "description.fr": "Pièces claires, à cinq minutes du parc.",
        "rules.fr": "",
    }


@pytest.mark.parametrize(
    ("listing", "email", "says"),
    [
        (listing_of(rent=None), "landlord@example.org", "no rent"),
        (listing_of(), " ", "e-mail address"),
        (listing_of(category="castle"), "landlord@example.org", "category castle has none on the portal"),
        (listing_of(texts=()), "landlord@example.org", "no text in any language"),
        (listing_of(texts=(ListingText("en", "🏠🏠🏠", "Bright"),)), "landlord@example.org", "nothing of the title"),
        (listing_of(place=None), "landlord@example.org", "latitude and longitude"),
        (listing_of(place=evolve(NAIROBI, latitude=None, longitude=None)), "landlord@example.org", "latitude"),
        (listing_of(place=evolve(NAIROBI, city="🏠")), "landlord@example.org", "city"),
    ],
)
def test_what_the_portal_cannot_show_is_refused(listing: Listing, email: str, says: str) -> None:
    """Before anything is sent, with what to give."""
    with pytest.raises(InvalidInput, match=says):
        _fields(listing, email)


def test_what_did_not_fit_is_told() -> None:
    """A locale without a text, a title that was cut, and what was left out."""
    texts = (ListingText("en", "🏠 " + "long word " * 9, "Bright 🌞", "No 🚬"),)
    told = rendered(PortalOffer(listing_of(texts=texts), "a@example.org", PortalState.LIVE), SERVER).findings
    assert [it for it in told if it.startswith("no text")] == ["no text in fr: the portal shows the one in en"]
    assert "title in en: cut to 50 characters" in told
    assert "rules in en: characters that the portal cannot hold, such as emoji, are left out" in told
    assert rendered(PortalOffer(listing_of(), "a@example.org", PortalState.LIVE), SERVER).findings == ()


def test_a_picture_is_put_once_and_whole(tmp_path: Path) -> None:
    """Under the name of its digest, readable by the portal, and left alone when it is there."""
    placed(tmp_path, picture(1), b"picture")
    first = (tmp_path / picture(1).name).stat()
    placed(tmp_path, picture(1), b"picture")
    again = (tmp_path / picture(1).name).stat()
    assert (first.st_ino, first.st_mode & 0o777) == (again.st_ino, 0o644)
    assert [it.name for it in tmp_path.iterdir()] == [picture(1).name]
    (tmp_path / picture(2).name).write_bytes(b"half")
    placed(tmp_path, picture(2), b"picture")
    assert (tmp_path / picture(2).name).read_bytes() == b"picture"
