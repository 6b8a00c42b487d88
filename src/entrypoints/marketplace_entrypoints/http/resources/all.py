"""Every operation of the API, in the order in which the description has them."""

from __future__ import annotations

from typing import Final

from marketplace_entrypoints.http.operation import Operation
from marketplace_entrypoints.http.resources import portfolios, system

_MODULES: Final = (portfolios, system)

OPERATIONS: Final[tuple[Operation, ...]] = tuple(
    it for module in _MODULES for it in vars(module).values() if isinstance(it, Operation)
)
