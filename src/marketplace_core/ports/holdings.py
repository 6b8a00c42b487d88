"""The port that says what of a portfolio is somebody's: asked on each request, so each answer is one quick look."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import Protocol

from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, PropertyId


class Holdings(Protocol):
    """Whose leases and properties are whose."""

    @abstractmethod
    def leases_of_tenant(self, portfolio_id: PortfolioId, person_id: PersonId) -> frozenset[LeaseId]:
        """The leases that name the person as a tenant, ended ones too, cancelled ones not."""

    @abstractmethod
    def properties_of_landlord(self, portfolio_id: PortfolioId, person_id: PersonId) -> frozenset[PropertyId]:
        """The properties whose landlord the person is."""

    @abstractmethod
    def unknown(
        self, portfolio_id: PortfolioId, people: Collection[PersonId], properties: Collection[PropertyId]
    ) -> frozenset[str]:
        """Which of these people and properties the portfolio does not have."""
