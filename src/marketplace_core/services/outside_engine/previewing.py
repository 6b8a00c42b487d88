"""What an outside engine would bill a portfolio, asked before a dry run: nothing remote happens in a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from attrs import frozen
from typing_extensions import override

from marketplace_core.domain.billing import bill
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PortfolioId
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.errors import NotFound
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.lease_accounts import LeaseAccounts


@frozen
class Prepared(BillingEngine):
    """Says what was asked before; of a lease that nobody asked about, nothing."""

    said: Mapping[LeaseId, tuple[Invoice, ...]]

    @override
    def invoices(
        self,
        lease: Lease,
        window: DateSpan,
        recorded_at: datetime,
        billed_charges: AbstractSet[ChargeId] = frozenset(),
        standing: AbstractSet[StandingKey] = frozenset(),
    ) -> tuple[Invoice, ...]:
        return tuple(it for it in self.said.get(lease.lease_id, ()) if it.key_of_lease not in standing)


@frozen
class PreviewBilling:
    """Asks the engine about each lease; one without an account there is told as the native engine bills it."""

    engine: BillingEngine
    accounts: LeaseAccounts
    clock: Clock

    def __call__(self, portfolio_id: PortfolioId, window: DateSpan) -> Prepared:
        """What is still to be billed of each lease for the periods that begin in the window."""
        return Prepared({it.lease_id: self._of(it, window) for it in list(self.accounts.leases(portfolio_id))})

    def _of(self, lease: Lease, window: DateSpan) -> tuple[Invoice, ...]:
        if not lease.is_billable:
            return ()
        account, now = self.accounts.account(lease.portfolio_id, lease.lease_id), self.clock.now()
        billed, standing = account.billed_charges(), account.standing_keys()
        try:
            return self.engine.invoices(lease, window, now, billed, standing)
        except NotFound:
            return bill(lease, window, now, billed, standing)
