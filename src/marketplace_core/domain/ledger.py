"""Postings: each moves one amount from one account to another, so that every set of them balances."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PortfolioId, PostingId
from marketplace_core.domain.money import Money
from marketplace_core.errors import CurrencyMismatch, InvalidInput


@frozen
class Posting:
    """``amount`` moves to the ``debit`` account from the ``credit`` account on ``value_date``.

    ``source_id`` is the document or movement it comes from; ``reverses`` the posting it takes back.
    """

    posting_id: PostingId
    portfolio_id: PortfolioId
    debit: str
    credit: str
    amount: Money
    value_date: date
    recorded_at: datetime
    source_id: str
    reverses: PostingId | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse nothing or less, and a posting from an account to itself."""
        if not self.amount.is_positive:
            raise InvalidInput(f"posting {self.posting_id}: the amount must be above zero, not {self.amount}")
        if self.debit == self.credit:
            raise InvalidInput(f"posting {self.posting_id}: debit and credit are both {self.debit}")

    def reversal(self, value_date: date, recorded_at: datetime) -> Posting:
        """The posting that takes this one back; reversing that gives the original's accounts again."""
        return evolve(
            self,
            posting_id=PostingId(f"{self.posting_id}~"),
            debit=self.credit,
            credit=self.debit,
            value_date=value_date,
            recorded_at=recorded_at,
            reverses=self.posting_id,
        )


def receivable(lease_id: str) -> str:
    """What a lease owes."""
    return f"receivable:{lease_id}"


def unapplied(lease_id: str) -> str:
    """What stands to a lease's credit and pays no invoice yet."""
    return f"credit:{lease_id}"


def deposit_held(lease_id: str) -> str:
    """What is owed back to a tenant."""
    return f"deposit:{lease_id}"


def deposit_due(lease_id: str) -> str:
    """Deposits invoiced and not yet paid."""
    return f"deposit_due:{lease_id}"


def cash(collection_account_id: str) -> str:
    """Money in a collection account."""
    return f"cash:{collection_account_id}"


def income(kind: str) -> str:
    """Earned by a kind of charge."""
    return f"income:{kind}"


UNMATCHED = "unmatched"
"""Money received of which nobody has said yet whose it is."""
OPENING = "opening"
"""The other side of what an imported book brings."""
CREDIT_NOTES = "credit_notes"
BAD_DEBT = "bad_debt"
DEPOSIT_CLEARING = "deposit_clearing"
REFUNDS = "refunds"
"""Money on its way back to a payer."""


def balances(
    postings: Iterable[Posting], as_of: date | None = None, known_on: datetime | None = None
) -> dict[tuple[str, str], int]:
    """Each account's balance (debits less credits) in minor units by (account, currency code)."""
    sums: dict[tuple[str, str], int] = {}
    for posting in postings:
        if (as_of is not None and posting.value_date > as_of) or (
            known_on is not None and posting.recorded_at > known_on
        ):
            continue
        code, minor = posting.amount.currency.code, posting.amount.amount_minor
        sums[posting.debit, code] = sums.get((posting.debit, code), 0) + minor
        sums[posting.credit, code] = sums.get((posting.credit, code), 0) - minor
    return sums


def require_balanced(sums: dict[tuple[str, str], int]) -> None:
    """Refuse balances that do not sum to zero in each currency."""
    totals: dict[str, int] = {}
    for (_, code), minor in sums.items():
        totals[code] = totals.get(code, 0) + minor
    for code, minor in totals.items():
        if minor:
            raise CurrencyMismatch(f"balances in {code} sum to {minor} minor units, not zero")
