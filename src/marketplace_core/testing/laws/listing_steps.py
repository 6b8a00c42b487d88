"""The steps of random lives that offer units, move listings on and tell a portal of them."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import rule

from marketplace_core.domain.listings.copies import STATE, STATE_OF
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.testing.contracts.listing_life import SYSTEM, copy_of, drafted, moved
from marketplace_core.testing.laws.people_steps import PeopleSteps
from marketplace_core.testing.laws.term_steps import AMOUNTS, NUMBERS, PICKS


class ListingSteps(PeopleSteps):
    """Offers units and tells of it; no row of money changes."""

    @rule(number=NUMBERS, rent=AMOUNTS)
    def offer(self, number: int, rent: int) -> None:
        """A unit is offered once more."""
        before = self.life.state()
        self.attempt("offer", lambda: drafted(self.life, f"u{number}", rent))
        assert self.life.state() == before, "an offer changed the books"

    @rule(pick=PICKS, status=st.sampled_from(ListingStatus))
    def move_listing(self, pick: int, status: ListingStatus) -> None:
        """A listing moves on, where it may."""
        listing, before = self._listing(pick), self.life.state()
        if listing is not None:
            self.attempt(f"listing {status}", lambda: moved(self.life, listing.listing_id, status))
        assert self.life.state() == before, "a listing changed the books"

    @rule(pick=PICKS)
    def tell(self, pick: int) -> None:
        """A portal is told how a listing stands; now and then under the id of another's copy, which is refused."""
        listing, before = self._listing(pick), self.life.state()
        if listing is not None:
            self.attempt("tell", lambda: self._tell(listing, str(20_001 + pick % 7)))
        assert self.life.state() == before, "telling a portal changed the books"

    def _tell(self, listing: Listing, external_id: str) -> None:
        known = self.store.copies(listing.portfolio_id, SYSTEM, [listing.listing_id])
        copy = known[0] if known else self.store.choose(copy_of(listing, external_id), None)
        told = {STATE: str(STATE_OF[listing.status])}
        after = evolve(copy, told=told, told_version=listing.version, told_at=self.life.command().recorded_at)
        self.store.record_told(self.life.command("listing.tell"), copy, after)

    def _listing(self, pick: int) -> Listing | None:
        found = list(self.store.listings(self.life.portfolio_id))
        return found[pick % len(found)] if found else None
