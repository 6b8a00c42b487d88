"""Tables of what is done in an outside billing engine and known of it: of the installation, not of a book."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    check,
    count,
    identifier,
    index,
    instant,
    key,
    shared_table,
    unique_by,
    words,
)

OPEN = "state IN ('planned', 'sent')"
"""Of an intent of which nobody knows how it ended."""
NOT_PAID_OTHERWISE = "kind <> 'paid_otherwise'"
DRIFT = f"{NOT_PAID_OTHERWISE} AND kind <> 'ended_later'"
"""Of a difference that is more than told."""


def _amount_if_any(prefix: str) -> tuple[Column[int], Column[str]]:
    """Whole minor units and their currency, both null where there is no amount."""
    return (
        Column(f"{prefix}_minor", BigInteger, nullable=True),
        Column(f"{prefix}_currency", Text(collation="C"), nullable=True),
    )


engine_intents = shared_table(
    "engine_intents",
    identifier("marker"),
    identifier(PORTFOLIO),
    identifier("lease_id"),
    identifier("kind"),
    words("words"),
    instant("planned_at"),
    identifier("state"),
    *_amount_if_any("amount"),
    count("attempts"),
    instant("sent_at", optional=True),
    instant("settled_at", optional=True),
    identifier("their_id"),
    words("last_words"),
    key("marker"),
    index("ix_engine_intents_lease", PORTFOLIO, "lease_id", "planned_at", "marker"),
    index("ix_engine_intents_open", "planned_at", "marker", where=OPEN),
    check("ck_engine_intents_state", "state IN ('planned', 'sent', 'done', 'refused')"),
    check("ck_engine_intents_attempts", "attempts >= 0"),
    check("ck_engine_intents_amount", "(amount_minor IS NULL) = (amount_currency IS NULL)"),
    check("ck_engine_intents_settled", f"(settled_at IS NULL) = ({OPEN})"),
)
"""Each step once by its marker. Never deleted: it proves what was sent, and when."""

engine_passes = shared_table(
    "engine_passes",
    identifier("pass_id"),
    instant("begun_at"),
    identifier("stage"),
    identifier("cursor"),
    count("checked"),
    count("differences"),
    instant("ended_at", optional=True),
    key("pass_id"),
    unique_by("uq_engine_passes_running", expression="NULLIF(ended_at IS NULL, false)"),
    index("ix_engine_passes_begun", "begun_at", "pass_id"),
    check("ck_engine_passes_counts", "checked >= 0 AND differences >= 0"),
)
"""Full passes, at most one of them running: of one that has ended the unique part is null, and nulls are distinct."""

engine_faults = shared_table(
    "engine_faults",
    identifier("kind"),
    identifier("subject"),
    instant("since"),
    words("words"),
    key("kind", "subject"),
)
"""What is known to be wrong. Deleted when it is well again."""

engine_watches = shared_table(
    "engine_watches",
    identifier("watch"),
    instant("watched_at"),
    key("watch"),
)
"""When somebody last looked for faults; one row."""

engine_differences = shared_table(
    "engine_differences",
    identifier(PORTFOLIO),
    identifier("lease_id"),
    identifier("kind"),
    identifier("subject"),
    count("position"),
    *_amount_if_any("ours"),
    *_amount_if_any("theirs"),
    words("words"),
    words("repair"),
    key(PORTFOLIO, "lease_id", "kind", "subject", "position"),
    index("ix_engine_differences_drift", PORTFOLIO, where=NOT_PAID_OTHERWISE),
    check("ck_engine_differences_ours", "(ours_minor IS NULL) = (ours_currency IS NULL)"),
    check("ck_engine_differences_theirs", "(theirs_minor IS NULL) = (theirs_currency IS NULL)"),
    check("ck_engine_differences_lease", f"({PORTFOLIO} = '') = (lease_id = '')"),
)
"""What differs now, replaced as a whole: of a lease, or, with empty ids, of accounts there that are none of ours."""

engine_leases = shared_table(
    "engine_leases",
    identifier(PORTFOLIO),
    identifier("lease_id"),
    identifier("digest"),
    instant("remembered_at", optional=True),
    instant("compared_at", optional=True),
    key(PORTFOLIO, "lease_id"),
)
"""What both sides said when a lease was synchronised last; the row that those who compare a lease queue for.

With empty ids it is the queue of those who compare accounts that are no lease of ours.
"""
