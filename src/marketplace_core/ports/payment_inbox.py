"""The port for money received: reports in, payments out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PaymentId, PortfolioId
from marketplace_core.domain.payment import Payment, PaymentReport
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.domain.standing import PaymentStanding
from marketplace_core.domain.telling import Contradiction, InboxOutcome

__all__ = ["Contradiction", "InboxOutcome", "PaymentInbox"]


class PaymentInbox(Protocol):
    """Keeps each payment once by (collection account, transaction id), however often and by whom it is told."""

    @abstractmethod
    def receive(
        self,
        command: Command,
        reports: Iterable[PaymentReport],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> InboxOutcome:
        """Take reports in bounded memory; what another portfolio's account got is refused as ``NotFound``.

        Payments go to the command's portfolio. A long import commits in chunks; the same one again completes it.
        """

    @abstractmethod
    def payment(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> PaymentStanding:
        """The payment and where it went."""

    @abstractmethod
    def payments(self, portfolio_id: PortfolioId) -> Iterator[Payment]:
        """Every payment of the portfolio, by id."""

    @abstractmethod
    def waiting(self, portfolio_id: PortfolioId) -> Iterator[PaymentStanding]:
        """The payments of which something is not given to a lease yet, by id."""

    @abstractmethod
    def reversals(self, portfolio_id: PortfolioId) -> Iterator[AwaitedReversal]:
        """Every reversal that ever waited, dismissed or not, by id."""

    @abstractmethod
    def reports(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> tuple[PaymentReport, ...]:
        """Each report of a payment, in the order they came."""
