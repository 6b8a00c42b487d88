"""An outside engine as a whole: what an adapter of one gives."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.ports.outside_engine.engine_care import EngineCare
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting


@frozen
class OutsideEngine:
    """One engine: read, written to and looked after. Each part may be used by several threads at once."""

    reading: EngineReading
    writing: EngineWriting
    care: EngineCare
