"""The bridge to a portal: what it writes, what it leaves, and what a crash, a collision or a refusal comes to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve
from tests.unit.listings.street import (
    ADMIN,
    LANDLORD,
    LANDLORDS,
    OWN,
    PNG,
    SYSTEM,
    Killed,
    Killer,
    Street,
    place_of,
)

from marketplace_adapters.pictures import FolderPictures
from marketplace_core.domain.facts import PersonRecorded, PropertyRecorded
from marketplace_core.domain.identifiers import ListingId, PersonId
from marketplace_core.domain.listings.copies import DELETED, STATE, ListingCopy, PortalState
from marketplace_core.domain.listings.listing import ListingStatus, ListingText
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.party import Person
from marketplace_core.errors import AlreadyExists, ConcurrentChange, InvalidInput, PartnerUnavailable
from marketplace_core.services.listings.bridging import BridgeListings
from marketplace_core.services.listings.offers import Landlords


@pytest.fixture
def street() -> Street:
    """Three houses."""
    return Street()


def our_rows(street: Street) -> list[str]:
    """The rows there that no hand made."""
    return [key for key, it in street.portal.listing_rows.items() if not it.fields["title.en"].startswith("By hand")]


def links(street: Street, fact: str) -> int:
    """How many links of the log have such a fact."""
    return sum(fact in it.payload for it in street.books.events(OWN))


def test_what_is_approved_is_there_once_and_published(street: Street) -> None:
    """One row, live, as rendered; the listing is published, and the copy knows what it told."""
    listing_id = street.approved()
    street.drafted(2)
    outcome = street.bridge()
    assert dict(outcome.counts) == {"made": 1, "published": 1}
    assert street.listing(listing_id).status is ListingStatus.PUBLISHED
    copy = street.copy(listing_id)
    assert our_rows(street) == [copy.external_id]
    assert dict(street.there(listing_id)) == copy.told
    assert (copy.told_version, copy.telling, copy.trouble) == (street.listing(listing_id).version, None, "")
    assert links(street, "ListingTold") == 1


def test_unchanged_listings_cost_no_write(street: Street) -> None:
    """Neither there nor here, also where every copy is looked at."""
    for n in (1, 2, 3):
        street.approved(n)
    street.bridge()
    writes, events = street.portal.writes, len(list(street.books.events(OWN)))
    copies = [street.copy(it.listing_id) for it in street.books.listings(OWN)]
    assert dict(street.bridge().counts) == {}
    assert dict(street.bridge(whole=True).counts) == {"unchanged": 3}
    assert (street.portal.writes, len(list(street.books.events(OWN)))) == (writes, events)
    assert [street.copy(it.listing_id) for it in street.books.listings(OWN)] == copies


def test_only_what_changed_is_touched(street: Street) -> None:
    """One edit is one look and one write."""
    ids = [street.approved(n) for n in (1, 2, 3)]
    street.bridge()
    writes = street.portal.writes
    street.edit(ids[1], rent=Money(3_300_000, KES))
    assert dict(street.bridge().counts) == {"changed": 1}
    assert street.portal.writes == writes + 1
    assert street.there(ids[1])["price"] == "110000"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (ListingStatus.WITHDRAWN, PortalState.REFUSED),
        (ListingStatus.SUBMITTED, PortalState.PENDING),
        (ListingStatus.ARCHIVED, PortalState.GONE),
        (ListingStatus.REJECTED, PortalState.REFUSED),
        (ListingStatus.RENTED, PortalState.LET),
    ],
)
def test_what_is_no_longer_offered_is_hidden(street: Street, status: ListingStatus, state: PortalState) -> None:
    """In the state that says why."""
    listing_id = street.published()
    step = street.change
    does = {
        ListingStatus.WITHDRAWN: step.withdraw,
        ListingStatus.SUBMITTED: step.submit,
        ListingStatus.ARCHIVED: step.archive,
        ListingStatus.REJECTED: step.reject,
        ListingStatus.RENTED: step.mark_rented,
    }
    does[status](street.command(), listing_id, ADMIN)
    assert dict(street.bridge().counts) == {"changed": 1}
    assert street.there(listing_id)[STATE] == state


def test_a_landlords_edit_is_hidden_until_it_is_approved(street: Street) -> None:
    """Then it is live again, as it was edited."""
    listing_id = street.published()
    street.edit(listing_id, LANDLORD, rent=Money(4_500_000, KES))
    street.bridge()
    assert street.there(listing_id)[STATE] == PortalState.PENDING
    street.change.approve(street.command(), listing_id, ADMIN)
    street.bridge()
    assert (street.there(listing_id)[STATE], street.there(listing_id)["price"]) == (PortalState.LIVE, "150000")
    assert street.listing(listing_id).status is ListingStatus.PUBLISHED


def scenes() -> Iterator[tuple[str, list[str]]]:
    """What a run has to do, step by step: two made, one changed, one hidden, one that collides."""
    yield "made", ["approve 1", "approve 2"]
    yield "changed", ["approve 1", "bridge", "edit 1"]
    yield "hidden", ["approve 1", "approve 2", "bridge", "withdraw 1", "edit 2"]
    yield "collided", ["approve 1", "collide 1", "approve 2"]
    yield "pictured", ["picture 1"]


def played(script: list[str]) -> tuple[Street, dict[int, ListingId]]:
    """A street after a script."""
    street, ids = Street(), dict[int, ListingId]()
    for line in script:
        verb, _, house = line.partition(" ")
        n = int(house or 0)
        match verb:
            case "approve":
                ids[n] = street.approved(n)
            case "picture":
                ids[n] = street.approved(n, pictures=(street.pictures.keep(PNG),))
            case "edit":
                street.edit(ids[n], rent=Money(3_300_000, KES))
            case "withdraw":
                street.change.withdraw(street.command(), ids[n], LANDLORD)
            case "collide":
                taken = street.portal.choose_id(f"{OWN}/{ids[n]}", 1)
                street.portal.by_hand.add_listing(LANDLORDS[1], "By hand", taken)
                street.later()
            case _:
                street.bridge()
    return street, ids


def required(street: Street, ids: dict[int, ListingId]) -> None:
    """One row of ours for each listing, as wanted; one id each, none lost; published where approved."""
    copies = [street.copy(it) for it in ids.values()]
    assert sorted(our_rows(street)) == sorted(it.external_id for it in copies)
    for it in copies:
        listing = street.listing(it.listing_id)
        assert listing.status is not ListingStatus.APPROVED
        there = street.there(it.listing_id)
        assert dict(there) == it.told
        assert (there[STATE] == PortalState.LIVE) == (listing.status is ListingStatus.PUBLISHED)
        assert listing.rent is not None
        assert there["price"] == str(round(listing.rent.amount_minor / 30))
        assert (it.edits, it.trouble, it.telling, it.told_version) == ((), "", None, listing.version)
        assert street.books.listings_of(OWN, SYSTEM, [it.external_id]) == {it.external_id: it.listing_id}
    by_hand = [it for it in street.portal.listing_rows.values() if it.fields["title.en"] == "By hand"]
    assert all(it.fields["owner"] == LANDLORDS[1] and it.fields["price"] == "100000" for it in by_hand)
    assert dict(street.bridge().counts) == {}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("scene", "script"), list(scenes()), ids=[it[0] for it in scenes()])
@pytest.mark.parametrize("meanwhile", ["nothing", "edit", "same command"])
def test_killed_at_every_call_and_run_again_one_copy_stands(
    scene: str, script: list[str], meanwhile: str, *, is_after: bool
) -> None:
    """Each call of the store and the portal is where the process ends, before it does anything and after it did."""
    undisturbed, _ = played(script)
    undisturbed.bridge()
    for at in count(1):
        street, ids = played(script)
        command, killer = street.command(), Killer(at, is_after)
        try:
            street.bridge(killer, command=command)
        except Killed:
            pass
        else:
            assert at > len(ids) * 3, scene
            return
        street.later()
        if meanwhile == "edit":
            for it in ids.values():
                if street.listing(it).status is not ListingStatus.WITHDRAWN:
                    street.edit(it, rent=Money(5_400_000, KES))
        street.bridge(command=command if meanwhile == "same command" else None)
        street.bridge()
        required(street, ids)
        assert meanwhile == "edit" or street.portal.writes == undisturbed.portal.writes


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("scene", "script"), list(scenes()), ids=[it[0] for it in scenes()])
def test_killed_twice_with_an_edit_of_ours_between_what_we_wrote_is_still_ours(
    scene: str, script: list[str], *, is_after: bool
) -> None:
    """What the first run wrote and did not note is none that others edited, wherever the second is killed."""
    for first in count(1):
        for second in range(1, 10):
            street, ids = played(script)
            was_killed = is_killed(street, Killer(first, is_after))
            for it in ids.values():
                if street.listing(it).status is not ListingStatus.WITHDRAWN:
                    street.edit(it, rent=Money(5_400_000, KES))
            is_killed(street, Killer(second, is_after))
            street.bridge()
            street.bridge()
            required(street, ids)
            if not was_killed:
                assert first > len(ids) * 3, scene
                return


def is_killed(street: Street, killer: Killer) -> bool:
    """Run the bridge, and an hour passes."""
    try:
        street.bridge(killer)
    except Killed:
        return True
    finally:
        street.later()
    return False


def test_a_bridge_that_chooses_after_it_wrote_doubles(street: Street) -> None:
    """The control: an id that is kept only once the row stands there is lost by a crash, and a second row is made."""
    listing_id = street.approved()

    def careless(attempt: int) -> None:
        """Show the listing, then keep the id."""
        offer = Landlords(street.books, OWN).offer_of(street.listing(listing_id))
        now = street.clock.now()
        chosen = street.portal.choose_id(f"{listing_id} at {now}", 1)
        street.portal.put(chosen, now, None, street.portal.render(offer).fields)
        if attempt == 1:
            raise Killed
        street.books.choose(ListingCopy(OWN, listing_id, SYSTEM, chosen, now), None)

    with pytest.raises(Killed):
        careless(1)
    street.later()
    careless(2)
    assert len(our_rows(street)) == 2


def test_ids_that_collide_are_chosen_again() -> None:
    """Whoever has the row there keeps it, and each listing ends with a row of its own."""
    street = Street(houses=12)
    street.portal.highest_id = 10_014
    for n in range(6):
        street.portal.by_hand.add_listing(LANDLORDS[n % 2], f"By hand {n}", str(10_000 + n))
    street.later()
    ids = [street.approved(n) for n in range(1, 10)]
    outcome = street.bridge()
    assert dict(outcome.counts) == {"made": 9, "published": 9}
    external = [street.copy(it).external_id for it in ids]
    assert len(set(external)) == 9
    assert not set(external) & {str(10_000 + n) for n in range(6)}
    assert max(street.copy(it).attempt for it in ids) > 1
    by_hand = [it for it in street.portal.listing_rows.values() if it.fields["title.en"].startswith("By hand")]
    assert len(by_hand) == 6
    assert all(it.fields["price"] == "100000" for it in by_hand)


def test_a_row_of_the_same_landlord_is_not_taken_for_ours(street: Street) -> None:
    """Under our id by chance, whatever it says: also where it differs in every field."""
    listing_id = street.approved()
    owner = LANDLORDS[1]
    taken = street.portal.choose_id(f"{OWN}/{listing_id}", 1)
    street.portal.by_hand.add_listing(owner, "By hand", taken)
    street.later()
    before = dict(street.portal.listing(taken).fields)
    street.bridge()
    assert dict(street.portal.listing(taken).fields) == before
    copy = street.copy(listing_id)
    assert copy.external_id != taken
    assert (copy.attempt, copy.edits) == (2, ())
    assert dict(street.there(listing_id)) == copy.told


def test_an_edit_there_is_left_and_told(street: Street) -> None:
    """While everything else goes on; once it is overwritten it is as we want it."""
    listing_id = street.published()
    external_id = street.copy(listing_id).external_id
    street.portal.by_hand.rewrite_title(external_id, "Edited there")
    street.edit(listing_id, rent=Money(3_300_000, KES))
    outcome = street.bridge()
    assert dict(outcome.counts) == {"changed": 1, "edits": 1}
    assert (street.there(listing_id)["title.en"], street.there(listing_id)["price"]) == ("Edited there", "110000")
    assert street.copy(listing_id).edits == ("title.en", "title.fr")
    street.edit(listing_id, texts=(ListingText("en", "Another title of ours", "Quiet, with water day and night."),))
    street.bridge()
    assert street.there(listing_id)["title.en"] == "Edited there"
    (found,) = street.diff(OWN)
    assert found.edits == ("title.en", "title.fr")
    assert ("title.en", "Another title of ours", "Edited there") in found.fields
    assert dict(street.bridge(only=[listing_id], overwrite=True).counts) == {"changed": 1}
    assert street.there(listing_id)["title.en"] == "Another title of ours"
    assert street.copy(listing_id).edits == ()
    assert list(street.diff(OWN)) == []


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_an_edit_there_outlives_a_crash(*, is_after: bool) -> None:
    """What others wrote is never noted as about to be told: killed at any call, it is left and told."""
    for at in count(1):
        street = Street()
        listing_id = street.published()
        street.portal.by_hand.rewrite_title(street.copy(listing_id).external_id, "Edited there")
        street.edit(listing_id, rent=Money(3_300_000, KES))
        try:
            street.bridge(Killer(at, is_after))
        except Killed:
            pass
        else:
            assert at > 5
            return
        street.edit(listing_id, rent=Money(3_600_000, KES))
        street.bridge()
        assert (street.there(listing_id)["title.en"], street.there(listing_id)["price"]) == ("Edited there", "120000")
        assert street.copy(listing_id).edits == ("title.en", "title.fr")


def test_an_edit_there_is_adopted_as_the_landlords(street: Street) -> None:
    """It is to be approved again, and then nothing differs."""
    listing_id = street.published()
    external_id = street.copy(listing_id).external_id
    street.portal.by_hand.rewrite_title(external_id, "Edited there")
    for names in (["price"], ["title"], ["description.en"], ["state"]):
        with pytest.raises(InvalidInput):
            street.adopt(street.command(), listing_id, names)
    after = street.adopt(street.command(), listing_id, ["title.en", "title.fr"]).listing
    assert after.status is ListingStatus.SUBMITTED
    assert {it.locale: it.title for it in after.texts} == {"en": "Edited there", "fr": "Edited there"}
    street.change.approve(street.command(), listing_id, ADMIN)
    street.bridge()
    assert street.there(listing_id)["title.en"] == "Edited there"
    assert street.copy(listing_id).edits == ()
    assert list(street.diff(OWN)) == []


def test_what_was_hidden_there_stays_hidden_and_what_was_shown_is_hidden_again(street: Street) -> None:
    """Nobody makes a listing more visible than we do, nor do we than the landlord there."""
    hidden, shown = street.published(1), street.published(2)
    street.change.withdraw(street.command(), shown, LANDLORD)
    street.bridge()
    hand = street.portal.by_hand
    hand.set_state(street.copy(hidden).external_id, PortalState.LET)
    hand.set_state(street.copy(shown).external_id, PortalState.LIVE)
    outcome = street.bridge(whole=True)
    assert dict(outcome.counts) == {"changed": 1, "unchanged": 1, "edits": 1, "reasserted": 1}
    assert street.there(hidden)[STATE] == PortalState.LET
    assert street.copy(hidden).edits == (STATE,)
    assert street.there(shown)[STATE] == PortalState.REFUSED


def test_what_was_deleted_there_is_told_and_made_again_on_demand(street: Street) -> None:
    """Not by itself: somebody there had a reason."""
    listing_id = street.published()
    street.portal.by_hand.delete_listing(street.copy(listing_id).external_id)
    street.bridge(whole=True)
    assert our_rows(street) == []
    assert street.copy(listing_id).edits == (DELETED,)
    (found,) = street.diff(OWN)
    assert found.fields == (("listing", "live", None),)
    external_id = street.copy(listing_id).external_id
    assert dict(street.bridge(only=[listing_id], overwrite=True).counts) == {"made": 1}
    assert our_rows(street) == [external_id]
    assert street.copy(listing_id).edits == ()


def test_a_batch_costs_the_store_as_much_as_one_listing() -> None:
    """Thirty that are new, then thirty that changed: as many calls as for one; there each is one write."""
    calls = set[tuple[int, int]]()
    for houses in (1, 30):
        street, seen = Street(houses=houses), list[int]()
        ids = [street.approved(n) for n in range(1, houses + 1)]
        for rent in (3_300_000, 3_600_000):
            counted = Killer()
            store = counted.watch(street.books)
            bridge = BridgeListings(store, store, street.portal, street.pictures, street.books, street.clock, SYSTEM)
            bridge(street.command())
            seen.append(counted.calls)
            for it in ids:
                street.edit(it, rent=Money(rent, KES))
        assert street.portal.writes == 2 * houses
        calls.add((seen[0], seen[1]))
    assert len(calls) == 1


def test_who_has_a_copy_in_hand_is_left_to_it(street: Street) -> None:
    """A run that finds other choices of a batch than it saw writes none of them over, and tells the others."""
    one, two = street.approved(1), street.approved(2)
    chosen = street.portal.choose_id(f"{OWN}/{one}", 1)

    def choose(call: str) -> None:
        if call == "look":
            street.portal.after_each = lambda _: None
            other = ListingCopy(OWN, one, SYSTEM, chosen, street.clock.now())
            street.books.choose(other, None)

    street.portal.after_each = choose
    assert dict(street.bridge().counts) == {"made": 1, "published": 1, "trouble": 1}
    assert (street.copy(one).trouble, street.copy(one).told) == ("", None)
    assert street.listing(two).status is ListingStatus.PUBLISHED
    street.bridge()
    required(street, {1: one, 2: two})


def test_one_listings_trouble_stops_no_other(street: Street) -> None:
    """It is kept at its copy, told each time, and over once its cause is."""
    dear = street.approved(1, rent=40_000_000)
    foreign = street.approved(2)
    fine = street.approved(3)
    landlord = PersonId("l0")
    street.books.record(street.command(), [PersonRecorded(OWN, Person(landlord, "Landlord 0"))])
    outcome = street.bridge()
    assert dict(outcome.counts) == {"made": 1, "published": 1, "trouble": 2}
    assert street.listing(fine).status is ListingStatus.PUBLISHED
    assert "999,999.99" in street.copy(dear).trouble
    assert "e-mail" in street.copy(foreign).trouble
    assert our_rows(street) == [street.copy(fine).external_id]
    assert dict(street.bridge().counts) == {"trouble": 2}
    street.edit(dear, rent=Money(20_000_000, KES))
    street.books.record(street.command(), [PersonRecorded(OWN, Person(landlord, "Landlord 0", email=LANDLORDS[0]))])
    assert dict(street.bridge().counts) == {"made": 2, "published": 2}
    assert {street.copy(it).trouble for it in (dear, foreign, fine)} == {""}


def test_a_landlord_without_an_account_there_is_trouble(street: Street) -> None:
    """Until they sign up; an operator's account is none."""
    del street.portal.accounts[LANDLORDS[1]]
    listing_id = street.approved(1)
    assert dict(street.bridge().counts) == {"trouble": 1}
    assert "account" in street.copy(listing_id).trouble
    street.portal.by_hand.add_account(LANDLORDS[1], may_list=False)
    assert dict(street.bridge().counts) == {"trouble": 1}
    street.portal.by_hand.add_account(LANDLORDS[1])
    assert dict(street.bridge().counts) == {"made": 1, "published": 1}


def test_a_rent_in_another_currency_is_trouble(street: Street) -> None:
    """The portal has one currency."""
    listing_id = street.approved()
    street.edit(listing_id, rent=Money(50_000, Currency.of("EUR")), deposit=None)
    assert dict(street.bridge().counts) == {"trouble": 1}
    assert "EUR" in street.copy(listing_id).trouble


def test_what_must_be_hidden_is_hidden_though_it_cannot_be_shown(street: Street) -> None:
    """A landlord whose address is gone, a rent above the bound: withdrawn is withdrawn."""
    one, two = street.published(1), street.published(2)
    street.books.record(street.command(), [PersonRecorded(OWN, Person(PersonId("l1"), "Landlord 1"))])
    street.change.withdraw(street.command(), one, LANDLORD)
    street.edit(two, LANDLORD, rent=Money(4_000_000_000, KES))
    outcome = street.bridge()
    assert dict(outcome.counts) == {"trouble": 2}
    assert street.there(one)[STATE] == PortalState.REFUSED
    assert street.there(two)[STATE] == PortalState.PENDING
    assert street.there(two)["price"] == "100000"


def test_a_portal_that_dies_in_the_middle_loses_nothing(street: Street) -> None:
    """The run ends; the next one goes on, and each listing is there once."""
    ids = {n: street.approved(n) for n in (1, 2, 3)}
    calls = count(1)

    def die(call: str) -> None:
        if call == "put" and next(calls) == 2:
            raise PartnerUnavailable("the portal does not answer")

    street.portal.after_each = die
    with pytest.raises(PartnerUnavailable):
        street.bridge()
    assert len(our_rows(street)) == 2
    told = [it for it in ids.values() if street.copy(it).told is not None]
    assert len(told) == 1
    assert [it for it in ids.values() if street.listing(it).status is ListingStatus.PUBLISHED] == told
    writes = street.portal.writes
    street.bridge()
    assert street.portal.writes == writes + 1
    required(street, ids)


def test_an_edit_between_look_and_write_is_not_written_over(street: Street) -> None:
    """That listing waits for the next run."""
    listing_id = street.published()
    external_id = street.copy(listing_id).external_id
    street.edit(listing_id, rent=Money(3_300_000, KES))

    def edit(call: str) -> None:
        if call == "put":
            street.portal.before_each = lambda _: None
            street.portal.by_hand.rewrite_title(external_id, "Edited there")

    street.portal.before_each = edit
    assert dict(street.bridge().counts) == {"trouble": 1}
    assert street.there(listing_id)["title.en"] == "Edited there"
    assert dict(street.bridge().counts) == {"changed": 1, "edits": 1}
    assert (street.there(listing_id)["title.en"], street.there(listing_id)["price"]) == ("Edited there", "110000")


def test_a_landlords_edit_during_the_run_is_not_published(street: Street) -> None:
    """What was approved is published only as it was approved."""
    listing_id = street.approved()

    def edit(call: str) -> None:
        if call == "put":
            street.portal.after_each = lambda _: None
            street.edit(listing_id, LANDLORD, rent=Money(1_000_000, KES))

    street.portal.after_each = edit
    assert dict(street.bridge().counts) == {"made": 1}
    assert street.copy(listing_id).trouble == ""
    assert street.listing(listing_id).status is ListingStatus.SUBMITTED
    street.bridge()
    assert street.there(listing_id)[STATE] == PortalState.PENDING


def test_a_dry_run_writes_nothing_and_says_what_it_would(street: Street) -> None:
    """Neither there nor here."""
    made, changed = street.published(1), street.approved(2)
    street.edit(made, rent=Money(3_300_000, KES))
    writes, events = street.portal.writes, len(list(street.books.events(OWN)))
    outcome = street.bridge(dry_run=True)
    assert dict(outcome.counts) == {"made": 1, "changed": 1}
    assert {it.listing_id for it in outcome.rows} == {made, changed}
    assert (street.portal.writes, len(list(street.books.events(OWN)))) == (writes, events)
    assert street.books.copies(OWN, SYSTEM, [changed]) == ()


def test_pictures_are_placed_before_they_are_shown(street: Street) -> None:
    """The portal refuses what was not placed; a picture that is gone here is trouble."""
    picture = street.pictures.keep(PNG)
    listing_id = street.published(1, pictures=(picture,))
    assert street.there(listing_id)["pictures"] == picture.name
    assert street.portal.pictures == {picture.name: PNG}
    lost = evolve(picture, digest="0" * 64)
    other = street.approved(2, pictures=(lost,))
    assert dict(street.bridge().counts) == {"trouble": 1}
    assert lost.name in street.copy(other).trouble


def test_emoji_and_long_titles_are_findings_and_no_trouble(street: Street) -> None:
    """Shown as far as the portal can."""
    listing_id = street.published(1, title="🌞 Sunny rooms " * 8)
    assert street.copy(listing_id).findings
    assert len(street.there(listing_id)["title.en"]) <= 50
    assert dict(street.bridge(whole=True).counts) == {"unchanged": 1}


def test_without_a_portal_what_is_approved_is_published_here(street: Street) -> None:
    """And nothing is told anywhere."""
    listing_id = street.approved()
    bridge = BridgeListings(street.books, street.books, None, street.pictures, street.books, street.clock, SYSTEM)
    assert dict(bridge(street.command()).counts) == {"changed": 1, "published": 1}
    assert street.listing(listing_id).status is ListingStatus.PUBLISHED
    assert dict(bridge(street.command()).counts) == {"unchanged": 1}
    assert street.portal.listing_rows == {}


def test_what_is_withdrawn_is_hidden_though_its_next_account_cannot_have_it(street: Street) -> None:
    """It stands hidden under the account that it stood under, is trouble, and moves once that account may list."""
    listing_id = street.published()
    house = next(it for it in street.books.properties(OWN) if it.property_id == "h1")
    street.books.record(street.command(), [PropertyRecorded(evolve(house, landlord_id=PersonId("l0")))])
    street.portal.by_hand.lock_account(LANDLORDS[0])
    street.change.withdraw(street.command(), listing_id, LANDLORD)
    for _ in range(2):
        assert dict(street.bridge().counts) == {"trouble": 1}
        there = street.there(listing_id)
        assert (there[STATE], there["owner"]) == (PortalState.REFUSED, LANDLORDS[1])
        assert (street.copy(listing_id).edits, "account" in street.copy(listing_id).trouble) == ((), True)
    street.portal.by_hand.add_account(LANDLORDS[0])
    assert dict(street.bridge().counts) == {"changed": 1}
    assert street.there(listing_id)["owner"] == LANDLORDS[0]
    assert street.copy(listing_id).trouble == ""


def test_a_damaged_picture_refuses_its_listing_alone(street: Street, tmp_path: Path) -> None:
    """The others are told, what is to be hidden is hidden, and given anew it is shown."""
    street.pictures = pictures = FolderPictures(tmp_path)
    picture = pictures.keep(PNG)
    file = tmp_path / picture.name[:2] / picture.name
    shown, hurt = street.published(1, pictures=(picture,)), street.approved(2, pictures=(picture,))
    fine = street.approved(3)
    file.write_bytes(b"something else")
    street.change.withdraw(street.command(), shown, LANDLORD)
    assert dict(street.bridge().counts) == {"changed": 1, "made": 1, "published": 1, "trouble": 1}
    assert picture.name in street.copy(hurt).trouble
    assert street.there(shown)[STATE] == PortalState.REFUSED
    assert street.there(fine)[STATE] == PortalState.LIVE
    file.unlink()
    assert dict(street.bridge().counts) == {"trouble": 1}
    pictures.keep(PNG)
    assert dict(street.bridge().counts) == {"made": 1, "published": 1}


def test_what_is_withdrawn_with_a_picture_that_cannot_be_placed_is_hidden(street: Street) -> None:
    """Its other changes wait, and are still ours to make; given anew it is shown with all of them."""
    listing_id = street.published()
    picture = street.pictures.keep(PNG)
    lost = evolve(picture, digest="0" * 64)
    street.edit(listing_id, pictures=(lost,), rent=Money(3_300_000, KES))
    street.change.withdraw(street.command(), listing_id, LANDLORD)
    for _ in range(2):
        assert dict(street.bridge().counts) == {"trouble": 1}
        assert street.there(listing_id)[STATE] == PortalState.REFUSED
        assert (street.copy(listing_id).edits, lost.name in street.copy(listing_id).trouble) == ((), True)
    street.edit(listing_id, pictures=(picture,))
    street.submit(listing_id)
    assert dict(street.bridge().counts) == {"changed": 1, "published": 1}
    there = street.there(listing_id)
    assert (there[STATE], there["price"], there["pictures"]) == (PortalState.LIVE, "110000", picture.name)


def test_a_folder_of_pictures_that_cannot_be_written_stops_no_other_listing(street: Street) -> None:
    """What has a picture waits; what has none is told, and what is withdrawn is hidden."""
    picture = street.pictures.keep(PNG)
    shown = street.published(1)
    street.change.withdraw(street.command(), shown, LANDLORD)
    full, fine = street.approved(2, pictures=(picture,)), street.approved(3)

    def refuse(call: str) -> None:
        if call == "place_picture":
            raise PartnerUnavailable("the pictures' folder cannot be written")

    street.portal.before_each = refuse
    assert dict(street.bridge().counts) == {"changed": 1, "made": 1, "published": 1, "trouble": 1}
    assert "folder" in street.copy(full).trouble
    assert (street.there(shown)[STATE], street.there(fine)[STATE]) == (PortalState.REFUSED, PortalState.LIVE)
    street.portal.before_each = lambda _: None
    assert dict(street.bridge().counts) == {"made": 1, "published": 1}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_what_a_killed_run_left_in_sight_is_hidden_though_its_account_is_locked(*, is_after: bool) -> None:
    """Killed at every call, locked and withdrawn before the next run: nothing of ours stays in sight."""
    for at in count(1):
        street = Street()
        listing_id = street.approved()
        is_done = not is_killed(street, Killer(at, is_after=is_after))
        for it in LANDLORDS:
            street.portal.by_hand.lock_account(it)
        street.change.withdraw(street.command(), listing_id, LANDLORD)
        street.bridge()
        assert all(street.portal.listing(it).fields[STATE] != PortalState.LIVE for it in our_rows(street)), at
        if is_done:
            return


def test_another_landlord_there_follows_the_property(street: Street) -> None:
    """Whose listing it is, is ours to say."""
    listing_id = street.published()
    assert street.there(listing_id)["owner"] == LANDLORDS[1]
    house = next(it for it in street.books.properties(OWN) if it.property_id == "h1")
    street.books.record(street.command(), [PropertyRecorded(evolve(house, landlord_id=PersonId("l0")))])
    assert dict(street.bridge(whole=True).counts) == {"changed": 1}
    assert street.there(listing_id)["owner"] == LANDLORDS[0]


def test_two_runs_at_once_are_one_after_the_other(street: Street) -> None:
    """The second finds that the copy does not stand as it saw it, and waits for the next run."""
    listing_id = street.approved()

    def run(call: str) -> None:
        if call == "put":
            street.portal.before_each = lambda _: None
            street.bridge()

    street.portal.before_each = run
    street.bridge()
    street.bridge()
    required(street, {1: listing_id})


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "known"])
@pytest.mark.parametrize("puts", [1, 2, 3])
@pytest.mark.parametrize("ends", [True, False], ids=["ends", "dies"])
def test_what_a_slower_run_wrote_is_no_edit_of_others(street: Street, puts: int, *, is_new: bool, ends: bool) -> None:
    """While a batch is written another run tells a later rent, or ends midway: the last rent comes to stand there."""
    ids = {n: street.approved(n) for n in (1, 2, 3)}
    if not is_new:
        street.bridge()
        for it in ids.values():
            street.edit(it, rent=Money(3_300_000, KES))
    left = [puts]

    def run(call: str) -> None:
        left[0] -= call == "put"
        if call == "put" and left[0] == 0:
            street.portal.before_each = lambda _: None
            street.later()
            for it in ids.values():
                street.edit(it, rent=Money(5_400_000, KES))
            if ends:
                street.bridge()
            else:
                is_killed(street, Killer(4, is_after=True))

    street.portal.before_each = run
    street.bridge()
    assert left[0] <= 0
    for _ in range(2):
        street.bridge()
    required(street, ids)


def test_a_refused_store_is_told(street: Street) -> None:
    """What the store refuses about one copy is that copy's trouble."""
    listing_id = street.approved()
    street.edit(listing_id, place=place_of("Kisumu"))
    copy = ListingCopy(OWN, listing_id, SYSTEM, street.portal.choose_id(f"{OWN}/{listing_id}", 1), street.clock.now())
    assert street.books.choose(copy, None) == copy
    with pytest.raises(ConcurrentChange):
        street.books.choose(copy, None)
    other = street.approved(2)
    with pytest.raises(AlreadyExists):
        street.books.choose(evolve(copy, listing_id=other), None)
    street.bridge()
    assert street.there(listing_id)["city"] == "Kisumu"
