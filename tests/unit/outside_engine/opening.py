"""A billing engine over any outside engine that opens an account for each version of a lease that it is asked for."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date, datetime

from attrs import evolve
from typing_extensions import override

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.days import DateSpan, add_months
from marketplace_core.domain.identifiers import ChargeId, PortfolioId, derive_id
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.outside_engine.planning import plan
from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    TheirAccount,
    TheirBooks,
    TheirInvoice,
    TheirItem,
    TheirPayment,
)
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting
from marketplace_core.domain.outside_engine.sight import key_of
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.outside_engine.engine_reading import EngineReading, Page
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting
from marketplace_core.services.outside_engine.billing_engine import OutsideBilling

_MOST_ROUNDS = 6


class OpeningBilling(BillingEngine):
    """Plans and performs what a lease needs there, without moving the engine's clock, then asks it."""

    def __init__(self, writing: EngineWriting, reading: EngineReading, today: date, run: str = "") -> None:
        """``today`` is the engine's day; ``run`` keeps accounts of this test apart from those of others."""
        self._writing, self._reading, self._today, self._run = writing, reading, today, run
        self._opened: dict[Lease, AccountKey] = {}

    @override
    def invoices(
        self,
        lease: Lease,
        window: DateSpan,
        recorded_at: datetime,
        billed_charges: AbstractSet[ChargeId] = frozenset(),
        standing: AbstractSet[StandingKey] = frozenset(),
    ) -> tuple[Invoice, ...]:
        if lease.is_billable and lease not in self._opened:
            self._opened[lease] = self._open(lease)
        engine = OutsideBilling(_OfVersion(self._reading, self._opened.get(lease)))
        return engine.invoices(lease, window, recorded_at, billed_charges, standing)

    def _open(self, lease: Lease) -> AccountKey:
        """The account of this version; what rides is ours to know, so it is left out there."""
        version = derive_id("ver", self._run, str(len(self._opened)), repr(lease))
        named = evolve(lease, portfolio_id=PortfolioId(version), one_off_charges=(), deposit=None)
        account, setting = LeaseAccount(named), PlanSetting(self._today, add_months(self._today, 14), "Africa/Nairobi")
        key = key_of(account)
        for _ in range(_MOST_ROUNDS):
            theirs = self._reading.books_of(key)
            steps = plan(account, theirs, Links(), setting)
            if not steps:
                return key
            for step in steps:
                self._writing.perform(key, theirs.account.account_id if theirs else "", step)
        raise AssertionError(f"the account of {lease.lease_id} is not as it should be after {_MOST_ROUNDS} rounds")


class _OfVersion(EngineReading):
    """Gives the account of one version of a lease, whichever key is asked for."""

    def __init__(self, reading: EngineReading, key: AccountKey | None) -> None:
        self._reading, self._key = reading, key

    @override
    def books_of(self, key: AccountKey) -> TheirBooks | None:
        return None if self._key is None else self._reading.books_of(self._key)

    @override
    def account_key_of(self, account_id: str) -> str:
        return self._reading.account_key_of(account_id)

    @override
    def preview(self, account_id: str, until: date) -> tuple[TheirItem, ...]:
        return self._reading.preview(account_id, until)

    @override
    def account_page(self, offset: int, limit: int) -> Page[TheirAccount]:
        return self._reading.account_page(offset, limit)

    @override
    def invoice_page(self, offset: int, limit: int) -> Page[TheirInvoice]:
        return self._reading.invoice_page(offset, limit)

    @override
    def payment_page(self, offset: int, limit: int) -> Page[TheirPayment]:
        return self._reading.payment_page(offset, limit)
