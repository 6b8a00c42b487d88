"""Users and clients as rows, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace_core.domain.access import Action
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.clients import ApiClient, ClientSecret
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.sessions import LoginSession
from marketplace_core.domain.identity.users import User, UserStatus

Row = Mapping[Any, Any]


def user_row(user: User) -> dict[str, Any]:
    """The row of a user."""
    return {
        "user_id": user.user_id,
        "email": user.email,
        "name": user.name,
        "salt": user.salt,
        "status": user.status.value,
        "password_hash": user.password_hash,
        "grants": [to_plain(it) for it in user.grants],
        "epoch": user.epoch,
        "version": user.version,
    }


def user_of(row: Row) -> User:
    """The user of a row."""
    return User(
        user_id=UserId(row["user_id"]),
        email=row["email"],
        name=row["name"],
        salt=row["salt"],
        status=UserStatus(row["status"]),
        password_hash=row["password_hash"],
        grants=_grants(row),
        epoch=row["epoch"],
        version=row["version"],
    )


def client_row(client: ApiClient) -> dict[str, Any]:
    """The row of a client."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "scopes": [it.value for it in client.scopes],
        "grants": [to_plain(it) for it in client.grants],
        "secrets": [to_plain(it) for it in client.secrets],
        "is_disabled": client.is_disabled,
        "version": client.version,
    }


def client_of(row: Row) -> ApiClient:
    """The client of a row."""
    return ApiClient(
        client_id=row["client_id"],
        name=row["name"],
        scopes=tuple(Action(it) for it in row["scopes"]),
        grants=_grants(row),
        secrets=tuple(from_plain(it, ClientSecret) for it in row["secrets"]),
        is_disabled=row["is_disabled"],
        version=row["version"],
    )


def _grants(row: Row) -> tuple[StoredGrant, ...]:
    return tuple(from_plain(it, StoredGrant) for it in row["grants"])


def session_of(row: Row) -> LoginSession:
    """The session of a row."""
    return LoginSession(
        token_hash=row["token_hash"],
        user_id=row["user_id"],
        epoch=row["session_epoch"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )


def event_of(row: Row) -> Event:
    """The link of a row."""
    return Event(**row)
