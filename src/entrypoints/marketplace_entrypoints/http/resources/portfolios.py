"""Portfolios."""

from __future__ import annotations

from typing import Any

from marketplace_entrypoints.http.operation import Answer, Call, SignedIn, operation
from marketplace_entrypoints.http.shapes.directory import PortfolioList, PortfolioShape


@operation(
    "GET",
    "/api/portfolios",
    SignedIn("it lists those in which the caller has a role, and no others"),
    answers=PortfolioList,
)
def list_portfolios(call: Call[Any, Any]) -> Answer:
    """The portfolios in which the caller has a role."""
    seen = call.parts.gate.portfolios(call.actor)
    return Answer(PortfolioList(tuple(PortfolioShape.of(it) for it in seen)))
