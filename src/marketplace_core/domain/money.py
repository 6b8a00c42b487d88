"""Money: exact integer minor units and a currency, never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from attrs import field, frozen

from marketplace_core.errors import CurrencyMismatch, InvalidAmount

LARGEST_MINOR: Final = 2**63 - 1
"""The largest amount a signed 64-bit column holds; constructors refuse more."""

_WITHOUT_DECIMALS: Final = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_WITH_THREE_DECIMALS: Final = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_SCALES: Final = (1, 10, 100, 1_000, 10_000)
_CODE: Final = re.compile(r"[A-Z]{3}")
_PLAIN_NUMBER: Final = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,6}))?")
_DIGITS_MOST: Final = 13
"""Digits before the point: a thousand such amounts still sum within 64 bits of minor units."""


@frozen
class Currency:
    """An ISO 4217 code and how many decimals its minor unit has."""

    code: str
    decimals: int = 2

    def __attrs_post_init__(self) -> None:
        """Refuse what is not three capital letters, or decimals out of 0 to 4."""
        if not _CODE.fullmatch(self.code):
            raise InvalidAmount(f"currency {self.code!r}: expected three capital letters such as KES")
        if not 0 <= self.decimals <= 4:  # noqa: PLR2004 - ISO 4217 knows 0 to 4
            raise InvalidAmount(f"currency {self.code}: decimals must be 0 to 4, not {self.decimals}")

    @property
    def scale(self) -> int:
        """How many minor units make one major unit: 100 for KES."""
        return _SCALES[self.decimals]

    @staticmethod
    def of(code: str) -> Currency:
        """The currency of an ISO 4217 code with its minor unit from the standard."""
        return _currency_of(code)


@lru_cache(maxsize=256)
def _currency_of(code: str) -> Currency:
    if code in _WITHOUT_DECIMALS:
        return Currency(code, 0)
    if code in _WITH_THREE_DECIMALS:
        return Currency(code, 3)
    return Currency(code)


KES: Final = Currency.of("KES")


def _whole_number(_instance: object, _attribute: object, value: int) -> None:
    if type(value) is not int:
        raise InvalidAmount(f"amount_minor must be a whole number of minor units (int), not {value!r}")
    if not -LARGEST_MINOR <= value <= LARGEST_MINOR:
        raise InvalidAmount(f"amount_minor {value} does not fit 64 bits")


@frozen
class Money:
    """An exact amount: ``amount_minor`` whole minor units (cents) of ``currency``.

    Adding, subtracting and comparing need one currency, else ``CurrencyMismatch``.
    """

    amount_minor: int = field(validator=_whole_number)
    currency: Currency

    @staticmethod
    def zero(currency: Currency) -> Money:
        """No money of that currency."""
        return Money(0, currency)

    @staticmethod
    def parse(text: str, currency: Currency | str = KES) -> Money:
        """The amount a plain decimal text says: ``"15000"``, ``"15000.00"``, ``"-3.5"``.

        Refused with ``InvalidAmount``: NaN, infinity, exponents, other scripts' digits, separators,
        more decimals than the currency has, more than 13 digits before the dot.
        """
        unit = Currency.of(currency) if isinstance(currency, str) else currency
        found = _PLAIN_NUMBER.fullmatch(text)
        if not found:
            raise InvalidAmount(
                f"amount {text[:40]!r}: write digits with a dot for cents, such as 15000.00, at most "
                f"{_DIGITS_MOST} before the dot"
            )
        sign, whole, fraction = found[1], found[2], found[3] or ""
        if len(fraction) > unit.decimals and fraction[unit.decimals :].strip("0"):
            raise InvalidAmount(f"amount {text!r}: {unit.code} has {unit.decimals} decimals")
        minor: int = int(whole) * unit.scale + int((fraction[: unit.decimals]).ljust(unit.decimals, "0") or "0")
        return Money(-minor if sign else minor, unit)

    @staticmethod
    def from_decimal(value: Decimal, currency: Currency) -> Money:
        """The amount a finite Decimal holds; more decimals than the currency has are refused."""
        if not value.is_finite():
            raise InvalidAmount(f"amount {value}: NaN and infinity are not amounts")
        if value.adjusted() >= _DIGITS_MOST:
            raise InvalidAmount(f"amount {value:.3e}: at most {_DIGITS_MOST} digits stand before the dot")
        numerator, denominator = value.as_integer_ratio() if value.adjusted() > -_DIGITS_MOST or not value else (1, 0)
        whole, rest = divmod(numerator * currency.scale, denominator) if denominator else (0, 1)
        if rest:
            raise InvalidAmount(f"amount {value}: {currency.code} has {currency.decimals} decimals")
        return Money(whole, currency)

    def to_decimal(self) -> Decimal:
        """The same amount as a Decimal, for edges that want one."""
        return Decimal(self.amount_minor).scaleb(-self.currency.decimals)

    def __str__(self) -> str:
        """Code, grouped digits and all decimals: ``KES 15,000.00``."""
        return f"{self.currency.code} {self.plain(grouped=True)}"

    def plain(self, *, grouped: bool = False) -> str:
        """Only the digits with all decimals, ``15000.00``; ``grouped`` puts commas."""
        whole, cents = divmod(abs(self.amount_minor), self.currency.scale)
        sign = "-" if self.amount_minor < 0 else ""
        digits = f"{whole:,}" if grouped else str(whole)
        return f"{sign}{digits}.{cents:0{self.currency.decimals}d}" if self.currency.decimals else sign + digits

    def _same(self, other: Money) -> int:
        if self.currency is not other.currency and self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} are of two currencies; keep them apart")
        return other.amount_minor

    def __add__(self, other: Money) -> Money:
        """The sum, of one currency."""
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """The difference, of one currency."""
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        """The same amount the other way."""
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Less, of one currency."""
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        """Less or equal, of one currency."""
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        """More, of one currency."""
        return self.amount_minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        """More or equal, of one currency."""
        return self.amount_minor >= self._same(other)

    def __bool__(self) -> bool:
        """False only for zero."""
        return self.amount_minor != 0

    @property
    def is_positive(self) -> bool:
        """More than zero."""
        return self.amount_minor > 0


def total(amounts: Iterable[Money], currency: Currency) -> Money:
    """The sum of amounts, zero of ``currency`` for none; another currency among them is refused."""
    minor = 0
    for amount in amounts:
        if amount.currency is not currency and amount.currency != currency:
            raise CurrencyMismatch(f"{amount} in a total of {currency.code}; total each currency apart")
        minor += amount.amount_minor
    return Money(minor, currency)


def round_half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to numerator/denominator; halves go away from zero."""
    if denominator <= 0:
        raise InvalidAmount(f"denominator must be positive, not {denominator}")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def split(amount: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Parts by weight that sum to the whole exactly, by largest remainder; ties go to the earlier part.

    100 minor units by 1, 2, 3 are 17, 33, 50. Weights are whole, none negative, not all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise InvalidAmount(f"weights {list(weights)} must be 0 or more, with one above 0")
    sign = -1 if amount.amount_minor < 0 else 1
    magnitude = abs(amount.amount_minor)
    floors = [magnitude * weight // whole for weight in weights]
    left = magnitude - sum(floors)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(magnitude * weights[i] % whole), i))
    for index in by_remainder[:left]:
        floors[index] += 1
    return tuple(Money(sign * part, amount.currency) for part in floors)
