"""The counter in memory: the inbox takes one report as it takes many."""

from __future__ import annotations

from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.ports.cash_desk import CashDesk, Desk, Taken
from marketplace_core.services.memory_books.shared_inbox import Holding


class Counter(Holding, CashDesk):
    """Takes one payment at a time."""

    @override
    def desk(self, portfolio_id: PortfolioId, account_id: CollectionAccountId) -> Desk:
        with self._lock:
            portfolio = self.portfolio(portfolio_id)
            account = self._book(portfolio_id).collection_accounts.get(account_id)
            return Desk(portfolio, account, len(self.sharers(account_id)) > 1)

    @override
    def take(self, command: Command, report: PaymentReport) -> Taken:
        outcome = self.receive(command, (report,))
        return Taken(outcome, any(it.dismissed_at is None for it in self.reversals(command.portfolio_id)))
