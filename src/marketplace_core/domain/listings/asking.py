"""What becomes of an inquiry: a thread told by a portal, a question on our own page, and a landlord who is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import ListingId, PortfolioId, UnitId, derive_id
from marketplace_core.domain.listings.inquiries import (
    OWN,
    Inquiry,
    InquiryMessage,
    InquiryStatus,
    inquiry_id_of,
    require_answerable,
    same_inquiry,
    signs,
    thread_of,
)
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.listings.records import Applicant, OutsideInquiry


@frozen
class InquiryPlace:
    """What is asked about."""

    portfolio_id: PortfolioId
    listing_id: ListingId
    unit_id: UnitId


def take_inquiry(
    known: Iterable[Inquiry],
    told: OutsideInquiry,
    place: InquiryPlace,
    system: str,
) -> Inquiry | None:
    """The inquiry as a thread told makes it, None where it changes nothing; ``known`` are those about the listing.

    A thread goes on with the inquiry that it is, or was taken into; a new one with what the same person asked within
    a week. What was taken for spam, there or here, is told to nobody. Of who was erased nothing is taken again.
    """
    found = list(known)
    own = next((it for it in found if it.is_thread(system, told.external_id)), None)
    asked_at = max((it.sent_at for it in told.messages if it.is_asker), default=told.created_at)
    also = () if own else (told.external_id,)
    if own is None and not told.is_spam:
        own = same_inquiry(found, place.listing_id, told.applicant, asked_at)
    messages = [InquiryMessage(it.external_id, it.sent_at, it.is_asker, it.text) for it in told.messages]
    if own is None:
        new = Inquiry(
            place.portfolio_id,
            inquiry_id_of(place.portfolio_id, system, told.external_id),
            system,
            told.external_id,
            place.listing_id,
            place.unit_id,
            told.applicant,
            InquiryStatus.SPAM if told.is_spam else InquiryStatus.NEW,
            told.created_at,
        )
        return evolve(new.with_messages(messages), version=1)
    if own.is_erased:
        return None
    after = own.with_messages(messages)
    after = evolve(after, also=(*own.also, *(thread_of(system, it) for it in also)))
    if told.is_spam and own.is_thread(system, told.external_id) and not own.also:
        after = evolve(after, status=InquiryStatus.SPAM)
    elif after.status is InquiryStatus.TOLD and after.to_tell:
        after = evolve(after, status=InquiryStatus.NEW)
    return None if after == own else evolve(after, version=own.version + 1)


def ask_here(
    known: Iterable[Inquiry],
    place: InquiryPlace,
    applicant: Applicant,
    text: str,
    now: datetime,
) -> tuple[Inquiry | None, Inquiry]:
    """What stood, and what stands once somebody asked on our own page; the same text again adds nothing to it."""
    require_answerable(applicant, text)
    asker = Applicant("", applicant.name.strip(), applicant.email.strip(), applicant.phone.strip())
    own = same_inquiry(known, place.listing_id, asker, now)
    told = " ".join(text.split())
    message_id = derive_id("msg", place.portfolio_id, place.listing_id, *sorted(signs(asker)), told)
    message = InquiryMessage(message_id, now, text=text.strip())
    if own is None:
        external_id = derive_id("ask", message_id, now.isoformat())
        inquiry_id = inquiry_id_of(place.portfolio_id, OWN, external_id)
        return None, Inquiry(
            place.portfolio_id,
            inquiry_id,
            OWN,
            external_id,
            place.listing_id,
            place.unit_id,
            asker,
            InquiryStatus.NEW,
            now,
            (message,),
        )
    if any(it.is_asker and " ".join(it.text.split()) == told for it in own.messages):
        return own, own
    after = own.with_messages([message])
    return own, evolve(after, status=InquiryStatus.NEW) if after.to_tell else after


def told_to_landlord(known: Inquiry, messages: int) -> Inquiry | None:
    """The inquiry once the landlord was told of so many messages; None where that was known."""
    if messages <= known.told_messages:
        return None
    told = evolve(known, told_messages=messages, version=known.version + 1)
    return told if told.to_tell or told.status is not InquiryStatus.NEW else evolve(told, status=InquiryStatus.TOLD)


def landlord_message(it: Inquiry, listing: Listing, unit_code: str) -> tuple[str, str]:
    """Subject and text of what a landlord is told: who asks, how to answer, and what is new."""
    title = _line(listing.texts[0].title) if listing.texts else unit_code
    name = _line(it.applicant.name)
    asked = [one for one in it.messages if one.is_asker][it.told_messages :]
    contact = [one for one in (it.applicant.phone, it.applicant.email) if one]
    lines = [
        f"{name or 'Somebody'} asks about {title} (unit {unit_code}).",
        f"Answer: {', '.join(contact)}" if contact else "Answer on the portal.",
        "",
        *(one.text for one in asked),
    ]
    return f"An inquiry about {title}"[:200], "\n".join(lines)


def _line(text: str) -> str:
    """What others wrote within one line: no name makes up lines of our words."""
    return " ".join(text.split())
