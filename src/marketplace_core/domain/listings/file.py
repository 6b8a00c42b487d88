"""A listing's file: the listing with its history, which one decision at a time changes as a whole."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, field, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import require_instant
from marketplace_core.domain.listings.listing import Listing


@frozen
class ListingChange:
    """One line of a listing's history: ``what`` is ``drafted``, ``edited`` or a status, ``note`` what was edited."""

    change_id: str
    what: str
    by: str
    recorded_at: datetime = field(converter=require_instant)
    before: str = ""
    after: str = ""
    reason: str = ""
    note: str = ""


@frozen
class ListingFile:
    """A listing and its history in the order in which we knew of it."""

    listing: Listing
    changes: tuple[ListingChange, ...] = ()

    def has_change(self, change_id: str) -> bool:
        """True where that change was made before."""
        return any(it.change_id == change_id for it in self.changes)

    def changed(self, command: Command, listing: Listing, what: str, note: str = "") -> ListingFile:
        """The file with the listing changed and a line that says so; the same listing changes nothing."""
        before = self.listing
        if listing == before:
            return self
        line = ListingChange(
            command.command_id,
            what,
            command.actor,
            max(command.recorded_at, before.status_at),
            before.status,
            listing.status,
            command.reason,
            note,
        )
        return ListingFile(evolve(listing, version=before.version + 1), (*self.changes, line))
