"""Check an outside engine: what it says of itself, and whether its books are those that ours are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from marketplace_core.ports.outside_engine.engine_care import EngineCare, EngineFinding
from marketplace_core.services.outside_engine.our_books import KnowOurBooks

_NEEDED: Final = frozenset(["reachable", "tenant"])
"""The checks without which nobody can say whose books these are."""


@frozen
class CheckEngine:
    """Raises nothing that it finds."""

    care: EngineCare
    ours: KnowOurBooks

    def __call__(self) -> Sequence[EngineFinding]:
        """Each check, in the order in which to mend what is not well."""
        found = self.care.check()
        if not all(it.is_well for it in found if it.name in _NEEDED):
            return found
        return [*found, self.ours.check()]
