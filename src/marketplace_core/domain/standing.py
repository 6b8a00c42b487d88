"""What a decision over payments and lease accounts looks at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import LeaseId, PaymentId, UnitId
from marketplace_core.domain.lease import Lease
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

    def recorded_last(self) -> datetime:
        """The instant of the last thing that is known of it."""
        return max([self.payment.recorded_at, *(match.recorded_at for match in self.matches)])


@frozen
class Locked:
    """What a decision looks at, locked until its facts are written, and the command in whose name it decides."""

    accounts: Mapping[LeaseId, LeaseAccount]
    payments: Mapping[PaymentId, PaymentStanding]
    command: Command
    units: Mapping[UnitId, tuple[Lease, ...]] = field(factory=dict[UnitId, tuple[Lease, ...]])
    """Every lease of each unit that was named, by id."""

    @classmethod
    def by(
        cls,
        command: Command,
        accounts: Mapping[LeaseId, LeaseAccount],
        payments: Mapping[PaymentId, PaymentStanding],
        units: Mapping[UnitId, tuple[Lease, ...]],
    ) -> Locked:
        """What is locked for a command; recorded after all that it looks at, whatever the caller's clock says.

        A command may be made before what it waited for was recorded, or by a clock that lags. Kept at its own
        instant, it would be known before what it rests on.
        """
        latest = [account.recorded_last() for account in accounts.values()]
        latest += [standing.recorded_last() for standing in payments.values()]
        return cls(accounts, payments, command.recorded_after(max((it for it in latest if it), default=None)), units)
