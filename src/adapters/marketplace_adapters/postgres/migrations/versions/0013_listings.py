"""Listings with their history and copies, the public's indexes of them, applications and inquiries."""

from __future__ import annotations

from alembic import op

from marketplace_adapters.postgres.migrations.rights import restrict
from marketplace_adapters.postgres.migrations.spread import distribute

revision = "0013"
down_revision = "0010"

TABLES = """
CREATE TABLE listings (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    listing_id TEXT COLLATE "C" NOT NULL,
    property_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    status_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status_reason TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    offer JSONB NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    available_from DATE,
    currency TEXT COLLATE "C",
    rent_minor BIGINT,
    deposit_minor BIGINT,
    unit_kind TEXT COLLATE "C" NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_on DATE NOT NULL,
    city TEXT COLLATE "C" NOT NULL,
    marks TSVECTOR NOT NULL,
    PRIMARY KEY (portfolio_id, listing_id),
    CONSTRAINT ck_listings_status CHECK (
        status IN ('draft', 'submitted', 'approved',
        'rejected', 'published', 'rented', 'withdrawn', 'archived')
    ),
    CONSTRAINT ck_listings_shown CHECK (
        published_at IS NULL
        OR (status = 'published' AND published_at = status_at AND rent_minor > 0)
    ),
    CONSTRAINT ck_listings_money CHECK ((currency IS NULL) = (rent_minor IS NULL AND deposit_minor IS NULL)),
    CONSTRAINT ck_listings_version CHECK (version > 0)
);

CREATE INDEX ix_listings_changed ON listings (portfolio_id, changed_on, listing_id);

CREATE INDEX ix_listings_public_available ON listings (available_from) WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_public_city_newest ON listings (city, published_at, listing_id)
    WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_public_city_rent ON listings (city, currency, rent_minor, listing_id)
    WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_public_id ON listings (listing_id) WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_public_marks ON listings USING gin (marks) WITH (fastupdate = off)
    WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_public_newest ON listings (published_at, listing_id) WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_public_rent ON listings (currency, rent_minor, listing_id) WHERE published_at IS NOT NULL;

CREATE INDEX ix_listings_status ON listings (portfolio_id, status, changed_on, listing_id);

CREATE INDEX ix_listings_unit ON listings (portfolio_id, unit_id, listing_id);

CREATE TABLE listing_changes (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    listing_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    change_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (portfolio_id, listing_id, position),
    CONSTRAINT uq_listing_changes_id UNIQUE (portfolio_id, listing_id, change_id)
);

CREATE TABLE listing_copies (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    listing_id TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    told JSONB,
    told_version INTEGER NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE,
    edits JSONB NOT NULL,
    findings JSONB NOT NULL,
    trouble TEXT COLLATE "C" NOT NULL,
    telling JSONB,
    PRIMARY KEY (portfolio_id, system, listing_id),
    CONSTRAINT uq_listing_copies_outside UNIQUE (portfolio_id, system, external_id)
);

CREATE TABLE applications (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    application_id TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    listing_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    applicant_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    email_verified BOOLEAN NOT NULL,
    phone_verified BOOLEAN NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    signs JSONB NOT NULL,
    person_id TEXT COLLATE "C",
    lease_id TEXT COLLATE "C",
    drafts INTEGER NOT NULL,
    trouble TEXT COLLATE "C" NOT NULL,
    gone_on DATE,
    is_erased BOOLEAN NOT NULL,
    PRIMARY KEY (portfolio_id, application_id),
    CONSTRAINT uq_applications_outside UNIQUE (portfolio_id, system, external_id),
    CONSTRAINT ck_applications_status CHECK (status IN ('open', 'accepted', 'closed', 'cancelled', 'gone')),
    CONSTRAINT ck_applications_days CHECK (starts_on < ends_on),
    CONSTRAINT ck_applications_erased CHECK (
        NOT is_erased OR (name, email, phone, message) = ('', '', '', '')
        AND signs = '[]'
    )
);

CREATE INDEX ix_applications_listing ON applications (portfolio_id, listing_id, starts_on, application_id);

CREATE INDEX ix_applications_person ON applications (portfolio_id, person_id, application_id);

CREATE INDEX ix_applications_standing ON applications (portfolio_id, system, external_id)
    WHERE status IN ('open', 'accepted');

CREATE INDEX ix_applications_starts ON applications (portfolio_id, starts_on, application_id);

CREATE INDEX ix_applications_status ON applications (portfolio_id, status, starts_on, application_id);

CREATE INDEX ix_applications_unit ON applications (portfolio_id, unit_id, starts_on, application_id);

CREATE INDEX ix_applications_waiting ON applications (portfolio_id, system, updated_at, application_id)
    WHERE ((status = 'accepted') = (lease_id IS NULL) OR trouble <> '');

CREATE TABLE inquiries (
    portfolio_id TEXT COLLATE "C" NOT NULL,
    inquiry_id TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    listing_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_on DATE NOT NULL,
    applicant_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    email_verified BOOLEAN NOT NULL,
    phone_verified BOOLEAN NOT NULL,
    signs JSONB NOT NULL,
    messages JSONB NOT NULL,
    told_messages INTEGER NOT NULL,
    person_id TEXT COLLATE "C",
    also JSONB NOT NULL,
    is_untold BOOLEAN NOT NULL,
    is_erased BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id, inquiry_id),
    CONSTRAINT ck_inquiries_status CHECK (status IN ('new', 'told', 'closed', 'spam')),
    CONSTRAINT ck_inquiries_erased CHECK (NOT is_erased OR (name, email, phone) = ('', '', '') AND signs = '[]')
);

CREATE INDEX ix_inquiries_asked ON inquiries (portfolio_id, asked_at, inquiry_id);

CREATE INDEX ix_inquiries_day ON inquiries (portfolio_id, asked_on, inquiry_id);

CREATE INDEX ix_inquiries_listing ON inquiries (portfolio_id, listing_id, asked_at, inquiry_id);

CREATE INDEX ix_inquiries_status ON inquiries (portfolio_id, status, asked_on, inquiry_id);

CREATE INDEX ix_inquiries_unit ON inquiries (portfolio_id, unit_id, asked_on, inquiry_id);

CREATE INDEX ix_inquiries_untold ON inquiries (portfolio_id, asked_at, inquiry_id) WHERE is_untold;

CREATE UNIQUE INDEX uq_inquiries_outside ON inquiries (portfolio_id, system, external_id) WHERE external_id <> ''
"""

TIED = """
ALTER TABLE listings ADD CONSTRAINT fk_listings_portfolio
    FOREIGN KEY (portfolio_id) REFERENCES portfolios (portfolio_id);
ALTER TABLE listings ADD CONSTRAINT fk_listings_property
    FOREIGN KEY (portfolio_id, property_id) REFERENCES properties (portfolio_id, property_id);
ALTER TABLE listings ADD CONSTRAINT fk_listings_unit
    FOREIGN KEY (portfolio_id, unit_id) REFERENCES units (portfolio_id, unit_id);
ALTER TABLE listing_changes ADD CONSTRAINT fk_listing_changes_listing
    FOREIGN KEY (portfolio_id, listing_id) REFERENCES listings (portfolio_id, listing_id);
ALTER TABLE listing_copies ADD CONSTRAINT fk_listing_copies_listing
    FOREIGN KEY (portfolio_id, listing_id) REFERENCES listings (portfolio_id, listing_id);
ALTER TABLE applications ADD CONSTRAINT fk_applications_lease
    FOREIGN KEY (portfolio_id, lease_id) REFERENCES leases (portfolio_id, lease_id);
ALTER TABLE applications ADD CONSTRAINT fk_applications_listing
    FOREIGN KEY (portfolio_id, listing_id) REFERENCES listings (portfolio_id, listing_id);
ALTER TABLE applications ADD CONSTRAINT fk_applications_person
    FOREIGN KEY (portfolio_id, person_id) REFERENCES people (portfolio_id, person_id);
ALTER TABLE applications ADD CONSTRAINT fk_applications_unit
    FOREIGN KEY (portfolio_id, unit_id) REFERENCES units (portfolio_id, unit_id);
ALTER TABLE inquiries ADD CONSTRAINT fk_inquiries_listing
    FOREIGN KEY (portfolio_id, listing_id) REFERENCES listings (portfolio_id, listing_id);
ALTER TABLE inquiries ADD CONSTRAINT fk_inquiries_person
    FOREIGN KEY (portfolio_id, person_id) REFERENCES people (portfolio_id, person_id);
ALTER TABLE inquiries ADD CONSTRAINT fk_inquiries_unit
    FOREIGN KEY (portfolio_id, unit_id) REFERENCES units (portfolio_id, unit_id)
"""

BY_PORTFOLIO = ("listings", "listing_changes", "listing_copies", "applications", "inquiries")

APPEND_ONLY = ("listing_changes",)

KEPT = ("listings", "listing_copies", "applications", "inquiries")
"""Rows that change and are never deleted; what is personal of them is emptied."""


def upgrade() -> None:
    """Make the tables, let them be distributed, then tie them together: in that order for Citus."""
    for statement in filter(None, map(str.strip, TABLES.split(";"))):
        op.execute(statement)
    distribute(op.get_bind(), by_portfolio=BY_PORTFOLIO, by_owner=())
    for statement in filter(None, map(str.strip, TIED.split(";"))):
        op.execute(statement)
    restrict(op.get_bind(), append_only=APPEND_ONLY, kept=KEPT)


def downgrade() -> None:
    """Refuse: what was offered and asked is not thrown away; restore a backup instead."""
    raise NotImplementedError
