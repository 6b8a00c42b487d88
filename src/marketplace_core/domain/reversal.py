"""A provider's reversal whose payment is not here: kept until the payment comes, or a person says that it will not."""

from __future__ import annotations

from datetime import date, datetime

from attrs import field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.feed import ReversalReport
from marketplace_core.domain.identifiers import CollectionAccountId, PortfolioId
from marketplace_core.domain.money import Money


@frozen
class AwaitedReversal:
    """A reversal that waits, once by collection account and the reversal's own transaction id.

    It waits for its payment, or, where the row names none or another amount, for a person. ``dismissed_at`` when
    a person has said that nothing here is to be taken back by it.
    """

    reversal_id: str
    portfolio_id: PortfolioId
    collection_account_id: CollectionAccountId
    transaction_id: str
    original_transaction_id: str
    amount: Money
    reversed_at: datetime = field(converter=require_instant)
    value_date: date
    place: str
    recorded_at: datetime
    dismissed_at: datetime | None = None

    @staticmethod
    def of(report: ReversalReport, portfolio_id: PortfolioId, recorded_at: datetime) -> AwaitedReversal:
        """The reversal as reported."""
        return AwaitedReversal(
            report.reversal_id,
            portfolio_id,
            report.collection_account_id,
            report.transaction_id,
            report.original_transaction_id,
            report.amount,
            report.reversed_at,
            report.value_date,
            report.place,
            recorded_at,
        )

    @property
    def report(self) -> ReversalReport:
        """What the provider said."""
        return ReversalReport(
            self.collection_account_id,
            self.transaction_id,
            self.original_transaction_id,
            self.amount,
            self.reversed_at,
            self.value_date,
            self.place,
        )
