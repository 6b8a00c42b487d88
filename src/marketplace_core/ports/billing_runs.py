"""The port that bills a whole portfolio in one go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money


@frozen
class BillingRun:
    """What a run did, or in a dry run would do: ``invoices`` new ones, ``standing`` that stood already."""

    invoices: int
    standing: int
    amount: Money
    first_number: str = ""
    last_number: str = ""


BillLease = Callable[[Lease, frozenset[ChargeId]], tuple[Invoice, ...]]
"""The pure decision: a lease and its one-off charges already billed → the invoices of the window."""


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
        ``progress`` is told now and then how many leases are done.
        """
