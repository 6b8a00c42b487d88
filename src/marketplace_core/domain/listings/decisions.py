"""What may be done to a listing: draft, edit, submit, approve, reject, publish, mark as let, withdraw, archive."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import ListingId, PropertyId, UnitId, derive_id
from marketplace_core.domain.listings.completeness import ListingRules, require_complete
from marketplace_core.domain.listings.file import ListingChange, ListingFile
from marketplace_core.domain.listings.listing import (
    FOLLOWS,
    MODERATED,
    STANDING,
    Listing,
    ListingStatus,
)
from marketplace_core.domain.money import Currency
from marketplace_core.domain.party import Unit
from marketplace_core.errors import IllegalTransition, InvalidInput, NotPermitted, RuleViolation

OFFERED = ("texts", "rent", "deposit", "place", "category", "pictures", "available_from")
"""What of a listing is offered, and so may be edited."""


@frozen
class Authority:
    """On whose word: ``may_moderate`` is an admin's, or the system's where it does what an admin decided."""

    may_moderate: bool = False


def listing_id_of(command: Command) -> ListingId:
    """The id of the listing that a command drafts: the same command drafts it once."""
    return ListingId(derive_id("lst", command.portfolio_id, command.command_id))


def draft_listing(command: Command, property_id: PropertyId, unit_id: UnitId) -> ListingFile:
    """The file of a new listing without anything in it."""
    at = command.recorded_at
    listing = Listing(command.portfolio_id, listing_id_of(command), property_id, unit_id, at, ListingStatus.DRAFT, at)
    line = ListingChange(command.command_id, "drafted", command.actor, at, "", ListingStatus.DRAFT, command.reason)
    return ListingFile(listing, (line,))


def edit(file: ListingFile, command: Command, wanted: Listing, authority: Authority) -> ListingFile:
    """The file with what is offered as in ``wanted``; nothing else of that counts.

    What stood approved is submitted again, unless an admin edits it. What is archived is not edited.
    """
    if file.has_change(command.command_id):
        return file
    listing = file.listing
    if listing.status is ListingStatus.ARCHIVED:
        raise IllegalTransition(f"listing {listing.listing_id} is archived: draft a new one")
    changed = evolve(listing, **{name: getattr(wanted, name) for name in OFFERED})
    edited = [name for name in OFFERED if getattr(changed, name) != getattr(listing, name)]
    if not edited:
        return file
    if listing.status in STANDING and not authority.may_moderate:
        changed = evolve(changed, status=ListingStatus.SUBMITTED, status_at=_at(listing, command), status_reason="")
    return file.changed(command, changed, "edited", ", ".join(edited))


def move(file: ListingFile, command: Command, status: ListingStatus, authority: Authority) -> ListingFile:
    """The file with the listing in another status, as ``FOLLOWS`` allows; approving is ``approve``.

    ``NotPermitted`` for what only an admin decides, ``InvalidInput`` for a rejection without a reason.
    """
    if file.has_change(command.command_id):
        return file
    if status is ListingStatus.APPROVED:
        raise InvalidInput("a listing is approved by approve, which looks whether it is complete")
    return _moved(file, command, status, authority)


def approve(
    file: ListingFile,
    command: Command,
    authority: Authority,
    unit: Unit,
    currency: Currency,
    rules: ListingRules,
) -> ListingFile:
    """The file with the listing approved; ``RuleViolation`` says all that it lacks."""
    if file.has_change(command.command_id):
        return file
    if not authority.may_moderate:
        raise _not_yours(ListingStatus.APPROVED)
    require_complete(file.listing, unit, currency, rules)
    return _moved(file, command, ListingStatus.APPROVED, authority)


def require_unit_free_of_listings(listing: Listing, others: tuple[Listing, ...]) -> None:
    """Refuse a second listing that stands for one unit: both would be booked."""
    for it in others:
        if it.listing_id != listing.listing_id and it.unit_id == listing.unit_id and it.status in STANDING:
            raise RuleViolation(
                f"listing {listing.listing_id}: unit {listing.unit_id} is offered by listing {it.listing_id} already:"
                " withdraw that one first"
            )


def _moved(file: ListingFile, command: Command, status: ListingStatus, authority: Authority) -> ListingFile:
    listing = file.listing
    if status not in FOLLOWS[listing.status]:
        follows = ", ".join(it for it in ListingStatus if it in FOLLOWS[listing.status]) or "nothing"
        raise IllegalTransition(
            f"listing {listing.listing_id} is {listing.status}, which {status} does not follow: it may become {follows}"
        )
    if status in (MODERATED | {ListingStatus.RENTED}) and not authority.may_moderate:
        raise _not_yours(status)
    if status is ListingStatus.REJECTED and not command.reason.strip():
        raise InvalidInput("say why the listing is rejected: the landlord will ask")
    changed = evolve(listing, status=status, status_at=_at(listing, command), status_reason=command.reason)
    return file.changed(command, changed, status)


def _at(listing: Listing, command: Command) -> datetime:
    """What is decided now comes after what it was decided on, whatever the clocks say."""
    return max(command.recorded_at, listing.status_at)


def _not_yours(status: ListingStatus) -> NotPermitted:
    return NotPermitted(f"that a listing is {status} is for an admin to say: submit it, and wait for one")
