"""The pure engine in the shape of the matcher port."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from marketplace_core.domain.reconciliation.certificate import Decision
from marketplace_core.domain.reconciliation.deciding.decide import decisions_of
from marketplace_core.domain.reconciliation.inputs import ReconciliationInput


@frozen
class PureMatcher:
    """Decides in this process with the standard library alone; fits ``marketplace_core.ports.matcher.Matcher``."""

    def decide(self, given: ReconciliationInput) -> Iterator[Decision]:
        """A decision for each payment, by payment id, one after the other."""
        return decisions_of(given)
