"""The table of answers kept for idempotency keys."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary

from marketplace_adapters.postgres.schema.columns import identifier, instant, key, plain, shared_table

kept_answers = shared_table(
    "kept_answers",
    identifier("owner"),
    identifier("key"),
    identifier("fingerprint"),
    instant("begun_at"),
    Column("status", Integer, nullable=True),
    plain("headers", optional=True),
    Column("content", LargeBinary, nullable=True),
    key("owner", "key"),
)
"""Each key of an owner once; no status while its request runs. Deleted when it is old."""
