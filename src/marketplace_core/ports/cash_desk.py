"""The port of a counter where one payment is taken at a time, by the rules of the inbox."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.party import Portfolio
from marketplace_core.domain.payment import CollectionAccount, PaymentReport
from marketplace_core.domain.telling import InboxOutcome


@frozen
class Desk:
    """A portfolio and one of its collection accounts; ``account`` is None where it does not collect in it."""

    portfolio: Portfolio
    account: CollectionAccount | None
    is_shared: bool
    """True where other portfolios collect in the account too."""


@frozen
class Taken:
    """What came of a report; ``may_end_reversal`` is False only where no reversal of the portfolio waits."""

    outcome: InboxOutcome
    may_end_reversal: bool


class CashDesk(Protocol):
    """Takes one payment in few round trips: what it leaves is to the byte what the inbox leaves of that one report."""

    @abstractmethod
    def desk(self, portfolio_id: PortfolioId, account_id: CollectionAccountId) -> Desk:
        """The portfolio and its account as they are now; ``NotFound`` where there is no such portfolio."""

    @abstractmethod
    def take(self, command: Command, report: PaymentReport) -> Taken:
        """What ``PaymentInbox.receive`` does with this one report, and the errors that it has."""
