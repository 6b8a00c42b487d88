"""The port of whatever decides recurring invoices: the native engine, or an outside one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease


class BillingEngine(Protocol):
    """Says which invoices a lease gets for a window of days, without numbers; asked twice, it says the same."""

    @abstractmethod
    def invoices(
        self,
        lease: Lease,
        window: DateSpan,
        recorded_at: datetime,
        billed_charges: AbstractSet[ChargeId] = frozenset(),
        standing: AbstractSet[StandingKey] = frozenset(),
    ) -> tuple[Invoice, ...]:
        """The invoices of each billing period whose covered days begin in the window, but for those that stand."""
