"""What the application's role may do: append to the books, change only what may change, erase only what is personal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, text

from marketplace_adapters.postgres.server.roles import APPLICATION_ROLE

APPEND_ONLY: Final = (
    "contradictions",
    "credit_notes",
    "deposit_entries",
    "events",
    "inbox_transactions",
    "invoice_lines",
    "postings",
    "receipts",
)
"""Rows of the books that no daily work changes or deletes."""

EVERY_APPEND_ONLY: Final = (*APPEND_ONLY, "identity_events")
"""Those and others, of later revisions."""

CHANGING: Final = {
    "awaited_reversals": ("dismissed_at",),
    "allocations": ("superseded_at",),
    "credit_uses": ("ended_on", "ended_recorded_at"),
    "credits": ("allocated_minor", "used_minor", "ended_on", "ended_recorded_at"),
    "invoices": ("allocated_minor", "voided_on", "void_recorded_at", "void_reason"),
    "matches": ("undone_at", "undone_by", "undone_reason", "certificate"),
    "payment_reports": ("reference_text", "payer_name", "payer_phone"),
    "payments": (
        "given_minor",
        "credited_minor",
        "reversed_on",
        "reversed_recorded_at",
        "reference_text",
        "named_reference",
        "payer_name",
        "payer_phone",
    ),
}
"""Rows that are never deleted, and the columns of them that may change."""

KEPT: Final = ("event_heads", "leases", "number_series", "portfolios", "properties", "units")
"""Rows that change and are never deleted."""


def grant_rights(connection: Connection) -> None:
    """Take from the application's role what it never needs, where there is such a role beside the owner's.

    With one role for everything there is nobody to take rights from; `has_separate_roles` tells.
    """
    if not has_separate_roles(connection):
        return
    role = APPLICATION_ROLE
    restrict(connection, append_only=APPEND_ONLY, changing=CHANGING, kept=KEPT)
    connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM {role}"))


def restrict(
    connection: Connection,
    *,
    append_only: Iterable[str] = (),
    changing: Mapping[str, Iterable[str]] = MappingProxyType({}),
    kept: Iterable[str] = (),
) -> None:
    """Take rights on tables away: to change or delete rows; all but to change some columns; to delete rows."""
    if not has_separate_roles(connection):
        return
    for table in (*append_only, *changing):
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APPLICATION_ROLE}"))
    for table, columns in changing.items():
        connection.execute(text(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {APPLICATION_ROLE}"))
    for table in kept:
        connection.execute(text(f"REVOKE DELETE, TRUNCATE ON {table} FROM {APPLICATION_ROLE}"))


def has_separate_roles(connection: Connection) -> bool:
    """True where migrations run as another role than the application."""
    found = connection.execute(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role AND rolname <> current_user"), {"role": APPLICATION_ROLE}
    )
    return found.first() is not None
