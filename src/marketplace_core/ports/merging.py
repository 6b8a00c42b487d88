"""The port that makes one person of two."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.ports.books import Recorded


class Merging(Protocol):
    """Lets one of a portfolio's people stand for another one, for good."""

    @abstractmethod
    def merge_people(
        self, command: Command, duplicate_id: PersonId, kept_id: PersonId, *, dry_run: bool = False
    ) -> Recorded:
        """Write what ``domain.merging.merge_facts`` says, in one transaction that nobody's lease can slip past.

        No fact and no link where the kept one stands for the duplicate already. From then on no lease, property or
        link can name the duplicate, and nothing new is recorded of them. The same command again has no effect.
        """
