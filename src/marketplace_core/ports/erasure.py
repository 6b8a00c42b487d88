"""The port that takes a person out of the books."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.ports.books import Recorded


class Erasure(Protocol):
    """Empties what the books hold of a person; every sum, id, digest and link stays as it was."""

    @abstractmethod
    def erase_person(self, command: Command, person_id: PersonId, *, dry_run: bool = False) -> Recorded:
        """Empty the rows and sealed parts that ``domain.erasure`` says are the person's, in one transaction.

        One ``PersonErased`` with what went; no fact and no link where nothing was left. ``NotFound`` where the
        portfolio neither knows the person nor has a lease of theirs. The same command again has no effect.
        """
