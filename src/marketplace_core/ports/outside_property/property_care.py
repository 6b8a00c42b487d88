"""The port that says whether a property manager's system outside is well."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import field, frozen


@frozen
class PropertyFinding:
    """What a check found: ``fix`` says what to do where it is not well."""

    name: str
    is_well: bool
    says: str
    fix: str = ""


@frozen
class SystemLook:
    """What one look saw: ``trouble`` says why nothing could be seen, ``drift`` what is not as it was, by stream.

    ``version`` are signs that change with what we use of the system; ``points_left`` how much it lets us ask, None
    where it does not say.
    """

    findings: Sequence[PropertyFinding] = ()
    version: str = ""
    trouble: str = ""
    drift: Mapping[str, str] = field(factory=dict[str, str])
    points_left: int | None = None

    @property
    def reason(self) -> str:
        """Why it is not well; empty where it is."""
        return self.trouble or "; ".join(f"{name}: {it}" for name, it in sorted(self.drift.items()) if it)


class PropertyCare(Protocol):
    """Looks after our place in the system."""

    @abstractmethod
    def look(self) -> SystemLook:
        """Reachable, known to it, its fields as we need them, how much may be asked; never raises what it finds."""
