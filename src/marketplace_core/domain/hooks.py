"""Hooks: what partners post to us, kept as it came until a job has read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, NewType

from attrs import field, frozen

from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.jobs import JobRequest
from marketplace_core.errors import InvalidInput, NotFound

HookId = NewType("HookId", str)
RouteId = NewType("RouteId", str)

PAYMENT_HOOK: Final = "payment-hook"
ENGINE_HOOK: Final = "engine-hook"
PROPERTY_HOOK: Final = "condo-hook"
PARTNERS: Final = {"mpesa-c2b": PAYMENT_HOOK, "killbill": ENGINE_HOOK, "condo": PROPERTY_HOOK}
"""The kinds of partners, each with the kind of job that reads what it posts."""
KEPT_HEADERS: Final = ("content-type", "user-agent", "x-forwarded-for", "cf-connecting-ip", "cf-ray")
MOST_BYTES: Final = 1_000_000
_SHOWN: Final = 200
_LEAST_TOKEN: Final = 20


class HookState(StrEnum):
    """Where a hook stands; a refused one was kept and could not be used, for a reason that a person sees."""

    KEPT = "kept"
    PROCESSED = "processed"
    REFUSED = "refused"


@frozen
class HookRoute:
    """One partner's way in; ``live_tokens`` may be two while rotating.

    Payments come in for a book and a collection account. A billing engine and a property manager's system serve the
    whole installation: their routes have neither.
    """

    route_id: RouteId
    partner: str
    portfolio_id: PortfolioId | None
    collection_account_id: CollectionAccountId | None
    made_at: datetime
    disabled_at: datetime | None = None
    live_tokens: int = 0

    def __attrs_post_init__(self) -> None:
        """Refuse a partner that nobody reads, and a route that is neither of a book nor of the installation."""
        if self.partner not in PARTNERS:
            raise InvalidInput(f"there is no partner {self.partner[:40]!r}: there is {', '.join(sorted(PARTNERS))}")
        given = (self.portfolio_id is not None, self.collection_account_id is not None)
        if given != (tells_payments(self.partner),) * 2:
            what = "a portfolio and a collection account" if tells_payments(self.partner) else "neither of them"
            raise InvalidInput(f"route {self.route_id} of {self.partner}: it needs {what}")

    def home(self) -> tuple[PortfolioId, CollectionAccountId]:
        """Where its payments go; ``NotFound`` for the route of a partner that tells none."""
        if self.portfolio_id is None or self.collection_account_id is None:
            raise NotFound(f"no payments come by route {self.route_id} of {self.partner}")
        return self.portfolio_id, self.collection_account_id


@frozen
class Hook:
    """What came in: the body to the byte, some headers, when; ``reason`` says why it was refused, or what it told."""

    hook_id: HookId
    route_id: RouteId
    received_at: datetime
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    state: HookState = HookState.KEPT
    reason: str = ""
    settled_at: datetime | None = None


def tells_payments(partner: str) -> bool:
    """True where a partner posts payments, which go to one book."""
    return PARTNERS.get(partner) == PAYMENT_HOOK


def token_digest(token: str) -> str:
    """What is kept of a path token: SHA-256, 64 hexadecimal digits. Tokens are long and random, so no salt is needed.

    >>> token_digest("x" * 32)[:8]
    'c62e4615'
    """
    if len(token) < _LEAST_TOKEN:
        return ""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are kept, each cut to a bound: never cookies or authorization."""
    found = {name.lower(): value for name, value in headers.items()}
    return {name: found[name][:_SHOWN].replace("\0", "") for name in KEPT_HEADERS if name in found}


def hook_job(hook_id: HookId, route: HookRoute, received_at: datetime) -> JobRequest:
    """The job that reads a hook."""
    kind = PARTNERS[route.partner]
    return JobRequest(kind, f"{kind}/{hook_id}", received_at, route.portfolio_id, {"hook": hook_id})
