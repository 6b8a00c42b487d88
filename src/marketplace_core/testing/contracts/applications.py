"""What every store of applications must do."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.access import Reach
from marketplace_core.domain.facts import ExternalLinked, PersonErased, PersonRecorded
from marketplace_core.domain.identifiers import ApplicationId, LeaseId, PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings.applications import (
    APPLICANT,
    Application,
    freed,
    gone,
    troubled,
)
from marketplace_core.domain.listings.records import Applicant, BookingStatus
from marketplace_core.domain.paging import Filter, Operator, PageAsk
from marketplace_core.domain.party import Person
from marketplace_core.domain.register import APPLICATIONS, Waiting
from marketplace_core.errors import NotFound
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.contracts.listing_life import JUMA, SYSTEM, applied, asked, booking, published, thread
from marketplace_core.testing.life import PortfolioLife


def kept(life: PortfolioLife, it: Application) -> Application:
    """The application as it stands."""
    return life.store.application(life.portfolio_id, it.application_id)


def stepped(life: PortfolioLife, it: Application, after: Application) -> None:
    """Write an application over another."""
    life.store.change_application(life.portfolio_id, it.application_id, lambda _: after)


class ApplicationsContract(StoreContract):
    """Each booking is one application; who booked goes with the person."""

    def test_an_application_comes_back_as_it_was_kept(self, life: PortfolioLife) -> None:
        """New, changed, with its lease and tenant, in trouble, and gone."""
        listing = published(life)
        life.let(1)
        new = applied(life, listing, booking())
        assert kept(life, new) == new
        accepted = applied(life, listing, booking(status=BookingStatus.ACCEPTED, minutes=5))
        assert kept(life, new) == accepted != new
        for after in (
            troubled(accepted, "the unit is not free"),
            evolve(accepted, lease_id=LeaseId("l1"), person_id=PersonId("t1"), drafts=1, trouble="", is_erased=False),
            gone(accepted, date(2026, 2, 1)),
        ):
            stepped(life, new, after)
            assert kept(life, new) == after

    def test_a_decision_that_makes_none_keeps_none(self, life: PortfolioLife) -> None:
        """What nobody has sent yet, and what is unknown."""
        own, unknown = life.portfolio_id, ApplicationId("app_none")
        assert life.store.change_application(own, unknown, lambda known: known) is None
        with pytest.raises(NotFound):
            life.store.application(own, unknown)
        it = applied(life, published(life), booking())
        with pytest.raises(NotFound):
            life.store.application(PortfolioId("p9"), it.application_id)

    def test_what_breaks_is_undone_whole(self, life: PortfolioLife) -> None:
        """An unknown person, lease, unit or listing leaves it as it was; so does what a decision raises."""
        it = applied(life, published(life), booking())
        for broken in (
            evolve(it, person_id=PersonId("nobody")),
            evolve(it, lease_id=LeaseId("none")),
            evolve(it, unit_id=UnitId("u99")),
        ):
            with pytest.raises(NotFound):
                stepped(life, it, broken)

        def refuse(_: Application | None) -> Application | None:
            raise NotFound("nothing")

        with pytest.raises(NotFound):
            life.store.change_application(life.portfolio_id, it.application_id, refuse)
        assert kept(life, it) == it

    def test_eight_that_take_one_booking_make_one(self, life: PortfolioLife) -> None:
        """And eight that change it at once see each other's changes."""
        listing = published(life)
        done = at_once([partial(applied, life, listing, booking())] * 8)
        assert [it for it in done if it != done[0] or isinstance(it, Exception)] == []
        assert len(list(life.store.applications(life.portfolio_id))) == 1
        it = next(life.store.applications(life.portfolio_id))

        def count(known: Application | None) -> Application | None:
            return known and evolve(known, drafts=known.drafts + 1)

        change = partial(life.store.change_application, life.portfolio_id, it.application_id, count)
        assert not [one for one in at_once([change] * 8) if isinstance(one, Exception)]
        assert kept(life, it).drafts == 8

    def test_who_waits_is_told_in_the_order_of_change(self, life: PortfolioLife) -> None:
        """Who wants a lease, frees one, or is in trouble, of the system that is asked."""
        listing = published(life)
        life.let(1)

        def made(number: int, status: BookingStatus, minutes: int) -> Application:
            return applied(life, listing, booking(external_id=f"3000{number}", status=status, minutes=minutes))

        late, early = made(1, BookingStatus.ACCEPTED, 9), made(2, BookingStatus.ACCEPTED, 3)
        made(3, BookingStatus.REQUESTED, 1)
        made(4, BookingStatus.CANCELLED, 2)
        frees = made(5, BookingStatus.CANCELLED, 5)
        stepped(life, frees, evolve(frees, lease_id=LeaseId("l1"), person_id=PersonId("t1"), drafts=1))
        done = made(6, BookingStatus.ACCEPTED, 6)
        stepped(life, done, evolve(done, lease_id=LeaseId("l1"), person_id=PersonId("t1"), drafts=1))
        looks = made(7, BookingStatus.REQUESTED, 7)
        stepped(life, looks, troubled(looks, "look"))
        waiting = [it.application_id for it in life.store.waiting_applications(life.portfolio_id, SYSTEM)]
        assert waiting == [it.application_id for it in (early, frees, looks, late)]
        assert list(life.store.waiting_applications(life.portfolio_id, "other")) == []
        stepped(life, frees, freed(kept(life, frees), kept(life, frees).lease_id))
        assert frees.application_id not in [
            it.application_id for it in life.store.waiting_applications(life.portfolio_id, SYSTEM)
        ]

    def test_applications_are_told_by_unit_and_person(self, life: PortfolioLife) -> None:
        """All by id; of one where asked."""
        listings = [published(life, f"u{n}") for n in (1, 2)]
        made = [
            applied(life, listing, booking(external_id=f"3000{n}"))
            for n, listing in enumerate((*listings, listings[0]))
        ]
        stepped(life, made[1], evolve(made[1], person_id=PersonId("t1")))
        all_ids = sorted(it.application_id for it in made)
        own = life.portfolio_id
        assert [it.application_id for it in life.store.applications(own)] == all_ids
        of_unit = [it.application_id for it in life.store.applications(own, unit_id=UnitId("u1"))]
        assert of_unit == sorted(it.application_id for it in (made[0], made[2]))
        assert [it.application_id for it in life.store.applications(own, person_id=PersonId("t1"))] == [
            made[1].application_id
        ]
        assert list(life.store.applications(PortfolioId("p9"))) == []

    def test_bookings_that_stand_are_known_by_pages(self, life: PortfolioLife) -> None:
        """Open and accepted ones by outside id; what is over or gone is not looked for."""
        listing = published(life)
        statuses = (BookingStatus.REQUESTED, BookingStatus.ACCEPTED, BookingStatus.REFUSED, BookingStatus.REQUESTED)
        made = [applied(life, listing, booking(external_id=f"3000{n}", status=it)) for n, it in enumerate(statuses)]
        own = life.portfolio_id
        assert list(life.store.known_bookings(own, SYSTEM)) == ["30000", "30001", "30003"]
        assert list(life.store.known_bookings(own, SYSTEM, limit=2)) == ["30000", "30001"]
        assert list(life.store.known_bookings(own, SYSTEM, "30001")) == ["30003"]
        stepped(life, made[3], gone(made[3], date(2026, 2, 1)))
        assert list(life.store.known_bookings(own, SYSTEM, "30001")) == []
        assert list(life.store.known_bookings(own, "other")) == []

    def test_pages_show_what_is_in_reach(self, life: PortfolioLife) -> None:
        """By property; a tenant sees none, not even their own."""
        it = applied(life, published(life), booking(status=BookingStatus.ACCEPTED))
        stepped(life, it, evolve(it, person_id=PersonId("t1")))
        own = life.portfolio_id
        for reach in (Reach(own, is_whole=True), Reach(own, property_ids=frozenset([PropertyId("block")]))):
            (entry,) = life.store.page(reach, APPLICATIONS).entries
            assert (entry.application, entry.property_name, entry.unit_code) == (kept(life, it), "Block A", "A1")
            assert life.store.one(reach, APPLICATIONS, it.application_id) == entry
        tenant = Reach(own, lease_ids=frozenset([LeaseId("l1")]), person_ids=frozenset([PersonId("t1")]))
        assert life.store.page(tenant, APPLICATIONS).entries == ()
        with pytest.raises(NotFound):
            life.store.one(tenant, APPLICATIONS, it.application_id)
        for waits, count in ((Waiting.YES, 1), (Waiting.NO, 0)):
            ask = PageAsk(filters=(Filter("waiting", Operator.EQUAL, waits),))
            assert len(life.store.page(Reach(own, is_whole=True), APPLICATIONS, ask).entries) == count

    def test_who_booked_goes_with_the_person(self, life: PortfolioLife) -> None:
        """By tenant, by linked account, by phone in any form and by address; others' stay, and days and ids too."""
        listing = published(life)
        asha = Person(PersonId("a1"), "Asha Njeri", ("254712345678",), "Asha@Example.org")
        link = ExternalLinked(life.portfolio_id, SYSTEM, APPLICANT, "v9", asha.person_id)
        life.store.record(life.command(), [PersonRecorded(life.portfolio_id, asha), link])
        who = (
            evolve(JUMA, phone="0712 345 678"),
            Applicant("v2", "A", email="asha@example.org"),
            Applicant("v9", "Asha"),
            Applicant("v3", "By name", "by@example.org"),
            Applicant("v4", "Other", "other@example.org", "0799999999"),
        )
        made = [applied(life, listing, booking(external_id=f"3000{n}", applicant=it)) for n, it in enumerate(who)]
        stepped(life, made[3], evolve(made[3], person_id=asha.person_id))
        erased = ErasePerson(life.store)(life.command("person.erase", "asked"), asha.person_id)
        assert isinstance(erased, PersonErased)
        assert erased.applications == 4
        for it in made[:4]:
            after = kept(life, it)
            assert (after.applicant.name, after.applicant.email, after.applicant.phone, after.message) == ("",) * 4
            assert after.is_erased
            assert (after.starts_on, after.status, after.external_id) == (it.starts_on, it.status, it.external_id)
        assert kept(life, made[4]) == made[4]
        again = applied(life, listing, booking(external_id="30000", status=BookingStatus.ACCEPTED, minutes=9))
        assert (again.applicant.name, again.message) == ("", "")

    def test_who_was_merged_is_named_by_the_kept_person(self, life: PortfolioLife) -> None:
        """The tenant of an application and who asked are one of the two afterwards."""
        listing = published(life)
        it = applied(life, listing, booking())
        stepped(life, it, evolve(it, person_id=PersonId("t2")))
        inquiry = asked(life, listing, thread())
        assert inquiry is not None
        life.store.change_inquiries(
            life.portfolio_id, listing.listing_id, lambda _: evolve(inquiry, person_id=PersonId("t2"))
        )
        life.store.merge_people(life.command("person.merge"), PersonId("t2"), PersonId("t1"))
        assert kept(life, it).person_id == PersonId("t1")
        assert life.store.inquiry(life.portfolio_id, inquiry.inquiry_id).person_id == PersonId("t1")
