"""The role matrix over the whole description, and that it finds an operation that forgets who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.http.furnished import Furnished, furnish
from tests.unit.http.house import BOOK, callers
from tests.unit.http.matrix import BODY_IDS_ARE_LOOKED_UP, OF_THE_WHOLE, ROLES, never_done, run_matrix

from marketplace_core.domain.access import Action
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.register import LEASES
from marketplace_entrypoints.http.operation import Answer, Call, Operation, operation
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.http.shapes.directory import PropertyShape
from marketplace_entrypoints.http.shapes.leases import LeaseShape
from marketplace_entrypoints.http.shapes.payments import ReasonBody

OF_AN_OUTSIDE_ENGINE = {
    "begin_full_pass",
    "sync_cocorico_now",
    "sync_condo_now",
    "sync_lease_now",
    "trace_invoice",
    "trace_payment",
}
"""Refused where no system outside is named, as here: test_billing, test_condo and test_cocorico try them there."""
LEAST_CELLS = 600
"""For each caller; with ten callers the matrix has ten times as many."""


@pytest.fixture(scope="module")
def here() -> Iterator[Furnished]:
    """A house with everything in it; what a cell changes is put back."""
    found = furnish()
    yield found
    found.client.__exit__(None, None, None)


@pytest.mark.parametrize("who", ROLES)
def test_nobody_reaches_what_is_not_theirs(
    here: Furnished, who: str, record_property: Callable[[str, object], None]
) -> None:
    """Every operation with own and others' ids by path, body and portfolio: refused, unchanged, and nothing shown."""
    found = run_matrix(here, OPERATIONS, who)
    record_property("cells of the role matrix", found.cells)
    assert found.leaks == []
    assert found.cells >= LEAST_CELLS


def test_every_operation_has_an_example_that_works(here: Furnished) -> None:
    """Else the matrix would only see it refuse what cannot be read."""
    assert never_done(here, OPERATIONS) == OF_AN_OUTSIDE_ENGINE


def test_the_tables_of_the_matrix_name_operations_that_are_there() -> None:
    """A renamed operation does not slip out of them."""
    assert {it.name for it in OPERATIONS} >= BODY_IDS_ARE_LOOKED_UP | OF_THE_WHOLE


@operation("GET", "/api/careless/leases/{lease_id}", Action.READ_LEASE, answers=LeaseShape)
def read_any_lease(call: Call[Any, Any]) -> Answer:
    """Forgets the caller's reach in the portfolio."""
    whole = call.parts.gate.reach(callers()["operator"].actor, Action.READ_LEASE, call.portfolio_id)
    return Answer(LeaseShape.of(call.parts.ports.one(whole, LEASES, call.path["lease_id"]), call.today))


@operation("GET", "/api/careless/properties", Action.READ_PROPERTY, answers=PropertyShape)
def read_fixed_book(call: Call[Any, Any]) -> Answer:
    """Looks into one book, whoever asks."""
    return Answer(PropertyShape.of(next(iter(call.parts.ports.properties(BOOK)))))


@operation("POST", "/api/careless/leases/{lease_id}/end", Action.WRITE_LEASE, answers=None, body=ReasonBody, plans=True)
def end_any_lease(call: Call[Any, Any]) -> Answer:
    """Changes a lease of the portfolio without the gate."""
    lease = call.parts.ports.lease(call.portfolio_id, LeaseId(call.path["lease_id"]))
    return Answer({"lease": lease.lease_id})


@pytest.mark.parametrize(
    ("careless", "who"),
    [(read_any_lease, "owner"), (read_any_lease, "tenant"), (read_fixed_book, "stranger"), (end_any_lease, "owner")],
)
def test_an_operation_that_forgets_who_asks_is_found(careless: Operation, who: str) -> None:
    """The control: each carelessness is a leak."""
    house = furnish((*OPERATIONS, careless))
    assert run_matrix(house, (careless,), who).leaks != []
    house.client.__exit__(None, None, None)
