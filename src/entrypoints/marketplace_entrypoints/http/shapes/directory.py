"""Portfolios, properties, units and people."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.party import Portfolio
from marketplace_entrypoints.http.bounded import CurrencyCode, Identifier


@frozen
class PortfolioShape:
    """A landlord's or agent's book."""

    portfolio_id: Identifier
    name: str
    currency: CurrencyCode
    zone: str

    @classmethod
    def of(cls, it: Portfolio) -> PortfolioShape:
        """The shape of a portfolio."""
        return cls(it.portfolio_id, it.name, it.currency.code, it.zone)


@frozen
class PortfolioList:
    """Every portfolio that the caller has a role in."""

    portfolios: tuple[PortfolioShape, ...]
