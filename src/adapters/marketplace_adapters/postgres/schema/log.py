"""Tables of the event log: the chain, its head, and the personal parts that stand outside it."""

from __future__ import annotations

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    check,
    count,
    identifier,
    index,
    instant,
    key,
    minor_units,
    points_to,
    unique,
    words,
)

events = book_table(
    "events",
    minor_units("sequence"),
    identifier("command_id"),
    identifier("kind"),
    identifier("actor"),
    words("reason"),
    instant("recorded_at"),
    words("payload"),
    identifier("previous_hash"),
    identifier("hash"),
    key(PORTFOLIO, "sequence"),
    unique("uq_events_command", PORTFOLIO, "command_id"),
    check("ck_events_sequence", "sequence >= 1"),
    points_to("fk_events_portfolio", [PORTFOLIO], "portfolios"),
    index("ix_events_recorded_at", PORTFOLIO, "recorded_at"),
)
"""The chain: one link a command, never changed."""

event_heads = book_table(
    "event_heads",
    minor_units("sequence"),
    identifier("hash"),
    key(PORTFOLIO),
    points_to("fk_event_heads_portfolio", [PORTFOLIO], "portfolios"),
)
"""The last link of each chain: the row that writers of a portfolio queue for."""

event_personal = book_table(
    "event_personal",
    minor_units("sequence"),
    count("position"),
    words("body"),
    key(PORTFOLIO, "sequence", "position"),
    points_to("fk_event_personal_event", [PORTFOLIO, "sequence"], "events"),
)
"""Personal parts of facts as canonical JSON with their salt: erasing a row leaves the chain whole."""
