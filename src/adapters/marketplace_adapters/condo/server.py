"""Where Condo is, who we are there, and which organization's rows are ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.maintenance.intents import write_seconds
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.errors import ConfigurationError

PATH: Final = "/admin/api"
"""The documented /api/graphql answers 404."""
MOST_ROWS: Final = 1000
"""Condo gives no more a page."""
_SCHEMES: Final = ("https://", "http://")
_FINGERPRINT: Final = range(5, 43)


@frozen
class CondoServer:
    """A Condo and our organization in it; secrets are never shown by ``repr``.

    We are known by a ``token`` that was made there, or sign in: a service user by ``email``, staff by ``phone``, both
    with ``password``. ``roles`` says what a role of a contact is, by the role's id or its name, beside the names
    Resident, Owner and Guest. ``timeout_seconds`` bounds one call with all its parts; ``longest_wait_seconds`` is how
    long a call may wait for points. ``failures_to_open`` calls without an answer in a row let all further ones fail at
    once for ``cooldown_seconds``. The schema is looked at anew after ``check_every_seconds``.
    """

    url: str
    organization_id: str
    token: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    roles: Mapping[str, OccupantRole] = field(factory=dict[str, OccupantRole])
    fingerprint: str = "marketplace-core"
    timeout_seconds: float = 20.0
    longest_wait_seconds: float = 30.0
    attempts: int = 3
    failures_to_open: int = 5
    cooldown_seconds: float = 15.0
    check_every_seconds: float = 3600.0

    def __attrs_post_init__(self) -> None:
        """Refuse what would fail only at the first call, or would send secrets where they do not belong."""
        if not self.url.startswith(_SCHEMES) or "@" in self.url or "?" in self.url:
            raise ConfigurationError("condo.url must be such as https://condo.example.org, with no user in it")
        if not self.organization_id:
            raise ConfigurationError("condo.organization must be set: the id of the organization whose rows are ours")
        if not self.token and not self.can_sign_in:
            raise ConfigurationError("condo.token must be set, or condo.password with condo.email or condo.phone")
        if len(self.fingerprint) not in _FINGERPRINT:
            raise ConfigurationError("condo.fingerprint must have 5 to 42 characters")
        if not self.timeout_seconds > 0 or self.attempts < 1 or self.failures_to_open < 1:
            raise ConfigurationError("condo.timeout must be above zero, attempts and failures_to_open at least one")

    @property
    def longest_write_seconds(self) -> float:
        """How long a write may take with what is read before it and a wait for points: after that none is under way."""
        return write_seconds(self.timeout_seconds, self.longest_wait_seconds)

    @property
    def can_sign_in(self) -> bool:
        """True where a new token can be made."""
        return bool(self.password) and bool(self.email or self.phone)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(it for it in (self.token, self.password) if it)

    @property
    def sender(self) -> dict[str, object]:
        """What each mutation says of who sends it."""
        return {"dv": 1, "fingerprint": self.fingerprint}
