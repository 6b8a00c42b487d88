"""Applications: bookings as we hold them, and what of a booking told from outside follows. Personal, erasable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import (
    ApplicationId,
    LeaseId,
    ListingId,
    PersonId,
    PortfolioId,
    UnitId,
    derive_id,
)
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.listings.records import Applicant, BookingStatus, OutsideBooking

BOOKING: Final = "booking"
APPLICANT: Final = "applicant"
"""The kinds of links of a booking to a lease, and of who booked to a person."""


class ApplicationStatus(StrEnum):
    """Where an application stands here."""

    OPEN = "open"
    """Asked for there, and the landlord has not said yes."""
    ACCEPTED = "accepted"
    """Accepted there; a draft lease is made, or ``trouble`` says why not yet."""
    CLOSED = "closed"
    """Refused or expired there."""
    CANCELLED = "cancelled"
    GONE = "gone"
    """No longer there."""


LOOK: Final = "it was accepted and waited: a lease may have been drafted of it"
"""The trouble of an application that is accepted no more, until it is looked for that lease."""
_STATUS_OF: Final = {
    BookingStatus.DRAFT: ApplicationStatus.OPEN,
    BookingStatus.REQUESTED: ApplicationStatus.OPEN,
    BookingStatus.ACCEPTED: ApplicationStatus.ACCEPTED,
    BookingStatus.EXPIRED: ApplicationStatus.CLOSED,
    BookingStatus.REFUSED: ApplicationStatus.CLOSED,
    BookingStatus.CANCELLED: ApplicationStatus.CANCELLED,
    BookingStatus.PAYMENT_FAILED: ApplicationStatus.CANCELLED,
}
"""3 means that the landlord accepted, 1 asks, 6 and 8 cancel, 4 and 5 close (facts of Cocorico 0.15.1)."""


@frozen
class Application:
    """A booking of a listing of ours. ``lease_id`` is the lease that it became, of which ``drafts`` counts the tries.

    ``trouble`` is what has to be looked at, and by whom the settling cannot help, by a person; ``person_id`` the tenant
    it was found or made to be of.
    """

    portfolio_id: PortfolioId
    system: str
    external_id: str
    listing_id: ListingId
    unit_id: UnitId
    status: ApplicationStatus
    starts_on: date
    ends_on: date
    applicant: Applicant
    created_at: datetime = field(converter=require_instant)
    updated_at: datetime = field(converter=require_instant)
    message: str = field(default="", repr=False)
    person_id: PersonId | None = None
    lease_id: LeaseId | None = None
    drafts: int = 0
    trouble: str = ""
    gone_on: date | None = None
    is_erased: bool = False

    @property
    def application_id(self) -> ApplicationId:
        """An id of ours that derives from the booking's."""
        return application_id_of(self.portfolio_id, self.system, self.external_id)

    @property
    def term(self) -> LeaseTerm:
        """The days that were booked."""
        return LeaseTerm(self.starts_on, self.ends_on)

    @property
    def wants_lease(self) -> bool:
        """True where it is accepted and no lease stands for it yet."""
        return self.status is ApplicationStatus.ACCEPTED and self.lease_id is None

    @property
    def frees_lease(self) -> bool:
        """True where it is accepted no more and a lease was made of it."""
        return self.status is not ApplicationStatus.ACCEPTED and self.lease_id is not None

    @property
    def is_waiting(self) -> bool:
        """True where the settling looks at it: it wants a lease, frees one, or something of it is in trouble."""
        return self.wants_lease or self.frees_lease or bool(self.trouble)

    @property
    def next_lease_id(self) -> LeaseId:
        """The id of the lease that is drafted next: the same until that one has come to nothing."""
        return LeaseId(derive_id("lse", self.portfolio_id, self.system, self.external_id, str(self.drafts + 1)))

    def erased(self) -> Application:
        """The application with nothing of who booked."""
        return evolve(self, applicant=Applicant(self.applicant.external_id), message="", is_erased=True)


def application_id_of(portfolio_id: PortfolioId, system: str, external_id: str) -> ApplicationId:
    """The id of the application that a booking is here."""
    return ApplicationId(derive_id("app", portfolio_id, system, external_id))


def take_booking(
    known: Application | None,
    told: OutsideBooking,
    portfolio_id: PortfolioId,
    system: str,
    listing_id: ListingId,
    unit_id: UnitId,
    *,
    as_it_stands: bool = False,
) -> Application | None:
    """The application as a booking told makes it; None for a booking that nobody has sent yet.

    Older news than what is known change nothing, unless they are taken ``as_it_stands``: a clock there that was put
    back makes what is newest look old. A drafted lease and its tenant stay with it; where its days, its listing or who
    booked were changed since, it is accepted again, or was accepted and waited, ``trouble`` has it looked at: a lease
    may stand that it does not know of, drafted right before a crash. Of who was erased nothing is taken again. What
    comes back after it was gone counts again, also where its id is by now another booking's.
    """
    if known is None and told.status is BookingStatus.DRAFT:
        return None
    if known is not None and told.updated_at < known.updated_at and not as_it_stands:
        return known
    status = _STATUS_OF[told.status]
    if known is None:
        return Application(
            portfolio_id,
            system,
            told.external_id,
            listing_id,
            unit_id,
            status,
            told.starts_on,
            told.ends_on,
            told.applicant,
            told.created_at,
            told.updated_at,
            told.message,
        )
    after = evolve(
        known,
        listing_id=listing_id,
        unit_id=unit_id,
        status=status,
        starts_on=told.starts_on,
        ends_on=told.ends_on,
        updated_at=told.updated_at,
        gone_on=None,
        trouble=_trouble_of(known, told, status, unit_id),
    )
    if _is_another(known, told):
        after = evolve(after, person_id=None, is_erased=False, created_at=told.created_at)
    return after if after.is_erased else evolve(after, applicant=told.applicant, message=told.message)


def gone(known: Application, seen_on: date) -> Application:
    """The application of a booking that is no longer there; one that is over stays as it ended."""
    if known.status not in (ApplicationStatus.OPEN, ApplicationStatus.ACCEPTED):
        return known
    return evolve(known, status=ApplicationStatus.GONE, gone_on=seen_on, trouble=LOOK if known.wants_lease else "")


def _is_another(known: Application, told: OutsideBooking) -> bool:
    """Whether somebody else books by now: nothing that was said of whose it is counts any more."""
    return told.applicant.external_id != known.applicant.external_id


def _trouble_of(known: Application, told: OutsideBooking, status: ApplicationStatus, unit_id: UnitId) -> str:
    if status is ApplicationStatus.ACCEPTED and known.lease_id is not None:
        made = f"when lease {known.lease_id} was made of it"
        if (told.starts_on, told.ends_on) != (known.starts_on, known.ends_on):
            return f"its days were {known.starts_on} to {known.ends_on} {made}"
        if unit_id != known.unit_id:
            return f"it was of unit {known.unit_id} {made}"
        if _is_another(known, told):
            return f"somebody else booked {made}"
    if status is known.status:
        return known.trouble
    if status is ApplicationStatus.ACCEPTED and known.lease_id is not None:
        return f"it is accepted again, and lease {known.lease_id} was made of it before"
    return LOOK if known.wants_lease else ""


def taken_days(term: LeaseTerm, unit_leases: Iterable[Lease]) -> Lease | None:
    """A lease of the unit, drafted or standing, whose days overlap: nothing more is let over them."""
    for lease in unit_leases:
        if lease.status is LeaseStatus.CANCELLED:
            continue
        if any(term.overlaps(it) for it in lease.terms):
            return lease
    return None


def drafted(known: Application, lease_id: LeaseId, person_id: PersonId) -> Application:
    """The application with the lease that was drafted of it; the same one where it has another by now."""
    if known.lease_id is not None or known.next_lease_id != lease_id:
        return known
    return evolve(known, lease_id=lease_id, person_id=person_id, drafts=known.drafts + 1, trouble="")


def is_of(known: Application, lease: Lease) -> bool:
    """True where a lease lets what is booked, over its days, to whom it was found or made to be of."""
    days = (lease.start, lease.end) == (known.starts_on, known.ends_on)
    return days and lease.unit_id == known.unit_id and known.person_id is not None


def freed(known: Application, lease_id: LeaseId | None) -> Application:
    """The application whose drafted lease was cancelled; the same one where it has another by now."""
    return evolve(known, lease_id=None, trouble="") if known.lease_id == lease_id else known


def troubled(known: Application, trouble: str) -> Application:
    """The application with what a person has to see to."""
    return evolve(known, trouble=trouble)
