"""Roles are given on what the books have."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.merging import require_unmerged
from marketplace_core.errors import NotFound
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.holdings import Holdings


@frozen
class RequireKnown:
    """Refuses a role in a portfolio, as a person or on properties that are not there: somebody may be, later."""

    directory: Directory
    holdings: Holdings

    def __call__(self, grant: StoredGrant) -> None:
        """``NotFound`` names what is not there, ``IllegalTransition`` who stands for a person who was merged."""
        if grant.portfolio_id is None:
            return
        self.directory.portfolio(grant.portfolio_id)
        people = () if grant.person_id is None else (grant.person_id,)
        missing = self.holdings.unknown(grant.portfolio_id, people, grant.property_ids or ())
        if missing:
            raise NotFound(f"portfolio {grant.portfolio_id} has no {', '.join(sorted(missing))}")
        for person_id in people:
            require_unmerged(self.directory.person(grant.portfolio_id, person_id))
