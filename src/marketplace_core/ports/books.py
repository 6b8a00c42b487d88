"""The port that writes: facts of one command, in one transaction, as one link of the event log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import LeaseId, PaymentId, UnitId
from marketplace_core.domain.standing import Locked, PaymentStanding

__all__ = ["Books", "Locked", "PaymentStanding", "Recorded"]


@frozen
class Recorded:
    """What was written: the facts with their document numbers; ``repeated`` where the command was known already."""

    facts: tuple[Fact, ...]
    sequence: int
    repeated: bool = False


class Books(Protocol):
    """Writes facts whole or not at all, keeps every constraint of the books, and never writes a command twice."""

    @abstractmethod
    def record(self, command: Command, facts: Sequence[Fact], *, dry_run: bool = False) -> Recorded:
        """Write facts that depend on nothing but themselves; a dry run checks them and writes nothing."""

    @abstractmethod
    def change(
        self,
        command: Command,
        decide: Callable[[Locked], Sequence[Fact]],
        *,
        leases: Sequence[LeaseId] = (),
        payments: Sequence[PaymentId] = (),
        units: Sequence[UnitId] = (),
        dry_run: bool = False,
    ) -> Recorded:
        """Lock lease accounts, payments and units in id order, let ``decide`` look at them, write what it returns.

        Of a unit it sees every lease, drafts too, and nobody else adds one until its facts are written. ``decide``
        may be called again after a serialisation failure. ``NotFound`` where one is unknown. What it
        raises leaves nothing behind. No facts: no link is written.
        """
