"""Tables of maintenance tickets: texts about people in columns of their own, so that they can be emptied."""

from __future__ import annotations

from sqlalchemy import Boolean, Column

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    check,
    count,
    day,
    identifier,
    index,
    instant,
    key,
    partly_unique,
    plain,
    points_to,
    unique,
    words,
)

OPEN = "state IN ('planned', 'sent')"
"""Of an intent of which nobody knows how it ended."""

tickets = book_table(
    "tickets",
    identifier("ticket_id"),
    count("number"),
    instant("created_at"),
    day("opened_on"),
    identifier("status"),
    instant("status_at"),
    words("title"),
    words("details"),
    words("category"),
    identifier("priority"),
    identifier("property_id", optional=True),
    identifier("unit_id", optional=True),
    words("status_reason"),
    instant("deferred_until", optional=True),
    identifier("reporter_id", optional=True),
    words("reporter_name"),
    words("reporter_phone"),
    identifier("assignee_id", optional=True),
    words("assignee_name"),
    identifier("system"),
    identifier("external_id"),
    plain("outside", optional=True),
    day("archived_on", optional=True),
    Column("is_erased", Boolean, nullable=False),
    count("version"),
    key(PORTFOLIO, "ticket_id"),
    unique("uq_tickets_number", PORTFOLIO, "number"),
    partly_unique("uq_tickets_outside", PORTFOLIO, "system", "external_id", where="external_id <> ''"),
    index("ix_tickets_opened", PORTFOLIO, "opened_on", "ticket_id"),
    index("ix_tickets_property", PORTFOLIO, "property_id", "opened_on", "ticket_id"),
    index("ix_tickets_reporter", PORTFOLIO, "reporter_id", "opened_on", "ticket_id"),
    index("ix_tickets_status", PORTFOLIO, "status", "opened_on", "ticket_id"),
    check("ck_tickets_number", "number > 0"),
    check("ck_tickets_outside", "(outside IS NULL) = (external_id = '')"),
    points_to("fk_tickets_portfolio", [PORTFOLIO], "portfolios"),
    points_to("fk_tickets_property", [PORTFOLIO, "property_id"], "properties"),
    points_to("fk_tickets_unit", [PORTFOLIO, "unit_id"], "units"),
    points_to("fk_tickets_reporter", [PORTFOLIO, "reporter_id"], "people", [PORTFOLIO, "person_id"]),
    points_to("fk_tickets_assignee", [PORTFOLIO, "assignee_id"], "people", [PORTFOLIO, "person_id"]),
)
"""Never deleted. ``outside`` is what the system of ``system`` and ``external_id`` told last, and no person's."""

ticket_counts = book_table(
    "ticket_counts",
    count("last_number"),
    key(PORTFOLIO),
    points_to("fk_ticket_counts_portfolio", [PORTFOLIO], "portfolios"),
)
"""The last number of a portfolio's tickets: who opens one queues at its row."""

ticket_changes = book_table(
    "ticket_changes",
    identifier("ticket_id"),
    count("position"),
    identifier("change_id"),
    words("reason"),
    plain("body"),
    key(PORTFOLIO, "ticket_id", "position"),
    unique("uq_ticket_changes_id", PORTFOLIO, "ticket_id", "change_id"),
    points_to("fk_ticket_changes_ticket", [PORTFOLIO, "ticket_id"], "tickets"),
)
"""The history, a line a row; of a line only the reason is ever changed, to nothing."""

ticket_comments = book_table(
    "ticket_comments",
    identifier("ticket_id"),
    count("position"),
    identifier("comment_id"),
    identifier("external_id"),
    words("text"),
    words("author_name"),
    plain("body"),
    key(PORTFOLIO, "ticket_id", "position"),
    unique("uq_ticket_comments_id", PORTFOLIO, "comment_id"),
    partly_unique("uq_ticket_comments_outside", PORTFOLIO, "ticket_id", "external_id", where="external_id <> ''"),
    points_to("fk_ticket_comments_ticket", [PORTFOLIO, "ticket_id"], "tickets"),
)
"""What was written, in the order in which we knew of it; a deleted comment stays, with its mark in ``body``."""

ticket_intents = book_table(
    "ticket_intents",
    identifier("ticket_id"),
    count("position"),
    identifier("intent_id"),
    identifier("state"),
    instant("planned_at"),
    plain("body"),
    key(PORTFOLIO, "ticket_id", "position"),
    unique("uq_ticket_intents_id", PORTFOLIO, "intent_id"),
    index("ix_ticket_intents_open", PORTFOLIO, "planned_at", "intent_id", where=OPEN),
    check("ck_ticket_intents_state", "state IN ('planned', 'sent', 'done', 'refused', 'superseded')"),
    points_to("fk_ticket_intents_ticket", [PORTFOLIO, "ticket_id"], "tickets"),
)
"""What a system outside is told. Never deleted: it proves what was sent, and when."""
