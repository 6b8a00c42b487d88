"""A real Kill Bill keeps every promise of the outside engine's ports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.fixtures.killbill_places import KillBillPlace
from tests.unit.outside_engine.opening import OpeningBilling

from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.testing.contracts import BillingEngineContract
from marketplace_core.testing.contracts.outside_engine import EnginePlace, OutsideEngineContract

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Server, Tenant

pytestmark = pytest.mark.killbill


class TestKillBill(OutsideEngineContract):
    """The shipped suite over the adapter and a tenant of its own for each test."""

    @pytest.fixture
    def engine_place(self, killbill_clock: Server, killbill_tenant: Tenant) -> Iterator[EnginePlace]:
        """Give a tenant that is set up, on the first day of 2026."""
        place = KillBillPlace.of(killbill_clock, killbill_tenant)
        place.set_up()
        yield place.engine_place
        place.client.close()


class TestKillBillBilling(BillingEngineContract):
    """The suite of every billing engine, on what Kill Bill says it would bill; its clock stands still."""

    @pytest.fixture
    def engine(self, killbill_clock: Server, killbill_tenant: Tenant) -> Iterator[BillingEngine]:
        """Give a tenant that is set up, on the day before the leases begin."""
        today = date(2025, 12, 31)
        place = KillBillPlace.of(killbill_clock, killbill_tenant)
        place.set_up(today)
        engine = place.engine_place
        yield OpeningBilling(engine.writing, engine.reading, today)
        place.client.close()
