"""From the roles kept with a login or client to what they reach now: the one place where that is decided."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from marketplace_core.domain.access import Grant
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.party import Role
from marketplace_core.ports.holdings import Holdings


@frozen
class ResolveGrants:
    """Asks the books only for tenants, and for landlords in an agent's book: one quick look each."""

    holdings: Holdings

    def __call__(self, grants: Iterable[StoredGrant]) -> tuple[Grant, ...]:
        """The grants as access asks for them."""
        return tuple(self._resolved(it) for it in grants)

    def _resolved(self, it: StoredGrant) -> Grant:
        if it.portfolio_id is not None and it.person_id is not None:
            if it.role is Role.TENANT:
                leases = self.holdings.leases_of_tenant(it.portfolio_id, it.person_id)
                return Grant(it.role, it.portfolio_id, it.person_id, lease_ids=leases)
            if it.own_properties_only:
                own = self.holdings.properties_of_landlord(it.portfolio_id, it.person_id)
                return Grant(it.role, it.portfolio_id, it.person_id, own)
        properties = None if it.property_ids is None else frozenset(it.property_ids)
        return Grant(it.role, it.portfolio_id, it.person_id, properties)
