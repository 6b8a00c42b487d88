"""The port for money received: reports in, payments out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PaymentId, PortfolioId
from marketplace_core.domain.payment import Payment, PaymentReport
from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.ports.books import PaymentStanding


@frozen
class Contradiction:
    """A report that was refused since its transaction is known otherwise; recorded with the reason."""

    report: PaymentReport
    reason: str


@frozen
class InboxOutcome:
    """What came of the reports: ``received`` new payments, ``told_again`` by another source, ``repeated`` reports.

    ``held`` are payments of a shared account that no evidence gives to a book; a person says whose they are.
    """

    received: int
    received_minor: int
    told_again: int
    repeated: int
    contradictions: tuple[Contradiction, ...] = ()
    held: int = 0

    def plus(self, other: InboxOutcome) -> InboxOutcome:
        """Both together."""
        return InboxOutcome(
            self.received + other.received,
            self.received_minor + other.received_minor,
            self.told_again + other.told_again,
            self.repeated + other.repeated,
            (*self.contradictions, *other.contradictions),
            self.held + other.held,
        )


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
