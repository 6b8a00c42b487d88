"""Prove that logins and clients are what their log says."""

from __future__ import annotations

from itertools import chain

from attrs import frozen

from marketplace_core.domain.event_log import verify_chain
from marketplace_core.domain.identity.log import misfits
from marketplace_core.errors import ChainBroken
from marketplace_core.ports.identity.identities import Identities


@frozen
class IdentityReport:
    """How many links were looked at, and what does not hold; nothing found, nothing wrong."""

    links: int
    head_hash: str
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True where everything holds."""
        return not self.findings


def verify_identities(store: Identities) -> IdentityReport:
    """Check the chain and its kept head, and each login and client against the last link that tells of it.

    Found so are links altered, deleted, inserted or cut off at the end, and a role, address, password or secret that
    somebody changed in the tables.
    """
    findings: list[str] = []
    links, head = 0, ""
    try:
        links, head = verify_chain(store.identity_events())
        if (links, head) != store.identity_head():
            findings.append(
                f"the log ends with link {links}, and its head says {store.identity_head()[0]}: links are gone"
            )
    except ChainBroken as problem:
        findings.append(str(problem))
    findings.extend(misfits(store.identity_events(), chain(store.users(), store.clients())))
    return IdentityReport(links, head, tuple(findings))
