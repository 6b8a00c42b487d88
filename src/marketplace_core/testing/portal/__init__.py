"""A public portal in memory: a fake that limits, refuses, collides and cascades as a real one, worked on by hand."""

from marketplace_core.testing.portal.by_hand import ByHand
from marketplace_core.testing.portal.pictures import MemoryPictures
from marketplace_core.testing.portal.portal import MemoryPortal
from marketplace_core.testing.portal.tables import BEGINNING

__all__ = ["BEGINNING", "ByHand", "MemoryPictures", "MemoryPortal"]
