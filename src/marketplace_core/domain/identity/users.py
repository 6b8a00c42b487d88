"""Users: people who sign in."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen

from marketplace_core.domain.codec import canonical, digest, to_plain
from marketplace_core.domain.identifiers import UserId
from marketplace_core.domain.identity.emails import normalised_email
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.errors import IllegalTransition


class UserStatus(StrEnum):
    """Where a user is in their life."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@frozen
class User:
    """Somebody who signs in with an address and a password; their commands' actor is ``person:USER_ID``.

    ``password_hash`` is the hashing adapter's text, empty until there is a password. ``epoch`` counts what ends every
    session and token given out before: a new password, a disabling, a new invitation. ``version`` counts every
    change. ``salt``, secret and random, hides name and address in the log.
    """

    user_id: UserId
    email: str = field(repr=False)
    name: str = field(repr=False)
    salt: str = field(repr=False)
    status: UserStatus = UserStatus.INVITED
    password_hash: str = field(default="", repr=False)
    grants: tuple[StoredGrant, ...] = ()
    epoch: int = 1
    version: int = 1

    @property
    def actor_name(self) -> str:
        """What the user's commands name as their actor."""
        return f"person:{self.user_id}"

    @property
    def is_erased(self) -> bool:
        """True where name and address are gone for good."""
        return not self.email

    def erased(self) -> User:
        """Without name, address, password and salt, so that nothing in the log can be guessed; for good."""
        if self.status is not UserStatus.DISABLED:
            raise IllegalTransition(f"user {self.user_id} may sign in: disable them first")
        return evolve(self, email="", name="", salt="", password_hash="")

    def with_password(self, password_hash: str) -> User:
        """Active with a new password; sessions and tokens of before end."""
        if self.status is UserStatus.DISABLED:
            raise IllegalTransition(f"user {self.user_id} is disabled: enable them first")
        return evolve(self, password_hash=password_hash, status=UserStatus.ACTIVE, epoch=self.epoch + 1)

    def disabled(self) -> User:
        """Disabled; sessions and tokens of before end, for good."""
        if self.status is UserStatus.DISABLED:
            return self
        return evolve(self, status=UserStatus.DISABLED, epoch=self.epoch + 1)

    def enabled(self) -> User:
        """As before the disabling: active with a password, else invited."""
        if self.is_erased:
            raise IllegalTransition(f"user {self.user_id} was erased: invite them anew")
        if self.status is not UserStatus.DISABLED:
            return self
        return evolve(self, status=UserStatus.ACTIVE if self.password_hash else UserStatus.INVITED)

    def said(self) -> dict[str, Any]:
        """What the log says of the user: no address, name or password, but digests that show if one was altered."""
        plain: dict[str, Any] = to_plain(self)
        for name in ("email", "name", "salt", "password_hash", "user_id"):
            plain.pop(name, None)
        plain["personal_digest"] = digest(canonical([self.salt, self.email, self.name]))
        plain["password_digest"] = digest(self.password_hash) if self.password_hash else ""
        return plain


def invited(user_id: UserId, email: str, name: str, salt: str, grants: tuple[StoredGrant, ...]) -> User:
    """Somebody who was asked to choose a password."""
    return User(user_id, normalised_email(email), " ".join(name.split()), salt, grants=grants)
