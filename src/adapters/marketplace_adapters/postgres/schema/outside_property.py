"""Tables of what is kept of a property manager's system outside: how far it is read, and who lives where."""

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
    words,
)

sync_runs = book_table(
    "sync_runs",
    identifier("system"),
    identifier("stream"),
    instant("begun_at"),
    instant("since", optional=True),
    identifier("stage"),
    identifier("cursor"),
    plain("counts"),
    instant("ended_at", optional=True),
    words("trouble"),
    key(PORTFOLIO, "system", "stream", "begun_at"),
    partly_unique("uq_sync_runs_running", PORTFOLIO, "system", "stream", where="ended_at IS NULL"),
    check("ck_sync_runs_stage", "stage IN ('changes', 'sweep', 'done')"),
)
"""Runs of each stream, at most one of them running."""

occupancies = book_table(
    "occupancies",
    identifier("system"),
    identifier("external_id"),
    count("stay"),
    identifier("occupancy_id"),
    identifier("place"),
    identifier("unit_id", optional=True),
    identifier("role"),
    day("seen_from"),
    day("seen_until", optional=True),
    instant("updated_at"),
    words("name"),
    words("phone"),
    words("email"),
    Column("is_verified", Boolean, nullable=False),
    Column("is_erased", Boolean, nullable=False),
    key(PORTFOLIO, "system", "external_id", "stay"),
    partly_unique("uq_occupancies_current", PORTFOLIO, "system", "external_id", where="seen_until IS NULL"),
    index("ix_occupancies_id", PORTFOLIO, "occupancy_id"),
    index("ix_occupancies_unit", PORTFOLIO, "unit_id", where="unit_id IS NOT NULL"),
    index("ix_occupancies_phone", PORTFOLIO, "phone", where="phone <> ''"),
    index("ix_occupancies_place", PORTFOLIO, "system", "place", where="unit_id IS NULL AND seen_until IS NULL"),
    check("ck_occupancies_stay", "stay >= 1"),
    check("ck_occupancies_seen", "seen_until >= seen_from"),
    check("ck_occupancies_erased", "NOT is_erased OR (name, phone, email) = ('', '', '')"),
    points_to("fk_occupancies_portfolio", [PORTFOLIO], "portfolios"),
    points_to("fk_occupancies_unit", [PORTFOLIO, "unit_id"], "units"),
)
"""Who is in which unit, as the system outside tells: personal data, erasable, in no log. A move ends a stay."""
