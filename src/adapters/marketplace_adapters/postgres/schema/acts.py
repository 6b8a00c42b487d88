"""The table of acts that wait for a second person."""

from __future__ import annotations

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    identifier,
    index,
    instant,
    key,
    plain,
    points_to,
)

pending_acts = book_table(
    "pending_acts",
    identifier("act_id"),
    identifier("state"),
    instant("asked_at"),
    plain("body"),
    key(PORTFOLIO, "act_id"),
    index("ix_pending_acts_waiting", PORTFOLIO, "asked_at", "act_id", where="state = 'waiting'"),
    points_to("fk_pending_acts_portfolio", [PORTFOLIO], "portfolios"),
)
"""Each act whole in ``body``, decided on or not; in no book: what is confirmed is in the log as its command."""
