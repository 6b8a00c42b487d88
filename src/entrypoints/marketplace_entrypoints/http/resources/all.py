"""Every operation of the API, in the order in which the description has them."""

from __future__ import annotations

from typing import Final

from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.resources import (
    acts,
    billing,
    directory,
    hooks,
    invoices,
    jobs,
    leases,
    maintenance,
    oauth,
    payments,
    people,
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
    people,
    same_people,
    users,
    jobs,
    billing,
    hooks,
)

OPERATIONS: Final[tuple[Operation, ...]] = tuple(
    dict.fromkeys(it for module in _MODULES for it in vars(module).values() if isinstance(it, Operation))
)
