"""The register's ways to find rows, and acts that wait for a second person."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0004"
down_revision = "0003"

INDEXES = """
CREATE INDEX ix_properties_name ON properties (portfolio_id, name, property_id);
CREATE INDEX ix_units_property ON units (portfolio_id, property_id, unit_id);
CREATE INDEX ix_people_name ON people (portfolio_id, name, person_id);
CREATE INDEX ix_people_phones ON people USING gin (phones jsonb_path_ops);
CREATE INDEX ix_leases_starts ON leases (portfolio_id, starts_on, lease_id);
CREATE INDEX ix_leases_ends ON leases (portfolio_id, (COALESCE(ends_on, DATE '9999-12-31')), lease_id);
CREATE INDEX ix_leases_status ON leases (portfolio_id, status, lease_id);
CREATE INDEX ix_leases_tenants ON leases USING gin ((body -> 'tenant_ids') jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX ix_invoices_due ON invoices (portfolio_id, due_date, invoice_id);
DROP INDEX ix_invoices_open;
CREATE INDEX ix_invoices_open ON invoices (portfolio_id, due_date, invoice_id)
    INCLUDE (lease_id, issue_date, amount_minor, allocated_minor, currency, voided_on)
    WHERE allocated_minor <> amount_minor;
CREATE INDEX ix_invoices_void_due ON invoices (portfolio_id, due_date, invoice_id) WHERE voided_on IS NOT NULL;
CREATE INDEX ix_credit_notes_issued ON credit_notes (portfolio_id, issue_date, credit_note_id);
CREATE INDEX ix_credit_notes_invoice ON credit_notes (portfolio_id, invoice_id);
CREATE INDEX ix_payments_valued ON payments (portfolio_id, value_date, payment_id);
CREATE INDEX ix_payments_waiting_valued ON payments (portfolio_id, value_date, payment_id)
    WHERE reversed_on IS NULL AND given_minor < amount_minor;
CREATE INDEX ix_payments_reversed ON payments (portfolio_id, value_date, payment_id) WHERE reversed_on IS NOT NULL;
CREATE INDEX ix_receipts_issued ON receipts (portfolio_id, issued_on, receipt_id);
"""

ACTS = """
CREATE TABLE pending_acts (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    act_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (portfolio_id, act_id)
);
CREATE INDEX ix_pending_acts_waiting ON pending_acts (portfolio_id, asked_at, act_id) WHERE state = 'waiting'
"""
TIED = """
ALTER TABLE pending_acts ADD CONSTRAINT fk_pending_acts_portfolio
    FOREIGN KEY(portfolio_id) REFERENCES portfolios (portfolio_id)
"""


def upgrade() -> None:
    """Make the indexes and the table."""
    for statement in filter(None, map(str.strip, f"{INDEXES};{ACTS}".split(";"))):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=["pending_acts"], by_owner=[])
    op.execute(TIED)


def downgrade() -> None:
    """Refuse: the books are not thrown away; restore a backup instead."""
    raise NotImplementedError
