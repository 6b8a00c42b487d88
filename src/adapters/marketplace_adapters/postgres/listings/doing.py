"""Whether a command that wrote something before wrote of this listing."""

from __future__ import annotations

from sqlalchemy import Connection

from marketplace_adapters.postgres.books import known_of
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ListingChanged, ListingTold
from marketplace_core.domain.identifiers import ListingId
from marketplace_core.errors import AlreadyExists


def require_own(
    connection: Connection, command: Command, kind: type[ListingChanged | ListingTold], listing_id: ListingId
) -> None:
    """Refuse a command that was another's: it wrote no fact of that kind of the listing."""
    known = known_of(connection, command)
    if known is None or not any(isinstance(it, kind) and it.listing_id == listing_id for it in known.facts):
        raise AlreadyExists(
            f"command id {command.command_id} was that of something else: give this one an id of its own"
        )
