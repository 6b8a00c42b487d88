"""What a decision over payments and lease accounts looks at."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
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
