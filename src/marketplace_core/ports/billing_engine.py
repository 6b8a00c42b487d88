"""The port of whatever decides recurring invoices: the native engine, or an outside one."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease


class BillingEngine(Protocol):
    """Says which invoices a lease gets for a window of days, without numbers; asked twice, it says the same."""

    @abstractmethod
    def invoices(
        self, lease: Lease, window: DateSpan, recorded_at: datetime, billed_charges: frozenset[ChargeId]
    ) -> tuple[Invoice, ...]:
        """The invoices of each billing period whose covered days begin in the window."""
