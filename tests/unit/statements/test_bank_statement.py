"""Bank statements by profile: what rows are, which ids they get, which profiles are refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from attrs import evolve

from marketplace_adapters.statements import SHIPPED, BankStatement, parse_profile, shipped_profile
from marketplace_core.domain.feed import Caution, FeedRow, Rejected, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import CollectionAccount, Payer, PaymentReport
from marketplace_core.errors import InvalidInput, NotFound

Read = Callable[[str, str | bytes], list[FeedRow]]


def _payments(rows: list[FeedRow]) -> list[PaymentReport]:
    return [row for row in rows if isinstance(row, PaymentReport)]


def test_debit_and_credit_columns(bank: Read, samples: Path) -> None:
    """Credits are payments with reference and payer; debits are skipped by name, a reversal names its original."""
    rows = bank("debit-credit", (samples / "debit-credit.csv").read_bytes())
    first, second, fee, reversal, cheque = rows
    assert isinstance(first, PaymentReport)
    assert (first.reference_text, first.payer) == ("A3", Payer("WANJIKU KAMAU", "254712345678"))
    assert isinstance(second, PaymentReport)
    assert (second.reference_text, second.value_date) == ("GV-A1", date(2026, 11, 4))
    assert second.paid_at == datetime(2026, 11, 2, 21, tzinfo=UTC)
    assert isinstance(reversal, ReversalReport)
    assert (reversal.original_transaction_id, reversal.amount) == ("FT26306AAA01", Money(1_250_000, KES))
    assert isinstance(fee, Skipped)
    assert isinstance(cheque, Skipped)
    assert (fee.reason, cheque.reason) == (SkipReason.CHARGE, SkipReason.OUTGOING)


def test_one_signed_amount_column_without_ids(bank: Read, samples: Path) -> None:
    """Equal rows get different ids, and the same ids when the file is read again or cut later."""
    text = (samples / "signed-amount.csv").read_text()
    rows = bank("signed-amount", text)
    ids = [report.transaction_id for report in _payments(rows)]
    assert len(set(ids)) == len(ids) == 3
    assert [report.transaction_id for report in _payments(bank("signed-amount", text[:-60]))] == ids[:2]
    assert [report.reference_text for report in _payments(rows)] == ["B 07", "B 07", "C4"]
    assert [row.reason for row in rows if isinstance(row, Skipped)] == [SkipReason.CHARGE, SkipReason.INTERNAL]


def test_a_derived_id_does_not_hold_the_balance(bank: Read, samples: Path) -> None:
    """Another running balance in a later export leaves the ids as they were."""
    text = (samples / "signed-amount.csv").read_text()
    other = text.replace("115,000.00", "999,000.00")
    ids = [report.transaction_id for report in _payments(bank("signed-amount", text))]
    assert [report.transaction_id for report in _payments(bank("signed-amount", other))] == ids


def test_missing_rows_are_noticed(bank: Read, samples: Path) -> None:
    """A row taken out breaks the balances and the closing line's totals."""
    lines = (samples / "debit-credit.csv").read_text().splitlines(keepends=True)
    rows = bank("debit-credit", "".join(lines[:6] + lines[7:]))
    reasons = [row.reason for row in rows if isinstance(row, Caution)]
    assert ["does not follow" in reasons[0], "60,000.00" not in reasons[1], "KES 12,500.00" in reasons[1]] == [True] * 3


def test_a_missing_closing_line_is_noticed_where_required(samples: Path, bank_account: CollectionAccount) -> None:
    """A profile may say that a file without its closing line is cut."""
    profile = shipped_profile("debit-credit")
    profile = evolve(profile, footer=evolve(profile.footer, required=True))
    text = (samples / "debit-credit.csv").read_text()
    for content, cautions in ((text, 0), (text[: text.index("Total")], 1)):
        rows = BankStatement(profile).read(io.BytesIO(content.encode()), bank_account, "b.csv")
        assert len([row for row in rows if isinstance(row, Caution)]) == cautions


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("31/02/2026,,FT1234,x,,,5.00,", "Transaction Date", "does not exist"),
        ("1/2/26,,FT1234,x,,,5.00,", "Transaction Date", "dd/mm/yyyy"),
        ("01/02/2026,,,x,,,5.00,", "Transaction Reference", "not a transaction id"),
        ("01/02/2026,,FT1234,x,,,USD 5.00,", "Credit", "not in KES"),
        ("01/02/2026,,FT1234,x,,4.00,5.00,", "Credit", "a credit or a debit"),
        ("01/02/2026,,FT1234,x,,,-5.00,", "Credit", "a credit or a debit"),
        ("01/02/2026,,FT1234,x,,", None, "6 of 8 columns"),
        ("01/02/2026,,FT1234,x,,,1,000.00,", None, "9 columns"),
    ],
)
def test_a_bad_row_is_named(bank: Read, row: str, column: str | None, words: str) -> None:
    """A row that cannot be taken gives line, column and reason."""
    header = (
        "Transaction Date,Value Date,Transaction Reference,Transaction Details,Customer Reference,"
        "Debit,Credit,Running Balance\n"
    )
    if row.endswith("1,000.00,"):
        row += "7"
    rows = bank("debit-credit", f"{header}{row}\n01/02/2026,,FT9999,y,,,5.00,\n")
    assert isinstance(rows[0], Rejected)
    assert (rows[0].error.line, rows[0].error.column) == (2, column)
    assert words in rows[0].error.reason
    assert isinstance(rows[1], PaymentReport)


def test_the_statement_of_another_account_or_currency_is_refused(bank: Read, samples: Path) -> None:
    """The preamble's number and currency are checked before any row."""
    text = (samples / "debit-credit.csv").read_text()
    with pytest.raises(InvalidInput, match="choose the right account"):
        bank("debit-credit", text.replace("0110045678900", "0110045678901"))
    with pytest.raises(InvalidInput, match="is in USD"):
        bank("debit-credit", text.replace("Currency,KES", "Currency,USD"))
    with pytest.raises(InvalidInput, match="no header line"):
        bank("signed-amount", text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('name = "signed-amount"', "name = 3"), "expected str, not 3"),
        (("[rows]", "[rows]\nbalance_is = 1"), "balance_is"),
        (("amount =", "amounts ="), "amounts"),
        (("dd-Mon-yyyy", "dd-yyyy"), "name dd, mm"),
        (("Africa/Nairobi", "Africa/Nowhere"), "time zone"),
        (("utf-8", "utf-7"), "encoding"),
        (("(?P<found>[A-Za-z0-9 -]{2,20})$", "(["), "not a regular expression"),
        (("(?P<found>[A-Za-z0-9 -]{2,20})$", "x"), "needs a group"),
        (('positive_is = "in"', 'positive_is = "up"'), "positive_is"),
        (('["Date", "Posting Date"]', "[]"), "date and description"),
        (("[file]", "[file"), "not TOML"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_key(change: tuple[str, str], words: str) -> None:
    """Unknown keys, wrong types and senseless values are named."""
    text = """
        name = "signed-amount"
        [file]
        encoding = "utf-8"
        [columns]
        date = ["Date", "Posting Date"]
        description = "Description"
        amount = "Amount"
        [dates]
        format = "dd-Mon-yyyy"
        zone = "Africa/Nairobi"
        [rows]
        positive_is = "in"
        [extract]
        reference = '/(?P<found>[A-Za-z0-9 -]{2,20})$'
    """
    assert parse_profile(text).columns.description == ("Description",)
    assert change[0] in text
    with pytest.raises(InvalidInput, match=words):
        parse_profile(text.replace(*change))


def test_shipped_profiles_load() -> None:
    """Every profile of the package is valid; an unknown name lists them."""
    assert [shipped_profile(name).name for name in SHIPPED] == list(SHIPPED)
    with pytest.raises(NotFound, match="debit-credit or signed-amount"):
        shipped_profile("other")


def test_amount_with_a_direction_column(bank_account: CollectionAccount) -> None:
    """CR and DR in a column of their own give the way; a decimal comma and latin-1 are read as declared."""
    profile = parse_profile("""
        name = "direction"
        [file]
        encoding = "latin-1"
        delimiter = ";"
        decimal_sign = ","
        skip_lines = 1
        [columns]
        date = "Day"
        description = "Text"
        amount = "Sum"
        direction = "Way"
        payer = "Payer"
        [dates]
        format = "yyyy-mm-dd HH:MM:SS"
    """)
    content = "Day;Text;Sum;Way;Payer\nDay;Text;Sum;Way;Payer\n2026-11-01 10:00:00;x;1.234,50;CR;JOS\xc9\n"
    content += "2026-11-01 10:00:01;x;5;DR;\n"
    rows = list(BankStatement(profile).read(io.BytesIO(content.encode("latin-1")), bank_account, "b.csv"))
    assert isinstance(rows[0], PaymentReport)
    assert (rows[0].amount, rows[0].payer.name, rows[0].paid_at.hour) == (Money(123_450, KES), "JOS\xc9", 7)
    assert isinstance(rows[1], Skipped)
