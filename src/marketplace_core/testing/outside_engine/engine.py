"""The fake engine: an outside engine's ports over books in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from typing_extensions import override

from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    Charge,
    GiveCredit,
    OpenAccount,
    RecordPayment,
    ResumeBilling,
    Step,
    Subscribe,
    TakeBackPayment,
    VoidInvoice,
)
from marketplace_core.errors import ConfigurationError, RuleViolation
from marketplace_core.ports.outside_engine.engine_care import EngineCare, EngineFinding
from marketplace_core.ports.outside_engine.engine_writing import EngineWriting
from marketplace_core.testing.outside_engine import money_steps as money
from marketplace_core.testing.outside_engine.books import EngineBooks
from marketplace_core.testing.outside_engine.by_hand import ByHand
from marketplace_core.testing.outside_engine.reading import MemoryReading
from marketplace_core.testing.outside_engine.rows import AccountRow
from marketplace_core.testing.outside_engine.subscribing import change_subscription, subscribe

FIRST_DAY: Final = date(2026, 1, 1)
_MORNING: Final = time(9, tzinfo=UTC)
HOLDS_BELOW: Final = 1_000_000
"""Whole units of a currency that the engine's columns cannot hold, unless an operator widened them."""


class MemoryOutsideEngine(MemoryReading, EngineWriting, EngineCare):
    """Books in memory that behave as Kill Bill 0.22.26 does, on a day that the test moves; safe for threads.

    >>> engine = MemoryOutsideEngine(date(2026, 1, 1))
    >>> engine.move_to(date(2026, 2, 1))
    >>> engine.today
    datetime.date(2026, 2, 1)
    """

    def __init__(
        self,
        today: date = FIRST_DAY,
        *,
        holds_below: int | None = HOLDS_BELOW,
        is_set_up: bool = True,
        books_id: str = "books-1",
    ) -> None:
        """No accounts; ``holds_below`` whole units, None for widened columns; set up, unless that is what is tested.

        ``books_id`` is what tells these books from those of another tenant.
        """
        super().__init__(EngineBooks(today))
        self.books_id = books_id
        self._holds_below = holds_below
        self._is_set_up, self._callback_url = is_set_up, ""
        self.by_hand = ByHand(self._books)

    @property
    def today(self) -> date:
        """The engine's own day."""
        return self._books.today

    def move_to(self, day: date) -> None:
        """Let days pass one by one, and bill on each what is due on it."""
        with self._books.lock:
            self._books.move_to(day)

    @override
    def require_holds(self, step: Step) -> None:
        amount, below = _amount_of(step), self._holds_below
        if amount is not None and below is not None and amount.amount_minor >= below * amount.currency.scale:
            raise RuleViolation(f"{amount} does not fit the engine's columns: they hold less than {below}")

    @override
    def perform(self, key: AccountKey, account_id: str, step: Step) -> str:
        self.require_holds(step)
        with self._books.lock:
            if not self._is_set_up:
                raise ConfigurationError("the engine does not know us: set it up first")
            if isinstance(step, OpenAccount):
                return self._open(step)
            account = self._books.account(account_id)
            if account.key != str(key):
                raise RuleViolation(f"account {account_id} is that of {account.key}, not of {key}")
            _require_amount(account, step)
            return self._do(account, step)

    def _open(self, step: OpenAccount) -> str:
        known = self._books.account_of_key(str(step.key))
        if known is None:
            known = self._books.add_account(str(step.key), step.currency, step.zone)
            known.is_paused = True
        return known.account_id

    def _do(self, account: AccountRow, step: Step) -> str:
        made = ""
        match step:
            case ResumeBilling():
                _resume(self._books, account)
            case Subscribe():
                made = subscribe(self._books, account, step)
            case Charge():
                made = money.charge(self._books, account, step)
            case GiveCredit():
                made = money.give_credit(self._books, account, step)
            case RecordPayment():
                made = money.record_payment(self._books, account, step)
            case TakeBackPayment():
                money.take_back(self._books, account, step)
            case VoidInvoice():
                money.void(self._books, account, step)
            case OpenAccount():
                made = account.account_id
            case _:
                change_subscription(self._books, account, step)
        return made

    @override
    def check(self) -> Sequence[EngineFinding]:
        well = self._is_set_up
        return [EngineFinding("tenant", well, "known" if well else "not known", "" if well else "set it up")]

    @override
    def identity(self) -> str:
        return self.books_id

    @override
    def time_there(self) -> datetime:
        return datetime.combine(self.today, _MORNING)

    @override
    def set_up(self, callback_url: str = "", *, dry_run: bool = False) -> Sequence[EngineFinding]:
        with self._books.lock:
            if callback_url and self._callback_url not in ("", callback_url):
                raise ConfigurationError(f"the engine calls {self._callback_url} already, not {callback_url}")
            done = [EngineFinding("tenant", self._is_set_up or not dry_run, "there" if self._is_set_up else "made")]
            if not dry_run:
                self._is_set_up, self._callback_url = True, callback_url or self._callback_url
            return done


def _resume(books: EngineBooks, account: AccountRow) -> None:
    """Bill it from now on, and at once what is due; one that is not paused is left as it is."""
    if account.is_paused:
        account.is_paused = False
        books.run(account, books.today)


def _amount_of(step: Step) -> Money | None:
    match step:
        case Charge() | GiveCredit() | RecordPayment() | TakeBackPayment():
            return step.amount
        case Subscribe() | ChangePrice():
            return step.price
        case _:
            return None


def _require_amount(account: AccountRow, step: Step) -> None:
    amount = _amount_of(step)
    if amount is not None and amount.currency != account.currency:
        raise RuleViolation(f"{amount} is not in the currency of account {account.key}, {account.currency.code}")
    if amount is not None and not amount.is_positive:
        raise RuleViolation(f"{amount} cannot be recorded in account {account.key}: it must be more than zero")
