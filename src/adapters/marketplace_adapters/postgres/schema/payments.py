"""Tables of money received: the inbox of each collection account, payments, their reports, and where they went."""

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
    plain,
    points_to,
    shared_table,
    unique,
    words,
)

inbox_transactions = shared_table(
    "inbox_transactions",
    identifier("collection_account_id"),
    identifier("transaction_id"),
    identifier("payment_id"),
    identifier(PORTFOLIO),
    key("collection_account_id", "transaction_id"),
    points_to("fk_inbox_transactions_account", ["collection_account_id"], "collection_accounts"),
)
"""Each transaction of a collection account once, whichever of its portfolios has the payment."""

inbox_held = shared_table(
    "inbox_held",
    identifier("collection_account_id"),
    identifier("payment_id"),
    identifier("transaction_id"),
    identifier("source"),
    minor_units(),
    currency(),
    instant("paid_at"),
    day("value_date"),
    words("place"),
    words("reference_text"),
    words("payer_name"),
    words("payer_phone"),
    instant("held_at"),
    key("collection_account_id", "payment_id", "source", "amount_minor", "currency"),
    check("ck_inbox_held_amount", "amount_minor > 0"),
    points_to("fk_inbox_held_account", ["collection_account_id"], "collection_accounts"),
)
"""Reports of payments of a shared account that no book has yet. Deleted when a book takes them; erasable before."""

payments = book_table(
    "payments",
    identifier("payment_id"),
    identifier("collection_account_id"),
    identifier("transaction_id"),
    minor_units(),
    currency(),
    day("value_date"),
    instant("recorded_at"),
    words("reference_text"),
    identifier("named_reference"),
    words("payer_name"),
    words("payer_phone"),
    day("reversed_on", optional=True),
    instant("reversed_recorded_at", optional=True),
    minor_units("given_minor"),
    minor_units("credited_minor", default=0),
    key(PORTFOLIO, "payment_id"),
    unique("uq_payments_transaction", PORTFOLIO, "collection_account_id", "transaction_id"),
    index(
        "ix_payments_waiting",
        PORTFOLIO,
        "payment_id",
        where="reversed_on IS NULL AND given_minor < amount_minor",
    ),
    index("ix_payments_valued", PORTFOLIO, "value_date", "payment_id"),
    index(
        "ix_payments_waiting_valued",
        PORTFOLIO,
        "value_date",
        "payment_id",
        where="reversed_on IS NULL AND given_minor < amount_minor",
    ),
    index("ix_payments_reversed", PORTFOLIO, "value_date", "payment_id", where="reversed_on IS NOT NULL"),
    check("ck_payments_amount", "amount_minor > 0"),
    check("ck_payments_given", "given_minor BETWEEN 0 AND amount_minor"),
    check("ck_payments_credited", "credited_minor BETWEEN 0 AND amount_minor"),
    check("ck_payments_reversal", "(reversed_on IS NULL) = (reversed_recorded_at IS NULL)"),
    points_to("fk_payments_account", [PORTFOLIO, "collection_account_id"], "portfolio_accounts"),
)
"""Kept sums: ``given_minor`` of the matches not undone, ``credited_minor`` of the credits not ended.

Reference text and payer are erasable. ``named_reference`` is the one payment reference that the text says.
"""

payment_reports = book_table(
    "payment_reports",
    identifier("report_id"),
    identifier("payment_id"),
    count("position"),
    identifier("collection_account_id"),
    identifier("transaction_id"),
    identifier("source"),
    minor_units(),
    currency(),
    instant("paid_at"),
    day("value_date"),
    words("place"),
    words("reference_text"),
    words("payer_name"),
    words("payer_phone"),
    key(PORTFOLIO, "report_id"),
    index("ix_payment_reports_payment", PORTFOLIO, "payment_id"),
    check("ck_payment_reports_amount", "amount_minor > 0"),
    points_to("fk_payment_reports_payment", [PORTFOLIO, "payment_id"], "payments"),
)
"""Who told of a payment, the first one at ``position`` 0. Reference text and payer are erasable."""

contradictions = book_table(
    "contradictions",
    identifier("payment_id"),
    identifier("source"),
    minor_units(),
    currency(),
    words("reason"),
    instant("paid_at"),
    key(PORTFOLIO, "payment_id", "source", "amount_minor", "currency"),
    points_to("fk_contradictions_payment", [PORTFOLIO, "payment_id"], "payments"),
)
"""Refused reports, each once; what they said of people is in the erasable part of their event."""

awaited_reversals = book_table(
    "awaited_reversals",
    identifier("reversal_id"),
    identifier("collection_account_id"),
    identifier("transaction_id"),
    identifier("original_transaction_id"),
    minor_units(),
    currency(),
    instant("reversed_at"),
    day("value_date"),
    words("place"),
    instant("recorded_at"),
    instant("dismissed_at", optional=True),
    key(PORTFOLIO, "reversal_id"),
    check("ck_awaited_reversals_amount", "amount_minor > 0"),
    points_to(
        "fk_awaited_reversals_account",
        [PORTFOLIO, "collection_account_id"],
        "portfolio_accounts",
    ),
)
"""Reversals whose payment is not here, each once; only a dismissal changes a row."""

matches = book_table(
    "matches",
    identifier("match_id"),
    identifier("payment_id"),
    count("position"),
    minor_units(),
    plain("slices"),
    words("decided_by"),
    instant("recorded_at"),
    words("certificate"),
    identifier("certificate_digest"),
    instant("undone_at", optional=True),
    words("undone_by"),
    words("undone_reason"),
    key(PORTFOLIO, "match_id"),
    index("ix_matches_payment", PORTFOLIO, "payment_id"),
    check("ck_matches_amount", "amount_minor > 0"),
    points_to("fk_matches_payment", [PORTFOLIO, "payment_id"], "payments"),
)
"""A payment's matches, the first one at ``position`` 0. The certificate is erasable, its digest is not."""

proposals = book_table(
    "proposals",
    identifier("payment_id"),
    minor_units(),
    currency(),
    identifier("outcome"),
    instant("recorded_at"),
    words("certificate"),
    identifier("certificate_digest"),
    key(PORTFOLIO, "payment_id"),
    points_to("fk_proposals_payment", [PORTFOLIO, "payment_id"], "payments"),
)

aliases = book_table(
    "aliases",
    identifier("lease_id"),
    identifier("kind"),
    words("text"),
    words("origin"),
    identifier("person_id", optional=True),
    key(PORTFOLIO, "lease_id", "kind", "text"),
    points_to("fk_aliases_lease", [PORTFOLIO, "lease_id"], "leases"),
)

receipts = book_table(
    "receipts",
    identifier("receipt_id"),
    identifier("payment_id"),
    minor_units(),
    currency(),
    day("issued_on"),
    instant("recorded_at"),
    identifier("number"),
    key(PORTFOLIO, "receipt_id"),
    unique("uq_receipts_number", PORTFOLIO, "number"),
    index("ix_receipts_payment", PORTFOLIO, "payment_id"),
    index("ix_receipts_issued", PORTFOLIO, "issued_on", "receipt_id"),
    check("ck_receipts_amount", "amount_minor > 0"),
    check("ck_receipts_number", "number <> ''"),
    points_to("fk_receipts_payment", [PORTFOLIO, "payment_id"], "payments"),
)
