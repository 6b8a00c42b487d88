"""The tables of the rent book."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import grant_rights
from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE credits (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    credit_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    value_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    order_key TEXT COLLATE "C" NOT NULL,
    pins JSONB NOT NULL,
    match_id TEXT COLLATE "C",
    ended_on DATE,
    ended_recorded_at TIMESTAMP WITH TIME ZONE,
    reason TEXT COLLATE "C" NOT NULL,
    allocated_minor BIGINT NOT NULL,
    used_minor BIGINT NOT NULL,
    PRIMARY KEY (portfolio_id, credit_id),
    CONSTRAINT ck_credits_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_credits_given CHECK (allocated_minor >= 0 AND used_minor >= 0 AND allocated_minor <=
        amount_minor AND used_minor <= amount_minor - allocated_minor),
    CONSTRAINT ck_credits_end CHECK ((ended_on IS NULL) = (ended_recorded_at IS NULL) AND ended_on >=
        value_date)
);

CREATE INDEX ix_credits_ended ON credits (portfolio_id, ended_on) WHERE ended_on IS NOT NULL;

CREATE INDEX ix_credits_lease ON credits (portfolio_id, lease_id);

CREATE INDEX ix_credits_unapplied ON credits (portfolio_id, lease_id)
    WHERE ended_on IS NULL AND source <> 'write_off' AND allocated_minor + used_minor < amount_minor;

CREATE TABLE credit_uses (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    use_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    credit_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    value_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    ended_on DATE,
    ended_recorded_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (portfolio_id, use_id),
    CONSTRAINT ck_credit_uses_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_credit_uses_end CHECK ((ended_on IS NULL) = (ended_recorded_at IS NULL) AND ended_on >=
        value_date)
);

CREATE INDEX ix_credit_uses_lease ON credit_uses (portfolio_id, lease_id);

CREATE TABLE allocations (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    allocation_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    credit_id TEXT COLLATE "C" NOT NULL,
    invoice_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    value_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    invoice_kind TEXT COLLATE "C" NOT NULL,
    ended_on DATE,
    superseded_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (portfolio_id, allocation_id),
    CONSTRAINT ck_allocations_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_allocations_span CHECK (ended_on IS NULL OR ended_on > value_date)
);

CREATE INDEX ix_allocations_begins ON allocations (portfolio_id, value_date) WHERE superseded_at IS NULL;

CREATE INDEX ix_allocations_ends ON allocations (portfolio_id, ended_on)
    WHERE superseded_at IS NULL AND ended_on IS NOT NULL;

CREATE INDEX ix_allocations_invoice ON allocations (portfolio_id, invoice_id);

CREATE INDEX ix_allocations_lease ON allocations (portfolio_id, lease_id);

CREATE TABLE deposit_entries (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    entry_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    move TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    value_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    other_lease_id TEXT COLLATE "C",
    PRIMARY KEY (portfolio_id, entry_id),
    CONSTRAINT ck_deposit_entries_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_deposit_entries_other CHECK ((move IN ('transferred_in', 'transferred_out')) = (other_lease_id
        IS NOT NULL))
);

CREATE INDEX ix_deposit_entries_lease ON deposit_entries (portfolio_id, lease_id);

CREATE TABLE postings (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    posting_id TEXT COLLATE "C" NOT NULL,
    debit TEXT COLLATE "C" NOT NULL,
    credit TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    value_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    source_id TEXT COLLATE "C" NOT NULL,
    reverses TEXT COLLATE "C",
    PRIMARY KEY (portfolio_id, posting_id),
    CONSTRAINT ck_postings_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_postings_accounts CHECK (debit <> credit)
);

CREATE TABLE portfolios (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id)
);

CREATE TABLE collection_accounts (
    collection_account_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (collection_account_id)
);

CREATE TABLE portfolio_accounts (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    collection_account_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, collection_account_id)
);

CREATE TABLE properties (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    property_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    landlord_id TEXT COLLATE "C",
    address TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, property_id)
);

CREATE TABLE units (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    property_id TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, unit_id),
    CONSTRAINT uq_units_code UNIQUE (portfolio_id, code)
);

CREATE TABLE people (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    phones JSONB NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    national_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, person_id)
);

CREATE TABLE external_links (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    our_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, system, kind, external_id)
);

CREATE TABLE payment_references (
    collection_account_id TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    portfolio_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (collection_account_id, reference)
);

CREATE TABLE invoices (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    invoice_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    issue_date DATE NOT NULL,
    due_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    allocated_minor BIGINT NOT NULL,
    voided_on DATE,
    void_recorded_at TIMESTAMP WITH TIME ZONE,
    void_reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, invoice_id),
    CONSTRAINT uq_invoices_number UNIQUE (portfolio_id, series, number),
    CONSTRAINT ck_invoices_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_invoices_allocated CHECK (allocated_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_invoices_period CHECK (period_end > period_start),
    CONSTRAINT ck_invoices_number CHECK (number <> ''),
    CONSTRAINT ck_invoices_void CHECK ((voided_on IS NULL) = (void_recorded_at IS NULL))
);

CREATE INDEX ix_invoices_open ON invoices (portfolio_id, lease_id)
    INCLUDE (due_date, issue_date, amount_minor, allocated_minor, currency, voided_on)
    WHERE allocated_minor <> amount_minor;

CREATE UNIQUE INDEX uq_invoices_standing ON invoices (portfolio_id, lease_id, period_start, kind, subject,
    NULLIF(voided_on IS NULL, false));

CREATE TABLE invoice_lines (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    invoice_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    line_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    span_start DATE NOT NULL,
    span_end DATE NOT NULL,
    charge_id TEXT COLLATE "C",
    description TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, invoice_id, position),
    CONSTRAINT ck_invoice_lines_span CHECK (span_end > span_start)
);

CREATE TABLE credit_notes (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    credit_note_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    invoice_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    issue_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, credit_note_id),
    CONSTRAINT uq_credit_notes_number UNIQUE (portfolio_id, number),
    CONSTRAINT ck_credit_notes_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_credit_notes_number CHECK (number <> '')
);

CREATE INDEX ix_credit_notes_lease ON credit_notes (portfolio_id, lease_id);

CREATE TABLE number_series (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    last_number BIGINT NOT NULL,
    PRIMARY KEY (portfolio_id, series),
    CONSTRAINT ck_number_series_last CHECK (last_number >= 0)
);

CREATE TABLE leases (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    first_tenant_id TEXT COLLATE "C" NOT NULL,
    collection_account_id TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    billing_day INTEGER NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    checked_reference TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    has_one_offs BOOLEAN NOT NULL,
    occupied_until DATE,
    occupied_after DATE,
    follows_until DATE,
    body JSONB NOT NULL,
    PRIMARY KEY (portfolio_id, lease_id),
    CONSTRAINT uq_leases_occupied_until UNIQUE (portfolio_id, unit_id, occupied_until),
    CONSTRAINT uq_leases_occupied_after UNIQUE (portfolio_id, unit_id, occupied_after)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_leases_term CHECK (ends_on IS NULL OR ends_on > starts_on),
    CONSTRAINT ck_leases_version CHECK (version >= 1),
    CONSTRAINT ck_leases_billing_day CHECK (billing_day BETWEEN 1 AND 31),
    CONSTRAINT ck_leases_occupation CHECK (CASE WHEN status IN ('active', 'notice', 'ended') THEN occupied_until
        = COALESCE(ends_on, DATE '9999-12-31') AND occupied_after <= starts_on AND follows_until IS NOT DISTINCT
        FROM NULLIF(occupied_after, DATE '0001-01-01') AND occupied_until IS NOT NULL AND occupied_after IS NOT
        NULL ELSE occupied_until IS NULL AND occupied_after IS NULL AND follows_until IS NULL END)
);

CREATE INDEX ix_leases_billable ON leases (portfolio_id, lease_id) WHERE status IN ('active', 'notice', 'ended');

CREATE UNIQUE INDEX uq_leases_reference ON leases (portfolio_id, reference) WHERE reference <> '';

CREATE INDEX ix_leases_places ON leases (portfolio_id, lease_id) INCLUDE (unit_id, first_tenant_id);

CREATE INDEX ix_leases_checked_reference ON leases (portfolio_id, checked_reference) WHERE checked_reference <> '';

CREATE TABLE events (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    command_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, sequence),
    CONSTRAINT uq_events_command UNIQUE (portfolio_id, command_id),
    CONSTRAINT ck_events_sequence CHECK (sequence >= 1)
);
CREATE INDEX ix_events_recorded_at ON events (portfolio_id, recorded_at);

CREATE TABLE event_heads (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id)
);

CREATE TABLE event_personal (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, sequence, position)
);

CREATE TABLE inbox_transactions (
    collection_account_id TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    portfolio_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (collection_account_id, transaction_id)
);

CREATE TABLE inbox_held (
    collection_account_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value_date DATE NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    reference_text TEXT COLLATE "C" NOT NULL,
    payer_name TEXT COLLATE "C" NOT NULL,
    payer_phone TEXT COLLATE "C" NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (collection_account_id, payment_id, source, amount_minor, currency),
    CONSTRAINT ck_inbox_held_amount CHECK (amount_minor > 0)
);

CREATE TABLE payments (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    collection_account_id TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    value_date DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reference_text TEXT COLLATE "C" NOT NULL,
    named_reference TEXT COLLATE "C" NOT NULL,
    payer_name TEXT COLLATE "C" NOT NULL,
    payer_phone TEXT COLLATE "C" NOT NULL,
    reversed_on DATE,
    reversed_recorded_at TIMESTAMP WITH TIME ZONE,
    given_minor BIGINT NOT NULL,
    credited_minor BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (portfolio_id, payment_id),
    CONSTRAINT uq_payments_transaction UNIQUE (portfolio_id, collection_account_id, transaction_id),
    CONSTRAINT ck_payments_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payments_given CHECK (given_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_payments_credited CHECK (credited_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_payments_reversal CHECK ((reversed_on IS NULL) = (reversed_recorded_at IS NULL))
);

CREATE INDEX ix_payments_waiting ON payments (portfolio_id, payment_id)
    WHERE reversed_on IS NULL AND given_minor < amount_minor;

CREATE TABLE payment_reports (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    report_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    collection_account_id TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value_date DATE NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    reference_text TEXT COLLATE "C" NOT NULL,
    payer_name TEXT COLLATE "C" NOT NULL,
    payer_phone TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, report_id),
    CONSTRAINT ck_payment_reports_amount CHECK (amount_minor > 0)
);

CREATE INDEX ix_payment_reports_payment ON payment_reports (portfolio_id, payment_id);

CREATE TABLE contradictions (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (portfolio_id, payment_id, source, amount_minor, currency)
);

CREATE TABLE awaited_reversals (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    reversal_id TEXT COLLATE "C" NOT NULL,
    collection_account_id TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    original_transaction_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    reversed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value_date DATE NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    dismissed_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (portfolio_id, reversal_id),
    CONSTRAINT ck_awaited_reversals_amount CHECK (amount_minor > 0)
);

CREATE TABLE matches (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    match_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    amount_minor BIGINT NOT NULL,
    slices JSONB NOT NULL,
    decided_by TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,
    certificate_digest TEXT COLLATE "C" NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    undone_by TEXT COLLATE "C" NOT NULL,
    undone_reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, match_id),
    CONSTRAINT ck_matches_amount CHECK (amount_minor > 0)
);

CREATE INDEX ix_matches_payment ON matches (portfolio_id, payment_id);

CREATE TABLE proposals (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,
    certificate_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, payment_id)
);

CREATE TABLE aliases (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    lease_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C",
    PRIMARY KEY (portfolio_id, lease_id, kind, text)
);

CREATE TABLE receipts (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    receipt_id TEXT COLLATE "C" NOT NULL,
    payment_id TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    issued_on DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (portfolio_id, receipt_id),
    CONSTRAINT uq_receipts_number UNIQUE (portfolio_id, number),
    CONSTRAINT ck_receipts_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_receipts_number CHECK (number <> '')
);

CREATE INDEX ix_receipts_payment ON receipts (portfolio_id, payment_id);
"""

BY_PORTFOLIO = (
    "credits",
    "credit_uses",
    "allocations",
    "deposit_entries",
    "postings",
    "portfolios",
    "portfolio_accounts",
    "properties",
    "units",
    "people",
    "external_links",
    "invoices",
    "invoice_lines",
    "credit_notes",
    "number_series",
    "leases",
    "events",
    "event_heads",
    "event_personal",
    "payments",
    "payment_reports",
    "contradictions",
    "awaited_reversals",
    "matches",
    "proposals",
    "aliases",
    "receipts",
)
BY_OWNER = (
    "collection_accounts",
    "payment_references",
    "inbox_transactions",
    "inbox_held",
)

FOREIGN_KEYS = """
ALTER TABLE credits ADD CONSTRAINT fk_credits_lease
    FOREIGN KEY(portfolio_id, lease_id)
    REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE credit_uses ADD CONSTRAINT fk_credit_uses_credit
    FOREIGN KEY(portfolio_id, credit_id)
    REFERENCES credits (portfolio_id, credit_id);
ALTER TABLE credit_uses ADD CONSTRAINT fk_credit_uses_lease
    FOREIGN KEY(portfolio_id, lease_id)
    REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE allocations ADD CONSTRAINT fk_allocations_credit
    FOREIGN KEY(portfolio_id, credit_id)
    REFERENCES credits (portfolio_id, credit_id);
ALTER TABLE allocations ADD CONSTRAINT fk_allocations_invoice
    FOREIGN KEY(portfolio_id, invoice_id)
    REFERENCES invoices (portfolio_id, invoice_id);
ALTER TABLE deposit_entries ADD CONSTRAINT fk_deposit_entries_lease
    FOREIGN KEY(portfolio_id, lease_id)
    REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE deposit_entries ADD CONSTRAINT fk_deposit_entries_other
    FOREIGN KEY(portfolio_id, other_lease_id)
    REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE portfolio_accounts ADD CONSTRAINT fk_portfolio_accounts_account
    FOREIGN KEY(collection_account_id)
    REFERENCES collection_accounts (collection_account_id);
ALTER TABLE portfolio_accounts ADD CONSTRAINT fk_portfolio_accounts_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE properties ADD CONSTRAINT fk_properties_landlord
    FOREIGN KEY(portfolio_id, landlord_id)
    REFERENCES people (portfolio_id, person_id);
ALTER TABLE properties ADD CONSTRAINT fk_properties_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE units ADD CONSTRAINT fk_units_property
    FOREIGN KEY(portfolio_id, property_id)
    REFERENCES properties (portfolio_id, property_id);
ALTER TABLE people ADD CONSTRAINT fk_people_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE external_links ADD CONSTRAINT fk_external_links_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE payment_references ADD CONSTRAINT fk_payment_references_account
    FOREIGN KEY(collection_account_id)
    REFERENCES collection_accounts (collection_account_id);
ALTER TABLE invoices ADD CONSTRAINT fk_invoices_lease
    FOREIGN KEY(portfolio_id, lease_id)
    REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE invoice_lines ADD CONSTRAINT fk_invoice_lines_invoice
    FOREIGN KEY(portfolio_id, invoice_id)
    REFERENCES invoices (portfolio_id, invoice_id);
ALTER TABLE credit_notes ADD CONSTRAINT fk_credit_notes_invoice
    FOREIGN KEY(portfolio_id, invoice_id)
    REFERENCES invoices (portfolio_id, invoice_id);
ALTER TABLE number_series ADD CONSTRAINT fk_number_series_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE leases ADD CONSTRAINT fk_leases_account
    FOREIGN KEY(portfolio_id, collection_account_id)
    REFERENCES portfolio_accounts (portfolio_id, collection_account_id);
ALTER TABLE leases ADD CONSTRAINT fk_leases_follows
    FOREIGN KEY(portfolio_id, unit_id, follows_until)
    REFERENCES leases (portfolio_id, unit_id, occupied_until)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE leases ADD CONSTRAINT fk_leases_unit
    FOREIGN KEY(portfolio_id, unit_id)
    REFERENCES units (portfolio_id, unit_id);
ALTER TABLE events ADD CONSTRAINT fk_events_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE event_heads ADD CONSTRAINT fk_event_heads_portfolio
    FOREIGN KEY(portfolio_id)
    REFERENCES portfolios (portfolio_id);
ALTER TABLE event_personal ADD CONSTRAINT fk_event_personal_event
    FOREIGN KEY(portfolio_id, sequence)
    REFERENCES events (portfolio_id, sequence);
ALTER TABLE inbox_transactions ADD CONSTRAINT fk_inbox_transactions_account
    FOREIGN KEY(collection_account_id)
    REFERENCES collection_accounts (collection_account_id);
ALTER TABLE inbox_held ADD CONSTRAINT fk_inbox_held_account
    FOREIGN KEY(collection_account_id)
    REFERENCES collection_accounts (collection_account_id);
ALTER TABLE payments ADD CONSTRAINT fk_payments_account
    FOREIGN KEY(portfolio_id, collection_account_id)
    REFERENCES portfolio_accounts (portfolio_id, collection_account_id);
ALTER TABLE payment_reports ADD CONSTRAINT fk_payment_reports_payment
    FOREIGN KEY(portfolio_id, payment_id)
    REFERENCES payments (portfolio_id, payment_id);
ALTER TABLE contradictions ADD CONSTRAINT fk_contradictions_payment
    FOREIGN KEY(portfolio_id, payment_id)
    REFERENCES payments (portfolio_id, payment_id);
ALTER TABLE awaited_reversals ADD CONSTRAINT fk_awaited_reversals_account
    FOREIGN KEY(portfolio_id, collection_account_id)
    REFERENCES portfolio_accounts (portfolio_id, collection_account_id);
ALTER TABLE matches ADD CONSTRAINT fk_matches_payment
    FOREIGN KEY(portfolio_id, payment_id)
    REFERENCES payments (portfolio_id, payment_id);
ALTER TABLE proposals ADD CONSTRAINT fk_proposals_payment
    FOREIGN KEY(portfolio_id, payment_id)
    REFERENCES payments (portfolio_id, payment_id);
ALTER TABLE aliases ADD CONSTRAINT fk_aliases_lease
    FOREIGN KEY(portfolio_id, lease_id)
    REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE receipts ADD CONSTRAINT fk_receipts_payment
    FOREIGN KEY(portfolio_id, payment_id)
    REFERENCES payments (portfolio_id, payment_id);
"""


def upgrade() -> None:
    """Make the tables, let them be distributed, then tie them together: in that order for Citus."""
    for statement in filter(None, map(str.strip, TABLES.split(";"))):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=BY_PORTFOLIO, by_owner=BY_OWNER)
    for statement in filter(None, map(str.strip, FOREIGN_KEYS.split(";"))):
        op.execute(statement)
    grant_rights(op.get_bind())


def downgrade() -> None:
    """Refuse: the books are not thrown away; restore a backup instead."""
    raise NotImplementedError
