"""Tables of who may sign in: of the installation, not of a book."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index

from marketplace_adapters.postgres.schema.columns import (
    check,
    count,
    identifier,
    index,
    instant,
    key,
    minor_units,
    partly_unique,
    plain,
    points_to,
    shared_table,
    unique,
    words,
)


def _roles_index(name: str) -> Index:
    """Finds who has a role in a portfolio."""
    return Index(name, "grants", postgresql_using="gin", postgresql_ops={"grants": "jsonb_path_ops"})


users = shared_table(
    "users",
    identifier("user_id"),
    words("email"),
    words("name"),
    words("salt"),
    identifier("status"),
    words("password_hash"),
    plain("grants"),
    count("epoch"),
    count("version"),
    key("user_id"),
    partly_unique("uq_users_email", "email", where="email <> ''"),
    check("ck_users_counts", "epoch >= 1 AND version >= 1"),
    _roles_index("ix_users_grants"),
)
"""People who sign in. Personal data: the log has digests of it."""

api_clients = shared_table(
    "api_clients",
    identifier("client_id"),
    words("name"),
    plain("scopes"),
    plain("grants"),
    plain("secrets"),
    Column("is_disabled", Boolean, nullable=False),
    count("version"),
    key("client_id"),
    check("ck_api_clients_version", "version >= 1"),
    _roles_index("ix_api_clients_grants"),
)
"""Services; of their secrets only hashes."""

login_sessions = shared_table(
    "login_sessions",
    identifier("token_hash"),
    identifier("user_id"),
    count("epoch"),
    instant("created_at"),
    instant("seen_at"),
    instant("expires_at"),
    key("token_hash"),
    points_to("fk_login_sessions_user", ["user_id"], "users"),
    index("ix_login_sessions_user", "user_id"),
)
"""Sessions by the hash of their token; deleted when they end."""

one_time_tokens = shared_table(
    "one_time_tokens",
    identifier("token_hash"),
    identifier("purpose"),
    identifier("user_id"),
    count("epoch"),
    instant("expires_at"),
    key("token_hash"),
    points_to("fk_one_time_tokens_user", ["user_id"], "users"),
)
"""Invitations and resets of passwords by the hash of their token; deleted when they have expired."""

identity_events = shared_table(
    "identity_events",
    minor_units("sequence"),
    identifier("command_id"),
    identifier("kind"),
    identifier("actor"),
    words("reason"),
    instant("recorded_at"),
    words("payload"),
    identifier("previous_hash"),
    identifier("hash"),
    key("sequence"),
    unique("uq_identity_events_command", "command_id"),
    check("ck_identity_events_sequence", "sequence >= 1"),
)
"""The chain of changes of users and clients, never changed."""

identity_heads = shared_table(
    "identity_heads",
    count("chain"),
    minor_units("sequence"),
    identifier("hash"),
    key("chain"),
    check("ck_identity_heads_one", "chain = 1"),
)
"""The last link of the chain: the one row that changes of users and clients queue for."""

attempt_counts = shared_table(
    "attempt_counts",
    identifier("key"),
    instant("begins_at"),
    count("attempts"),
    key("key", "begins_at"),
    index("ix_attempt_counts_begins_at", "begins_at"),
)
"""How often something was tried, by tenths of its window."""
