"""What a payment feed gives, row by row, and the count of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum

from attrs import define, field, frozen

from marketplace_core.domain.days import require_instant
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, derive_id
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.payment import PaymentReport, payment_id_of
from marketplace_core.errors import InvalidAmount, InvalidInput, InvalidRow


class SkipReason(StrEnum):
    """Why a sound row is no payment to us.

    ``REVERSAL`` is money that came back to us; ``INTERNAL`` moved between our own accounts; ``REPEATED`` stood
    earlier in the same file with the same id and amount.
    """

    CHARGE = "charge"
    FAILED = "failed"
    OUTGOING = "outgoing"
    REVERSAL = "reversal"
    INTERNAL = "internal"
    ZERO = "zero"
    REPEATED = "repeated"


@frozen
class Skipped:
    """A sound row that is no payment to us; ``amount`` is its size, never negative."""

    reason: SkipReason
    file: str
    line: int
    amount: Money
    transaction_id: str = ""


@frozen
class Rejected:
    """A row that cannot be taken; ``error`` has the file, line, column and reason."""

    error: InvalidRow
    transaction_id: str = ""


@frozen
class Caution:
    """A sign that a file is not whole, such as a running balance that does not follow; no row is refused for it."""

    file: str
    line: int
    reason: str


@frozen
class ReversalReport:
    """The provider took back a payment; ``original_transaction_id`` is empty where the row does not say which."""

    collection_account_id: CollectionAccountId
    transaction_id: str
    original_transaction_id: str
    amount: Money
    reversed_at: datetime = field(converter=require_instant)
    value_date: date
    place: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a reversal without an id or without money."""
        if not self.transaction_id or self.transaction_id != self.transaction_id.strip():
            raise InvalidInput(f"transaction id {self.transaction_id!r}: must not be empty or padded")
        if not self.amount.is_positive:
            raise InvalidAmount(f"reversal {self.transaction_id}: must be above zero, not {self.amount}")

    @property
    def reversal_id(self) -> str:
        """The same whenever the row is told: of its collection account and its own transaction id, case-blind."""
        return derive_id("rev", self.collection_account_id, self.transaction_id.upper())

    @property
    def payment_id(self) -> PaymentId | None:
        """The payment taken back, where the row says which."""
        if not self.original_transaction_id:
            return None
        return payment_id_of(self.collection_account_id, self.original_transaction_id)


FeedRow = PaymentReport | ReversalReport | Skipped | Rejected | Caution


@frozen
class Tally:
    """How many rows, and their sum."""

    count: int
    amount: Money


@frozen
class FeedSummary:
    """Rows and sums of a feed by kind; every row of the source but blank ones is in exactly one kind.

    Sums are of sizes: none is negative. Rejected rows have no sum, since their amounts may be what is wrong.
    """

    payments: Tally
    reversals: Tally
    skipped: tuple[tuple[SkipReason, Tally], ...]
    rejected: int
    cautions: int

    @property
    def rows(self) -> int:
        """All rows, whatever became of them."""
        return self.payments.count + self.reversals.count + sum(t.count for _, t in self.skipped) + self.rejected

    def skipped_for(self, reason: SkipReason) -> Tally:
        """What was skipped for that reason, zero where nothing was."""
        return dict(self.skipped).get(reason, Tally(0, Money.zero(self.payments.amount.currency)))


@define
class FeedCounter:
    """Counts rows of one currency while they pass, so that a stream need not be kept to be summed."""

    currency: Currency
    _count_of_kind: dict[str, int] = field(factory=dict[str, int], init=False)
    _minor_of_kind: dict[str, int] = field(factory=dict[str, int], init=False)

    def add(self, row: FeedRow) -> None:
        """Count one row."""
        if isinstance(row, Rejected | Caution):
            kind, minor = type(row).__name__, 0
        elif isinstance(row, Skipped):
            kind, minor = row.reason.value, row.amount.amount_minor
        else:
            kind, minor = type(row).__name__, row.amount.amount_minor
        self._count_of_kind[kind] = self._count_of_kind.get(kind, 0) + 1
        self._minor_of_kind[kind] = self._minor_of_kind.get(kind, 0) + minor

    def counting(self, rows: Iterable[FeedRow]) -> Iterator[FeedRow]:
        """The same rows, each counted as it passes."""
        for row in rows:
            self.add(row)
            yield row

    def summary(self) -> FeedSummary:
        """What was counted so far."""
        return FeedSummary(
            payments=self._tally(PaymentReport.__name__),
            reversals=self._tally(ReversalReport.__name__),
            skipped=tuple(
                (reason, self._tally(reason.value)) for reason in SkipReason if reason in self._count_of_kind
            ),
            rejected=self._count_of_kind.get(Rejected.__name__, 0),
            cautions=self._count_of_kind.get(Caution.__name__, 0),
        )

    def _tally(self, kind: str) -> Tally:
        return Tally(self._count_of_kind.get(kind, 0), Money(self._minor_of_kind.get(kind, 0), self.currency))
