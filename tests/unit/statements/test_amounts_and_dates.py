"""Amounts, days and payers as statements print them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_adapters.statements.amounts import AmountReader
from marketplace_adapters.statements.dates import DayFormat
from marketplace_adapters.statements.parties import payer_of, phone_of
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.payment import Payer
from marketplace_core.errors import InvalidAmount, InvalidInput


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1,234.50", 123_450),
        ("KES 1,234.50", 123_450),
        ("KES1,234.50", 123_450),
        ("(1,234.50)", -123_450),
        ("500 DR", -50_000),
        ("500.00CR", 50_000),
        ("Ksh 2 000", 200_000),
        ("Kshs. 2,000/-", None),
        ("-", 0),
        ("", 0),
        (" ", 0),
        ("-500", -50_000),
        ("500-", -50_000),
        ("+500.5", 50_050),
        ("KES -500", -50_000),
        ("500 KES", 50_000),
        ("2\u00a0000.00", 200_000),
        ("0.00", 0),
        ("007", 700),
        ("12,34.50", None),
        ("1234,567.00", None),
        ("1.234,50", None),
        ("1,2", None),
        ("1e9", None),
        ("NaN", None),
        ("inf", None),
        ("0x10", None),
        ("1_000", None),
        ("(-5)", None),
        ("-5 DR", None),
        ("(5", None),
        ("5)", None),
        ("USD 5", None),
        ("5 USD", None),
        ("1.005", None),
        ("\u0665", None),
        ("9" * 40, None),
        ("=5", None),
    ],
)
def test_amounts_are_read_or_refused(text: str, minor: int | None) -> None:
    """Each usual form is read exactly; what is not one of them is refused, never guessed."""
    reader = AmountReader(KES)
    if minor is None:
        with pytest.raises(InvalidAmount):
            reader.minor(text)
    else:
        assert reader.minor(text) == reader.minor(text) == minor


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1), st.booleans())
def test_printed_amounts_are_read_back(minor: int, grouped: bool) -> None:  # noqa: FBT001 - generated
    """What Money prints is what the reader reads, with and without groups."""
    assert AmountReader(KES).minor(Money(minor, KES).plain(grouped=grouped)) == minor


def test_a_currency_without_cents_takes_none() -> None:
    """UGX has no decimals: 1,000 is a thousand shillings and 1,000.50 is refused."""
    reader = AmountReader(Currency.of("UGX"))
    assert reader.minor("1,000") == 1000
    with pytest.raises(InvalidAmount):
        reader.minor("1,000.50")


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("dd/mm/yyyy", "05/11/2026", date(2026, 11, 5)),
        ("mm/dd/yyyy", "05/11/2026", date(2026, 5, 11)),
        ("dd-Mon-yy", "5-Nov-26", date(2026, 11, 5)),
        ("dd Mon yyyy", "05 November 2026", date(2026, 11, 5)),
        ("yyyymmdd", "20261105", date(2026, 11, 5)),
    ],
)
def test_days_are_read_in_their_declared_order(form: str, text: str, day: date) -> None:
    """The format alone says which number is the month."""
    assert DayFormat(form).read(text) == (day, 0)


@pytest.mark.parametrize(
    "text", ["31/02/2026", "00/01/2026", "2026/01/01", "1/1/1026", "05/Foo/2026", "\u0660\u0661/01/2026", ""]
)
def test_impossible_days_are_refused(text: str) -> None:
    """A day that the calendar does not have, or of another order, is refused."""
    with pytest.raises(InvalidInput):
        DayFormat("dd/mm/yyyy").read(text)


@pytest.mark.parametrize(
    ("text", "payer"),
    [
        ("2547****5678 - JOHN DOE", Payer("JOHN DOE", "2547****5678")),
        ("254712345678 - JANE W. KAMAU", Payer("JANE W. KAMAU", "254712345678")),
        ("0712 345 678 - ANNE-MARIE O", Payer("ANNE-MARIE O", "254712345678")),
        ("+254712345678", Payer("", "254712345678")),
        ("KAZI LOGISTICS LTD", Payer("KAZI LOGISTICS LTD")),
        ("522522 - EQUITY BULK", Payer("522522 - EQUITY BULK")),
        ("", Payer()),
    ],
)
def test_parties_are_told_apart(text: str, payer: Payer) -> None:
    """Phone and name are split; a text without a phone is a name."""
    assert payer_of(text) == payer


@given(st.text(max_size=60))
def test_any_text_is_a_payer(text: str) -> None:
    """No text breaks the reading of a payer, and what is kept as a phone has digits or is a hash."""
    payer_of(text)
    assert phone_of(text) == "" or any(sign.isdigit() for sign in phone_of(text))
