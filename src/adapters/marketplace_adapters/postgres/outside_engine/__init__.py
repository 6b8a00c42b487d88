"""What is kept of an outside billing engine on PostgreSQL, and what a comparison with it reads of the books."""

from marketplace_adapters.postgres.outside_engine.records import PostgresEngineRecords

__all__ = ["PostgresEngineRecords"]
