"""The books' tables as SQLAlchemy Core has them; `migrations` makes them."""

from marketplace_adapters.postgres.schema.acts import pending_acts
from marketplace_adapters.postgres.schema.answers import kept_answers
from marketplace_adapters.postgres.schema.columns import PORTFOLIO, metadata
from marketplace_adapters.postgres.schema.credits import (
    allocations,
    credit_uses,
    credits_,
    deposit_entries,
    postings,
)
from marketplace_adapters.postgres.schema.directory import (
    collection_accounts,
    external_links,
    payment_references,
    people,
    portfolio_accounts,
    portfolios,
    properties,
    units,
)
from marketplace_adapters.postgres.schema.identity import (
    api_clients,
    attempt_counts,
    identity_events,
    identity_heads,
    login_sessions,
    one_time_tokens,
    users,
)
from marketplace_adapters.postgres.schema.invoices import credit_notes, invoice_lines, invoices, number_series
from marketplace_adapters.postgres.schema.leases import leases
from marketplace_adapters.postgres.schema.listings import (
    applications,
    inquiries,
    listing_changes,
    listing_copies,
    listings,
)
from marketplace_adapters.postgres.schema.log import event_heads, event_personal, events
from marketplace_adapters.postgres.schema.outside_engine import (
    engine_differences,
    engine_faults,
    engine_intents,
    engine_leases,
    engine_passes,
    engine_watches,
)
from marketplace_adapters.postgres.schema.outside_property import occupancies, sync_runs
from marketplace_adapters.postgres.schema.payments import (
    aliases,
    awaited_reversals,
    contradictions,
    inbox_held,
    inbox_transactions,
    matches,
    payment_reports,
    payments,
    proposals,
    receipts,
)
from marketplace_adapters.postgres.schema.tickets import (
    ticket_changes,
    ticket_comments,
    ticket_counts,
    ticket_intents,
    tickets,
)

__all__ = [
    "PORTFOLIO",
    "aliases",
    "allocations",
    "api_clients",
    "applications",
    "attempt_counts",
    "awaited_reversals",
    "collection_accounts",
    "contradictions",
    "credit_notes",
    "credit_uses",
    "credits_",
    "deposit_entries",
    "engine_differences",
    "engine_faults",
    "engine_intents",
    "engine_leases",
    "engine_passes",
    "engine_watches",
    "event_heads",
    "event_personal",
    "events",
    "external_links",
    "identity_events",
    "identity_heads",
    "inbox_held",
    "inbox_transactions",
    "inquiries",
    "invoice_lines",
    "invoices",
    "kept_answers",
    "leases",
    "listing_changes",
    "listing_copies",
    "listings",
    "login_sessions",
    "matches",
    "metadata",
    "number_series",
    "occupancies",
    "one_time_tokens",
    "payment_references",
    "payment_reports",
    "payments",
    "pending_acts",
    "people",
    "portfolio_accounts",
    "portfolios",
    "postings",
    "properties",
    "proposals",
    "receipts",
    "sync_runs",
    "ticket_changes",
    "ticket_comments",
    "ticket_counts",
    "ticket_intents",
    "tickets",
    "units",
    "users",
]
