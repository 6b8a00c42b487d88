"""What stores in memory held, to be put back: dearer ways to begin anew would make the role matrix slow."""

from __future__ import annotations

from copy import deepcopy
from typing import Any


class Photograph:
    """What stores in memory held at one moment, to be put back."""

    def __init__(self, *stores: object) -> None:
        """Take it now."""
        self._taken = [(it, self._copied(vars(it))) for it in stores]

    def put_back(self) -> None:
        """Let the stores hold again what they held."""
        for store, held in self._taken:
            vars(store).clear()
            vars(store).update(self._copied(held))

    @staticmethod
    def _copied(held: dict[str, Any]) -> dict[str, Any]:
        """The containers copied all the way down; locks and clocks stay the ones that they are."""
        kept = {id(it): it for name, it in held.items() if "lock" in name or "clock" in name}
        return deepcopy(held, kept)
