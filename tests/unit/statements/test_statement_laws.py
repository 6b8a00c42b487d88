"""Whatever the bytes, a statement gives rows or is refused; what is printed is read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace_adapters.statements import BankStatement, MpesaStatement, shipped_profile
from marketplace_core.domain.feed import Caution, FeedRow, Rejected, ReversalReport, Skipped
from marketplace_core.domain.identifiers import CollectionAccountId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidInput

PAYBILL = CollectionAccount(CollectionAccountId("paybill"), CollectionKind.PAYBILL, "600995", KES)
BANK = CollectionAccount(CollectionAccountId("bank"), CollectionKind.BANK, "", KES)
HEADER = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No.\n"
)
BANK_HEADERS = {
    "debit-credit": "Transaction Date,Value Date,Transaction Reference,Transaction Details,Customer Reference,"
    "Debit,Credit,Running Balance\n",
    "signed-amount": "Posting Date;Description;Amount;Balance\n",
}
KINDS = (PaymentReport, ReversalReport, Skipped, Rejected, Caution)
PIECES = st.sampled_from(
    [
        b",",
        b";",
        b'"',
        b"\n",
        b"\r",
        b"\0",
        b"TK60708BHZ",
        b"06-11-2026 10:00:00",
        b"31/02/2026",
        b"Completed",
        b"1,000.00",
        b"-5",
        b"05/11/2026",
        b"05-Nov-2026",
        b"FT123456",
        b"Pay Bill",
        b"\xff",
        b"=1",
        b"Total",
        b"NaN",
    ]
)
NOISE = st.lists(PIECES | st.binary(max_size=6), max_size=60).map(b"".join)


def _all(rows: Callable[[], list[FeedRow]]) -> list[FeedRow] | None:
    try:
        return rows()
    except InvalidInput:
        return None


@given(NOISE, st.booleans(), st.sampled_from(["utf-8", "utf-16"]))
def test_any_bytes_of_mpesa(noise: bytes, below_header: bool, encoding: str) -> None:  # noqa: FBT001 - generated
    """Any bytes give payments, reversals, skips, rejected rows and cautions, or InvalidInput."""
    content = HEADER.encode(encoding) + noise if below_header else noise
    rows = _all(lambda: list(MpesaStatement().read(io.BytesIO(content), PAYBILL, "m.csv")))
    assert rows is None or all(isinstance(row, KINDS) for row in rows)


@given(NOISE, st.sampled_from(sorted(BANK_HEADERS)))
def test_any_bytes_of_a_bank(noise: bytes, profile: str) -> None:
    """The same holds for every shipped bank profile."""
    content = BANK_HEADERS[profile].encode() + noise
    feed = BankStatement(shipped_profile(profile))
    rows = _all(lambda: list(feed.read(io.BytesIO(content), BANK, "b.csv")))
    assert rows is None or all(isinstance(row, KINDS) for row in rows)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20).map(str.strip)
_REPORTS = st.lists(
    st.tuples(
        st.integers(0, 36**8 - 1),
        st.integers(1, 10**12),
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - local time of Nairobi
        _TEXT,
        st.sampled_from(["2547****5678", "254712345678", ""]),
    ),
    max_size=12,
    unique_by=lambda row: row[0],
)


@given(_REPORTS, st.booleans(), st.sampled_from(["%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"]))
def test_what_is_printed_is_read_back(rows: list[tuple[int, int, datetime, str, str]], bom: bool, form: str) -> None:  # noqa: FBT001
    """Payments printed as a statement, in order of time with balances, are read as they were, without a caution."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    expected: list[FeedRow] = []
    balance = 0
    for number, minor, moment, reference, phone in sorted(rows, key=lambda row: row[2]):
        local, amount = moment.replace(microsecond=0), Money(minor, KES)
        balance += minor
        receipt = f"TK{number:08X}"
        cells = [receipt, local.strftime(form), "", "Pay Bill", "Completed", amount.plain(grouped=True), ""]
        party = f"{phone} - JOHN DOE" if phone else "JOHN DOE"
        writer.writerow([*cells, Money(balance, KES).plain(grouped=True), "", "", party, "", reference])
        expected.append(
            PaymentReport(
                PAYBILL.collection_account_id,
                receipt,
                ReportSource.STATEMENT,
                amount,
                (local - timedelta(hours=3)).replace(tzinfo=UTC),
                local.date(),
                reference,
                Payer("JOHN DOE", phone),
                "",
            )
        )
    content = (HEADER + text.getvalue()).encode("utf-8-sig" if bom else "utf-8")
    found = list(MpesaStatement().read(io.BytesIO(content), PAYBILL, "m.csv"))
    reports = [row for row in found if isinstance(row, PaymentReport)]
    assert [(r.transaction_id, r.amount, r.paid_at, r.value_date, r.reference_text, r.payer) for r in reports] == [
        (r.transaction_id, r.amount, r.paid_at, r.value_date, r.reference_text, r.payer)
        for r in expected
        if isinstance(r, PaymentReport)
    ]
    assert len(found) == max(len(rows), 1)
