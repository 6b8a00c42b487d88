"""Intents and the log of an outside engine, in one object."""

from __future__ import annotations

from marketplace_adapters.postgres.outside_engine.intents import PostgresEngineIntents
from marketplace_adapters.postgres.outside_engine.log import PostgresEngineLog


class PostgresEngineRecords(PostgresEngineIntents, PostgresEngineLog):
    """Everything that is kept of the one outside engine of the installation, over the pool of the books."""
