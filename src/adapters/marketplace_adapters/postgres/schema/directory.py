"""Tables of who and what is in the books, and of where money is collected."""

from __future__ import annotations

from marketplace_adapters.postgres.schema.columns import (
    PORTFOLIO,
    book_table,
    check,
    currency,
    day,
    holds_one,
    identifier,
    index,
    key,
    plain,
    points_to,
    shared_table,
    unique,
    words,
)

portfolios = book_table("portfolios", words("name"), currency(), words("zone"), key(PORTFOLIO))

collection_accounts = shared_table(
    "collection_accounts",
    identifier("collection_account_id"),
    identifier("kind"),
    words("number"),
    currency(),
    key("collection_account_id"),
)

portfolio_accounts = book_table(
    "portfolio_accounts",
    identifier("collection_account_id"),
    words("name"),
    key(PORTFOLIO, "collection_account_id"),
    points_to("fk_portfolio_accounts_portfolio", [PORTFOLIO], "portfolios"),
    points_to("fk_portfolio_accounts_account", ["collection_account_id"], "collection_accounts"),
)

properties = book_table(
    "properties",
    identifier("property_id"),
    words("name"),
    identifier("landlord_id", optional=True),
    words("address"),
    day("archived_on", optional=True),
    key(PORTFOLIO, "property_id"),
    index("ix_properties_name", PORTFOLIO, "name", "property_id"),
    points_to("fk_properties_portfolio", [PORTFOLIO], "portfolios"),
    points_to("fk_properties_landlord", [PORTFOLIO, "landlord_id"], "people", [PORTFOLIO, "person_id"]),
)

units = book_table(
    "units",
    identifier("unit_id"),
    identifier("property_id"),
    words("code"),
    identifier("kind", default="flat"),
    words("number", default=""),
    words("floor", default=""),
    words("block", default=""),
    day("archived_on", optional=True),
    key(PORTFOLIO, "unit_id"),
    unique("uq_units_code", PORTFOLIO, "code"),
    index("ix_units_property", PORTFOLIO, "property_id", "unit_id"),
    points_to("fk_units_property", [PORTFOLIO, "property_id"], "properties"),
)

people = book_table(
    "people",
    identifier("person_id"),
    words("name"),
    plain("phones"),
    words("email"),
    words("national_id"),
    identifier("merged_into", optional=True),
    key(PORTFOLIO, "person_id"),
    check("ck_people_merged", "merged_into <> person_id"),
    index("ix_people_merged", PORTFOLIO, "merged_into", where="merged_into IS NOT NULL"),
    index("ix_people_name", PORTFOLIO, "name", "person_id"),
    holds_one("ix_people_phones", "phones"),
    points_to("fk_people_portfolio", [PORTFOLIO], "portfolios"),
    points_to("fk_people_merged", [PORTFOLIO, "merged_into"], "people", [PORTFOLIO, "person_id"]),
)
"""Personal data, erasable: nothing else holds a name or a number of a person."""

external_links = book_table(
    "external_links",
    identifier("system"),
    identifier("kind"),
    identifier("external_id"),
    identifier("our_id"),
    key(PORTFOLIO, "system", "kind", "external_id"),
    index("ix_external_links_our_id", PORTFOLIO, "our_id"),
    points_to("fk_external_links_portfolio", [PORTFOLIO], "portfolios"),
)

payment_references = shared_table(
    "payment_references",
    identifier("collection_account_id"),
    identifier("reference"),
    identifier(PORTFOLIO),
    identifier("lease_id"),
    key("collection_account_id", "reference"),
    points_to("fk_payment_references_account", ["collection_account_id"], "collection_accounts"),
)
"""Which lease a reference names, for all portfolios that collect in one account."""
