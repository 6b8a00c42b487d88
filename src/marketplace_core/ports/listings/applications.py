"""The port that keeps applications: bookings of our listings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator
from typing import Protocol

from marketplace_core.domain.identifiers import ApplicationId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.listings.applications import Application

ApplicationDecision = Callable[[Application | None], Application | None]
"""What becomes of an application; None where there is none and none is made."""


class Applications(Protocol):
    """Keeps applications beside the event log; erasing a person empties theirs."""

    @abstractmethod
    def change_application(
        self, portfolio_id: PortfolioId, application_id: ApplicationId, decide: ApplicationDecision
    ) -> Application | None:
        """Lock one, let ``decide`` look, write what differs; as it then stands.

        ``NotFound`` for an unknown listing, unit, person or lease.
        """

    @abstractmethod
    def application(self, portfolio_id: PortfolioId, application_id: ApplicationId) -> Application:
        """One; ``NotFound`` where there is none."""

    @abstractmethod
    def waiting_applications(self, portfolio_id: PortfolioId, system: str) -> Iterator[Application]:
        """Those that are waiting (`Application.is_waiting`), by the instant of their change there, then id."""

    @abstractmethod
    def applications(
        self, portfolio_id: PortfolioId, *, unit_id: UnitId | None = None, person_id: PersonId | None = None
    ) -> Iterator[Application]:
        """All, by id: of a unit or a person, where asked."""

    @abstractmethod
    def known_bookings(
        self, portfolio_id: PortfolioId, system: str, after: str = "", limit: int = 1_000
    ) -> Collection[str]:
        """Outside ids of those that are open or accepted, in order, those behind ``after``."""
