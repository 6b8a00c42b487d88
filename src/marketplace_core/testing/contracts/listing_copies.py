"""What every store of listings' copies must do."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.facts import ListingTold
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.copies import STATE, ListingCopy, fields_digest
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.errors import AlreadyExists, ConcurrentChange, NotFound
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.contracts.listing_life import (
    LANDLORD,
    MINUTE,
    NOON,
    SYSTEM,
    approved,
    change,
    copy_of,
    drafted,
    moved,
)
from marketplace_core.testing.life import PortfolioLife

FIELDS = {STATE: "live", "title.en": "Two rooms by the park", "price": "100000", "owner": "asha@example.org"}


def kept(life: PortfolioLife, listing_id: ListingId) -> ListingCopy:
    """The copy as it stands."""
    (found,) = life.store.copies(life.portfolio_id, SYSTEM, [listing_id])
    return found


class ListingCopiesContract(StoreContract):
    """A listing has one copy a system, and an outside id stands for one listing."""

    def test_a_copy_comes_back_as_it_was_kept(self, life: PortfolioLife) -> None:
        """New, chosen again, about to be told, told, edited and in trouble."""
        listing = approved(life)
        new = copy_of(listing, telling=FIELDS)
        assert life.store.choose(new, None) == new == kept(life, listing.listing_id)
        again = evolve(new.chosen_again("20002", NOON + MINUTE), telling={**FIELDS, "price": "90000"})
        assert life.store.choose(again, new) == again == kept(life, listing.listing_id)
        told = evolve(
            again,
            told=FIELDS,
            told_version=listing.version,
            told_at=NOON + MINUTE,
            edits=("price", "title.en"),
            findings=("title in en: cut",),
            telling=None,
        )
        life.store.record_told(life.command("listing.publish"), again, told)
        assert kept(life, listing.listing_id) == told
        troubled = evolve(told, trouble="no account there", edits=(), told_version=told.told_version + 1)
        life.store.record_told(life.command("listing.publish"), told, troubled)
        assert kept(life, listing.listing_id) == troubled

    def test_copies_are_told_by_listing_and_by_outside_id(self, life: PortfolioLife) -> None:
        """Of the system that is asked, of the portfolio that is asked; those without one are left out."""
        one, two, three = approved(life), approved(life, "u2"), drafted(life, "u3")
        copies = [life.store.choose(copy_of(it, f"2000{n}"), None) for n, it in enumerate((one, two))]
        elsewhere = life.store.choose(copy_of(one, "20001", system="other"), None)
        ids = [it.listing_id for it in (one, two, three)]
        found = life.store.copies(life.portfolio_id, SYSTEM, ids)
        assert list(found) == sorted(copies, key=lambda it: it.listing_id)
        assert life.store.copies(life.portfolio_id, "other", ids) == (elsewhere,)
        assert life.store.copies(life.portfolio_id, SYSTEM, []) == ()
        assert life.store.copies(PortfolioId("p9"), SYSTEM, ids) == ()
        told = life.store.listings_of(life.portfolio_id, SYSTEM, ["20000", "20001", "29999"])
        assert dict(told) == {"20000": one.listing_id, "20001": two.listing_id}
        assert dict(life.store.listings_of(life.portfolio_id, SYSTEM, [])) == {}
        assert dict(life.store.listings_of(PortfolioId("p9"), SYSTEM, ["20000"])) == {}

    def test_an_outside_id_is_one_listings(self, life: PortfolioLife) -> None:
        """Chosen first or again; in another system it is another id."""
        one, two = approved(life), approved(life, "u2")
        life.store.choose(copy_of(one), None)
        with pytest.raises(AlreadyExists):
            life.store.choose(copy_of(two), None)
        other = life.store.choose(copy_of(two, "20002"), None)
        with pytest.raises(AlreadyExists):
            life.store.choose(other.chosen_again("20001", NOON), other)
        assert kept(life, two.listing_id) == other
        life.store.choose(copy_of(two, "20001", system="other"), None)

    def test_a_given_up_id_stands_for_nothing(self, life: PortfolioLife) -> None:
        """Another listing may be given it."""
        one, two = approved(life), approved(life, "u2")
        first = life.store.choose(copy_of(one), None)
        life.store.choose(first.chosen_again("20002", NOON), first)
        assert dict(life.store.listings_of(life.portfolio_id, SYSTEM, ["20001"])) == {}
        assert life.store.choose(copy_of(two), None).external_id == "20001"

    def test_who_did_not_see_how_it_stands_writes_nothing(self, life: PortfolioLife) -> None:
        """A choice or a word upon what stood before is refused."""
        listing = approved(life)
        new = life.store.choose(copy_of(listing), None)
        with pytest.raises(ConcurrentChange):
            life.store.choose(copy_of(listing, "20002"), None)
        again = life.store.choose(new.chosen_again("20002", NOON + MINUTE), new)
        with pytest.raises(ConcurrentChange):
            life.store.choose(new.chosen_again("20003", NOON), new)
        with pytest.raises(ConcurrentChange):
            life.store.record_told(life.command(), new, evolve(new, told=FIELDS))
        with pytest.raises(ConcurrentChange):
            life.store.record_told(life.command(), copy_of(approved(life, "u2")), copy_of(listing, told=FIELDS))
        assert kept(life, listing.listing_id) == again

    def test_of_eight_that_choose_at_once_one_does(self, life: PortfolioLife) -> None:
        """And eight listings that choose one id are one that has it."""
        listing = approved(life)
        copies = [copy_of(listing, f"2000{n}") for n in range(8)]
        done = at_once([partial(life.store.choose, it, None) for it in copies])
        assert sum(isinstance(it, ListingCopy) for it in done) == 1
        assert kept(life, listing.listing_id) in done
        others = [drafted(life, "u2") for _ in range(8)]
        done = at_once([partial(life.store.choose, copy_of(it, "21000"), None) for it in others])
        assert sum(isinstance(it, ListingCopy) for it in done) == 1

    def test_what_was_told_is_one_link(self, life: PortfolioLife) -> None:
        """With outside id, state, version and digest; where nothing else was told there is none."""
        listing = approved(life)
        new = life.store.choose(copy_of(listing), None)
        command = life.command("listing.publish")
        told = evolve(new, told=FIELDS, told_version=listing.version)
        life.store.record_told(command, new, told)
        event = life.store.event_of(life.portfolio_id, command.command_id)
        assert event is not None
        assert ListingTold.__name__ in event.payload
        assert fields_digest(FIELDS) in event.payload
        assert '"20001"' in event.payload
        last = sum(1 for _ in life.store.events(life.portfolio_id))
        further = life.command("listing.publish")
        life.store.record_told(further, told, evolve(told, edits=("price",)))
        assert kept(life, listing.listing_id).edits == ("price",)
        assert sum(1 for _ in life.store.events(life.portfolio_id)) == last

    def test_the_same_command_tells_once(self, life: PortfolioLife) -> None:
        """Its second time writes nothing, whatever it says."""
        listing = approved(life)
        new = life.store.choose(copy_of(listing), None)
        command, told = life.command("listing.publish"), evolve(new, told=FIELDS)
        life.store.record_told(command, new, told)
        life.store.record_told(command, new, told)
        life.store.record_told(command, told, evolve(told, told={**FIELDS, "price": "1"}))
        assert kept(life, listing.listing_id) == told

    def test_who_is_behind_is_told(self, life: PortfolioLife) -> None:
        """What is to be live and has no copy, what changed since it was told, and what is in trouble."""
        draft, new, told, changed = drafted(life, "u3"), approved(life), approved(life, "u2"), approved(life, "u3")

        def behind() -> set[ListingId]:
            return set(life.store.behind(life.portfolio_id, SYSTEM))

        assert behind() == {new.listing_id, told.listing_id, changed.listing_id}
        for n, it in enumerate((told, changed)):
            copy = life.store.choose(copy_of(it, f"2000{n}"), None)
            after = evolve(copy, told=FIELDS, told_version=it.version)
            life.store.record_told(life.command(), copy, after)
        assert behind() == {new.listing_id}
        change(life).withdraw(life.command(), changed.listing_id, LANDLORD)
        assert behind() == {new.listing_id, changed.listing_id}
        copy = kept(life, told.listing_id)
        life.store.record_told(life.command(), copy, evolve(copy, trouble="no account"))
        assert behind() == {new.listing_id, told.listing_id, changed.listing_id}
        moved(life, new.listing_id, ListingStatus.PUBLISHED)
        assert behind() == {new.listing_id, told.listing_id, changed.listing_id}
        assert draft.listing_id not in behind()

    def test_who_is_behind_comes_by_pages(self, life: PortfolioLife) -> None:
        """By id, behind the last one."""
        made = sorted(approved(life, f"u{n}").listing_id for n in (1, 2, 3))
        own = life.portfolio_id
        assert life.store.behind(own, SYSTEM, limit=2) == tuple(made[:2])
        assert life.store.behind(own, SYSTEM, made[1], limit=2) == tuple(made[2:])
        assert life.store.behind(own, SYSTEM, made[2]) == ()
        assert life.store.behind(PortfolioId("p9"), SYSTEM) == ()

    def test_a_copy_is_of_a_listing(self, life: PortfolioLife) -> None:
        """Of nothing there is none."""
        listing = evolve(approved(life), listing_id=ListingId("lst_none"))
        with pytest.raises(NotFound):
            life.store.choose(copy_of(listing), None)
