"""The native billing engine behind the billing engine's port."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from typing_extensions import override

from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.ports.billing_engine import BillingEngine


class NativeBilling(BillingEngine):
    """Bills by the domain's own rules; needs nothing from outside."""

    @override
    def invoices(
        self,
        lease: Lease,
        window: DateSpan,
        recorded_at: datetime,
        billed_charges: AbstractSet[ChargeId] = frozenset(),
        standing: AbstractSet[StandingKey] = frozenset(),
    ) -> tuple[Invoice, ...]:
        """What ``domain.billing.bill`` says."""
        return bill(lease, window, recorded_at, billed_charges, standing)
