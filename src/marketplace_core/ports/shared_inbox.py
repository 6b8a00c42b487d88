"""The port of the inbox that portfolios share: what came into their collection account and is nobody's yet."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, PortfolioId
from marketplace_core.domain.payment import PaymentReport


class SharedInbox(Protocol):
    """Holds reports of payments until a reference or a person says whose book they belong to.

    What is held is in no book and in no chain; the payment's own facts begin when it is routed.
    """

    @abstractmethod
    def sharers(self, account_id: CollectionAccountId) -> tuple[PortfolioId, ...]:
        """The portfolios that collect in an account, by id."""

    @abstractmethod
    def owners(self, reports: Sequence[PaymentReport]) -> Mapping[PaymentId, PortfolioId]:
        """Whose the payment of each report is; those that no book has are left out."""

    @abstractmethod
    def hold(self, reports: Sequence[PaymentReport], held_at: datetime) -> int:
        """Keep reports, each source and amount of a payment once; how many payments are newly held."""

    @abstractmethod
    def held(
        self, account_id: CollectionAccountId, payment_ids: Collection[PaymentId] | None = None
    ) -> Iterator[PaymentReport]:
        """The reports of payments that no book has, by payment id, then in the order in which they came.

        ``payment_ids`` None is all of them.
        """

    @abstractmethod
    def release(self, account_id: CollectionAccountId, payment_ids: Collection[PaymentId]) -> None:
        """Forget the reports of payments that a book has by now; those of any other payment stay."""
