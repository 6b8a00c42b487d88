"""Inquiries: who asks about a listing, once per person, listing and week. Personal, erasable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import InquiryId, ListingId, PersonId, PortfolioId, UnitId, derive_id
from marketplace_core.domain.listings.records import Applicant
from marketplace_core.domain.reconciliation.phones import clear_phone
from marketplace_core.errors import InvalidInput

OWN: Final = "own"
"""The system of an inquiry that came by our own page."""
SAME_WITHIN: Final = timedelta(days=7)
LONGEST_TEXT: Final = 5_000
MOST_MESSAGES: Final = 200
_PHONE: Final = re.compile(r"\+?[0-9]{9,15}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class InquiryStatus(StrEnum):
    """Where an inquiry stands; ``NEW`` until the landlord was told."""

    NEW = "new"
    TOLD = "told"
    CLOSED = "closed"
    SPAM = "spam"


@frozen
class InquiryMessage:
    """One message; ``external_id`` derives from what was sent where the system gives none."""

    external_id: str
    sent_at: datetime = field(converter=require_instant)
    is_asker: bool = True
    text: str = field(default="", repr=False)


@frozen
class Inquiry:
    """Somebody asks about a listing. ``told_messages`` counts those of which the landlord was told."""

    portfolio_id: PortfolioId
    inquiry_id: InquiryId
    system: str
    external_id: str
    listing_id: ListingId
    unit_id: UnitId
    applicant: Applicant
    status: InquiryStatus
    asked_at: datetime = field(converter=require_instant)
    messages: tuple[InquiryMessage, ...] = ()
    told_messages: int = 0
    person_id: PersonId | None = None
    also: tuple[str, ...] = ()
    """Threads that were taken into this one, each as its system and id (`thread_of`)."""
    is_erased: bool = False
    version: int = 1

    @property
    def last_asked_at(self) -> datetime:
        """When the asker wrote last."""
        return max((it.sent_at for it in self.messages if it.is_asker), default=self.asked_at)

    @property
    def asked(self) -> int:
        """How many messages the asker wrote."""
        return sum(it.is_asker for it in self.messages)

    @property
    def to_tell(self) -> bool:
        """True where the asker wrote what the landlord was not told of."""
        return self.status is not InquiryStatus.SPAM and not self.is_erased and self.asked > self.told_messages

    def is_thread(self, system: str, external_id: str) -> bool:
        """True where it is that thread, or the thread was taken into it."""
        return (self.system, self.external_id) == (system, external_id) or thread_of(system, external_id) in self.also

    def erased(self) -> Inquiry:
        """The inquiry with nothing of who asked."""
        messages = tuple(evolve(it, text="") for it in self.messages)
        return evolve(self, applicant=Applicant(self.applicant.external_id), messages=messages, is_erased=True)

    def with_messages(self, new: Iterable[InquiryMessage]) -> Inquiry:
        """The inquiry with the messages that it lacks behind those it has, in the order in which they were sent.

        Those it has stay in their places, so that it is known which the landlord was told. A full one has no room.
        """
        known = {it.external_id for it in self.messages}
        added = [it for it in new if it.external_id not in known]
        if not added or len(self.messages) >= MOST_MESSAGES:
            return self
        messages = (*self.messages, *sorted(added, key=lambda it: (it.sent_at, it.external_id)))
        return evolve(self, messages=messages[:MOST_MESSAGES], version=self.version + 1)


def thread_of(system: str, external_id: str) -> str:
    """A thread by its system and id."""
    return f"{system}/{external_id}"


def inquiry_id_of(portfolio_id: PortfolioId, system: str, external_id: str) -> InquiryId:
    """The id of the inquiry that a thread is here."""
    return InquiryId(derive_id("inq", portfolio_id, system, external_id))


def signs(applicant: Applicant) -> frozenset[str]:
    """What tells that two applicants are one: the phone in one form, the address without case; not verified."""
    bare = re.sub(r"[\s()-]", "", applicant.phone)
    phone = clear_phone(bare) or (bare if _PHONE.fullmatch(bare) else "")
    email = applicant.email.strip().casefold()
    return frozenset(it for it in (phone, email) if it)


def same_inquiry(known: Iterable[Inquiry], listing_id: ListingId, applicant: Applicant, at: datetime) -> Inquiry | None:
    """The inquiry that a message at ``at`` goes on with: of that listing, by that person, a week ago at most."""
    own = signs(applicant)
    found = [
        it
        for it in known
        if it.listing_id == listing_id
        and not it.is_erased
        and it.status is not InquiryStatus.SPAM
        and own & signs(it.applicant)
        and abs(at - it.last_asked_at) <= SAME_WITHIN
    ]
    return min(found, key=lambda it: (it.asked_at, it.inquiry_id), default=None)


def require_answerable(applicant: Applicant, text: str) -> None:
    """Refuse an inquiry by our own page that nobody could answer, or that asks nothing."""
    if not applicant.name.strip() or len(applicant.name) > 200:  # noqa: PLR2004 - a name
        raise InvalidInput("say who asks: a name of at most 200 characters")
    if not signs(applicant):
        raise InvalidInput("leave a phone number such as 0712345678, or an e-mail address, so that you can be answered")
    if applicant.phone and not _PHONE.fullmatch(re.sub(r"[\s()-]", "", applicant.phone)):
        raise InvalidInput("the phone number is none: give it as 0712345678, or as +44 7700 900123 from abroad")
    if applicant.email and not _EMAIL.fullmatch(applicant.email.strip()):
        raise InvalidInput("the e-mail address is none: give it as name@example.org")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InvalidInput(f"say what you would like to know, in at most {LONGEST_TEXT} characters")
