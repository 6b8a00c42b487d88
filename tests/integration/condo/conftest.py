"""A Condo to test against, furnished, and the adapter over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.fixtures.condo import Clocks, condo_of

from marketplace_adapters.condo import Condo
from marketplace_adapters.condo.testing import CondoStandIn, furnish


@pytest.fixture
def standin() -> Iterator[CondoStandIn]:
    """A Condo with two houses, six units, seven contacts and eight tickets."""
    with CondoStandIn() as standin:
        furnish(standin.hand, properties=2, units=6, residents=7, tickets=8)
        yield standin


@pytest.fixture
def clocks(standin: CondoStandIn) -> Clocks:
    """Clocks that stand still."""
    return Clocks(standin)


@pytest.fixture
def connect(standin: CondoStandIn, clocks: Clocks) -> Iterator[Callable[..., Condo]]:
    """The adapter with settings of a test's own."""
    made = list[Condo]()

    def connected(**settings: Any) -> Condo:  # noqa: ANN401 - fields of CondoServer
        made.append(condo_of(standin, clocks, **settings))
        return made[-1]

    yield connected
    for it in made:
        it.close()


@pytest.fixture
def condo(connect: Callable[..., Condo]) -> Condo:
    """The adapter as a service user with a token."""
    return connect()
