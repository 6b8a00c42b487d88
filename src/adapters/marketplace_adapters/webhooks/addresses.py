"""Which addresses may be posted to: public ones, each looked at after the name was resolved."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from attrs import frozen

from marketplace_core.errors import PartnerUnavailable, RuleViolation

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host's name, as texts."""
_Network = IPv4Network | IPv6Network

# Beside what is not global: a cloud's own address that looks public, IPv6 addresses that carry an IPv4 address, and
# what versions of Python disagree on.
_NEVER: Final[tuple[_Network, ...]] = (
    *map(IPv4Network, ("0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24")),
    *map(IPv4Network, ("198.18.0.0/15", "224.0.0.0/3")),
    *map(IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16")),
    *map(IPv6Network, ("fc00::/7", "fe80::/9", "ff00::/8")),
)


def resolve(host: str, port: int) -> Sequence[str]:
    """What the machine's resolver says."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise PartnerUnavailable(f"{host[:100]} has no address: is the name right?") from problem
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_public(address: str) -> bool:
    """True for an address of the public internet: not private, loopback, link-local, shared, multicast, mapped."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:  # such as one with a zone
        return False
    return found.is_global and not any(found.version == it.version and found in it for it in _NEVER)


@frozen
class Addresses:
    """Resolves a host once and lets its addresses pass only where all are public.

    ``allowed`` are further networks, for tests against servers of their own: production names none.
    """

    resolve: Resolve = resolve
    allowed: Collection[str] = ()

    def of(self, host: str, port: int) -> str:
        """The address to connect to, itself and no name; ``RuleViolation`` where one of the host's is not public."""
        found = self.resolve(host, port)
        if not found:
            raise PartnerUnavailable(f"{host[:100]} has no address")
        for address in found:
            if not (is_public(address) or self._is_allowed(address)):
                raise RuleViolation(
                    f"{host[:100]} is at {address}, which is not of the public internet: nothing is posted there"
                )
        return found[0]

    def _is_allowed(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in map(ip_network, self.allowed) if network.version == found.version)
