"""Sessions of people, and the tokens that are good for one act."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import UserId
from marketplace_core.errors import InvalidInput


def secret_hash(secret: str) -> str:
    """What is kept of a random secret of 256 bits: its SHA-256, 64 hexadecimal digits.

    No salt and no stretching: such a secret cannot be guessed. A password is no such secret.
    """
    return sha256(secret.encode()).hexdigest()


@frozen
class SessionLimits:
    """How long a session lasts: at most, and without being used."""

    absolute: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=1)
    seen_every: timedelta = timedelta(minutes=1)
    """How exactly its last use is known."""

    def __attrs_post_init__(self) -> None:
        """Refuse limits under which nobody could stay signed in."""
        if self.idle <= self.seen_every or self.absolute < self.idle:
            raise InvalidInput("a session lasts longer than a minute unused, and at most at least as long")


DEFAULT_LIMITS: Final = SessionLimits()


@frozen
class LoginSession:
    """A user's session; its token is with the browser alone. It counts while the user's epoch is still its own."""

    token_hash: str = field(repr=False)
    user_id: UserId
    epoch: int
    created_at: datetime = field(converter=require_instant)
    seen_at: datetime = field(converter=require_instant)
    expires_at: datetime = field(converter=require_instant)

    def is_over(self, now: datetime, limits: SessionLimits) -> bool:
        """True where it lasted its whole time, or was not used for too long."""
        return now >= self.ends_at(limits)

    def ends_at(self, limits: SessionLimits) -> datetime:
        """When it ends where it is not used again."""
        return min(self.expires_at, self.created_at + limits.absolute, self.seen_at + limits.idle)


class Purpose(StrEnum):
    """What a one-time token is good for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, no password


@frozen
class OneTimeToken:
    """What a mail carries: good for one act, until it expires or the user's epoch is another.

    The act changes the epoch, so no token is good twice, and whatever else changes it ends the token.
    """

    token_hash: str = field(repr=False)
    purpose: Purpose
    user_id: UserId
    epoch: int
    expires_at: datetime = field(converter=require_instant)
