"""The port that writes: facts of one command, in one transaction, as one link of the event log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import LeaseId, PaymentId
from marketplace_core.domain.matching import Match
from marketplace_core.domain.payment import Payment


@frozen
class PaymentStanding:
    """A payment and the matches that give it to leases (undone ones are not in it)."""

    payment: Payment
    matches: tuple[Match, ...]

    @property
    def unapplied_minor(self) -> int:
        """What no match has given to a lease, in minor units; nothing of a reversed payment."""
        if self.payment.reversed_on is not None:
            return 0
        return self.payment.amount.amount_minor - sum(match.amount_minor for match in self.matches)


@frozen
class Locked:
    """What a decision looks at, locked until its facts are written."""

    accounts: Mapping[LeaseId, LeaseAccount]
    payments: Mapping[PaymentId, PaymentStanding]


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
        dry_run: bool = False,
    ) -> Recorded:
        """Lock lease accounts and payments in id order, let ``decide`` look at them, write what it returns.

        ``decide`` may be called again after a serialisation failure. ``NotFound`` where one is unknown. What it
        raises leaves nothing behind. No facts: no link is written.
        """
