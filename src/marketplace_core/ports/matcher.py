"""The matcher: what decides on a portfolio's waiting payments."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Protocol

from marketplace_core.domain.reconciliation import Decision, ReconciliationInput


class Matcher(Protocol):
    """Decides on every payment of an input exactly once; the same input in any order gives the same decisions.

    The pure engine is one; a faster one gives the same decisions, byte for byte.
    """

    @abstractmethod
    def decide(self, given: ReconciliationInput) -> Iterable[Decision]:
        """A decision for each payment, by payment id, applied only with a certificate that verifies."""
