"""What every store of listings must do."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ListingChanged
from marketplace_core.domain.identifiers import LeaseId, ListingId, PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings.decisions import move, require_unit_free_of_listings
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.linking import changed_fact
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.domain.paging import Filter, Operator, PageAsk
from marketplace_core.domain.register import LISTINGS
from marketplace_core.errors import ConcurrentChange, IllegalTransition, NotFound, RuleViolation
from marketplace_core.ports.listings.listings import ListingStep
from marketplace_core.services.listings.working import ChangeListing, DraftListing, ListingTerms, ListListings
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.contracts.listing_life import (
    ADMIN,
    LANDLORD,
    approved,
    change,
    drafted,
    moved,
    published,
    terms,
)
from marketplace_core.testing.life import PortfolioLife

WHOLE = partial(Reach, is_whole=True)


def facts_of(life: PortfolioLife) -> list[str]:
    """The payloads of the log's links of listings, in order."""
    return [it.payload for it in life.store.events(life.portfolio_id) if "Listing" in it.payload]


def approving(command: Command, listing_id: ListingId) -> ListingStep:
    """Approve a listing, where no other stands for its unit."""

    def decide(file: ListingFile | None, others: tuple[Listing, ...]) -> ListingFile | None:
        if file is None:
            return None
        require_unit_free_of_listings(file.listing, others)
        if file.listing.status is not ListingStatus.SUBMITTED:
            raise IllegalTransition(f"listing {listing_id} is {file.listing.status}")
        listing = evolve(file.listing, status=ListingStatus.APPROVED, status_at=command.recorded_at)
        return file.changed(command, listing, "approved")

    return command, listing_id, decide


class ListingsContract(StoreContract):
    """Each listing once, its history whole, one who changes it at a time, and each change a link."""

    def test_a_file_comes_back_as_it_was_written(self, life: PortfolioLife) -> None:
        """Terms to the last decimal, and every line of history with who, why and what."""
        listing_id = drafted(life).listing_id
        change(life).submit(life.command("listing.submit", "please"), listing_id, LANDLORD)
        change(life).reject(life.command("listing.reject", "the pictures are dark"), listing_id, ADMIN)
        edited = change(life).edit(
            life.command("listing.edit"), listing_id, lambda it: evolve(it, rent=life.money(28_000)), LANDLORD
        )
        kept = life.store.listing_file(life.portfolio_id, listing_id)
        assert kept == edited
        assert [it.what for it in kept.changes] == ["drafted", "submitted", "rejected", "edited"]
        assert (kept.changes[2].reason, kept.listing.status_reason) == (
            "the pictures are dark",
            "the pictures are dark",
        )
        assert kept.listing.version == 4

    def test_a_bare_draft_comes_back(self, life: PortfolioLife) -> None:
        """Without text, rent, place and pictures."""
        made = DraftListing(life.store, life.store)(life.command("listing.draft"), UnitId("u1"))
        assert life.store.listing_file(life.portfolio_id, made.listing.listing_id) == made

    def test_each_change_is_one_link(self, life: PortfolioLife) -> None:
        """With status, version and digest; a change that changes nothing, a dry run and a refused one are none."""
        listing = drafted(life)
        assert len(facts_of(life)) == 1
        step = change(life)
        step.submit(life.command("listing.submit"), listing.listing_id, LANDLORD, dry_run=True)
        step.edit(life.command("listing.edit"), listing.listing_id, lambda it: it, LANDLORD)
        with pytest.raises(IllegalTransition):
            step.withdraw(life.command("listing.withdraw"), listing.listing_id, LANDLORD)
        assert len(facts_of(life)) == 1
        command = life.command("listing.submit")
        file = step.submit(command, listing.listing_id, LANDLORD)
        event = life.store.event_of(life.portfolio_id, command.command_id)
        assert event is not None
        assert ListingChanged.__name__ in event.payload
        assert changed_fact(file).content_digest in event.payload
        assert (event.kind, event.actor) == ("listing.submit", command.actor)

    def test_the_same_command_changes_once(self, life: PortfolioLife) -> None:
        """Its second time gives what stands, later changes with it."""
        draft, command = DraftListing(life.store, life.store), life.command("listing.draft")
        first = draft(command, UnitId("u1"), terms(life))
        submit = life.command("listing.submit")
        after = change(life).submit(submit, first.listing.listing_id, LANDLORD)
        assert change(life).submit(submit, first.listing.listing_id, LANDLORD) == after
        assert draft(command, UnitId("u1"), terms(life)) == after
        assert len(facts_of(life)) == 2

    def test_what_a_decision_raises_leaves_the_file(self, life: PortfolioLife) -> None:
        """A refused change writes nothing, and a listing of an unknown place is none."""
        file = life.store.listing_file(life.portfolio_id, drafted(life).listing_id)
        with pytest.raises(RuleViolation):
            change(life).approve(life.command(), file.listing.listing_id, ADMIN)
        assert life.store.listing_file(life.portfolio_id, file.listing.listing_id) == file
        with pytest.raises(NotFound):
            DraftListing(life.store, life.store)(life.command(), UnitId("u99"))
        with pytest.raises(NotFound):
            life.store.change_listing(life.command(), ListingId("lst_none"), lambda file, _: file)
        with pytest.raises(NotFound):
            life.store.listing_file(life.portfolio_id, ListingId("lst_none"))
        with pytest.raises(NotFound):
            life.store.listing_file(PortfolioId("p9"), file.listing.listing_id)

        def elsewhere(_file: ListingFile | None, _others: tuple[Listing, ...]) -> ListingFile:
            return evolve(file, listing=evolve(file.listing, listing_id=ListingId("lst_2"), unit_id=UnitId("u99")))

        with pytest.raises(NotFound):
            life.store.change_listing(life.command(), ListingId("lst_2"), elsewhere, unit_id=UnitId("u99"))

    def test_a_decision_sees_the_other_listings_of_the_unit(self, life: PortfolioLife) -> None:
        """Those of other units are none of its matter."""
        one, two, other = drafted(life), drafted(life), drafted(life, "u2")
        seen: list[tuple[Listing, ...]] = []

        def decide(file: ListingFile | None, others: tuple[Listing, ...]) -> ListingFile | None:
            seen.append(others)
            return file

        life.store.change_listing(life.command(), one.listing_id, decide)
        life.store.change_listing(life.command(), other.listing_id, decide)
        assert seen == [(two,), ()]

    def test_one_listing_stands_for_a_unit(self, life: PortfolioLife) -> None:
        """A second one is approved once the first is withdrawn; of eight that are approved at once one is."""
        first, second = approved(life), drafted(life)
        change(life).submit(life.command(), second.listing_id, LANDLORD)
        with pytest.raises(RuleViolation, match=first.listing_id):
            change(life).approve(life.command(), second.listing_id, ADMIN)
        change(life).withdraw(life.command(), first.listing_id, LANDLORD)
        many = [drafted(life).listing_id for _ in range(8)]
        for it in many:
            change(life).submit(life.command(), it, LANDLORD)
        commands = [life.command() for _ in many]
        done = at_once([partial(change(life).approve, one, it, ADMIN) for one, it in zip(commands, many, strict=True)])
        assert sum(isinstance(it, ListingFile) for it in done) == 1
        standing = [it for it in life.store.listings(life.portfolio_id) if it.status is ListingStatus.APPROVED]
        assert len(standing) == 1

    def test_of_eight_that_change_at_once_one_does(self, life: PortfolioLife) -> None:
        """Each expects the version that it saw."""
        listing = drafted(life)
        step = evolve(change(life), expected_version=listing.version)
        commands = [life.command() for _ in range(8)]
        done = at_once([partial(step.submit, it, listing.listing_id, LANDLORD) for it in commands])
        assert sum(isinstance(it, ListingFile) for it in done) == 1
        assert sum(isinstance(it, ConcurrentChange) for it in done) == 7
        assert len(facts_of(life)) == 2

    def test_eight_of_one_command_are_one_listing(self, life: PortfolioLife) -> None:
        """Whoever comes second is given what stands."""
        command = life.command("listing.draft")
        done = at_once([partial(DraftListing(life.store, life.store), command, UnitId("u1"), terms(life))] * 8)
        assert [it for it in done if it != done[0] or isinstance(it, Exception)] == []
        assert len(list(life.store.listings(life.portfolio_id))) == len(facts_of(life)) == 1

    def test_many_change_together(self, life: PortfolioLife) -> None:
        """A link each; what one is refused stops none of the others, and each decision sees those before it."""
        one, rival, two = (drafted(life, unit) for unit in ("u1", "u1", "u2"))
        for it in (one, rival, two):
            change(life).submit(life.command(), it.listing_id, LANDLORD)
        last = len(facts_of(life))
        ids = [one.listing_id, rival.listing_id, ListingId("lst_none"), two.listing_id]
        steps = [approving(life.command("listing.approve"), it) for it in ids]
        first, second, none, third = life.store.change_all(steps)
        assert (type(second), type(none)) == (RuleViolation, NotFound)
        for it, result in ((one, first), (two, third)):
            assert result == life.store.listing_file(life.portfolio_id, it.listing_id)
            assert isinstance(result, ListingFile)
            assert result.listing.status is ListingStatus.APPROVED
        standing = life.store.listing_file(life.portfolio_id, rival.listing_id).listing
        assert standing.status is ListingStatus.SUBMITTED
        commands = [event.command_id for event in life.store.events(life.portfolio_id)][-2:]
        assert commands == [steps[0][0].command_id, steps[3][0].command_id]
        assert life.store.change_all([steps[0], steps[3]]) == (first, third)
        assert life.store.change_all([]) == ()
        assert len(facts_of(life)) == last + 2

    def test_one_listing_may_change_twice_in_a_batch(self, life: PortfolioLife) -> None:
        """Each a line of history and a link."""
        listing = drafted(life)
        change(life).submit(life.command(), listing.listing_id, LANDLORD)
        last = len(facts_of(life))
        publish = life.command("listing.publish")
        steps = [approving(life.command("listing.approve"), listing.listing_id)]
        steps.append(
            (publish, listing.listing_id, lambda it, _: it and move(it, publish, ListingStatus.PUBLISHED, ADMIN))
        )
        _, after = life.store.change_all(steps)
        assert after == life.store.listing_file(life.portfolio_id, listing.listing_id)
        assert isinstance(after, ListingFile)
        assert [it.what for it in after.changes][-2:] == ["approved", "published"]
        assert len(facts_of(life)) == last + 2

    def test_batches_at_once_lock_each_other_out_of_nothing(self, life: PortfolioLife) -> None:
        """Eight that approve the same ones, in two orders: each is approved once."""
        ids = [drafted(life, f"u{n}").listing_id for n in (1, 2, 3)]
        for it in ids:
            change(life).submit(life.command(), it, LANDLORD)
        last = len(facts_of(life))
        batches = [
            [approving(life.command("listing.approve"), it) for it in (ids if n % 2 else ids[::-1])] for n in range(8)
        ]
        done = at_once([partial(life.store.change_all, it) for it in batches])
        results = [it for batch in done if not isinstance(batch, Exception) for it in batch]
        assert sorted({type(it).__name__ for it in results}) == ["IllegalTransition", "ListingFile"]
        assert sum(isinstance(it, ListingFile) for it in results) == 3
        assert len(facts_of(life)) == last + 3

    def test_named_listings_are_told_by_id(self, life: PortfolioLife) -> None:
        """Each once; one that is none is refused."""
        one, two = sorted([drafted(life), drafted(life, "u2")], key=lambda it: it.listing_id)
        own = life.portfolio_id
        assert life.store.named_listings(own, [two.listing_id, one.listing_id, two.listing_id]) == (one, two)
        assert life.store.named_listings(own, []) == ()
        with pytest.raises(NotFound, match="lst_none"):
            life.store.named_listings(own, [one.listing_id, ListingId("lst_none")])
        with pytest.raises(NotFound):
            life.store.named_listings(PortfolioId("p9"), [one.listing_id])

    def test_listings_are_told_by_id(self, life: PortfolioLife) -> None:
        """Of a unit where asked, behind an id where asked, of nobody else's portfolio."""
        made = sorted([drafted(life), drafted(life), drafted(life, "u2")], key=lambda it: it.listing_id)
        assert list(life.store.listings(life.portfolio_id)) == made
        assert list(life.store.listings(life.portfolio_id, after=made[0].listing_id)) == made[1:]
        of_unit = [it for it in made if it.unit_id == "u2"]
        assert list(life.store.listings(life.portfolio_id, unit_id=UnitId("u2"))) == of_unit
        assert list(life.store.listings(PortfolioId("p9"))) == []

    def test_pages_show_what_is_in_reach(self, life: PortfolioLife) -> None:
        """By property, whole or not at all; a tenant sees none."""
        listing = published(life)
        draft = drafted(life, "u2")
        life.let(1)
        listings = ListListings(life.store, life.store)
        own = life.portfolio_id
        for reach in (WHOLE(own), Reach(own, property_ids=frozenset([PropertyId("block")]))):
            page = listings.page(reach)
            assert {it.listing.listing_id for it in page.entries} == {listing.listing_id, draft.listing_id}
            entry, file = listings.one(reach, listing.listing_id)
            assert (entry.property_name, entry.unit_code, entry.listing) == ("Block A", "A1", file.listing)
        tenant = Reach(own, lease_ids=frozenset([LeaseId("l1")]), person_ids=frozenset([PersonId("t1")]))
        for reach in (tenant, Reach(own, property_ids=frozenset([PropertyId("other")])), WHOLE(PortfolioId("p9"))):
            assert listings.page(reach).entries == ()
            with pytest.raises(NotFound):
                listings.one(reach, listing.listing_id)

    def test_pages_are_filtered_and_sorted(self, life: PortfolioLife) -> None:
        """By status, unit and property; the newest first."""
        listing, draft = published(life), drafted(life, "u2")
        for name, value, found in (
            ("status", ListingStatus.DRAFT, draft),
            ("unit_id", "u1", listing),
        ):
            ask = PageAsk(filters=(Filter(name, Operator.EQUAL, value),))
            page = life.store.page(WHOLE(life.portfolio_id), LISTINGS, ask)
            assert [it.listing for it in page.entries] == [found]
        first = life.store.page(WHOLE(life.portfolio_id), LISTINGS, PageAsk(1))
        assert first.next is not None
        rest = life.store.page(WHOLE(life.portfolio_id), LISTINGS, PageAsk(1, after=first.next))
        told = [it.listing.listing_id for it in (*first.entries, *rest.entries)]
        assert sorted(told) == sorted([listing.listing_id, draft.listing_id])
        assert rest.next is None

    def test_what_is_let_is_reopened_once_the_lease_is_over(self, life: PortfolioLife) -> None:
        """Not while a lease has a day from when on it is offered."""
        listing = published(life)
        life.let(1)
        moved(life, listing.listing_id, ListingStatus.RENTED)
        step: ChangeListing = change(life)
        with pytest.raises(RuleViolation, match="l1"):
            step.reopen(life.command(), listing.listing_id, ADMIN)

    def test_terms_may_be_bare(self, life: PortfolioLife) -> None:
        """A draft with one text alone is kept, and told what it lacks."""
        made = DraftListing(life.store, life.store)(
            life.command("listing.draft"), UnitId("u1"), ListingTerms(texts=terms(life).texts)
        )
        missing = change(life).lacking(life.portfolio_id, made.listing.listing_id)
        assert len(missing) == 3
        assert life.store.listing_file(life.portfolio_id, made.listing.listing_id) == made
