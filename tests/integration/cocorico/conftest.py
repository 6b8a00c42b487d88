"""A portal with a landlord, and our adapter over it with the rights that `grants` gives, no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from marketplace_adapters.cocorico import Cocorico
    from marketplace_adapters.cocorico.testing import CocoricoPortal


@pytest.fixture
def landlord(portal: CocoricoPortal) -> int:
    """Give the landlord's account there."""
    return portal.hand.add_landlord()


@pytest.fixture
def cocorico(portal: CocoricoPortal) -> Iterator[Cocorico]:
    """Give the adapter over the portal."""
    from tests.fixtures.cocorico_portal import cocorico_of  # noqa: PLC0415 - needs pymysql

    cocorico = cocorico_of(portal)
    yield cocorico
    cocorico.close()
