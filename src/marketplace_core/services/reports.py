"""Say what is owed: a lease's statement, the deposits held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from attrs import frozen

from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.deposit import DepositStanding
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.statement import Statement, statement
from marketplace_core.ports.lease_accounts import LeaseAccounts


@frozen
class StatementOfAccount:
    """Gives a lease's statement of account for a span of days."""

    accounts: LeaseAccounts

    def __call__(
        self, portfolio_id: PortfolioId, lease_id: LeaseId, span: DateSpan, known_on: datetime | None = None
    ) -> Statement:
        """The statement, as known at an instant (None: now)."""
        return statement(self.accounts.account(portfolio_id, lease_id), span, known_on)


@frozen
class DepositsHeld:
    """Gives each lease's deposit on a day."""

    accounts: LeaseAccounts

    def __call__(
        self, portfolio_id: PortfolioId, as_of: date, known_on: datetime | None = None
    ) -> Iterator[tuple[LeaseId, DepositStanding]]:
        """Every lease whose deposit ever moved, by id."""
        for account in self.accounts.accounts(portfolio_id):
            found = account.deposit(as_of, known_on)
            if found.has_moved:
                yield account.lease.lease_id, found
