"""What every store of inquiries must do."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.access import Reach
from marketplace_core.domain.facts import PersonRecorded
from marketplace_core.domain.identifiers import InquiryId, LeaseId, ListingId, PersonId, PortfolioId, PropertyId
from marketplace_core.domain.listings.asking import told_to_landlord
from marketplace_core.domain.listings.inquiries import Inquiry, InquiryStatus
from marketplace_core.domain.listings.records import Applicant
from marketplace_core.domain.party import Person
from marketplace_core.domain.register import INQUIRIES
from marketplace_core.errors import NotFound
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.contracts.listing_life import DAY, JUMA, MINUTE, asked, published, thread
from marketplace_core.testing.life import PortfolioLife

NJERI = Applicant("v2", "Njeri Kamau", "njeri@example.org", "0722 000 111")


def kept(life: PortfolioLife, it: Inquiry) -> Inquiry:
    """The inquiry as it stands."""
    return life.store.inquiry(life.portfolio_id, it.inquiry_id)


def made(told: Inquiry | None) -> Inquiry:
    """What was made."""
    assert told is not None
    return told


class InquiriesContract(StoreContract):
    """Each person asks about a listing once a week; who asked goes with them."""

    def test_an_inquiry_comes_back_as_it_was_kept(self, life: PortfolioLife) -> None:
        """With its messages, the threads that were taken into it, and whom it was told."""
        listing = published(life)
        first = made(asked(life, listing, thread()))
        assert kept(life, first) == first
        second = made(asked(life, listing, thread("40002", 30, text="And is there water?")))
        assert second.inquiry_id == first.inquiry_id
        assert (len(second.messages), len(second.also)) == (2, 1)
        assert kept(life, first) == second
        told = evolve(made(told_to_landlord(second, 2)), person_id=PersonId("t1"))
        life.store.change_inquiries(life.portfolio_id, listing.listing_id, lambda _: told)
        assert kept(life, first) == told
        assert told.status is InquiryStatus.TOLD

    def test_a_decision_sees_all_about_the_listing(self, life: PortfolioLife) -> None:
        """And none about another one; where it gives none nothing is written."""
        one, two = published(life), published(life, "u2")
        made(asked(life, one, thread()))
        made(asked(life, one, thread("40002", applicant=NJERI)))
        made(asked(life, two, thread("40003")))
        seen: list[int] = []

        def decide(known: tuple[Inquiry, ...]) -> Inquiry | None:
            seen.append(len(known))
            return None

        assert life.store.change_inquiries(life.portfolio_id, one.listing_id, decide) is None
        assert life.store.change_inquiries(life.portfolio_id, two.listing_id, decide) is None
        assert seen == [2, 1]
        with pytest.raises(NotFound):
            life.store.change_inquiries(life.portfolio_id, ListingId("lst_none"), decide)
        with pytest.raises(NotFound):
            life.store.inquiry(life.portfolio_id, InquiryId("inq_none"))

    def test_eight_that_ask_at_once_are_one_inquiry(self, life: PortfolioLife) -> None:
        """One person's eight threads are one with eight messages; one thread taken by eight is one with one."""
        listing = published(life)
        threads = [thread(f"4000{n}", n, text=f"question {n}") for n in range(8)]
        done = at_once([partial(asked, life, listing, it) for it in threads])
        assert not [it for it in done if isinstance(it, Exception)]
        (only,) = life.store.inquiries(life.portfolio_id)
        assert len(only.messages) == 8
        other = thread("41000", applicant=NJERI)
        at_once([partial(asked, life, listing, other)] * 8)
        assert sorted(len(it.messages) for it in life.store.inquiries(life.portfolio_id)) == [1, 8]

    def test_what_landlords_were_not_told_comes_oldest_first(self, life: PortfolioLife) -> None:
        """Spam and what was told are left out; told further, it is to be told again."""
        listing = published(life)
        late = made(asked(life, listing, thread("40001", 50)))
        early = made(asked(life, listing, thread("40002", 5, NJERI)))
        spam = evolve(thread("40003", 1, Applicant("v3", "Bot", "bot@example.org")), is_spam=True)
        made(asked(life, listing, spam))
        own = life.portfolio_id
        assert life.store.untold_inquiries(own) == (early, late)
        assert life.store.untold_inquiries(own, 1) == (early,)
        life.store.change_inquiries(own, listing.listing_id, lambda _: told_to_landlord(early, 1))
        assert life.store.untold_inquiries(own) == (late,)
        made(asked(life, listing, thread("40009", 60, NJERI, "Hello?")))
        assert [it.inquiry_id for it in life.store.untold_inquiries(own)] == [early.inquiry_id, late.inquiry_id]

    def test_all_come_the_newest_first(self, life: PortfolioLife) -> None:
        """About one listing where asked."""
        one, two = published(life), published(life, "u2")
        first = made(asked(life, one, thread("40001")))
        second = made(asked(life, two, thread("40002", 5)))
        own = life.portfolio_id
        assert list(life.store.inquiries(own)) == [second, first]
        assert list(life.store.inquiries(own, one.listing_id)) == [first]
        assert list(life.store.inquiries(PortfolioId("p9"))) == []

    def test_pages_show_what_is_in_reach(self, life: PortfolioLife) -> None:
        """By property; a tenant sees none."""
        it = made(asked(life, published(life), thread()))
        own = life.portfolio_id
        for reach in (Reach(own, is_whole=True), Reach(own, property_ids=frozenset([PropertyId("block")]))):
            (entry,) = life.store.page(reach, INQUIRIES).entries
            assert (entry.inquiry, entry.property_name, entry.unit_code) == (it, "Block A", "A1")
            assert life.store.one(reach, INQUIRIES, it.inquiry_id) == entry
        tenant = Reach(own, lease_ids=frozenset([LeaseId("l1")]), person_ids=frozenset([PersonId("t1")]))
        assert life.store.page(tenant, INQUIRIES).entries == ()

    def test_who_asked_goes_with_the_person(self, life: PortfolioLife) -> None:
        """Name, contact and every text; others' stay, and nothing of the thread is taken again."""
        listing = published(life)
        mine = made(asked(life, listing, thread(applicant=JUMA)))
        theirs = made(asked(life, listing, thread("40002", applicant=NJERI)))
        person = Person(PersonId("a1"), "Juma Were", ("254712345678",))
        life.store.record(life.command(), [PersonRecorded(life.portfolio_id, person)])
        erased = ErasePerson(life.store)(life.command("person.erase", "asked"), person.person_id)
        assert erased.inquiries == 1
        after = kept(life, mine)
        assert (after.applicant.name, after.applicant.email, after.applicant.phone) == ("", "", "")
        assert [it.text for it in after.messages] == [""]
        assert after.is_erased
        assert kept(life, theirs) == theirs
        assert asked(life, listing, thread(applicant=JUMA)) is None
        assert life.store.untold_inquiries(life.portfolio_id) == (theirs,)
        assert ErasePerson(life.store)(life.command("person.erase", "asked"), person.person_id).inquiries == 0

    def test_a_week_later_it_is_another(self, life: PortfolioLife) -> None:
        """By the same person about the same listing."""
        listing = published(life)
        first = made(asked(life, listing, thread()))
        later = 8 * DAY // MINUTE
        second = made(asked(life, listing, thread("40002", later)))
        assert first.inquiry_id != second.inquiry_id
        assert len(list(life.store.inquiries(life.portfolio_id))) == 2
