"""The M-Pesa organisation statement: what each row is, and what a damaged file costs."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from attrs import evolve

from marketplace_adapters.statements import Bounds, MpesaStatement
from marketplace_core.domain.feed import Caution, FeedCounter, FeedRow, Rejected, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidInput

Read = Callable[[str | bytes], list[FeedRow]]
LineOf = Callable[..., str]


def _payments(rows: list[FeedRow]) -> list[PaymentReport]:
    return [row for row in rows if isinstance(row, PaymentReport)]


def _reasons(rows: list[FeedRow]) -> list[str]:
    return [row.error.reason for row in rows if isinstance(row, Rejected)]


def test_the_sample_is_read_row_by_row(mpesa: Read, samples: Path) -> None:
    """A statement in its real format gives payments, a reversal and named skips, and its balances chain."""
    rows = mpesa((samples / "mpesa.csv").read_bytes())
    kinds = [row.reason if isinstance(row, Skipped) else type(row) for row in rows]
    assert kinds == [
        ReversalReport,
        PaymentReport,
        SkipReason.CHARGE,
        SkipReason.FAILED,
        SkipReason.INTERNAL,
        PaymentReport,
    ]
    reversal = rows[0]
    assert isinstance(reversal, ReversalReport)
    assert (reversal.original_transaction_id, reversal.amount) == ("TK50708BH1", Money(50_000, KES))
    assert reversal.payment_id == _payments(rows)[1].payment_id


def test_a_payment_has_all_that_the_row_says(mpesa: Read, line: LineOf, paybill: CollectionAccount) -> None:
    """Amount, Nairobi time as an instant, day, reference, payer and place stand in the report."""
    assert mpesa(line()) == [
        PaymentReport(
            paybill.collection_account_id,
            "TK60708BHZ",
            ReportSource.STATEMENT,
            Money(1_500_000, KES),
            datetime(2026, 11, 6, 20, 2, 12, tzinfo=UTC),
            date(2026, 11, 6),
            "A12",
            Payer("JOHN DOE", "2547****5678"),
            "m.csv:2",
        )
    ]


def test_a_day_is_a_day_in_nairobi(mpesa: Read, line: LineOf) -> None:
    """00:30 on 1 November in Nairobi is 31 October in UTC, and counts for November."""
    report = _payments(mpesa(line(completed="2026-11-01 00:30:00")))[0]
    assert (report.paid_at.day, report.value_date) == (31, date(2026, 11, 1))


@pytest.mark.parametrize(
    ("details", "reason", "kind"),
    [
        ("Customer Payment to Small Business from 2547****1 - A B", "", "payment"),
        ("Pay Bill Online from 2547****5678 - RUTH FEE Acc. service charge", "", "payment"),
        ("Business to Business Transfer from 522522 - KAZI LTD Acc. GV-A1", "", "payment"),
        ("Customer Payment from RUTH FEE", "", "payment"),
        ("Pay Bill Charge", "Pay Bill Charge", "charge"),
        ("Funds Movement to Utility Account", "", "internal"),
        ("Reversal of B2C payment", "", "reversal"),
    ],
)
def test_the_wording_tells_what_comes_in(mpesa: Read, line: LineOf, details: str, reason: str, kind: str) -> None:
    """Fixed words tell the kind; a tenant's name or account text never does."""
    rows = mpesa(line(details=details, reason=reason))
    found = rows[0].reason.value if isinstance(rows[0], Skipped) else "payment"
    assert found == kind


@pytest.mark.parametrize(
    ("details", "kind"),
    [("Pay Bill Charge", "charge"), ("Business Payment to Customer to 2547****1", "outgoing")],
)
@pytest.mark.parametrize("withdrawn", ["30.00", "-30.00"])
def test_withdrawals_are_skipped_by_name(mpesa: Read, line: LineOf, details: str, kind: str, withdrawn: str) -> None:
    """Charges and out-going rows are skipped with their size, with or without a minus."""
    rows = mpesa(line(details=details, reason="", paid_in="", withdrawn=withdrawn))
    assert rows == [Skipped(SkipReason(kind), "m.csv", 2, Money(3_000, KES), "TK60708BHZ")]


def test_the_account_text_of_the_details_is_the_reference(mpesa: Read, line: LineOf) -> None:
    """Where the account column is blank, the text behind Acc. is the reference."""
    assert _payments(mpesa(line(account="")))[0].reference_text == "A12"


def test_a_formula_is_kept_as_text(mpesa: Read, line: LineOf) -> None:
    """A reference or name that a spreadsheet would run comes through unchanged."""
    report = _payments(mpesa(line(account="=1+2", party="2547****5678 - @SUM(A1)")))[0]
    assert (report.reference_text, report.payer.name) == ("=1+2", "@SUM(A1)")


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"paid_in": "NaN"}, "Paid In", "cannot be read"),
        ({"paid_in": "1e9"}, "Paid In", "cannot be read"),
        ({"paid_in": "USD 100.00"}, "Paid In", "not in KES"),
        ({"paid_in": "10.001"}, "Paid In", "2 decimals"),
        ({"paid_in": "\u0661\u0660.00"}, "Paid In", "cannot be read"),
        ({"paid_in": "10.00", "withdrawn": "5.00"}, "Paid In", "either pays in or withdraws"),
        ({"completed": "31-02-2026 10:00:00"}, "Completion Time", "does not exist"),
        ({"completed": "11/06/2026 10:00:00"}, "Completion Time", "expected dd-mm-yyyy"),
        ({"completed": "06-11-2026 24:00:00"}, "Completion Time", "HH:MM:SS"),
        ({"status": "Perhaps"}, "Transaction Status", "not known"),
        ({"receipt": "=CMD()"}, "Receipt No.", "not a receipt number"),
        ({"account": "A\0"}, None, "NUL"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_goes_on(
    mpesa: Read, line: LineOf, changes: dict[str, str], column: str | None, words: str
) -> None:
    """A row that cannot be taken gives its line, column and reason, and costs no other row."""
    rows = mpesa(line(receipt="TK00000001") + line(**changes) + line(receipt="TK00000003"))
    rejected = rows[1]
    assert isinstance(rejected, Rejected)
    assert (rejected.error.file, rejected.error.line, rejected.error.column) == ("m.csv", 3, column)
    assert words in rejected.error.reason
    assert [report.transaction_id for report in _payments(rows)] == ["TK00000001", "TK00000003"]


def test_an_id_twice_counts_once(mpesa: Read, line: LineOf) -> None:
    """The same id and amount again is skipped as repeated; with another amount it is rejected."""
    rows = mpesa(line() + line(receipt="tk60708bhz") + line(paid_in="1.00"))
    assert isinstance(rows[1], Skipped)
    assert rows[1].reason is SkipReason.REPEATED
    assert "stood earlier in this file as KES 15,000.00, now KES 1.00" in _reasons(rows)[0]
    assert len(_payments(rows)) == 1


def test_a_file_cut_in_half_is_noticed(mpesa: Read, samples: Path) -> None:
    """Wherever the bytes end, no whole row is lost and something says that the file is not whole."""
    whole = (samples / "mpesa.csv").read_bytes()
    ids = [report.transaction_id for report in _payments(mpesa(whole))]
    begin = whole.index(b"TK60708BKA")
    for end in range(begin + 1, len(whole) - 1):
        rows = mpesa(whole[:end])
        found = [report.transaction_id for report in _payments(rows)]
        assert found == ids[: len(found)]
        assert any(isinstance(row, Rejected | Caution) for row in rows), end


def test_an_open_quote_costs_its_own_line_only(mpesa: Read, line: LineOf) -> None:
    """A quote that never closes swallows nothing: the lines after it are read."""
    broken = line(receipt="TK00000002").replace("Pay Bill from", '"Pay Bill from')
    rows = mpesa(line(receipt="TK00000001") + broken + "".join(line(receipt=f"TK0000001{i}") for i in range(9)))
    assert "quote" in _reasons(rows)[0]
    assert len(_payments(rows)) == 10


def test_a_quoted_cell_may_span_lines(mpesa: Read, line: LineOf) -> None:
    """A line end inside quotes belongs to the cell."""
    assert _payments(mpesa(line(account="A\n12")))[0].reference_text == "A\n12"


def test_a_broken_balance_is_a_caution(mpesa: Read, line: LineOf) -> None:
    """Where a row was cut out of the middle, the next balance does not follow, and its line is told."""
    rows = [
        line(receipt=f"TK0000000{i}", completed=f"06-11-2026 10:0{i}:00", balance=f"{i * 15000}.00")
        for i in range(1, 6)
    ]
    whole = mpesa("".join(reversed(rows)))
    cut = mpesa("".join(reversed([*rows[:2], *rows[3:]])))
    assert not [row for row in whole if isinstance(row, Caution)]
    assert [row.line for row in cut if isinstance(row, Caution)] == [4]


def test_a_last_line_without_its_end_is_a_caution(mpesa: Read, line: LineOf) -> None:
    """A file that ends within its last cell looks whole but for the line end, and that is told."""
    rows = mpesa(line(account="A12")[:-2])
    assert _payments(rows)[0].reference_text == "A1"
    assert [row.line for row in rows if isinstance(row, Caution)] == [2]


def test_a_rejected_row_does_not_break_the_balances_too(mpesa: Read, line: LineOf) -> None:
    """What could not be read is told once: the next row's balance starts a new chain."""
    rows = [
        line(receipt=f"TK0000000{i}", completed=f"06-11-2026 10:0{i}:00", balance=f"{i * 15000}.00")
        for i in range(1, 7)
    ]
    rows[2] = rows[2].replace("15000.00", "NaN")
    found = mpesa("".join(reversed(rows)))
    assert len(_reasons(found)) == 1
    assert not [row for row in found if isinstance(row, Caution)]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_rows_of_one_second_may_stand_in_any_order(mpesa: Read, line: LineOf, order: tuple[int, ...]) -> None:
    """A payment and its charge of the same second chain whichever comes first."""
    same = [line(receipt=f"TK0000001{i}", paid_in="10.00", balance=f"{i * 10 + 30}.00") for i in range(3)]
    older = line(receipt="TK00000001", completed="05-11-2026 10:00:00", paid_in="20.00", balance="20.00")
    rows = mpesa("".join(same[i] for i in order) + older)
    assert not [row for row in rows if isinstance(row, Caution)]


def test_totals_of_the_preamble_are_checked(mpesa: Read, samples: Path) -> None:
    """A closing balance that the rows do not reach is a caution on its own line."""
    text = (samples / "mpesa.csv").read_text().replace('74,470.00",,,,,,,,,,,', '74,471.00",,,,,,,,,,,')
    cautions = [row for row in mpesa(text.encode()) if isinstance(row, Caution)]
    assert [(caution.line, "closing balance" in caution.reason) for caution in cautions] == [(6, True)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04zip", "Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\xfeR\x00e", "not whole UTF-16"),
        (b"Date,Amount\n1,2\n", "no line has any of them"),
        (b"Receipt No.,Completion Time,Details,Transaction Status,Withdrawn\n", "lacks 'Paid In'"),
        (b"R\x00e\x00c\x00", "UTF-16 without its mark"),
        (b"\xe9\n", "0xe9"),
        (b"Currency:,USD\nReceipt No.,Completion Time,Details,Status,Paid In,Withdrawn\n", "is in USD"),
        (b"Receipt No.,Completion Time,Details,Status,Paid In,Withdrawn,Paid In\n", "'Paid In' stands twice"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(mpesa: Read, content: bytes, words: str) -> None:
    """What is no M-Pesa statement is refused with what was expected."""
    with pytest.raises(InvalidInput, match=words):
        mpesa(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_byte_order_marks_are_understood(mpesa: Read, samples: Path, encoding: str) -> None:
    """UTF-8 with a mark and UTF-16 of either order give the same rows."""
    text = (samples / "mpesa.csv").read_text()
    mark = "\ufeff" if encoding.endswith("e") else ""
    assert mpesa((mark + text).encode(encoding)) == mpesa(text.encode())


def test_a_byte_of_another_encoding_costs_its_line(mpesa: Read, samples: Path) -> None:
    """A Latin-1 letter in one name rejects that row and says what to do."""
    content = (samples / "mpesa.csv").read_bytes().replace(b"MARY ATIENO,,\n", b"MARY AT\xc9,,\n")
    assert "save the file as UTF-8" in _reasons(mpesa(content))[0]
    assert len(_payments(mpesa(content))) == 1


def test_a_statement_of_another_account_is_refused(samples: Path, paybill: CollectionAccount) -> None:
    """Another short code, currency or kind of account is refused before any row."""
    content = (samples / "mpesa.csv").read_bytes()
    for account, words in [
        (evolve(paybill, number="123456"), "this statement is of 600995"),
        (evolve(paybill, kind=CollectionKind.BANK), "is of a paybill or till"),
    ]:
        with pytest.raises(InvalidInput, match=words):
            next(MpesaStatement().read(io.BytesIO(content), account, "m.csv"))


def test_bounds_hold(line: LineOf, paybill: CollectionAccount, samples: Path) -> None:
    """A line over its bound costs that line; a file over its bound ends the reading."""
    content = (samples / "mpesa.csv").read_bytes() + b"x" * 5000 + b"\n" + line(receipt="TK00000009").encode()
    rows = list(MpesaStatement(Bounds(line_bytes=1000)).read(io.BytesIO(content), paybill, "m.csv"))
    assert _reasons(rows) == ["longer than 1000 bytes; a line end is missing"]
    assert _payments(rows)[-1].transaction_id == "TK00000009"
    with pytest.raises(InvalidInput, match="larger than 1000 bytes"):
        list(MpesaStatement(Bounds(file_bytes=1000)).read(io.BytesIO(content), paybill, "m.csv"))


def test_columns_may_stand_in_another_order_and_separator(mpesa: Read) -> None:
    """The header decides where a cell stands; semicolons and tabs are understood."""
    content = b"Paid In;Receipt No;Withdrawn;Details;COMPLETION TIME;Transaction status\n"
    content += b"5;TK12345678;;x;2026-11-01T10:00:00;Completed\n"
    assert _payments(mpesa(content))[0].amount == Money(500, KES)


def test_the_count_has_every_row(mpesa: Read, samples: Path) -> None:
    """Counts and sums by kind add up to the rows of the file."""
    counter = FeedCounter(KES)
    rows = list(counter.counting(mpesa((samples / "mpesa.csv").read_bytes())))
    summary = counter.summary()
    assert summary.rows == len(rows) == 6
    assert summary.payments.amount == Money(1_550_000, KES)
    assert summary.skipped_for(SkipReason.CHARGE).amount == Money(3_000, KES)
    assert summary.skipped_for(SkipReason.ZERO).count == 0
