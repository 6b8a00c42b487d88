"""One person in every system: links to what the others call them, and who may be recorded twice."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import PersonId, PortfolioId
from marketplace_core.domain.same_people import SamePeople, likely_same_people
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.holdings import Holdings

SYSTEMS: Final = ("killbill", "condo", "cocorico")
"""The systems beside ours that know people."""
_LONGEST: Final = 200


@frozen
class LinkPerson:
    """Lets an outside system's id stand for a person."""

    books: Books
    holdings: Holdings

    def __call__(
        self, command: Command, system: str, kind: str, external_id: str, person_id: PersonId, *, dry_run: bool = False
    ) -> Recorded:
        """The link, for good; the same again changes nothing.

        ``NotFound`` for an unknown person, ``AlreadyExists`` where the id stands for another one.
        """
        if system not in SYSTEMS:
            raise InvalidInput(f"system {system[:40]!r}: there are {', '.join(SYSTEMS)}")
        for name, text in (("kind", kind), ("id", external_id)):
            if not text or len(text) > _LONGEST or not text.isprintable():
                raise InvalidInput(f"the {name} of a link is 1 to {_LONGEST} signs on one line")
        if self.holdings.unknown(command.portfolio_id, [person_id], []):
            raise NotFound(f"portfolio {command.portfolio_id} has no person {person_id}")
        link = ExternalLinked(command.portfolio_id, system, kind, external_id, person_id)
        return self.books.record(command, [link], dry_run=dry_run)


@frozen
class FindSamePeople:
    """Proposes who may be recorded twice in a portfolio; a person decides."""

    directory: Directory

    def __call__(self, portfolio_id: PortfolioId) -> tuple[SamePeople, ...]:
        """Each pair with what speaks for it."""
        return likely_same_people(self.directory.people(portfolio_id).values())
