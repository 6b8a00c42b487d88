"""What stands around listings: jobs, webhooks, what is handed out of a person, and a replay of the log."""

from __future__ import annotations

import json
from datetime import date
from threading import RLock

import pytest
from attrs import evolve
from tests.unit.listings.street import LANDLORD, OWN, SYSTEM, Street

from marketplace_core.domain.command import Command
from marketplace_core.domain.delivery import body_of
from marketplace_core.domain.facts import UnitRecorded
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import Job, JobId, JobRequest, JobState
from marketplace_core.domain.listings.listing import ListingStatus
from marketplace_core.domain.listings.work import IMPORT, PUBLISH, WHOLE
from marketplace_core.domain.outside_property.progress import SyncRun
from marketplace_core.errors import NotFound, PartnerUnavailable
from marketplace_core.services.listings.bridging import BridgeListings
from marketplace_core.services.listings.jobs import ListingJobs
from marketplace_core.services.listings.letting import MarkLet
from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.services.outside_property.streams import SyncEveryStream
from marketplace_core.services.person_export import ExportPerson
from marketplace_core.services.replay import replay


@pytest.fixture
def street() -> Street:
    """Three houses."""
    return Street()


def jobs_of(street: Street, work: MemoryWork) -> ListingJobs:
    """The jobs of a street."""

    def bridge_of(_: PortfolioId) -> BridgeListings:
        return BridgeListings(
            street.books, street.books, street.portal, street.pictures, street.books, street.clock, SYSTEM
        )

    def streams_of(_: PortfolioId, is_whole: bool) -> SyncEveryStream:  # noqa: FBT001 - as the jobs call it
        def bring(command: Command) -> tuple[SyncRun, ...]:
            return (street.bring(command=command, whole=is_whole),)

        return SyncEveryStream({"bookings": bring})

    let = MarkLet(street.books, street.books, street.books, street.books, street.clock)
    return ListingJobs(
        [OWN], work, street.clock, "service:worker", bridge_of, lambda _: let, streams_of, lambda _: None
    )


def job(street: Street, kind: str, portfolio_id: PortfolioId | None = OWN, **arguments: str) -> Job:
    """A job that is due."""
    request = JobRequest(kind, kind, street.clock.now(), portfolio_id, arguments)
    return Job(JobId("j1"), request, JobState.RUNNING, 1)


def test_a_portfolios_jobs_publish_and_bring(street: Street) -> None:
    """What came of them is told; done twice they change nothing."""
    work = MemoryWork(street.clock, RLock())
    jobs = jobs_of(street, work)
    listing_id = street.approved()
    told = jobs.publish(job(street, PUBLISH))
    assert told == {"portfolio": OWN, "let": 0, "counts": {"made": 1, "published": 1}}
    street.later()
    street.book(listing_id)
    told = jobs.bring(job(street, IMPORT))
    assert (told["counts"], told["let"]) == ({"bookings": {"drafted": 1, "new": 1}}, 1)
    assert street.listing(listing_id).status is ListingStatus.RENTED
    assert work.counts(street.clock.now()).waiting == 1
    street.later()
    assert jobs.publish(job(street, PUBLISH))["counts"] == {"changed": 1}
    assert jobs.bring(job(street, IMPORT, whole="yes"))["counts"] == {"bookings": {}}


def test_what_is_withdrawn_while_bookings_are_brought_is_hidden_soon(street: Street) -> None:
    """Of a unit that was archived: the portal is to be told, as of what was let."""
    work = MemoryWork(street.clock, RLock())
    unit = street.books.unit(OWN, street.listing(street.published()).unit_id)
    street.books.record(street.command(), [UnitRecorded(evolve(unit, archived_on=date(2026, 1, 4)))])
    jobs_of(street, work).bring(job(street, IMPORT))
    assert work.counts(street.clock.now()).waiting == 1


def test_jobs_without_a_portfolio_ask_for_one_of_each(street: Street) -> None:
    """Of each kind one waits, those of everything apart."""
    work = MemoryWork(street.clock, RLock())
    jobs = jobs_of(street, work)
    for _ in range(2):
        jobs.publish(job(street, PUBLISH, None))
        jobs.bring(job(street, IMPORT, None))
    assert work.counts(street.clock.now()).waiting == 2
    jobs.whole(job(street, WHOLE, None))
    assert work.counts(street.clock.now()).waiting == 4
    with pytest.raises(NotFound):
        jobs.publish(job(street, PUBLISH, PortfolioId("p9")))


def test_a_portal_that_does_not_answer_is_tried_again(street: Street) -> None:
    """The job fails as what may pass."""
    street.published()

    def die(call: str) -> None:
        if call == "bookings":
            raise PartnerUnavailable("the portal does not answer")

    street.portal.before_each = die
    with pytest.raises(PartnerUnavailable, match="bookings"):
        jobs_of(street, MemoryWork(street.clock, RLock())).bring(job(street, IMPORT))


def test_webhooks_tell_ids_and_states_and_no_text(street: Street) -> None:
    """Of a change and of what a portal was told."""
    listing_id = street.published(1, title="Two rooms by the park")
    bodies = [json.loads(body_of(it)) for it in street.books.events(OWN)]
    facts = [fact for body in bodies for fact in body["data"]["facts"] if fact["fact"].startswith("Listing")]
    changed = [it for it in facts if it["fact"] == "ListingChanged"]
    assert [(it["listing_id"], it["change"], it["status"]) for it in changed] == [
        (listing_id, what, status)
        for what, status in (
            ("drafted", "draft"),
            ("submitted", "submitted"),
            ("approved", "approved"),
            ("published", "published"),
        )
    ]
    (told,) = [it for it in facts if it["fact"] == "ListingTold"]
    assert (told["listing_id"], told["state"]) == (listing_id, "live")
    assert "park" not in json.dumps(bodies)
    assert "external_id" not in told


def test_what_is_known_of_who_booked_is_handed_out(street: Street) -> None:
    """Their applications, by the person that they were found to be."""
    booked = street.book(street.published())
    street.bring()
    tenant_id = street.leases()[0].tenant_ids[0]
    found = ExportPerson(*[street.books] * 10)(OWN, tenant_id)
    assert [it["external_id"] for it in found["applications"]] == [booked]
    assert found["inquiries"] == []
    stranger = street.known("t9", "Somebody else", "254799999999")
    assert ExportPerson(*[street.books] * 10)(OWN, stranger)["applications"] == []


def test_a_replay_of_the_log_passes_over_listings(street: Street) -> None:
    """Their texts are in no link: books are replayed without them, with the leases that came of them."""
    listing_id = street.published()
    street.book(listing_id)
    street.bring()
    street.change.withdraw(street.command(), listing_id, LANDLORD)
    again = replay(street.books, OWN).books
    assert list(again.state(OWN)) == list(street.books.state(OWN))
