"""What a comparison with an outside engine reads of the books in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from typing_extensions import override

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.outside_engine.nets import LeaseNet, net_of
from marketplace_core.ports.outside_engine.engine_links import LINKS_AT_ONCE, EngineLink, EngineLinks
from marketplace_core.ports.outside_engine.engine_sums import EngineSums
from marketplace_core.services.memory_books.holdings import Whose


class Beside(Whose, EngineLinks, EngineSums):
    """Looks through the whole book each time: there is no index here."""

    @override
    def links_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, after: str = "", limit: int = LINKS_AT_ONCE
    ) -> tuple[EngineLink, ...]:
        return self._linked(portfolio_id, system, kind, lambda it: it.external_id > after)[:limit]

    @override
    def external_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, our_ids: Collection[str]
    ) -> tuple[EngineLink, ...]:
        asked = frozenset(our_ids)
        return self._linked(portfolio_id, system, kind, lambda it: it.our_id in asked)

    @override
    def ours_of(
        self, portfolio_id: PortfolioId, system: str, kind: str, external_ids: Collection[str]
    ) -> tuple[EngineLink, ...]:
        asked = frozenset(external_ids)
        return self._linked(portfolio_id, system, kind, lambda it: it.external_id in asked)

    @override
    def nets(self, portfolio_id: PortfolioId, after: LeaseId | None = None) -> Iterator[LeaseNet]:
        return (
            net_of(account)
            for account in self.accounts(portfolio_id)
            if account.lease.is_billable and (after is None or account.lease.lease_id > after)
        )

    def _linked(
        self, portfolio_id: PortfolioId, system: str, kind: str, is_asked: Callable[[EngineLink], bool]
    ) -> tuple[EngineLink, ...]:
        with self._lock:
            links = self._book(portfolio_id).links
            found = (EngineLink(key[2], our_id) for key, our_id in links.items() if key[:2] == (system, kind))
            return tuple(sorted(filter(is_asked, found)))
