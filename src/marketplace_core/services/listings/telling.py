"""Bring a batch of listings to a portal, so that broken off anywhere and begun again one copy of each stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.listings.copies import (
    STATE,
    STATE_OF,
    CopyPlan,
    ListingCopy,
    PortalFields,
    PortalOffer,
    PortalState,
    Rendered,
    fields_digest,
    plan_copy,
)
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.errors import (
    REFUSALS,
    AlreadyExists,
    IntegrityBroken,
    InvalidInput,
    MarketplaceError,
    NotFound,
    PartnerUnavailable,
    RuleViolation,
)
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listing_portal import ListingPortal
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.listings.pictures import Pictures
from marketplace_core.services.listings.choosing import MOST_ATTEMPTS, ChooseIds
from marketplace_core.services.listings.moving import publish_approved
from marketplace_core.services.listings.turns import (
    TROUBLE,
    UNCHANGED,
    BridgedListing,
    Turn,
    as_refused,
    as_told,
    hidden,
    hidden_alone,
    noted,
    stands_there,
    to_write,
    what_came,
)


@frozen
class TellListings:
    """Compares, keeps the ids and what is about to be told, writes each, publishes, keeps what was told.

    What is kept here is kept of the batch together, what is written there of each by itself. One that is refused stops
    none of the others. Where the portal does not answer, what was told by then is kept before that is raised.
    ``offer_of`` raises where there is nobody whose it is: what is to be hidden is hidden all the same.
    """

    listings: Listings
    copies: ListingCopies
    portal: ListingPortal
    pictures: Pictures
    clock: Clock
    system: str
    command: Command
    offer_of: Callable[[Listing], PortalOffer]
    overwrite: bool = False
    dry_run: bool = False

    def __call__(self, turns: Sequence[Turn]) -> Sequence[BridgedListing]:
        """What came of each, in order."""
        for it in turns:
            self._begin(it)
        if not self.dry_run:
            self._note_what_stands_of_a_broken_run(turns)
            self._keep_what_is_about_to_be_told([it for it in turns if it.outcome is None])
            try:
                for it in turns:
                    self._tell(it)
            except MarketplaceError:
                self._keep_what_was_told(turns)
                raise
            self._keep_what_was_told(turns)
        return [it.outcome for it in turns if it.outcome is not None]

    @property
    def _ids(self) -> ChooseIds:
        return ChooseIds(self.copies, self.portal, self.clock, self.system)

    def _begin(self, turn: Turn) -> None:
        """Compare; what is not to be live and never was is done with."""
        try:
            turn.rendered = self.portal.render(self.offer_of(turn.listing))
        except REFUSALS as problem:
            turn.rendered = hidden(turn.listing, turn.copy)
            if turn.rendered is None:
                turn.refused(problem)
            else:
                turn.trouble = str(problem)
        state = turn.rendered.fields[STATE] if turn.rendered else STATE_OF[turn.listing.status]
        if turn.copy is None and state != PortalState.LIVE:
            turn.rendered = None
            turn.ended(UNCHANGED)
        elif turn.rendered is not None:
            turn.plan = self._plan(turn.copy, turn.rendered, turn.there)
        if self.dry_run and turn.outcome is None:
            turn.ended(TROUBLE if turn.refusal else what_came(turn))

    def _plan(self, copy: ListingCopy | None, rendered: Rendered, there: PortalFields | None) -> CopyPlan:
        told, telling = (copy.told, copy.telling) if copy else (None, None)
        return plan_copy(rendered.fields, told, there, telling=telling, overwrite=self.overwrite)

    def _note_what_stands_of_a_broken_run(self, turns: Sequence[Turn]) -> None:
        """Before something else is about to be told: otherwise it would be taken for an edit of others."""
        found = [(it, it.copy, after) for it in turns if it.copy and (after := noted(it)) is not None]
        self._record([(it, before, after) for it, before, after in found if self._is_ours(it, before)])
        for it, _, after in found:
            if it.rendered is not None and it.copy is not None and it.copy.told == after.told:
                it.plan = self._plan(it.copy, it.rendered, it.there)

    def _is_ours(self, turn: Turn, copy: ListingCopy) -> bool:
        """What was never noted as told is ours where the portal lets us make it again as it stands."""
        if copy.told is not None or turn.there is None:
            return True
        try:
            self.portal.put(copy.external_id, copy.chosen_at, None, turn.there)
        except AlreadyExists:
            return False
        except REFUSALS as problem:
            turn.refused(problem)
            return False
        return True

    def _keep_what_is_about_to_be_told(self, turns: Sequence[Turn]) -> None:
        """With ids of new copies; where somebody else has a copy in hand it is left to them."""
        wanted = [(it, copy) for it in turns if (copy := self._wanted(it)) != it.copy and copy is not None]
        results = self.copies.choose_all([(copy, it.copy) for it, copy in wanted])
        for (it, copy), result in zip(wanted, results, strict=True):
            kept = result
            if isinstance(result, AlreadyExists) and it.copy is None:
                kept = self._kept_under_another_id(copy)
            if isinstance(kept, MarketplaceError):
                it.refused(kept)
                it.ended(TROUBLE)
            else:
                it.copy = kept

    def _wanted(self, turn: Turn) -> ListingCopy | None:
        """The copy as it is to be kept before anything is written."""
        if turn.copy is None:
            return self._ids.first(turn.listing, turn.rendered, turn.refusal)
        if turn.refusal or turn.plan is None or to_write(turn.plan, turn.copy, turn.there) is None:
            return turn.copy
        return evolve(turn.copy, telling=turn.plan.told)

    def _kept_under_another_id(self, taken: ListingCopy) -> ListingCopy | MarketplaceError:
        try:
            return self._ids.again(taken, None)
        except REFUSALS as problem:
            return problem

    def _tell(self, turn: Turn) -> None:
        if turn.outcome is not None or turn.refusal:
            return
        try:
            self._write(turn)
            turn.is_told = True
        except REFUSALS as problem:
            turn.refused(problem)

    def _write(self, turn: Turn) -> None:
        """Write what is planned; what stands under the id and was never ours is left, for another id."""
        while turn.copy is not None and turn.plan is not None and turn.rendered is not None:
            copy, is_ours = turn.copy, turn.copy.told is not None
            fields = to_write(turn.plan, copy, turn.there)
            if fields is None:
                return
            self._place(turn.listing, is_shown=fields[STATE] == PortalState.LIVE)
            try:
                self._put(turn, copy, fields)
            except AlreadyExists:
                if is_ours or copy.attempt >= MOST_ATTEMPTS:
                    raise
                turn.there, turn.plan = None, self._plan(copy, turn.rendered, None)
                turn.copy = self._ids.again(evolve(copy, telling=turn.plan.told), copy)
            else:
                turn.written = turn.plan.told
                return

    def _put(self, turn: Turn, copy: ListingCopy, fields: PortalFields) -> None:
        """What is to be hidden is hidden, and nothing else of it written, where the portal cannot take all of it."""
        before = turn.there if copy.told is not None else None
        try:
            self.portal.put(copy.external_id, copy.chosen_at, before, fields)
        except (InvalidInput, NotFound, RuleViolation) as problem:
            if before is None or copy.told is None or fields[STATE] in (PortalState.LIVE, before[STATE]):
                raise
            turn.plan = hidden_alone(turn.plan, copy.told, before, fields[STATE])
            self.portal.put(copy.external_id, copy.chosen_at, before, {**before, STATE: fields[STATE]})
            turn.trouble = str(problem)

    def _place(self, listing: Listing, *, is_shown: bool) -> None:
        """A picture that is lost here, or cannot be put there, refuses its listing alone, and hides nothing less."""
        for picture in listing.pictures:
            try:
                self.portal.place_picture(picture, self.pictures.content(picture.name))
            except (IntegrityBroken, NotFound, PartnerUnavailable) as problem:
                if is_shown:
                    raise RuleViolation(str(problem)) from problem

    def _keep_what_was_told(self, turns: Sequence[Turn]) -> None:
        """Publish what is live there by now, keep what was told, and why what was refused was."""
        live = [it for it in turns if it.is_told and stands_there(it).get(STATE) == PortalState.LIVE]
        published = publish_approved(self.listings, self.command, [it.listing for it in live])
        for it, after in zip(live, published, strict=True):
            if isinstance(after, MarketplaceError):
                it.refused(after)
            else:
                it.after = after
        self._record([(it, it.copy, as_told(it, it.copy)) for it in turns if it.is_told and it.copy is not None])
        for it in turns:
            if it.is_told:
                it.ended(TROUBLE if it.trouble else what_came(it))
        self._keep_refusals([it for it in turns if it.refusal and it.outcome is None])

    def _keep_refusals(self, turns: Sequence[Turn]) -> None:
        """Keep at each copy, as it stands by now, why it could not be told; who holds it otherwise looks again.

        What was written there though another run has the copy in hand is kept too, or it would be an edit of others.
        """
        ids = [it.listing.listing_id for it in turns]
        found = self.copies.copies(self.command.portfolio_id, self.system, ids) if ids else ()
        kept = {it.listing_id: it for it in found}
        for it in turns:
            it.copy, it.plan, it.rendered = kept.get(it.listing.listing_id), None, None
        self._record([(it, it.copy, as_refused(it, it.copy)) for it in turns if it.copy is not None])
        for it in turns:
            it.after = it.listing
            it.ended(TROUBLE)

    def _record(self, changes: Iterable[tuple[Turn, ListingCopy, ListingCopy]]) -> None:
        """Keep copies as they stand afterwards, those that differ."""
        changed = [(it, before, self._dated(before, after)) for it, before, after in changes if after != before]
        words = [(self._part(before, after), before, after) for _, before, after in changed]
        for (it, _, after), problem in zip(changed, self.copies.record_all(words), strict=True):
            if problem is not None:
                it.refused(problem)
            else:
                it.copy = after

    def _dated(self, before: ListingCopy, after: ListingCopy) -> ListingCopy:
        return after if after.told == before.told else evolve(after, told_at=self.clock.now())

    def _part(self, before: ListingCopy, after: ListingCopy) -> Command:
        digests = (fields_digest(it) if it is not None else "" for it in (before.told, after.told))
        return self.command.part(f"told {after.listing_id} {after.told_version} {' '.join(digests)} {after.trouble}")
