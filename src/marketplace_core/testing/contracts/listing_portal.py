"""What every portal that listings are shown on must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import ListingId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings.copies import OWNER, STATE, PortalFields, PortalOffer, PortalState, plan_copy
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText, Picture
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, NotFound
from marketplace_core.testing.contracts.portal_hands import PortalPlace

LANDLORD = "asha@example.org"
CHOSEN_AT = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
PICTURE = Picture("ab" * 32, "png", "The kitchen")


def offered(state: PortalState = PortalState.LIVE, email: str = LANDLORD, **terms: Any) -> PortalOffer:  # noqa: ANN401 - any field of a listing
    """A listing in Nairobi for 30,000 shillings a month."""
    listing = Listing(
        PortfolioId("p1"),
        ListingId("lst_1"),
        PropertyId("block"),
        UnitId("u1"),
        CHOSEN_AT,
        ListingStatus.APPROVED,
        CHOSEN_AT,
        (ListingText("en", "Two rooms by the park", "Quiet, with water day and night.", "No loud music."),),
        Money(3_000_000, KES),
        place=ListingPlace(
            "KE", "Nairobi", "Kilimani", "Ngong Road", "12", "00100", Decimal("-1.2920659"), Decimal("36.8219462")
        ),
    )
    return PortalOffer(evolve(listing, **terms), email, state)


class ListingPortalContract:
    """Needs a fixture ``portal_place``: an empty portal for each test, which knows no account and no listing.

    It shows prices in KES, in English at least; a listing without a category is shown. A day costs 999,999.99 at most.
    """

    @pytest.fixture
    def portal_place(self) -> PortalPlace:
        """Override me."""
        raise NotImplementedError("give a fixture `portal_place` that returns an empty portal and a hand")

    @pytest.fixture
    def place(self, portal_place: PortalPlace) -> PortalPlace:
        """A portal on which one landlord has an account."""
        portal_place.hand.add_account(LANDLORD)
        return portal_place

    @pytest.fixture
    def external_id(self, place: PortalPlace) -> str:
        """An id that was chosen."""
        return place.portal.choose_id("p1/lst_1", 1)

    def test_what_is_rendered_comes_back_as_it_was_put(self, place: PortalPlace, external_id: str) -> None:
        """Every field as text; its state and owner are among them."""
        wanted = place.portal.render(offered()).fields
        assert wanted[STATE] == PortalState.LIVE
        assert wanted[OWNER] == LANDLORD
        assert place.portal.look([external_id]) == {}
        place.portal.put(external_id, CHOSEN_AT, None, wanted)
        assert dict(place.portal.look([external_id, "99999"])[external_id]) == dict(wanted)
        assert list(place.portal.look([external_id, "99999"])) == [external_id]

    def test_rendering_is_the_same_each_time_and_needs_nothing_there(self, portal_place: PortalPlace) -> None:
        """No account, no listing: it is read from nothing outside."""
        assert portal_place.portal.render(offered()) == portal_place.portal.render(offered())

    def test_looking_at_nothing_tells_nothing(self, place: PortalPlace) -> None:
        """No ids, no rows."""
        assert dict(place.portal.look([])) == {}

    @pytest.mark.parametrize("state", list(PortalState))
    def test_every_state_is_written_and_read(self, place: PortalPlace, external_id: str, state: PortalState) -> None:
        """From live to any, and back."""
        live = put(place, external_id)
        other = place.portal.render(offered(state)).fields
        place.portal.put(external_id, CHOSEN_AT, live, other)
        assert place.portal.look([external_id])[external_id][STATE] == state
        place.portal.put(external_id, CHOSEN_AT, other, live)
        assert dict(place.portal.look([external_id])[external_id]) == dict(live)

    @pytest.mark.parametrize(
        "terms",
        [
            {"rent": Money(3_300_000, KES)},
            {"texts": (ListingText("en", "Three rooms", "With a garden and a view.", ""),)},
            {
                "place": ListingPlace(
                    "KE", "Kisumu", "Milimani", "Oginga Odinga Street", "1", "", Decimal("-0.1"), Decimal("34.75")
                )
            },
        ],
        ids=["rent", "texts", "place"],
    )
    def test_a_change_is_written_and_read(self, place: PortalPlace, external_id: str, terms: dict[str, Any]) -> None:
        """What differs is written, the rest stays."""
        before = put(place, external_id)
        after = place.portal.render(offered(**terms)).fields
        assert dict(after) != dict(before)
        place.portal.put(external_id, CHOSEN_AT, before, after)
        assert dict(place.portal.look([external_id])[external_id]) == dict(after)

    def test_what_was_put_is_not_wanted_again(self, place: PortalPlace, external_id: str) -> None:
        """A second comparison finds nothing to write: what is rendered is what is read."""
        for state in (PortalState.LIVE, PortalState.LET, PortalState.LIVE):
            wanted = place.portal.render(offered(state)).fields
            there = place.portal.look([external_id]).get(external_id)
            plan = plan_copy(wanted, there, there)
            assert plan.write is not None
            place.portal.put(external_id, CHOSEN_AT, there, plan.write)
            there = place.portal.look([external_id])[external_id]
            assert not plan_copy(wanted, plan.told, there).writes

    def test_made_again_by_the_same_choice_it_is_ours(self, place: PortalPlace, external_id: str) -> None:
        """After a crash the row with that id, instant and owner is brought to what is wanted now: one row stands."""
        put(place, external_id)
        place.hand.move_to(CHOSEN_AT + 2 * HOUR)
        wanted = place.portal.render(offered(rent=Money(4_000_000, KES))).fields
        place.portal.put(external_id, CHOSEN_AT, None, wanted)
        assert dict(place.portal.look([external_id])[external_id]) == dict(wanted)

    def test_an_id_that_is_taken_is_told(self, place: PortalPlace, external_id: str) -> None:
        """By somebody else, by the landlord's own hand, or by a choice at another instant: it is left as it is."""
        place.hand.add_account("other@example.org")
        place.hand.add_listing("other@example.org", "Not ours", external_id)
        second = place.portal.choose_id("p1/lst_1", 2)
        place.hand.add_listing(LANDLORD, "By hand", second)
        before = place.portal.look([external_id, second])
        wanted = place.portal.render(offered()).fields
        for it in (external_id, second):
            with pytest.raises(AlreadyExists):
                place.portal.put(it, CHOSEN_AT, None, wanted)
        assert place.portal.look([external_id, second]) == before
        third = place.portal.choose_id("p1/lst_1", 3)
        put(place, third)
        with pytest.raises(AlreadyExists):
            place.portal.put(third, CHOSEN_AT + HOUR, None, wanted)

    def test_ids_depend_on_seed_and_attempt_alone(self, place: PortalPlace) -> None:
        """The same again; another for another seed or attempt."""
        seeds = [(f"p1/lst_{n}", attempt) for n in range(20) for attempt in (1, 2, 3)]
        ids = [place.portal.choose_id(*it) for it in seeds]
        assert ids == [place.portal.choose_id(*it) for it in seeds]
        assert len(set(ids)) == len(ids)

    def test_what_does_not_stand_as_it_was_seen_is_left(self, place: PortalPlace, external_id: str) -> None:
        """Somebody edited between our look and our write: nothing is written over it."""
        before = put(place, external_id)
        place.hand.move_to(CHOSEN_AT + HOUR)
        place.hand.rewrite_title(external_id, "Edited there")
        after = place.portal.render(offered(rent=Money(3_300_000, KES))).fields
        with pytest.raises(ConcurrentChange):
            place.portal.put(external_id, CHOSEN_AT, before, after)
        there = place.portal.look([external_id])[external_id]
        changed = {name for name in there if there[name] != before[name]}
        assert STATE not in changed
        assert len(changed) >= 1
        plan = plan_copy(after, before, there)
        assert set(plan.edits) == changed
        assert plan.write is not None
        place.portal.put(external_id, CHOSEN_AT, there, plan.write)
        assert place.portal.look([external_id])[external_id] == plan.write

    def test_what_is_gone_is_not_written(self, place: PortalPlace, external_id: str) -> None:
        """A row that was deleted does not stand as it was seen; it may be made again under its id."""
        before = put(place, external_id)
        place.hand.delete_listing(external_id)
        assert dict(place.portal.look([external_id])) == {}
        hidden = place.portal.render(offered(PortalState.LET)).fields
        with pytest.raises(ConcurrentChange):
            place.portal.put(external_id, CHOSEN_AT, before, hidden)
        place.portal.put(external_id, CHOSEN_AT, None, before)
        assert dict(place.portal.look([external_id])[external_id]) == dict(before)

    def test_prices_and_states_edited_there_are_seen(self, place: PortalPlace, external_id: str) -> None:
        """Each in a field of its own."""
        before = put(place, external_id)
        place.hand.move_to(CHOSEN_AT + HOUR)
        place.hand.set_price(external_id, 123_456)
        priced = place.portal.look([external_id])[external_id]
        assert len({it for it in priced if priced[it] != before[it]}) == 1
        place.hand.set_state(external_id, PortalState.LET)
        assert place.portal.look([external_id])[external_id][STATE] == PortalState.LET

    def test_a_landlord_needs_an_account_that_may_list(self, portal_place: PortalPlace) -> None:
        """Nobody, and an operator, is NotFound; nothing is written."""
        wanted = portal_place.portal.render(offered()).fields
        external_id = portal_place.portal.choose_id("p1/lst_1", 1)
        with pytest.raises(NotFound):
            portal_place.portal.put(external_id, CHOSEN_AT, None, wanted)
        portal_place.hand.add_account(LANDLORD, may_list=False)
        with pytest.raises(NotFound):
            portal_place.portal.put(external_id, CHOSEN_AT, None, wanted)
        assert dict(portal_place.portal.look([external_id])) == {}

    def test_addresses_are_known_in_any_case(self, place: PortalPlace, external_id: str) -> None:
        """As the portal knows its users."""
        wanted = place.portal.render(offered(email="Asha@Example.org")).fields
        place.portal.put(external_id, CHOSEN_AT, None, wanted)
        assert dict(place.portal.look([external_id])[external_id]) == dict(wanted)

    def test_another_landlord_is_written(self, place: PortalPlace, external_id: str) -> None:
        """Who has the listing is ours to say."""
        before = put(place, external_id)
        place.hand.add_account("other@example.org")
        after = place.portal.render(offered(email="other@example.org")).fields
        place.portal.put(external_id, CHOSEN_AT, before, after)
        assert place.portal.look([external_id])[external_id][OWNER] == "other@example.org"

    def test_what_stands_under_a_locked_account_is_hidden_all_the_same(
        self, place: PortalPlace, external_id: str
    ) -> None:
        """Only whoever is to get a listing needs an account that may list."""
        before = put(place, external_id)
        place.hand.add_account("other@example.org")
        place.hand.lock_account("other@example.org")
        place.hand.lock_account(LANDLORD)
        moved = place.portal.render(offered(email="other@example.org")).fields
        with pytest.raises(NotFound):
            place.portal.put(external_id, CHOSEN_AT, before, moved)
        place.portal.put(external_id, CHOSEN_AT, before, place.portal.render(offered(PortalState.REFUSED)).fields)
        found = place.portal.look([external_id])[external_id]
        assert (found[STATE], found[OWNER]) == (PortalState.REFUSED, LANDLORD)

    def test_what_a_crash_left_under_a_locked_account_is_ours_all_the_same(
        self, place: PortalPlace, external_id: str
    ) -> None:
        """Made and not noted, then locked: it is found again, and hidden; nothing new is made there."""
        before = put(place, external_id)
        place.hand.lock_account(LANDLORD)
        place.portal.put(external_id, CHOSEN_AT, None, before)
        place.portal.put(external_id, CHOSEN_AT, None, place.portal.render(offered(PortalState.REFUSED)).fields)
        assert place.portal.look([external_id])[external_id][STATE] == PortalState.REFUSED
        other = place.portal.choose_id("another", 1)
        with pytest.raises(NotFound):
            place.portal.put(other, CHOSEN_AT, None, before)
        assert place.portal.look([other]) == {}

    def test_long_titles_are_cut_and_told(self, place: PortalPlace, external_id: str) -> None:
        """Fifty characters at most, whatever characters they are."""
        for title in ("A" * 51, "Élégant " * 12, "sunny 🌞 rooms " * 10):
            rendered = place.portal.render(offered(texts=(ListingText("en", title, "Quiet, with water.", ""),)))
            assert any("title" in it for it in rendered.findings)
            there = place.portal.look([external_id]).get(external_id)
            place.portal.put(external_id, CHOSEN_AT, there, rendered.fields)
            assert dict(place.portal.look([external_id])[external_id]) == dict(rendered.fields)

    def test_characters_it_cannot_hold_are_left_out_and_told(self, place: PortalPlace, external_id: str) -> None:
        """Emoji are none of its characters; other scripts are."""
        texts = (ListingText("en", "Sunny 🌞 rooms, 二部屋", "Water 💧 day and night, and ☀ too.", "No 🐕."),)
        rendered = place.portal.render(offered(texts=texts))
        assert rendered.findings
        assert not [it for text in rendered.fields.values() for it in text if it > "\uffff"]
        assert any("二部屋" in it for it in rendered.fields.values())
        place.portal.put(external_id, CHOSEN_AT, None, rendered.fields)
        assert dict(place.portal.look([external_id])[external_id]) == dict(rendered.fields)

    def test_nothing_is_found_where_everything_fits(self, place: PortalPlace) -> None:
        """A listing in all its languages is shown as it is."""
        texts = tuple(ListingText(it, "Two rooms by the park", "Quiet, with water.", "") for it in ("en", "fr", "sw"))
        assert place.portal.render(offered(texts=texts)).findings == ()

    def test_prices_up_to_the_bound_are_shown(self, place: PortalPlace, external_id: str) -> None:
        """29,999,999 shillings a month is 999,999.97 a day; a shilling above 30 million is refused, and told why."""
        place.portal.put(
            external_id, CHOSEN_AT, None, place.portal.render(offered(rent=Money(2_999_999_900, KES))).fields
        )
        with pytest.raises(InvalidInput, match=r"999,?999"):
            place.portal.render(offered(rent=Money(3_000_000_100, KES)))

    def test_what_it_cannot_show_is_refused(self, place: PortalPlace) -> None:
        """No rent, another currency, no text, no point on the map, no landlord's address is told as it is rendered."""
        lacking: tuple[dict[str, Any], ...] = (
            {"rent": None},
            {"rent": Money(50_000, Currency.of("EUR"))},
            {"texts": ()},
            {"place": None},
        )
        for terms in lacking:
            with pytest.raises(InvalidInput):
                place.portal.render(offered(**terms))

    def test_a_picture_placed_again_costs_nothing(self, place: PortalPlace, external_id: str) -> None:
        """Placed twice, it is shown by a listing that names it."""
        for _ in range(2):
            place.portal.place_picture(PICTURE, PNG)
        wanted = place.portal.render(offered(pictures=(PICTURE,))).fields
        place.portal.put(external_id, CHOSEN_AT, None, wanted)
        assert dict(place.portal.look([external_id])[external_id]) == dict(wanted)
        without = place.portal.render(offered()).fields
        assert dict(without) != dict(wanted)
        place.portal.put(external_id, CHOSEN_AT, wanted, without)
        assert dict(place.portal.look([external_id])[external_id]) == dict(without)


def put(place: PortalPlace, external_id: str) -> PortalFields:
    """The listing, live there; its fields."""
    wanted = place.portal.render(offered()).fields
    place.portal.put(external_id, CHOSEN_AT, None, wanted)
    return wanted
