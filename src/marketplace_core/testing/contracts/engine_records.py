"""What every store of an outside engine's records must do."""

from marketplace_core.testing.contracts.engine_intents import EngineIntentsContract
from marketplace_core.testing.contracts.engine_log import EngineLogContract
from marketplace_core.testing.contracts.engine_records_base import EngineRecords

__all__ = ["EngineIntentsContract", "EngineLogContract", "EngineRecords"]
