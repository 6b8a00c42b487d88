"""What an occupancy may mean for leases: proposals with reasons, for a person or a rule to decide. Never terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId, PersonId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.occupancy import Occupancy
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.domain.party import Person
from marketplace_core.domain.reconciliation.names import NameGrade, compare_names
from marketplace_core.domain.reconciliation.phones import SamePhone, same_phone


class ProposalKind(StrEnum):
    """What is proposed: link the occupancy with a lease, draft one, or look at what does not fit."""

    LINK = "link"
    DRAFT = "draft"
    CONFLICT = "conflict"


class OccupancyReason(StrEnum):
    """What speaks for a proposal, or what to look at first."""

    VERIFIED_PHONE = "verified_phone"
    SAME_PHONE = "same_phone"
    SAME_NAME = "same_name"
    CLOSE_NAME = "close_name"
    PARTLY_SAME_NAME = "partly_same_name"
    UNIT_VACANT = "unit_vacant"
    UNIT_LET_TO_ANOTHER = "unit_let_to_another"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_ARCHIVED = "unit_archived"
    TWO_RESIDENTS = "two_residents"
    OWNER_LIVES_THERE = "owner_lives_there"


@frozen
class OccupancyProposal:
    """One proposal. ``lease_id`` is None for a draft, ``person_id`` where nobody known has the phone."""

    occupancy_id: str
    kind: ProposalKind
    lease_id: LeaseId | None
    person_id: PersonId | None
    reasons: tuple[OccupancyReason, ...]


_NAMES: Final = {
    NameGrade.FULL: OccupancyReason.SAME_NAME,
    NameGrade.CLOSE: OccupancyReason.CLOSE_NAME,
    NameGrade.PARTIAL: OccupancyReason.PARTLY_SAME_NAME,
}
_PHONES: Final = (OccupancyReason.VERIFIED_PHONE, OccupancyReason.SAME_PHONE)
_TO_LOOK_AT: Final = (OccupancyReason.OWNER_LIVES_THERE, OccupancyReason.UNIT_ARCHIVED)
_STANDING: Final = (LeaseStatus.DRAFT, LeaseStatus.ACTIVE, LeaseStatus.NOTICE)


def propose(
    occupancy: Occupancy,
    leases: Iterable[Lease],
    people: Iterable[Person],
    others: Iterable[Occupancy],
    as_of: date,
    *,
    is_archived: bool = False,
) -> tuple[OccupancyProposal, ...]:
    """What a current occupancy of a resident may mean: ``leases`` and ``others`` are those of its unit.

    Who is not a resident, or has left, means nothing for a lease. A lease whose tenant has the phone or the name is
    proposed for a link; the unit's other leases speak against it; where it has none, a draft is proposed, of a unit
    that is archived none. People are looked for by phone alone: a name that two share names nobody.
    """
    if not occupancy.is_current or occupancy.role is not OccupantRole.RESIDENT:
        return ()
    own = occupancy.occupancy_id
    if occupancy.unit_id is None:
        return (OccupancyProposal(own, ProposalKind.CONFLICT, None, None, (OccupancyReason.UNIT_UNKNOWN,)),)
    known = {it.person_id: it for it in people if it.merged_into is None and not it.is_erased}
    notes = (*_notes(occupancy, others), *([OccupancyReason.UNIT_ARCHIVED] if is_archived else ()))
    standing = [it for it in leases if it.unit_id == occupancy.unit_id and _stands(it, as_of)]
    links: list[OccupancyProposal] = []
    for lease in standing:
        for person_id in lease.tenant_ids:
            reasons = _reasons(occupancy, known.get(person_id))
            if reasons:
                found = (*reasons, *notes)
                links.append(OccupancyProposal(own, ProposalKind.LINK, lease.lease_id, person_id, found))
    if links:
        return tuple(links)
    if standing:
        reason = (OccupancyReason.UNIT_LET_TO_ANOTHER, *notes)
        return tuple(OccupancyProposal(own, ProposalKind.CONFLICT, it.lease_id, None, reason) for it in standing)
    if is_archived:
        return (OccupancyProposal(own, ProposalKind.CONFLICT, None, None, notes),)
    people_known = [(it, _reasons(occupancy, it)) for _, it in sorted(known.items())]
    by_phone = [(it, reasons) for it, reasons in people_known if reasons and reasons[0] in _PHONES]
    vacant = (OccupancyReason.UNIT_VACANT, *notes)
    if len(by_phone) != 1:
        return (OccupancyProposal(own, ProposalKind.DRAFT, None, None, vacant),)
    person, reasons = by_phone[0]
    return (OccupancyProposal(own, ProposalKind.DRAFT, None, person.person_id, (*reasons, *vacant)),)


def certain(proposals: Sequence[OccupancyProposal]) -> OccupancyProposal | None:
    """The one link that a rule may make: the only candidate, by a verified phone, and nothing to look at first."""
    if len(proposals) != 1 or proposals[0].kind is not ProposalKind.LINK:
        return None
    reasons = proposals[0].reasons
    is_clear = OccupancyReason.VERIFIED_PHONE in reasons and not set(_TO_LOOK_AT) & set(reasons)
    return proposals[0] if is_clear else None


def _stands(lease: Lease, as_of: date) -> bool:
    return lease.status in _STANDING and (lease.end is None or as_of < lease.end)


def _reasons(occupancy: Occupancy, person: Person | None) -> tuple[OccupancyReason, ...]:
    """What speaks for a person to be who is in the unit, the phone first."""
    if person is None:
        return ()
    found: list[OccupancyReason] = []
    if occupancy.phone and any(same_phone(it, occupancy.phone) is SamePhone.IDENTICAL for it in person.phones):
        found.append(OccupancyReason.VERIFIED_PHONE if occupancy.is_verified else OccupancyReason.SAME_PHONE)
    grade = compare_names(occupancy.name, person.name)
    if grade is not None:
        found.append(_NAMES[grade])
    return tuple(found)


def _notes(occupancy: Occupancy, others: Iterable[Occupancy]) -> Iterable[OccupancyReason]:
    roles = {it.role for it in others if it.is_current and it.key != occupancy.key and it.unit_id == occupancy.unit_id}
    if OccupantRole.RESIDENT in roles:
        yield OccupancyReason.TWO_RESIDENTS
    if OccupantRole.OWNER in roles:
        yield OccupancyReason.OWNER_LIVES_THERE
