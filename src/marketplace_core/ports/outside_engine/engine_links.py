"""The port that reads many links to an outside engine at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import Final, NamedTuple, Protocol

from marketplace_core.domain.identifiers import PortfolioId

LINKS_AT_ONCE: Final = 1_000
"""How many links a page has unless somebody asks for fewer or more."""


class EngineLink(NamedTuple):
    """What an outside system calls one of ours."""

    external_id: str
    our_id: str


class EngineLinks(Protocol):
    """The links that `ExternalLinked` facts made; ``NotFound`` for an unknown portfolio.

    Several of their ids may stand for one of ours, never one of theirs for several of ours.
    """

    @abstractmethod
    def links_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, after: str = "", limit: int = LINKS_AT_ONCE
    ) -> tuple[EngineLink, ...]:
        """Links of a kind by external id, those behind ``after``, at most ``limit``; none at the end."""

    @abstractmethod
    def external_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, our_ids: Collection[str]
    ) -> tuple[EngineLink, ...]:
        """The links that any of our ids has, by external id."""

    @abstractmethod
    def ours_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, external_ids: Collection[str]
    ) -> tuple[EngineLink, ...]:
        """The links that any of their ids has, by external id."""
