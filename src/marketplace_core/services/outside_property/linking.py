"""A person says that a property of ours is one of theirs: no sync guesses that."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import PropertyId
from marketplace_core.domain.outside_property.identity import PROPERTY
from marketplace_core.errors import AlreadyExists, InvalidInput, NotFound
from marketplace_core.ports.books import Books
from marketplace_core.ports.directory import Directory


@frozen
class LinkProperty:
    """Links a property of ours to one of theirs, for good; the next sync adopts its units by their labels."""

    books: Books
    directory: Directory

    def __call__(
        self, command: Command, system: str, external_id: str, property_id: PropertyId, *, dry_run: bool = False
    ) -> ExternalLinked:
        """The link. ``AlreadyExists`` where either is linked to another one; linked as it is asked, nothing is written.

        Do it before the first sync: one that found no link has made a property of its own.
        """
        own = command.portfolio_id
        if not external_id or ":" in external_id:
            raise InvalidInput(f"{external_id!r} is no id of a {system} property")
        if property_id not in {it.property_id for it in self.directory.properties(own)}:
            raise NotFound(f"portfolio {own} has no property {property_id}")
        link = ExternalLinked(own, system, PROPERTY, external_id, property_id)
        known = self.directory.our_id(own, system, PROPERTY, external_id)
        if known == property_id:
            return link
        if known is not None:
            raise AlreadyExists(f"{system} property {external_id} stands for {known} already, and a link is for good")
        others = [
            it.external_id
            for it in self.directory.external_ids(own, property_id)
            if (it.system, it.kind) == (system, PROPERTY)
        ]
        if others:
            raise AlreadyExists(f"property {property_id} is {system} property {others[0]} already")
        self.books.record(command, [link], dry_run=dry_run)
        return link
