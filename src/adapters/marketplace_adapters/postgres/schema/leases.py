"""The table of leases, which lets no unit twice on one day."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, text

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    check,
    count,
    currency,
    day,
    holds_one,
    identifier,
    index,
    key,
    partly_unique,
    plain,
    points_to,
    unique,
)

FIRST_DAY = "DATE '0001-01-01'"
"""Stands for no earlier occupation."""
LAST_DAY = "DATE '9999-12-31'"
"""Stands for no end."""
OCCUPYING = "status IN ('active', 'notice', 'ended')"

_LINKED = (
    f"occupied_until = COALESCE(ends_on, {LAST_DAY}) AND occupied_after <= starts_on"
    f" AND follows_until IS NOT DISTINCT FROM NULLIF(occupied_after, {FIRST_DAY})"
    " AND occupied_until IS NOT NULL AND occupied_after IS NOT NULL"
)
_FREE = "occupied_until IS NULL AND occupied_after IS NULL AND follows_until IS NULL"

leases = book_table(
    "leases",
    identifier("lease_id"),
    identifier("unit_id"),
    identifier("first_tenant_id"),
    identifier("collection_account_id", optional=True),
    identifier("status"),
    day("starts_on"),
    day("ends_on", optional=True),
    count("billing_day"),
    currency(),
    identifier("reference"),
    identifier("checked_reference"),
    count("version"),
    Column("has_one_offs", Boolean, nullable=False),
    day("occupied_until", optional=True),
    day("occupied_after", optional=True),
    day("follows_until", optional=True),
    plain("body"),
    key(PORTFOLIO, "lease_id"),
    partly_unique("uq_leases_reference", PORTFOLIO, "reference", where="reference <> ''"),
    index("ix_leases_checked_reference", PORTFOLIO, "checked_reference", where="checked_reference <> ''"),
    unique("uq_leases_occupied_until", PORTFOLIO, "unit_id", "occupied_until"),
    unique("uq_leases_occupied_after", PORTFOLIO, "unit_id", "occupied_after", deferred=True),
    index("ix_leases_places", PORTFOLIO, "lease_id", holds=["unit_id", "first_tenant_id"]),
    index("ix_leases_starts", PORTFOLIO, "starts_on", "lease_id"),
    Index("ix_leases_ends", PORTFOLIO, text("COALESCE(ends_on, '9999-12-31'::date)"), "lease_id"),
    index("ix_leases_status", PORTFOLIO, "status", "lease_id"),
    holds_one("ix_leases_tenants", "(body -> 'tenant_ids')"),
    index("ix_leases_billable", PORTFOLIO, "lease_id", where=OCCUPYING),
    check("ck_leases_term", "ends_on IS NULL OR ends_on > starts_on"),
    check("ck_leases_version", "version >= 1"),
    check("ck_leases_billing_day", "billing_day BETWEEN 1 AND 31"),
    check("ck_leases_occupation", f"CASE WHEN {OCCUPYING} THEN {_LINKED} ELSE {_FREE} END"),
    points_to("fk_leases_unit", [PORTFOLIO, "unit_id"], "units"),
    points_to("fk_leases_account", [PORTFOLIO, "collection_account_id"], "portfolio_accounts"),
    points_to(
        "fk_leases_follows",
        [PORTFOLIO, "unit_id", "follows_until"],
        "leases",
        [PORTFOLIO, "unit_id", "occupied_until"],
        deferred=True,
    ),
)
"""Leases, each whole in ``body``; the other columns repeat what queries need of it.

``checked_reference`` is the reference as payers' texts are compared with it, empty where it has no check character.

The occupying leases of a unit are a chain: each begins no earlier than the end of another (``occupied_after``, which
``follows_until`` proves to exist), no two follow the same end, and one alone follows none. Ends fall along the chain,
so there is one chain, and no day is in two of its leases.
"""
