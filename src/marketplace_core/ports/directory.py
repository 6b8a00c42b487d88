"""The port that reads portfolios, people, properties, units and collection accounts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Protocol

from marketplace_core.domain.identifiers import PersonId, PortfolioId, UnitId
from marketplace_core.domain.party import ExternalId, Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount


class Directory(Protocol):
    """Who and what is in the books; ``NotFound`` for an unknown id."""

    @abstractmethod
    def portfolio(self, portfolio_id: PortfolioId) -> Portfolio:
        """The portfolio of that id."""

    @abstractmethod
    def portfolios(self) -> tuple[Portfolio, ...]:
        """Every portfolio, by id."""

    @abstractmethod
    def collection_accounts(self, portfolio_id: PortfolioId) -> tuple[CollectionAccount, ...]:
        """The accounts that the portfolio collects in, by id."""

    @abstractmethod
    def properties(self, portfolio_id: PortfolioId) -> Iterator[Property]:
        """The portfolio's properties, by id."""

    @abstractmethod
    def units(self, portfolio_id: PortfolioId) -> Iterator[Unit]:
        """The portfolio's units, by id."""

    @abstractmethod
    def unit(self, portfolio_id: PortfolioId, unit_id: UnitId) -> Unit:
        """The unit of that id."""

    @abstractmethod
    def people(self, portfolio_id: PortfolioId) -> Mapping[PersonId, Person]:
        """The people known to the portfolio; who was erased has an empty name."""

    @abstractmethod
    def person(self, portfolio_id: PortfolioId, person_id: PersonId) -> Person:
        """The person of that id, who may have been erased, or merged into another one."""

    @abstractmethod
    def our_id(self, portfolio_id: PortfolioId, system: str, kind: str, external_id: str) -> str | None:
        """Which of our ids an outside system's id stands for."""

    @abstractmethod
    def external_ids(self, portfolio_id: PortfolioId, our_id: str) -> tuple[ExternalId, ...]:
        """What outside systems call one of ours, in order."""
