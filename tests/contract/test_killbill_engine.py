"""A real Kill Bill keeps every promise of the outside engine's ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.fixtures.killbill_places import KillBillPlace

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
