"""The port that does one step in an outside engine's books."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import Step


class EngineWriting(Protocol):
    """Does steps, each by one call that is not repeated inside unless the engine itself lets it happen once."""

    @abstractmethod
    def perform(self, key: AccountKey, account_id: str, step: Step) -> str:
        """Do the step; the id of what it made, empty where it made nothing. ``account_id`` is empty before it is open.

        Where the engine says that it is done already (a known key, void already), that is no error.

        Raises:
            PartnerUnavailable: no answer, or one that leaves open whether it was done.
            RuleViolation: the engine refused it, or cannot hold the amount: nothing was done.
            ConfigurationError: the engine does not know us, or lacks what setting up makes.
        """

    @abstractmethod
    def require_holds(self, step: Step) -> None:
        """``RuleViolation`` where the engine cannot hold the step's amount; nothing is sent."""
