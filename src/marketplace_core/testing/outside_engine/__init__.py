"""An outside engine in memory: a fake that bills, repairs and refuses as the real one, and a bad line before it."""

from marketplace_core.testing.outside_engine.by_hand import ByHand
from marketplace_core.testing.outside_engine.engine import MemoryOutsideEngine
from marketplace_core.testing.outside_engine.faults import Fault, FaultKind, FaultyEngine, scripted, seeded

__all__ = ["ByHand", "Fault", "FaultKind", "FaultyEngine", "MemoryOutsideEngine", "scripted", "seeded"]
