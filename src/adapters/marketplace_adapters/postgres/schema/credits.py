"""Tables of credits, what they pay and are used for, deposits, and postings."""

from __future__ import annotations

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    check,
    currency,
    day,
    identifier,
    index,
    instant,
    key,
    minor_units,
    plain,
    points_to,
    words,
)

credits_ = book_table(
    "credits",
    identifier("credit_id"),
    identifier("lease_id"),
    identifier("source"),
    identifier("source_id"),
    minor_units(),
    currency(),
    day("value_date"),
    instant("recorded_at"),
    identifier("order_key"),
    plain("pins"),
    identifier("match_id", optional=True),
    day("ended_on", optional=True),
    instant("ended_recorded_at", optional=True),
    words("reason"),
    minor_units("allocated_minor"),
    minor_units("used_minor"),
    key(PORTFOLIO, "credit_id"),
    index("ix_credits_lease", PORTFOLIO, "lease_id"),
    index("ix_credits_ended", PORTFOLIO, "ended_on", where="ended_on IS NOT NULL"),
    index(
        "ix_credits_unapplied",
        PORTFOLIO,
        "lease_id",
        where="ended_on IS NULL AND source <> 'write_off' AND allocated_minor + used_minor < amount_minor",
    ),
    check("ck_credits_amount", "amount_minor > 0"),
    check(
        "ck_credits_given",
        "allocated_minor >= 0 AND used_minor >= 0 AND allocated_minor <= amount_minor"
        " AND used_minor <= amount_minor - allocated_minor",
    ),
    check("ck_credits_end", "(ended_on IS NULL) = (ended_recorded_at IS NULL) AND ended_on >= value_date"),
    points_to("fk_credits_lease", [PORTFOLIO, "lease_id"], "leases"),
)
"""Credits of leases. ``allocated_minor`` is kept as on invoices, ``used_minor`` sums the uses that have not ended."""

credit_uses = book_table(
    "credit_uses",
    identifier("use_id"),
    identifier("lease_id"),
    identifier("credit_id"),
    identifier("kind"),
    minor_units(),
    currency(),
    day("value_date"),
    instant("recorded_at"),
    words("reason"),
    day("ended_on", optional=True),
    instant("ended_recorded_at", optional=True),
    key(PORTFOLIO, "use_id"),
    index("ix_credit_uses_lease", PORTFOLIO, "lease_id"),
    check("ck_credit_uses_amount", "amount_minor > 0"),
    check("ck_credit_uses_end", "(ended_on IS NULL) = (ended_recorded_at IS NULL) AND ended_on >= value_date"),
    points_to("fk_credit_uses_credit", [PORTFOLIO, "credit_id"], "credits"),
    points_to("fk_credit_uses_lease", [PORTFOLIO, "lease_id"], "leases"),
)

allocations = book_table(
    "allocations",
    identifier("allocation_id"),
    identifier("lease_id"),
    identifier("credit_id"),
    identifier("invoice_id"),
    minor_units(),
    currency(),
    day("value_date"),
    instant("recorded_at"),
    identifier("invoice_kind"),
    day("ended_on", optional=True),
    instant("superseded_at", optional=True),
    key(PORTFOLIO, "allocation_id"),
    index("ix_allocations_lease", PORTFOLIO, "lease_id"),
    index("ix_allocations_invoice", PORTFOLIO, "invoice_id"),
    index("ix_allocations_begins", PORTFOLIO, "value_date", where="superseded_at IS NULL"),
    index("ix_allocations_ends", PORTFOLIO, "ended_on", where="superseded_at IS NULL AND ended_on IS NOT NULL"),
    check("ck_allocations_amount", "amount_minor > 0"),
    check("ck_allocations_span", "ended_on IS NULL OR ended_on > value_date"),
    points_to("fk_allocations_invoice", [PORTFOLIO, "invoice_id"], "invoices"),
    points_to("fk_allocations_credit", [PORTFOLIO, "credit_id"], "credits"),
)
"""What pays what, on both time axes: a row changes once, when ``superseded_at`` is set."""

deposit_entries = book_table(
    "deposit_entries",
    identifier("entry_id"),
    identifier("lease_id"),
    identifier("move"),
    minor_units(),
    currency(),
    day("value_date"),
    instant("recorded_at"),
    words("reason"),
    identifier("other_lease_id", optional=True),
    key(PORTFOLIO, "entry_id"),
    index("ix_deposit_entries_lease", PORTFOLIO, "lease_id"),
    check("ck_deposit_entries_amount", "amount_minor > 0"),
    check("ck_deposit_entries_other", "(move IN ('transferred_in', 'transferred_out')) = (other_lease_id IS NOT NULL)"),
    points_to("fk_deposit_entries_lease", [PORTFOLIO, "lease_id"], "leases"),
    points_to("fk_deposit_entries_other", [PORTFOLIO, "other_lease_id"], "leases", [PORTFOLIO, "lease_id"]),
)

postings = book_table(
    "postings",
    identifier("posting_id"),
    identifier("debit"),
    identifier("credit"),
    minor_units(),
    currency(),
    day("value_date"),
    instant("recorded_at"),
    identifier("source_id"),
    identifier("reverses", optional=True),
    key(PORTFOLIO, "posting_id"),
    check("ck_postings_amount", "amount_minor > 0"),
    check("ck_postings_accounts", "debit <> credit"),
)
"""One row moves one amount from one account to another, so every set of rows balances. Append-only.

Each is written with the link of its command, in one transaction, and that link's foreign key says that the portfolio is
there: one check a command instead of one a posting.
"""
