"""What every outside engine must do, as one suite."""

from __future__ import annotations

from marketplace_core.testing.contracts.outside_engine_base import EnginePlace, LeaseThere
from marketplace_core.testing.contracts.outside_engine_billing import EngineBillingContract
from marketplace_core.testing.contracts.outside_engine_money import EngineAccountsContract, EngineMoneyContract


class OutsideEngineContract(EngineAccountsContract, EngineMoneyContract, EngineBillingContract):
    """Needs a fixture ``engine_place``: an ``EnginePlace`` that is set up, empty and fresh for each test."""


__all__ = ["EnginePlace", "LeaseThere", "OutsideEngineContract"]
