"""A property manager's system in memory: a fake that changes, deletes and hides as a real one, edited by hand."""

from marketplace_core.testing.outside_property.by_hand import ByHand
from marketplace_core.testing.outside_property.system import MemoryOutsideProperties
from marketplace_core.testing.outside_property.tables import BEGINNING

__all__ = ["BEGINNING", "ByHand", "MemoryOutsideProperties"]
