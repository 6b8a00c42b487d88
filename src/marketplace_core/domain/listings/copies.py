"""Copies of listings on a portal: what is wanted there, what was told last, what stands there; compared three ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.codec import canonical, digest
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import ListingId, PortfolioId
from marketplace_core.domain.listings.listing import Listing, ListingStatus

STATE: Final = "state"
"""The field of a copy that says whether it is shown."""
OWNER: Final = "owner"
"""The field that says whose account there it is of: always ours to say."""
DELETED: Final = "deleted"
"""Stands among a copy's edits where the whole of it is gone there, and not by us."""
PortalFields = Mapping[str, str]
"""A copy as named texts: ``state``, ``price``, ``title.en``, ``city``, …; which, the portal's adapter says."""


class PortalState(StrEnum):
    """What a portal does with a listing."""

    LIVE = "live"
    PENDING = "pending"
    REFUSED = "refused"
    """Taken out of the search by us; there its owner cannot undo it."""
    LET = "let"
    GONE = "gone"


STATE_OF: Final[Mapping[ListingStatus, PortalState]] = {
    ListingStatus.DRAFT: PortalState.PENDING,
    ListingStatus.SUBMITTED: PortalState.PENDING,
    ListingStatus.APPROVED: PortalState.LIVE,
    ListingStatus.REJECTED: PortalState.REFUSED,
    ListingStatus.PUBLISHED: PortalState.LIVE,
    ListingStatus.RENTED: PortalState.LET,
    ListingStatus.WITHDRAWN: PortalState.REFUSED,
    ListingStatus.ARCHIVED: PortalState.GONE,
}
"""What each of our states is there."""


@frozen
class PortalOffer:
    """What an adapter renders: the listing, whose account there owns it, and in which state it is to be."""

    listing: Listing
    landlord_email: str = field(repr=False)
    state: PortalState

    @classmethod
    def of(cls, listing: Listing, landlord_email: str) -> PortalOffer:
        """The offer of a listing as it stands."""
        return cls(listing, landlord_email, STATE_OF[listing.status])


@frozen
class Rendered:
    """What the portal would show, and what of ours did not fit, such as a title that was cut."""

    fields: PortalFields
    findings: tuple[str, ...] = ()


@frozen
class ListingCopy:
    """The link of a listing to its copy on a portal, and what we told last: None before anything was written.

    ``external_id`` was chosen at ``chosen_at``, whole seconds, and kept before it was used; ``attempt`` counts the
    choices. ``telling`` is what was about to be told when it was kept last: after a crash it may stand there or not.
    ``told_version`` is the listing's version that was told; ``edits`` are the fields that were found edited there,
    ``trouble`` why it could not be told, for people.
    """

    portfolio_id: PortfolioId
    listing_id: ListingId
    system: str
    external_id: str
    chosen_at: datetime = field(converter=require_instant)
    attempt: int = 1
    told: PortalFields | None = None
    told_version: int = 0
    told_at: datetime | None = None
    edits: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    trouble: str = ""
    telling: PortalFields | None = None

    def chosen_again(self, external_id: str, at: datetime) -> ListingCopy:
        """The copy under another id, where the last one was taken there."""
        return evolve(self, external_id=external_id, chosen_at=at.replace(microsecond=0), attempt=self.attempt + 1)


@frozen
class CopyPlan:
    """What is to be written, None for nothing; ``edits`` are fields that were edited there and stay as they are.

    ``write`` is the whole copy as it will stand there: ``there`` with the fields that we change. ``told`` is what we
    then have told: not what others wrote, so that it is found edited again; None where nothing of ours stands there.
    """

    write: PortalFields | None
    edits: tuple[str, ...] = ()
    reasserted: bool = False
    told: PortalFields | None = None

    @property
    def writes(self) -> bool:
        """True where something is to be written."""
        return self.write is not None


def plan_copy(
    wanted: PortalFields,
    told: PortalFields | None,
    there: PortalFields | None,
    *,
    telling: PortalFields | None = None,
    overwrite: bool = False,
) -> CopyPlan:
    """Compare three ways.

    What is not there is made where it is to be live, and only on ``overwrite`` where we had made it and it was deleted.
    A field that stands there as we told it, or were about to (``telling``), is ours to change; one that was edited
    there is left and told, unless it is what we want or ``overwrite``. Nobody makes a listing more visible than we do:
    that is written back, ``reasserted``. What was hidden there stays hidden, and is told as an edit of the state. Whose
    it is, is ours to say.
    """
    is_live = wanted[STATE] == PortalState.LIVE
    if there is None:
        if told is not None and not overwrite:
            return CopyPlan(None, (DELETED,) if is_live else (), told=told)
        return CopyPlan(dict(wanted), told=dict(wanted)) if is_live else CopyPlan(None, told=told)
    ours = [it for it in (told, telling) if it is not None]
    edited = {
        name
        for name, text in wanted.items()
        if there.get(name) != text and all(it.get(name) != there.get(name) for it in ours)
    } - {OWNER}
    is_hidden = there.get(STATE) == PortalState.GONE or (is_live and there.get(STATE) != PortalState.LIVE)
    is_moved = bool(ours) and STATE in edited
    if not (is_moved and is_hidden):
        edited.discard(STATE)
    kept = frozenset[str]() if overwrite else frozenset(edited)
    after = {**there, **{name: text for name, text in wanted.items() if name not in kept}}
    known = {**(telling or {}), **(told or {})}
    then_told = {name: text for name, text in after.items() if name not in kept} | {
        name: known[name] for name in kept if name in known
    }
    changes = after != dict(there)
    return CopyPlan(after if changes else None, tuple(sorted(kept)), is_moved and STATE not in kept, then_told)


def differences(
    wanted: PortalFields | None, there: PortalFields | None
) -> tuple[tuple[str, str | None, str | None], ...]:
    """Each field that differs: its name, what is wanted and what stands there; None for what is missing as a whole."""
    if wanted is None or there is None:
        return () if wanted is there else (("listing", _shown(wanted), _shown(there)),)
    names = sorted(wanted.keys() | there.keys())
    return tuple((it, wanted.get(it), there.get(it)) for it in names if wanted.get(it) != there.get(it))


def _shown(copy: PortalFields | None) -> str | None:
    return None if copy is None else copy.get(STATE, "")


def fields_digest(copy: PortalFields) -> str:
    """A digest of a copy: equal where all its fields are."""
    return digest(canonical(dict(sorted(copy.items()))))
