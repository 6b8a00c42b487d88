"""Find what still stands on archived units: a unit that has another label there is another one to a sync."""

from __future__ import annotations

from collections import Counter
from datetime import date

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId, PortfolioId, UnitId
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.outside_property.occupancies import Occupancies

_OVER = (LeaseStatus.ENDED, LeaseStatus.CANCELLED)


@frozen
class Stranded:
    """An archived unit on which something still stands: leases that have not ended, and how many current stays."""

    unit_id: UnitId
    code: str
    archived_on: date
    leases: tuple[LeaseId, ...]
    occupancies: int


@frozen
class FindStranded:
    """Looks for archived units with leases that have not ended, or with residents who are still told there."""

    directory: Directory
    accounts: LeaseAccounts
    occupancies: Occupancies

    def __call__(self, portfolio_id: PortfolioId) -> tuple[Stranded, ...]:
        """Each such unit, by id; leases and stays are read only where a unit is archived."""
        archived = {it.unit_id: it for it in self.directory.units(portfolio_id) if it.archived_on is not None}
        if not archived:
            return ()
        leases: dict[UnitId, list[LeaseId]] = {}
        for lease in self.accounts.leases(portfolio_id):
            if lease.unit_id in archived and lease.status not in _OVER:
                leases.setdefault(lease.unit_id, []).append(lease.lease_id)
        current = self.occupancies.occupancies(portfolio_id, is_current=True)
        stays = Counter(it.unit_id for it in current if it.unit_id in archived)
        return tuple(
            Stranded(key, it.code, it.archived_on, tuple(leases.get(key, ())), stays[key])
            for key, it in archived.items()
            if it.archived_on is not None and (key in leases or stays[key])
        )


def stranded_words(found: tuple[Stranded, ...]) -> str:
    """What stands on archived units, in a line; empty where nothing does."""
    if not found:
        return ""
    leases, stays = sum(len(it.leases) for it in found), sum(it.occupancies for it in found)
    codes = ", ".join(it.code for it in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""  # noqa: PLR2004 - what a line holds
    return f"{leases} leases and {stays} current stays are on archived units: {codes}{more}"
