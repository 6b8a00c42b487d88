"""Copies of listings on the real portal, written with the rights of our account alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from tests.fixtures.cocorico_portal import (
    CHOSEN_AT,
    LANDLORD,
    NAIROBI,
    cocorico_of,
    fields_of,
    listing_of,
    offer_of,
    picture,
    shown,
)

from marketplace_adapters.cocorico import Cocorico
from marketplace_adapters.cocorico.testing import CocoricoPortal
from marketplace_core.domain.listings.copies import PortalState
from marketplace_core.domain.listings.listing import ListingText
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, NotFound

pytestmark = [pytest.mark.cocorico, pytest.mark.usefixtures("landlord")]


@pytest.fixture
def made(cocorico: Cocorico) -> str:
    """Give the id of a copy that we made."""
    external_id = cocorico.listings.choose_id("li-1", 1)
    cocorico.listings.put(external_id, CHOSEN_AT, None, fields_of(cocorico))
    return external_id


def _written(portal: CocoricoPortal) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables that we may write."""
    tables = ["listing", "listing_translation", "listing_location", "listing_image", "listing_listing_category"]
    geo = ["geo_coordinate", "geo_city", "geo_area", "geo_department", "geo_country", "geo_city_translation"]
    return {it: portal.hand.rows.all(it) for it in tables + geo}


def test_a_copy_reads_back_as_it_was_rendered(cocorico: Cocorico, made: str) -> None:
    """Every field, so that nothing is told to differ from then on."""
    assert shown(cocorico, made) == fields_of(cocorico)


def test_a_copy_is_whole_there(portal: CocoricoPortal, made: str, landlord: int) -> None:
    """A row of each table, the times that the program would keep, a text in each locale, a slug that ends in the id."""
    rows = portal.hand.rows
    listing = rows.one("listing", int(made))
    (location,) = rows.all("listing_location", listing_id=int(made))
    texts = rows.all("listing_translation", translatable_id=int(made))
    images = rows.all("listing_image", listing_id=int(made))
    assert (listing["user_id"], listing["status"], listing["price"]) == (landlord, 2, Decimal(150_000))
    assert listing["location_id"] == location["id"]
    assert listing["createdAt"] == CHOSEN_AT.replace(tzinfo=None)
    assert listing["updatedAt"] == CHOSEN_AT.replace(tzinfo=None)
    assert [(it["locale"], it["slug"]) for it in texts] == [
        ("en", f"two-rooms-by-the-park-{made}"),
        ("fr", f"deux-pieces-pres-du-parc-{made}"),
    ]
    assert [(it["position"], it["name"]) for it in images] == [(1, picture(1).name), (2, picture(2, "png").name)]
    (coordinate,) = rows.all("geo_coordinate")
    assert location["coordinate_id"] == coordinate["id"]
    assert coordinate["address"] == "12 Ngong Road, Nairobi, Nairobi County, KE"
    assert len(rows.all("listing_listing_category", listing_id=int(made))) == 1


def test_nothing_is_written_where_nothing_differs(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Not even the time of change."""
    before = _written(portal)
    portal.hand.rows.pass_time(timedelta(hours=1))
    there = shown(cocorico, made)
    cocorico.listings.put(made, CHOSEN_AT, there, there)
    cocorico.listings.put(made, CHOSEN_AT, None, there)
    assert _written(portal) == before


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (PortalState.LIVE, 2),
        (PortalState.REFUSED, 3),
        (PortalState.LET, 4),
        (PortalState.GONE, 5),
        (PortalState.PENDING, 6),
    ],
)
def test_each_state_is_a_status_there(
    portal: CocoricoPortal, cocorico: Cocorico, made: str, state: PortalState, status: int
) -> None:
    """Written and read back; the row itself always stays."""
    cocorico.listings.put(made, CHOSEN_AT, shown(cocorico, made), fields_of(cocorico, state))
    assert portal.hand.rows.one("listing", int(made))["status"] == status
    assert shown(cocorico, made) == fields_of(cocorico, state)


def test_only_what_differs_is_written(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Another rent changes the price and the time of change, and no other row."""
    before = _written(portal)
    portal.hand.rows.pass_time(timedelta(minutes=5))
    there = shown(cocorico, made)
    cocorico.listings.put(made, CHOSEN_AT, there, {**there, "price": "170000"})
    after = _written(portal)
    ((row,), (was,)) = (after.pop("listing"), before.pop("listing"))
    assert after == before
    assert {it for it in row if row[it] != was[it]} == {"price", "updatedAt"}
    assert row["updatedAt"] == portal.hand.rows.stamp


def test_a_new_title_gets_a_new_slug(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """In its locale alone, with the id at its end."""
    there = shown(cocorico, made)
    cocorico.listings.put(made, CHOSEN_AT, there, {**there, "title.en": "Three rooms"})
    slugs = [it["slug"] for it in portal.hand.rows.all("listing_translation", translatable_id=int(made))]
    assert slugs == [f"three-rooms-{made}", f"deux-pieces-pres-du-parc-{made}"]


def test_a_shared_point_is_never_edited(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Two listings stand on one point; when one moves it is put on another, and the other stays where it is."""
    second = cocorico.listings.choose_id("li-2", 1)
    cocorico.listings.put(second, CHOSEN_AT, None, fields_of(cocorico))
    (point,) = portal.hand.rows.all("geo_coordinate")
    moved = fields_of(cocorico, place=evolve(NAIROBI, street="Kindaruma Road", latitude=Decimal("-1.2990000")))
    cocorico.listings.put(made, CHOSEN_AT, shown(cocorico, made), moved)
    assert shown(cocorico, made) == moved
    assert shown(cocorico, second) == fields_of(cocorico)
    points = portal.hand.rows.all("geo_coordinate")
    assert (points[0], len(points)) == (point, 2)


def test_a_point_of_other_case_is_not_shared(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """To the database NGONG ROAD is Ngong Road: the copy would never read back as it is wanted."""
    second = cocorico.listings.choose_id("li-2", 1)
    wanted = fields_of(cocorico, place=evolve(NAIROBI, street="NGONG ROAD"))
    cocorico.listings.put(second, CHOSEN_AT, None, wanted)
    assert shown(cocorico, second) == wanted
    assert shown(cocorico, made) == fields_of(cocorico)
    assert len(portal.hand.rows.all("geo_coordinate")) == 2


def test_a_known_city_is_used_and_an_unknown_one_is_made(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """Of a city that stands there its own area is used; another one is made with all above it, in each locale."""
    place = portal.hand.add_city("Kisumu", area="Kisumu County")
    for number, city in enumerate(["Kisumu", "Eldoret", "Eldoret"], 1):
        wanted = fields_of(cocorico, place=evolve(NAIROBI, city=city))
        cocorico.listings.put(cocorico.listings.choose_id(f"li-{number}", 1), CHOSEN_AT, None, wanted)
    rows = portal.hand.rows
    points = rows.all("geo_coordinate")
    assert points[0]["city_id"] == place.city_id
    assert [it["name"] for it in rows.all("geo_city_translation")] == ["Kisumu"] * 2 + ["Eldoret"] * 2
    assert [it["name"] for it in rows.all("geo_area_translation")] == ["Kisumu County"] * 2 + ["Eldoret"] * 2
    assert [it["locale"] for it in rows.all("geo_department_translation")] == ["en", "fr"] * 2
    assert (len(rows.all("geo_country")), len(points)) == (1, 2)


def test_an_unknown_country_is_made(portal: CocoricoPortal) -> None:
    """With the name that the settings give it."""
    cocorico = cocorico_of(portal, country_names={"TZ": "Tanzania"})
    wanted = fields_of(cocorico, place=evolve(NAIROBI, country="TZ", city="Arusha"))
    cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    names = [it["name"] for it in portal.hand.rows.all("geo_country_translation")]
    assert (names, shown(cocorico, "20000")) == (["Tanzania"] * 2, wanted)


def test_one_city_is_made_by_many_at_once(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """The portal's tables would take it twice."""
    wanted = fields_of(cocorico, place=evolve(NAIROBI, city="Nakuru"))
    start = threading.Barrier(6)
    problems = list[Exception]()

    def put(number: int) -> None:
        start.wait()
        try:
            cocorico.listings.put(str(30_000 + number), CHOSEN_AT, None, wanted)
        except Exception as problem:  # noqa: BLE001 - told below
            problems.append(problem)

    threads = [threading.Thread(target=put, args=[number]) for number in range(6)]
    for it in threads:
        it.start()
    for it in threads:
        it.join()
    assert problems == []
    assert len(portal.hand.rows.all("geo_city")) == 1
    assert len(portal.hand.rows.all("listing")) == 6


def test_an_id_that_is_taken_is_told(portal: CocoricoPortal, cocorico: Cocorico, landlord: int) -> None:
    """A listing of somebody else's under our id is left as it is, and the answer is not that of a refusal."""
    taken = portal.hand.add_listing(landlord, "Somebody else's")
    before = _written(portal)
    with pytest.raises(AlreadyExists, match="choose another id"):
        cocorico.listings.put(str(taken), CHOSEN_AT, None, fields_of(cocorico))
    assert _written(portal) == before


def test_what_we_made_before_a_crash_is_ours(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Made again by the same id, instant and owner it is brought to what is wanted now; nothing stands twice."""
    wanted = fields_of(cocorico, rent=listing_of().deposit, pictures=(picture(3),))
    cocorico.listings.put(made, CHOSEN_AT, None, wanted)
    assert shown(cocorico, made) == wanted
    assert len(portal.hand.rows.all("listing")) == 1
    with pytest.raises(AlreadyExists):
        cocorico.listings.put(made, CHOSEN_AT + timedelta(seconds=1), None, wanted)
    portal.hand.add_user("other@example.org")
    with pytest.raises(AlreadyExists):
        cocorico.listings.put(made, CHOSEN_AT, None, {**wanted, "owner": "other@example.org"})


def test_an_edit_there_is_never_overwritten_unseen(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Whatever was edited between look and put, nothing is written."""
    there = shown(cocorico, made)
    edits: list[Callable[[], object]] = [
        lambda: portal.hand.edit_listing(int(made), price=1),
        lambda: portal.hand.edit_listing(int(made), status=4),
        lambda: portal.hand.rewrite_listing(int(made), "fr", title="Autre"),
        lambda: portal.hand.rows.add("listing_image", listing_id=int(made), name="theirs.jpg", position=9),
        lambda: portal.hand.delete_listing(int(made)),
    ]
    for edit in edits:
        edit()
        before = _written(portal)
        with pytest.raises(ConcurrentChange):
            cocorico.listings.put(made, CHOSEN_AT, there, {**there, "price": "170000"})
        assert _written(portal) == before


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_pictures_come_and_go_without_a_deletion(
    portal: CocoricoPortal, cocorico: Cocorico, made: str, count: int
) -> None:
    """What was taken back is shown no more; a row that is left over shows the first picture once more."""
    told = [picture(10 + number) for number in range(count)]
    wanted = fields_of(cocorico, pictures=tuple(told))
    cocorico.listings.put(made, CHOSEN_AT, shown(cocorico, made), wanted)
    assert shown(cocorico, made) == wanted
    names = {str(it["name"]) for it in portal.hand.rows.all("listing_image", listing_id=int(made))}
    assert names - {""} == {it.name for it in told}


def test_another_category_replaces_all_there(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Also one that a person added: seen as an edit before, and pointed to the wanted one then."""
    category = portal.hand.add_category("Houses")
    portal.hand.rows.add("listing_listing_category", listing_id=int(made), listing_category_id=category)
    there = shown(cocorico, made)
    ours = fields_of(cocorico)["category"]
    assert there["category"] == f"{ours}/{category}"
    for wanted in (str(category), ours):
        cocorico.listings.put(made, CHOSEN_AT, shown(cocorico, made), {**there, "category": wanted})
        assert shown(cocorico, made)["category"] == wanted


def test_a_category_that_is_not_there_is_refused(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """And nothing of the listing is written."""
    wanted = {**fields_of(cocorico), "category": "4711"}
    with pytest.raises(InvalidInput, match="no category 4711"):
        cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    assert portal.hand.rows.all("listing") == portal.hand.rows.all("geo_city") == []


def test_a_landlord_needs_an_account_that_may_list(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """Not one that is missing, locked or an admin's, nor one whose address is alike to the database alone."""
    portal.hand.add_admin()
    portal.hand.disable_user(portal.hand.add_user("locked@example.org"))
    portal.hand.add_user("lándlord2@example.org")
    for email, says in [
        ("nobody@example.org", "sign up"),
        ("admin@example.org", "admin"),
        ("locked@example.org", "locked"),
        ("landlord2@example.org", "sign up"),
    ]:
        wanted = cocorico.listings.render(offer_of(email=email)).fields
        with pytest.raises(NotFound, match=says) as refused:
            cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
        assert email not in str(refused.value)
    assert portal.hand.rows.all("listing") == []


def test_an_address_that_the_portal_cannot_hold_is_nobodys(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """Such as one with an emoji: asked for, the database answers with an error, as if it were down."""
    wanted = cocorico.listings.render(offer_of(email="\U0001f3e0@example.org")).fields
    with pytest.raises(NotFound, match="sign up"):
        cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    assert portal.hand.rows.all("listing") == []


def test_addresses_of_landlords_know_no_case(portal: CocoricoPortal, cocorico: Cocorico, landlord: int) -> None:
    """As the portal has it."""
    wanted = cocorico.listings.render(offer_of(email=LANDLORD.upper())).fields
    cocorico.listings.put("20000", CHOSEN_AT, None, wanted)
    assert portal.hand.rows.one("listing", 20_000)["user_id"] == landlord


def test_a_listing_may_change_hands(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Another landlord's account owns it then."""
    other = portal.hand.add_user("other@example.org")
    there = shown(cocorico, made)
    cocorico.listings.put(made, CHOSEN_AT, there, {**there, "owner": "other@example.org"})
    assert portal.hand.rows.one("listing", int(made))["user_id"] == other


def test_emoji_and_long_titles_are_shown_without(cocorico: Cocorico) -> None:
    """What the portal would refuse with error 1366 or 1406 is left out before, and told."""
    title = "🏠 Spacious two bedroom apartment near the Yaya Centre, Kilimani"
    texts = (ListingText("en", title, "Bright 🌞 rooms 🎉."),)
    rendered = cocorico.listings.render(offer_of(texts=texts))
    cocorico.listings.put("20000", CHOSEN_AT, None, rendered.fields)
    there = shown(cocorico, "20000")
    assert there == rendered.fields
    assert there["title.en"] == there["title.fr"] == "Spacious two bedroom apartment near the Yaya…"
    assert there["description.en"] == "Bright rooms ."
    assert len(rendered.findings) == 7


def test_what_a_column_cannot_hold_is_refused_by_the_database_too(portal: CocoricoPortal, cocorico: Cocorico) -> None:
    """Fields that no `render` made: never cut in silence, and nothing is half written."""
    plain = fields_of(cocorico)
    for name, text in [("title.en", "🏠"), ("title.fr", "x" * 51), ("price", "100000000")]:
        with pytest.raises(InvalidInput):
            cocorico.listings.put("20000", CHOSEN_AT, None, {**plain, name: text})
    assert portal.hand.rows.all("listing") == []


def test_many_are_looked_at_together(portal: CocoricoPortal, cocorico: Cocorico, landlord: int) -> None:
    """Those that are there, by id; what is no id is not there."""
    ids = [str(portal.hand.add_listing(landlord, f"Listing {number}")) for number in range(7)]
    found = cocorico.listings.look([*ids, "10001", "somewhere", "", "99999999999999", "-1"])
    assert sorted(found) == sorted(ids)
    assert {it["title.en"] for it in found.values()} == {f"Listing {number}" for number in range(7)}


def test_what_our_books_cannot_hold_is_not_adopted(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """NUL in a text that was edited there: PostgreSQL would refuse the edit that a person adopts."""
    (text, *_) = portal.hand.rows.all("listing_translation", translatable_id=int(made), locale="en")
    portal.hand.rows.change("listing_translation", int(str(text["id"])), description="Quiet\0 rooms")
    there = shown(cocorico, made)
    assert there["description.en"] == "Quiet rooms"
    cocorico.listings.put(made, CHOSEN_AT, there, fields_of(cocorico))
    assert shown(cocorico, made) == fields_of(cocorico)


def test_a_listing_cut_off_from_its_place_is_mended(portal: CocoricoPortal, cocorico: Cocorico, made: str) -> None:
    """Both sides refer to each other: where the listing's own does not, its place reads as empty, and comes back."""
    rows = portal.hand.rows
    (location,) = rows.all("listing_location")
    rows.change("listing", int(made), location_id=None)
    there = shown(cocorico, made)
    assert (there["city"], there["address"], there["latitude"]) == ("", "", "")
    cocorico.listings.put(made, CHOSEN_AT, there, fields_of(cocorico))
    assert shown(cocorico, made) == fields_of(cocorico)
    assert rows.one("listing", int(made))["location_id"] == location["id"]
    assert [it["id"] for it in rows.all("listing_location")] == [location["id"]]


def test_a_listing_without_place_or_text_is_mended(portal: CocoricoPortal, cocorico: Cocorico, landlord: int) -> None:
    """What a person left out there reads as empty, and is written as what is wanted."""
    listing_id = portal.hand.add_listing(landlord)
    rows = portal.hand.rows
    rows.change("listing", listing_id, location_id=None)
    rows.delete("listing_location", listing_id=listing_id)
    rows.delete("listing_translation", translatable_id=listing_id, locale="fr")
    there = shown(cocorico, str(listing_id))
    assert (there["city"], there["latitude"], there["title.fr"]) == ("", "", "")
    cocorico.listings.put(str(listing_id), CHOSEN_AT, there, fields_of(cocorico))
    assert shown(cocorico, str(listing_id)) == fields_of(cocorico)
    assert rows.one("listing", listing_id)["location_id"] == rows.all("listing_location")[0]["id"]
