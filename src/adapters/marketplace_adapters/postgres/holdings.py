"""Whose leases and properties are whose: one look by an index each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import text
from typing_extensions import override

from marketplace_adapters.postgres.engine import single_look
from marketplace_adapters.postgres.reading import Reader
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId
from marketplace_core.ports.holdings import Holdings

_STANDS: Final = (
    "COALESCE((SELECT merged_into FROM people WHERE portfolio_id = :portfolio AND person_id = :person),"
    " CAST(:person AS text))"
)
"""Who stands for somebody: themselves, unless they were merged."""
_LEASES: Final = text(
    "SELECT lease_id FROM leases WHERE portfolio_id = :portfolio"  # noqa: S608 - words of ours
    f" AND body->'tenant_ids' @> jsonb_build_array({_STANDS}) AND status <> 'cancelled'"
)
_PROPERTIES: Final = text(
    f"SELECT property_id FROM properties WHERE portfolio_id = :portfolio AND landlord_id = {_STANDS}"  # noqa: S608 - words of ours
)
_UNKNOWN: Final = text(
    "SELECT asked FROM unnest(CAST(:people AS text[])) AS asked WHERE NOT EXISTS"
    " (SELECT 1 FROM people WHERE portfolio_id = :portfolio AND person_id = asked) UNION ALL"
    " SELECT asked FROM unnest(CAST(:properties AS text[])) AS asked WHERE NOT EXISTS"
    " (SELECT 1 FROM properties WHERE portfolio_id = :portfolio AND property_id = asked)"
)


class PostgresHoldings(Reader, Holdings):
    """Asks the tables of leases, properties and people."""

    @override
    def leases_of_tenant(self, portfolio_id: PortfolioId, person_id: PersonId) -> frozenset[LeaseId]:
        values = {"portfolio": portfolio_id, "person": person_id}
        with single_look(self._engine) as connection:
            return frozenset(LeaseId(it) for it in connection.scalars(_LEASES, values))

    @override
    def properties_of_landlord(self, portfolio_id: PortfolioId, person_id: PersonId) -> frozenset[PropertyId]:
        with single_look(self._engine) as connection:
            found = connection.scalars(_PROPERTIES, {"portfolio": portfolio_id, "person": person_id})
            return frozenset(PropertyId(it) for it in found)

    @override
    def unknown(
        self, portfolio_id: PortfolioId, people: Collection[PersonId], properties: Collection[PropertyId]
    ) -> frozenset[str]:
        values = {"portfolio": portfolio_id, "people": list(people), "properties": list(properties)}
        with single_look(self._engine) as connection:
            return frozenset(str(it) for it in connection.scalars(_UNKNOWN, values))
