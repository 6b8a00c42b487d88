"""The outside engine behind the billing engine's port does what every billing engine must."""

from datetime import date

import pytest
from tests.unit.outside_engine.opening import OpeningBilling

from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.testing.contracts import BillingEngineContract
from marketplace_core.testing.outside_engine import MemoryOutsideEngine


class TestOutsideBillingToCome(BillingEngineContract):
    """Leases that begin after the engine's day: everything is previewed."""

    @pytest.fixture
    def engine(self) -> BillingEngine:
        """The day before the leases begin."""
        fake = MemoryOutsideEngine(date(2025, 12, 31))
        return OpeningBilling(fake, fake, date(2025, 12, 31))


class TestOutsideBillingUnderWay(BillingEngineContract):
    """In the middle of the quarter: some of it is billed, the rest previewed."""

    @pytest.fixture
    def engine(self) -> BillingEngine:
        """A day in February."""
        fake = MemoryOutsideEngine(date(2026, 2, 10))
        return OpeningBilling(fake, fake, date(2026, 2, 10))
