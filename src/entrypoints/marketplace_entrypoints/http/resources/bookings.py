"""Who asks about listings and who books them: lists, and a person's word on whose a booking is."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from marketplace_core.domain.access import Action, Target, permits
from marketplace_core.domain.identifiers import ApplicationId, PersonId, PropertyId
from marketplace_core.domain.register import APPLICATIONS, INQUIRIES
from marketplace_entrypoints.http.operation import Answer, Call, operation
from marketplace_entrypoints.http.paging import page_answer, page_query
from marketplace_entrypoints.http.shapes.bookings import (
    BookingPage,
    BookingShape,
    ConfirmBody,
    InquiryPage,
    InquiryShape,
)

_BOOKINGS: Final = "/api/bookings"


@operation(
    "GET",
    "/api/inquiries",
    Action.READ_INQUIRY,
    answers=InquiryPage,
    query=page_query(INQUIRIES),
    further=("text/csv",),
)
def list_inquiries(call: Call[Any, Any]) -> Answer:
    """Who asks about listings, the newest first, a page at a time, or all as CSV."""
    return page_answer(
        call,
        INQUIRIES,
        lambda it: InquiryShape.of(it, shows_people=_shows_people(call, it.property_id)),
        InquiryPage,
    )


@operation(
    "GET",
    _BOOKINGS,
    Action.READ_INQUIRY,
    answers=BookingPage,
    query=page_query(APPLICATIONS),
    further=("text/csv",),
)
def list_bookings(call: Call[Any, Any]) -> Answer:
    """Bookings of listings and the leases that they became, a page at a time, or all as CSV."""
    return page_answer(
        call,
        APPLICATIONS,
        lambda it: BookingShape.of(it, shows_people=_shows_people(call, it.property_id)),
        BookingPage,
    )


@operation(
    "POST",
    _BOOKINGS + "/{application_id}/confirm",
    Action.WRITE_BOOKING,
    answers=BookingShape,
    body=ConfirmBody,
    takes_key=True,
    plans=True,
)
def confirm_booking(call: Call[Any, ConfirmBody]) -> Answer:
    """Say whose an accepted booking is whose contact nobody verified; its lease is drafted then."""
    gate, own = call.parts.gate, call.portfolio_id
    entry = gate.application(call.actor, call.action, own, ApplicationId(call.path["application_id"]))
    person_id = PersonId(call.body.person_id) if call.body.person_id else None
    if person_id is not None:
        gate.person(call.actor, Action.READ_PERSON, own, person_id)
    done = call.parts.listings.confirm(
        call.command("booking.confirm"), entry.application, person_id, dry_run=call.dry_run
    )
    return Answer(BookingShape.of(evolve(entry, application=done), shows_people=_shows_people(call, entry.property_id)))


def _shows_people(call: Call[Any, Any], property_id: PropertyId) -> bool:
    return permits(call.actor, Action.READ_PERSON, Target(call.portfolio_id, property_id))
