"""Tables of listings, their copies, applications and inquiries: texts about people in columns of their own."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column
from sqlalchemy.dialects.postgresql import TSVECTOR

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
    public_index,
    unique,
    words,
)

SHOWN = "published_at IS NOT NULL"
"""Of a listing that the public sees."""
WAITS = "((status = 'accepted') = (lease_id IS NULL) OR trouble <> '')"
"""Of an application that wants a lease, is accepted no more and has one, or is in trouble."""
STANDS = "status IN ('open', 'accepted')"
"""Of an application whose booking is looked for there."""

listings = book_table(
    "listings",
    identifier("listing_id"),
    identifier("property_id"),
    identifier("unit_id"),
    instant("created_at"),
    identifier("status"),
    instant("status_at"),
    words("status_reason"),
    count("version"),
    plain("offer"),
    words("category"),
    day("available_from", optional=True),
    identifier("currency", optional=True),
    Column("rent_minor", BigInteger),
    Column("deposit_minor", BigInteger),
    identifier("unit_kind"),
    instant("published_at", optional=True),
    instant("changed_at"),
    words("city"),
    Column("marks", TSVECTOR, nullable=False),
    key(PORTFOLIO, "listing_id"),
    index("ix_listings_unit", PORTFOLIO, "unit_id", "listing_id"),
    index("ix_listings_property", PORTFOLIO, "property_id", "status_at", "listing_id"),
    index("ix_listings_changed", PORTFOLIO, "status_at", "listing_id"),
    index("ix_listings_status", PORTFOLIO, "status", "status_at", "listing_id"),
    public_index("ix_listings_public_id", "listing_id", where=SHOWN),
    public_index("ix_listings_public_newest", "published_at", "listing_id", where=SHOWN),
    public_index("ix_listings_public_rent", "currency", "rent_minor", "listing_id", where=SHOWN),
    public_index("ix_listings_public_city_newest", "city", "published_at", "listing_id", where=SHOWN),
    public_index("ix_listings_public_city_rent", "city", "currency", "rent_minor", "listing_id", where=SHOWN),
    public_index("ix_listings_public_available", "available_from", where=SHOWN),
    public_index("ix_listings_public_marks", "marks", where=SHOWN, is_gin=True),
    check(
        "ck_listings_status",
        "status IN ('draft', 'submitted', 'approved', 'rejected', 'published', 'rented', 'withdrawn', 'archived')",
    ),
    check(
        "ck_listings_shown",
        "published_at IS NULL OR (status = 'published' AND published_at = status_at AND rent_minor > 0)",
    ),
    check("ck_listings_money", "(currency IS NULL) = (rent_minor IS NULL AND deposit_minor IS NULL)"),
    check("ck_listings_version", "version > 0"),
    points_to("fk_listings_portfolio", [PORTFOLIO], "portfolios"),
    points_to("fk_listings_property", [PORTFOLIO, "property_id"], "properties"),
    points_to("fk_listings_unit", [PORTFOLIO, "unit_id"], "units"),
)
"""Never deleted. The last columns repeat what the public's search asks by, where the public sees it."""

listing_changes = book_table(
    "listing_changes",
    identifier("listing_id"),
    count("position"),
    identifier("change_id"),
    words("reason"),
    plain("body"),
    key(PORTFOLIO, "listing_id", "position"),
    unique("uq_listing_changes_id", PORTFOLIO, "listing_id", "change_id"),
    points_to("fk_listing_changes_listing", [PORTFOLIO, "listing_id"], "listings"),
)
"""The history, a line a row; only added to."""

listing_copies = book_table(
    "listing_copies",
    identifier("listing_id"),
    identifier("system"),
    identifier("external_id"),
    instant("chosen_at"),
    count("attempt"),
    plain("told", optional=True),
    count("told_version"),
    instant("told_at", optional=True),
    plain("edits"),
    plain("findings"),
    words("trouble"),
    plain("telling", optional=True),
    key(PORTFOLIO, "system", "listing_id"),
    unique("uq_listing_copies_outside", PORTFOLIO, "system", "external_id"),
    points_to("fk_listing_copies_listing", [PORTFOLIO, "listing_id"], "listings"),
)
"""Which copy on a portal is which listing; never deleted, for the copy may come back."""

applications = book_table(
    "applications",
    identifier("application_id"),
    identifier("system"),
    identifier("external_id"),
    identifier("listing_id"),
    identifier("unit_id"),
    identifier("status"),
    day("starts_on"),
    day("ends_on"),
    instant("created_at"),
    instant("updated_at"),
    identifier("applicant_id"),
    words("name"),
    words("email"),
    words("phone"),
    Column("email_verified", Boolean, nullable=False),
    Column("phone_verified", Boolean, nullable=False),
    words("message"),
    plain("signs"),
    identifier("person_id", optional=True),
    identifier("lease_id", optional=True),
    count("drafts"),
    words("trouble"),
    day("gone_on", optional=True),
    Column("is_erased", Boolean, nullable=False),
    key(PORTFOLIO, "application_id"),
    unique("uq_applications_outside", PORTFOLIO, "system", "external_id"),
    index("ix_applications_unit", PORTFOLIO, "unit_id", "application_id"),
    index("ix_applications_person", PORTFOLIO, "person_id", "application_id"),
    index("ix_applications_waiting", PORTFOLIO, "system", "updated_at", "application_id", where=WAITS),
    index("ix_applications_standing", PORTFOLIO, "system", "external_id", where=STANDS),
    check("ck_applications_status", "status IN ('open', 'accepted', 'closed', 'cancelled', 'gone')"),
    check("ck_applications_days", "starts_on < ends_on"),
    check(
        "ck_applications_erased",
        "NOT is_erased OR (name, email, phone, message) = ('', '', '', '') AND signs = '[]'",
    ),
    points_to("fk_applications_listing", [PORTFOLIO, "listing_id"], "listings"),
    points_to("fk_applications_unit", [PORTFOLIO, "unit_id"], "units"),
    points_to("fk_applications_person", [PORTFOLIO, "person_id"], "people"),
    points_to("fk_applications_lease", [PORTFOLIO, "lease_id"], "leases"),
)
"""Bookings as we hold them. ``signs`` are the phone in one form and the address without case."""

inquiries = book_table(
    "inquiries",
    identifier("inquiry_id"),
    identifier("system"),
    identifier("external_id"),
    identifier("listing_id"),
    identifier("unit_id"),
    identifier("status"),
    instant("asked_at"),
    identifier("applicant_id"),
    words("name"),
    words("email"),
    words("phone"),
    Column("email_verified", Boolean, nullable=False),
    Column("phone_verified", Boolean, nullable=False),
    plain("signs"),
    plain("messages"),
    count("told_messages"),
    identifier("person_id", optional=True),
    plain("also"),
    Column("is_untold", Boolean, nullable=False),
    Column("is_erased", Boolean, nullable=False),
    count("version"),
    key(PORTFOLIO, "inquiry_id"),
    partly_unique("uq_inquiries_outside", PORTFOLIO, "system", "external_id", where="external_id <> ''"),
    index("ix_inquiries_listing", PORTFOLIO, "listing_id", "asked_at", "inquiry_id"),
    index("ix_inquiries_asked", PORTFOLIO, "asked_at", "inquiry_id"),
    index("ix_inquiries_untold", PORTFOLIO, "asked_at", "inquiry_id", where="is_untold"),
    check("ck_inquiries_status", "status IN ('new', 'told', 'closed', 'spam')"),
    check("ck_inquiries_erased", "NOT is_erased OR (name, email, phone) = ('', '', '') AND signs = '[]'"),
    points_to("fk_inquiries_listing", [PORTFOLIO, "listing_id"], "listings"),
    points_to("fk_inquiries_unit", [PORTFOLIO, "unit_id"], "units"),
    points_to("fk_inquiries_person", [PORTFOLIO, "person_id"], "people"),
)
"""Who asks about a listing; the texts of ``messages`` go with the person."""
