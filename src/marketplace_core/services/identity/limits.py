"""How often a stranger may try: by account, and by address."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Final

from attrs import frozen

from marketplace_core.errors import TooManyAttempts
from marketplace_core.ports.identity.attempts import Attempts

_NETWORK_BITS: Final = 64
"""Of an IPv6 address; the rest one household changes as it likes."""


@frozen
class AttemptLimit:
    """So many attempts in so many seconds."""

    most: int
    window_seconds: int


SIGN_IN_BY_ACCOUNT: Final = AttemptLimit(10, 900)
SIGN_IN_BY_ADDRESS: Final = AttemptLimit(100, 900)
RESET_BY_ACCOUNT: Final = AttemptLimit(3, 3600)
RESET_BY_ADDRESS: Final = AttemptLimit(20, 3600)
TOKEN_BY_ADDRESS: Final = AttemptLimit(600, 900)


def attempt_key(what: str, who: str) -> str:
    """What attempts are counted under: a hash, since it would tell of a person; an IPv6 address by its network."""
    return sha256(f"{what}\x1f{_network(who)}".encode()).hexdigest()


def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(int(address) >> (128 - _NETWORK_BITS))


def require_few(attempts: Attempts, key: str, limit: AttemptLimit, now: datetime) -> None:
    """Count an attempt, and refuse it as ``TooManyAttempts`` where it is one too many."""
    if attempts.count(key, limit.window_seconds, now) > limit.most:
        raise TooManyAttempts(
            f"too many attempts: wait {limit.window_seconds // 60} minutes, then try again", limit.window_seconds
        )
