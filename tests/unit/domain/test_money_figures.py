"""Money: exact, of one currency, and refused at the edge where it is not plain."""

from decimal import Decimal

import pytest

from marketplace_core.domain.money import KES, Currency, Money, round_half_up, split, total
from marketplace_core.errors import CurrencyMismatch, InvalidAmount


@pytest.mark.parametrize(
    ("text", "minor"),
    [("15000", 1_500_000), ("15000.5", 1_500_050), ("0.01", 1), ("-3.50", -350), ("7.1000", 710), ("0", 0)],
)
def test_a_plain_decimal_text_is_an_amount(text: str, minor: int) -> None:
    """Digits with a dot, trailing zeros beyond the cents allowed."""
    assert Money.parse(text).amount_minor == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "inf",
        "-Infinity",
        "1e9",
        "1,000",
        "٣",
        "\uff11\uff12",
        " 5",
        "5.",
        ".5",
        "+5",
        "0x10",
        "1.005",
        "1_000",
        "--1",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """NaN, infinity, exponents, separators, other scripts' digits, and more decimals than the currency has."""
    with pytest.raises(InvalidAmount, match="amount"):
        Money.parse(text)


@pytest.mark.parametrize("value", [1.0, True, "1", None, Decimal(1), 2**63])
def test_only_whole_minor_units_that_fit_are_an_amount(value: object) -> None:
    """A float, a bool, a text and what 64 bits cannot hold are refused by the constructor."""
    with pytest.raises(InvalidAmount):
        Money(value, KES)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "0.001", "-0.005"])
def test_a_decimal_that_is_no_amount_is_refused(text: str) -> None:
    """Only finite decimals with no more places than the currency has."""
    with pytest.raises(InvalidAmount):
        Money.from_decimal(Decimal(text), KES)


def test_there_is_no_negative_zero() -> None:
    """Minus nothing is nothing, also from a Decimal."""
    assert str(-Money(0, KES)) == str(Money.from_decimal(Decimal("-0.00"), KES)) == "KES 0.00"


def test_currencies_never_mix() -> None:
    """Adding, comparing and totalling two currencies is refused."""
    shilling, dollar = Money(1, KES), Money(1, Currency.of("USD"))
    for mixed in (lambda: shilling + dollar, lambda: shilling - dollar, lambda: shilling < dollar):
        with pytest.raises(CurrencyMismatch):
            mixed()
    with pytest.raises(CurrencyMismatch):
        total([shilling, dollar], KES)


def test_minor_units_follow_the_standard() -> None:
    """The Uganda shilling has no cents, the Kuwaiti dinar a thousand fils."""
    assert str(Money.parse("1500", "UGX")) == "UGX 1,500"
    assert str(Money.parse("1.234", "KWD")) == "KWD 1.234"


def test_halves_round_away_from_zero() -> None:
    """HALF_UP on both sides of zero."""
    assert [round_half_up(n, 2) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert [round_half_up(n, 3) for n in (1, 2, -2)] == [0, 1, -1]


def test_a_split_by_largest_remainder_sums_to_the_whole() -> None:
    """100 by 1, 2, 3 is 17, 33, 50; a negative amount splits alike."""
    assert [part.amount_minor for part in split(Money(100, KES), [1, 2, 3])] == [17, 33, 50]
    assert [part.amount_minor for part in split(Money(-100, KES), [1, 2, 3])] == [-17, -33, -50]
    assert [part.amount_minor for part in split(Money(2, KES), [1, 1, 1])] == [1, 1, 0]
    with pytest.raises(InvalidAmount):
        split(Money(1, KES), [0, 0])


@pytest.mark.parametrize("text", ["1.0000000000000000000000000001", "0.001", "1E-40", "10000000000000", "1E+13", "NaN"])
def test_a_decimal_is_taken_exactly_or_not_at_all(text: str) -> None:
    """Nothing is rounded away, and no amount is so large that a book of them has no sum."""
    with pytest.raises(InvalidAmount):
        Money.from_decimal(Decimal(text), KES)


@pytest.mark.parametrize("text", ["9999999999999.99", "-0.01", "0", "0E+9", "15000.000"])
def test_a_decimal_of_whole_cents_is_taken(text: str) -> None:
    """Up to 13 digits before the dot, the same as a text of them."""
    assert Money.from_decimal(Decimal(text), KES).to_decimal() == Decimal(text)


def test_a_text_of_more_digits_than_money_has_is_refused() -> None:
    """Sixteen nines were taken once, and twelve such payments left a book without a sum."""
    with pytest.raises(InvalidAmount, match="at most 13"):
        Money.parse("9999999999999999.00")
