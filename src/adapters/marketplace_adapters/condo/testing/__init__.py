"""A Condo to test against, on graphql-core and the standard library: the extra ``condo-testing``."""

from marketplace_adapters.condo.testing.books import BEGINNING, Books
from marketplace_adapters.condo.testing.faults import Drift, Fault, FaultKind, Faults
from marketplace_adapters.condo.testing.hand import CondoHand
from marketplace_adapters.condo.testing.sample import furnish
from marketplace_adapters.condo.testing.serving import CondoStandIn

__all__ = ["BEGINNING", "Books", "CondoHand", "CondoStandIn", "Drift", "Fault", "FaultKind", "Faults", "furnish"]
