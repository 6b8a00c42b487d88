"""The port that reads the log of identities."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Protocol

from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import CommandId


class IdentityLog(Protocol):
    """The chain of changes of logins and clients, oldest first."""

    @abstractmethod
    def identity_events(self, after_sequence: int = 0) -> Iterator[Event]:
        """The links after a sequence, in order, in bounded memory."""

    @abstractmethod
    def identity_event_of(self, command_id: CommandId) -> Event | None:
        """The link that a command wrote, None where it wrote none."""

    @abstractmethod
    def identity_head(self) -> tuple[int, str]:
        """Sequence and hash of the last link as kept beside the chain: 0 and zeros where there is none."""
