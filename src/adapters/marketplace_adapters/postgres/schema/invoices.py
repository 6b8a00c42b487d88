"""Tables of invoices and of the counters that number documents."""

from __future__ import annotations

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    check,
    count,
    currency,
    day,
    identifier,
    index,
    instant,
    key,
    minor_units,
    points_to,
    unique,
    unique_by,
    words,
)

invoices = book_table(
    "invoices",
    identifier("invoice_id"),
    identifier("lease_id"),
    identifier("kind"),
    day("period_start"),
    day("period_end"),
    day("issue_date"),
    day("due_date"),
    instant("recorded_at"),
    identifier("subject"),
    identifier("series"),
    identifier("number"),
    minor_units(),
    currency(),
    minor_units("allocated_minor"),
    day("voided_on", optional=True),
    instant("void_recorded_at", optional=True),
    words("void_reason"),
    key(PORTFOLIO, "invoice_id"),
    unique("uq_invoices_number", PORTFOLIO, "series", "number"),
    unique_by(
        "uq_invoices_standing",
        PORTFOLIO,
        "lease_id",
        "period_start",
        "kind",
        "subject",
        expression="NULLIF(voided_on IS NULL, false)",
    ),
    index(
        "ix_invoices_open",
        PORTFOLIO,
        "due_date",
        "invoice_id",
        where="allocated_minor <> amount_minor",
        holds=["lease_id", "issue_date", "amount_minor", "allocated_minor", "currency", "voided_on"],
    ),
    index("ix_invoices_due", PORTFOLIO, "due_date", "invoice_id"),
    index("ix_invoices_void_due", PORTFOLIO, "due_date", "invoice_id", where="voided_on IS NOT NULL"),
    check("ck_invoices_amount", "amount_minor > 0"),
    check("ck_invoices_allocated", "allocated_minor BETWEEN 0 AND amount_minor"),
    check("ck_invoices_period", "period_end > period_start"),
    check("ck_invoices_number", "number <> ''"),
    check("ck_invoices_void", "(voided_on IS NULL) = (void_recorded_at IS NULL)"),
    points_to("fk_invoices_lease", [PORTFOLIO, "lease_id"], "leases"),
)
"""Issued invoices never change but for their void and ``allocated_minor``.

``allocated_minor`` is kept: the sum of the allocations that stand and do not end. One index both lets no two standing
invoices share lease, period, kind and subject, and finds all of a lease: for a voided one its last part is null, and
nulls are distinct. The index of the open ones serves both aging, which reads it alone, and pages of what is unpaid by
due date: one more index would cost each billing run.
"""

invoice_lines = book_table(
    "invoice_lines",
    identifier("invoice_id"),
    count("position"),
    identifier("line_id"),
    identifier("kind"),
    minor_units(),
    day("span_start"),
    day("span_end"),
    identifier("charge_id", optional=True),
    words("description"),
    key(PORTFOLIO, "invoice_id", "position"),
    check("ck_invoice_lines_span", "span_end > span_start"),
    points_to("fk_invoice_lines_invoice", [PORTFOLIO, "invoice_id"], "invoices"),
)
"""Lines in their order; their currency is the invoice's."""

credit_notes = book_table(
    "credit_notes",
    identifier("credit_note_id"),
    identifier("lease_id"),
    identifier("invoice_id"),
    minor_units(),
    currency(),
    day("issue_date"),
    instant("recorded_at"),
    words("reason"),
    identifier("number"),
    key(PORTFOLIO, "credit_note_id"),
    unique("uq_credit_notes_number", PORTFOLIO, "number"),
    index("ix_credit_notes_lease", PORTFOLIO, "lease_id"),
    index("ix_credit_notes_issued", PORTFOLIO, "issue_date", "credit_note_id"),
    index("ix_credit_notes_invoice", PORTFOLIO, "invoice_id"),
    check("ck_credit_notes_amount", "amount_minor > 0"),
    check("ck_credit_notes_number", "number <> ''"),
    points_to("fk_credit_notes_invoice", [PORTFOLIO, "invoice_id"], "invoices"),
)

number_series = book_table(
    "number_series",
    identifier("series"),
    minor_units("last_number"),
    key(PORTFOLIO, "series"),
    check("ck_number_series_last", "last_number >= 0"),
    points_to("fk_number_series_portfolio", [PORTFOLIO], "portfolios"),
)
"""The last number of each series: a row that is locked until its number is written, so that none is missing."""
