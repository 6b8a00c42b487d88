"""The port that sets an outside engine up and says whether it is well."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen
class EngineFinding:
    """What a check found: ``fix`` says what to do where it is not well."""

    name: str
    is_well: bool
    says: str
    fix: str = ""


class EngineCare(Protocol):
    """Looks after our place in the engine."""

    @abstractmethod
    def check(self) -> Sequence[EngineFinding]:
        """Reachable, known to it, catalog, settings, callback and the largest amount; never raises what it finds."""

    @abstractmethod
    def identity(self) -> str:
        """Which books these are: the same as long as they live, another in another tenant. May ask once and keep it."""

    @abstractmethod
    def time_there(self) -> datetime:
        """What time it is in the engine, to a second; ``PartnerUnavailable`` where it does not say."""

    @abstractmethod
    def set_up(self, callback_url: str = "", *, dry_run: bool = False) -> Sequence[EngineFinding]:
        """Make what is missing (tenant, catalog, settings, callback), change nothing that others made; what was done.

        ``ConfigurationError`` where something stands there already and is otherwise than we need it.
        """
