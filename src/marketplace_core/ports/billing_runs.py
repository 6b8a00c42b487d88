"""The port that bills a whole portfolio in one go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money


@frozen
class BillingRun:
    """What a run did, or in a dry run would do: ``invoices`` new ones.

    ``standing`` are those, of rent and deposit, that stood already for billing periods that begin in the window.
    """

    invoices: int
    standing: int
    amount: Money
    first_number: str = ""
    last_number: str = ""


BillLease = Callable[[Lease, datetime, AbstractSet[ChargeId], AbstractSet[StandingKey]], tuple[Invoice, ...]]
"""The pure decision: a lease, the instant of recording, its one-off charges already billed and the keys of its
standing invoices → the invoices of the window still to issue. Keys of periods that cannot begin in the window need not
be given."""


class BillingRuns(Protocol):
    """Bills a portfolio atomically: from however many workers, one non-void invoice a lease, period and kind."""

    @abstractmethod
    def run(
        self,
        command: Command,
        window: DateSpan,
        bill_lease: BillLease,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> BillingRun:
        """Stream billable leases in id order through ``bill_lease``, number what is new in that order, write it.

        Unapplied credit of a lease pays its new invoices. A second run of the window writes nothing.
        It is recorded at the command's instant, or at that of the last thing recorded in the portfolio where that is
        later. ``progress`` is told now and then how many leases are done.
        """
