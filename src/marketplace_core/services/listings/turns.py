"""A listing's turn when a batch is told to a portal: what is known, what is planned, what came of it."""

from __future__ import annotations

from attrs import Factory, define, evolve, field, frozen

from marketplace_core.domain.identifiers import ListingId
from marketplace_core.domain.listings.copies import (
    STATE,
    STATE_OF,
    CopyPlan,
    ListingCopy,
    PortalFields,
    PortalState,
    Rendered,
)
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import MarketplaceError

MADE, CHANGED, UNCHANGED, TROUBLE = "made", "changed", "unchanged", "trouble"


@frozen
class BridgedListing:
    """What came of a listing: ``what`` is ``made``, ``changed``, ``unchanged`` or ``trouble``."""

    listing_id: ListingId
    external_id: str
    what: str
    edits: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    trouble: str = ""
    is_reasserted: bool = False
    is_published: bool = False


@define
class Turn:
    """A listing in a batch: what was read of it and of its copy, what is planned, and what came of it.

    ``there`` is what stands under the copy's id, ``after`` the listing as it stands once it is live there.
    """

    listing: Listing
    copy: ListingCopy | None
    there: PortalFields | None
    after: Listing = field(default=Factory(lambda it: it.listing, takes_self=True))
    rendered: Rendered | None = None
    plan: CopyPlan | None = None
    is_told: bool = False
    written: PortalFields | None = None
    """What of ours stands there since it was written, whatever came of noting it here."""
    trouble: str = ""
    """Why it cannot be shown: what is to be hidden is hidden all the same."""
    refusal: str = ""
    """Why it could not be told."""
    outcome: BridgedListing | None = None

    def refused(self, problem: MarketplaceError) -> None:
        """It could not be told."""
        self.is_told, self.refusal = False, str(problem)

    def ended(self, what: str) -> None:
        """It came to its end."""
        plan, rendered = self.plan or CopyPlan(None), self.rendered or Rendered({})
        self.outcome = BridgedListing(
            self.listing.listing_id,
            self.copy.external_id if self.copy else "",
            what,
            plan.edits,
            rendered.findings,
            self.refusal or self.trouble if what == TROUBLE else "",
            plan.reasserted,
            self.after != self.listing,
        )


def what_came(turn: Turn) -> str:
    """What came of a listing that was told, or would be."""
    if turn.plan is None or not turn.plan.writes:
        return UNCHANGED
    return MADE if turn.there is None else CHANGED


def stands_there(turn: Turn) -> PortalFields:
    """What stands there once it was told."""
    return (turn.plan and turn.plan.write) or turn.there or {}


def as_told(turn: Turn, copy: ListingCopy) -> ListingCopy:
    """The copy as it is kept once it was told."""
    plan, rendered = turn.plan or CopyPlan(None), turn.rendered or Rendered({})
    return evolve(
        copy,
        told=plan.told,
        told_version=turn.after.version,
        edits=plan.edits,
        findings=rendered.findings,
        trouble=turn.trouble,
        telling=None,
    )


def as_refused(turn: Turn, copy: ListingCopy) -> ListingCopy:
    """The copy as it is kept once it could not be told, or once what was written there could not be noted."""
    telling = copy.telling if turn.written is None else turn.written
    return evolve(copy, trouble=turn.refusal, telling=telling)


def noted(turn: Turn) -> ListingCopy | None:
    """The copy with what stands there of what was about to be told, where that is now to be something else."""
    copy, there, plan = turn.copy, turn.there, turn.plan
    if copy is None or copy.telling is None or there is None or plan is None or plan.told == copy.telling:
        return None
    told = copy.told or copy.telling
    stands = {name: text if there.get(name) == text else told.get(name, text) for name, text in copy.telling.items()}
    after = evolve(copy, told={**told, **stands}, telling=None)
    return None if after.told == copy.told else after


def to_write(plan: CopyPlan, copy: ListingCopy, there: PortalFields | None) -> PortalFields | None:
    """What is to be put: what stands under an id that was never told is put again, to see that it is ours."""
    is_ours = copy.told is not None
    return plan.write if is_ours or there is None else plan.write or there


def hidden_alone(plan: CopyPlan | None, told: PortalFields, there: PortalFields, state: str) -> CopyPlan:
    """The plan that writes the state and nothing else: what was told of the rest is still what was told."""
    return evolve(plan or CopyPlan(None), write={**there, STATE: state}, told={**told, STATE: state})


def hidden(listing: Listing, copy: ListingCopy | None) -> Rendered | None:
    """The copy as it was told last and hidden, for a listing that cannot be shown and must not be; else None."""
    state = STATE_OF[listing.status]
    known = (copy.told or copy.telling) if copy else None
    if known is None or state is PortalState.LIVE:
        return None
    return Rendered({**known, STATE: str(state)})
