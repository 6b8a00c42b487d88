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

    def test_many_are_chosen_together(self, life: PortfolioLife) -> None:
        """Of each, in order, the copy or its refusal: what one is refused stops none of the others."""
        store = life.store
        one, two, three = (approved(life, f"u{n}") for n in (1, 2, 3))
        first = store.choose(copy_of(one), None)
        assert store.choose_all([]) == ()
        again = first.chosen_again("20009", NOON)
        results = store.choose_all(
            [
                (copy_of(two), None),
                (copy_of(three, "20003"), None),
                (again, first),
                (copy_of(two, "20001"), None),
                (copy_of(evolve(two, listing_id=ListingId("lst_none")), "20004"), None),
                (copy_of(one, "20005"), None),
                (copy_of(two, "20003"), None),
            ]
        )
        chosen = [copy_of(three, "20003"), again, copy_of(two, "20001")]
        refusals = [AlreadyExists, *chosen, NotFound, ConcurrentChange, ConcurrentChange]
        assert [it if isinstance(it, ListingCopy) else type(it) for it in results] == refusals
        assert [kept(life, it.listing_id) for it in (three, one, two)] == chosen

    def test_many_are_told_together(self, life: PortfolioLife) -> None:
        """A link each; one that stands otherwise is refused, and the same again writes nothing."""
        store = life.store
        copies = [store.choose(copy_of(approved(life, f"u{n}"), f"2000{n}"), None) for n in (1, 2, 3)]
        told = [evolve(it, told={**FIELDS, "price": it.external_id}) for it in copies]
        other = evolve(copies[1], trouble="no account there")
        store.record_told(life.command(), copies[1], other)
        commands = [life.command("listing.publish") for _ in copies]
        words = list(zip(commands, copies, told, strict=True))
        last = sum(1 for _ in store.events(life.portfolio_id))
        results = store.record_all(words)
        assert [type(it) for it in results] == [type(None), ConcurrentChange, type(None)]
        assert [kept(life, it.listing_id) for it in copies] == [told[0], other, told[2]]
        links = list(store.events(life.portfolio_id, last))
        assert [it.command_id for it in links] == [commands[0].command_id, commands[2].command_id]
        assert all(fields_digest(it.told or {}) in link.payload for it, link in zip(told[::2], links, strict=True))
        assert store.record_all([words[0], words[2]]) == (None, None)
        assert store.record_all([]) == ()
        assert sum(1 for _ in store.events(life.portfolio_id)) == last + 2

    def test_batches_at_once_lock_each_other_out_of_nothing(self, life: PortfolioLife) -> None:
        """Eight that choose the same ones, in two orders: each copy is one's choice; then each is told once."""
        ids = [approved(life, f"u{n}") for n in (1, 2, 3)]
        batches = [[(copy_of(it, f"2{b}00{n}"), None) for n, it in enumerate(ids)] for b in range(8)]
        done = at_once([partial(life.store.choose_all, it[:: 1 if n % 2 else -1]) for n, it in enumerate(batches)])
        chosen = [it for results in done if not isinstance(results, Exception) for it in results]
        assert len(chosen) == 24
        standing = [kept(life, it.listing_id) for it in ids]
        assert sum(isinstance(it, ListingCopy) for it in chosen) == 3
        told = [evolve(it, told=FIELDS) for it in standing]
        words = [
            [(life.command(), before, after) for before, after in zip(standing, told, strict=True)] for _ in range(8)
        ]
        told_at_once = at_once(
            [partial(life.store.record_all, it[:: 1 if n % 2 else -1]) for n, it in enumerate(words)]
        )
        assert not [it for it in told_at_once if isinstance(it, Exception)]
        assert [kept(life, it.listing_id) for it in ids] == told
        assert sum(ListingTold.__name__ in it.payload for it in life.store.events(life.portfolio_id)) == 3

    def test_an_id_that_another_batch_takes_costs_only_who_wanted_it(self, life: PortfolioLife) -> None:
        """Eight batches at once want one id for a listing each, beside ids of their own: one has it, each its own."""
        pairs = [(drafted(life, "u1"), drafted(life, "u2")) for _ in range(8)]
        batches = [
            [(copy_of(own, f"2100{n}"), None), (copy_of(other, "29999"), None)] for n, (own, other) in enumerate(pairs)
        ]
        done = at_once([partial(life.store.choose_all, it) for it in batches])
        results = [it for it in done if not isinstance(it, Exception)]
        assert len(results) == 8
        assert all(isinstance(own, ListingCopy) for own, _ in results)
        assert sorted(type(other).__name__ for _, other in results) == ["AlreadyExists"] * 7 + ["ListingCopy"]

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
