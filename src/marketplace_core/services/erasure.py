"""Take a person out of the books, on their wish or when nothing asks any more to keep what they told."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import PersonErased
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.errors import InvalidInput
from marketplace_core.ports.erasure import Erasure


@frozen
class ErasePerson:
    """Erases a person from one portfolio; what is learned of them later can be erased by a further command."""

    erasure: Erasure

    def __call__(self, command: Command, person_id: PersonId, *, dry_run: bool = False) -> PersonErased:
        """What went; all zero where nothing was left. Who asked and why is kept: ``command.reason`` must say it.

        The reason stays in the chain for good: name no person in it.
        """
        if not command.reason.strip():
            raise InvalidInput(f"person {person_id}: say why they are erased, without naming them")
        recorded = self.erasure.erase_person(command, person_id, dry_run=dry_run)
        found = next((fact for fact in recorded.facts if isinstance(fact, PersonErased)), None)
        return found or PersonErased(command.portfolio_id, person_id, 0, 0, 0)
