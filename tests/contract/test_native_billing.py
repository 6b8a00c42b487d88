"""The native billing engine, by the suite of every billing engine."""

import pytest

from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.services.native_billing import NativeBilling
from marketplace_core.testing.contracts import BillingEngineContract


class TestNativeBilling(BillingEngineContract):
    """It needs to know nothing of the leases."""

    @pytest.fixture
    def engine(self) -> BillingEngine:
        """The engine."""
        return NativeBilling()
