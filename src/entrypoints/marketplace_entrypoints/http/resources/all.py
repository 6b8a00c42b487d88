"""Every operation of the API, in the order in which the description has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Final

from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.resources import (
    acts,
    billing,
    bookings,
    cocorico,
    condo,
    directory,
    hooks,
    invoices,
    jobs,
    leases,
    listings,
    maintenance,
    oauth,
    payments,
    people,
    portal,
    portfolios,
    reconciliation,
    reports,
    same_people,
    sessions,
    system,
    users,
)

_MODULES: Final = (
    system,
    sessions,
    oauth,
    portfolios,
    directory,
    leases,
    invoices,
    payments,
    reconciliation,
    reports,
    acts,
    maintenance,
    listings,
    bookings,
    people,
    same_people,
    users,
    jobs,
    billing,
    condo,
    cocorico,
    hooks,
    portal,
)


def _declared(modules: Iterable[ModuleType]) -> tuple[Operation, ...]:
    return tuple(dict.fromkeys(it for module in modules for it in vars(module).values() if isinstance(it, Operation)))


OPERATIONS: Final = _declared(_MODULES)
SERVICES: Final[Mapping[str, tuple[Operation, ...]]] = {
    "condo": _declared((system, oauth, condo)),
    "cocorico": _declared((system, oauth, cocorico, portal)),
}
"""The operations of each part that may be served alone: its own, health, metrics, and tokens for services."""
