"""The M-Pesa organisation statement, as exported in CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import BinaryIO, Final

from typing_extensions import override

from marketplace_adapters.statements.amounts import AmountReader
from marketplace_adapters.statements.balances import BalanceChain
from marketplace_adapters.statements.dates import possible_day, seconds_of_clock
from marketplace_adapters.statements.lines import DEFAULT_BOUNDS, Bounds, LineSource, rows_of
from marketplace_adapters.statements.mpesa_kinds import RowKind, account_in_details, is_done, kind_of, original_in
from marketplace_adapters.statements.mpesa_preamble import MpesaPreamble
from marketplace_adapters.statements.parties import payer_of
from marketplace_adapters.statements.reading import Parsed, Totals, feed_rows, row_error
from marketplace_adapters.statements.tables import Column, Header, find_header
from marketplace_core.domain.days import start_of_day
from marketplace_core.domain.feed import Caution, FeedRow, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidInput, InvalidRow
from marketplace_core.ports.payment_feed import PaymentFeed

ZONE: Final = "Africa/Nairobi"
COLUMNS: Final = (
    Column("transaction_id", ("Receipt No.", "Receipt Number", "Transaction ID")),
    Column("completed", ("Completion Time",)),
    Column("details", ("Details",)),
    Column("status", ("Transaction Status", "Status")),
    Column("paid_in", ("Paid In",)),
    Column("withdrawn", ("Withdrawn", "Withdrawal")),
    Column("balance", ("Balance",), required=False),
    Column("reason", ("Reason Type",), required=False),
    Column("party", ("Other Party Info", "Other Party"), required=False),
    Column("linked", ("Linked Transaction ID",), required=False),
    Column("account", ("A/C No.", "Account No.", "Account Number"), required=False),
)
_TRANSACTION_ID: Final = re.compile(r"[A-Za-z0-9]{6,32}")
_DAY_FIRST: Final = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMELESS: Final = 10


class MpesaStatement(PaymentFeed):
    """Reads the statement of a paybill or till: preamble, header, rows newest first, times of Nairobi.

    Customer payments are reports; charges, failed, out-going, own-account, zero and repeated rows are skipped by
    name; a payment taken back is a reversal. Short code and currency of the preamble are checked against the
    collection account. No state between files.
    """

    def __init__(self, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        """With bounds on file, line and preamble."""
        self._bounds = bounds

    @override
    def read(self, content: BinaryIO, account: CollectionAccount, file: str) -> Iterator[FeedRow]:
        if account.kind not in (CollectionKind.PAYBILL, CollectionKind.TILL):
            raise InvalidInput(
                f"{file}: collection account {account.collection_account_id} is of kind {account.kind}, "
                "but an M-Pesa statement is of a paybill or till"
            )
        source = LineSource(content, file, "utf-8", self._bounds)
        lines = iter(source)
        header = find_header(lines, COLUMNS, file, self._bounds)
        preamble = MpesaPreamble.read(header, account, file)
        parser = _MpesaRows(header, preamble, account, file)
        rows = rows_of(lines, header.delimiter, self._bounds)
        yield from feed_rows(rows, source, header, parser, file, account.currency)


class _MpesaRows:
    """What each row of one M-Pesa statement says."""

    def __init__(self, header: Header, preamble: MpesaPreamble, account: CollectionAccount, file: str) -> None:
        self._titles, self._preamble, self._account, self._file = header.title_of_key, preamble, account, file
        self._amounts = AmountReader(account.currency)
        places = [header.place(column.key) for column in COLUMNS]
        self._id, self._completed, self._details, self._status, self._in, self._out = places[:6]
        self._balance, self._reason, self._party, self._linked, self._ac = places[6:]

    def parse(self, line: int, cells: Sequence[str]) -> Parsed:
        transaction_id = cells[self._id].strip()
        if not _TRANSACTION_ID.fullmatch(transaction_id):
            raise self._fault(line, "transaction_id", f"{transaction_id[:40]!r} is not a receipt number")
        paid_in = self._minor(line, "paid_in", cells[self._in])
        paid_out = abs(self._minor(line, "withdrawn", cells[self._out]))
        try:
            done = is_done(cells[self._status])
        except InvalidInput as error:
            raise row_error(self._file, line, self._titles["status"], error) from error
        if not done:
            return Parsed(
                self._skipped(SkipReason.FAILED, line, transaction_id, abs(paid_in) or paid_out), 0, None, None
            )
        if paid_in < 0 or (paid_in and paid_out):
            raise self._fault(line, "paid_in", "a row either pays in or withdraws, and never less than 0")
        day, moment = self._moment(line, cells[self._completed])
        balance = None
        if self._balance >= 0 and cells[self._balance].strip():
            balance = self._minor(line, "balance", cells[self._balance])
        details = cells[self._details]
        kind = kind_of(cells[self._reason] if self._reason >= 0 else "", details, coming_in=paid_in > 0)
        row: PaymentReport | ReversalReport | Skipped
        if not paid_in and not paid_out:
            row = self._skipped(SkipReason.ZERO, line, transaction_id, 0)
        elif kind is RowKind.PAYMENT:
            text = cells[self._ac].strip() if self._ac >= 0 else ""
            row = PaymentReport(
                self._account.collection_account_id,
                transaction_id,
                ReportSource.STATEMENT,
                Money(paid_in, self._account.currency),
                moment,
                day,
                text or account_in_details(details),
                self._payer(cells, details),
                f"{self._file}:{line}",
            )
        elif kind is RowKind.REVERSAL and paid_out:
            row = ReversalReport(
                self._account.collection_account_id,
                transaction_id,
                original_in(cells[self._linked] if self._linked >= 0 else "", details, transaction_id),
                Money(paid_out, self._account.currency),
                moment,
                day,
                f"{self._file}:{line}",
            )
        else:
            row = self._skipped(SkipReason(kind.value), line, transaction_id, paid_in or paid_out)
        return Parsed(row, paid_in - paid_out, balance, moment)

    def takes_footer(self, line: int, cells: Sequence[str]) -> bool:
        del line
        return not any(cell.strip() for cell in cells)

    def cautions(self, totals: Totals, chain: BalanceChain, last_line: int) -> Iterator[Caution]:
        del last_line
        yield from self._preamble.cautions(totals, chain)

    def _payer(self, cells: Sequence[str], details: str) -> Payer:
        if self._party >= 0 and cells[self._party].strip():
            return payer_of(cells[self._party])
        _, found, rest = details.partition(" from ")
        return payer_of(re.split(r"\s+Acc", rest, maxsplit=1)[0].lstrip("- ")) if found else Payer()

    def _moment(self, line: int, text: str) -> tuple[date, datetime]:
        try:
            return nairobi_moment(text)
        except InvalidInput as error:
            raise row_error(self._file, line, self._titles["completed"], error) from error

    def _minor(self, line: int, key: str, text: str) -> int:
        try:
            return self._amounts.minor(text)
        except InvalidInput as error:
            raise row_error(self._file, line, self._titles[key], error) from error

    def _fault(self, line: int, key: str, reason: str) -> InvalidRow:
        return InvalidRow(file=self._file, line=line, column=self._titles[key], reason=reason)

    def _skipped(self, reason: SkipReason, line: int, transaction_id: str, minor: int) -> Skipped:
        return Skipped(reason, self._file, line, Money(minor, self._account.currency), transaction_id)


def nairobi_moment(text: str) -> tuple[date, datetime]:
    """The day in Nairobi and the UTC instant of ``20-11-2026 14:05:33`` or ``2026-11-20 14:05:33``."""
    text = text.strip()
    day, midnight = _day(text[:_TIMELESS])
    return day, midnight + timedelta(seconds=seconds_of_clock(text[_TIMELESS + 1 :]))


@lru_cache(maxsize=16_384)
def _day(text: str) -> tuple[date, datetime]:
    if found := _DAY_FIRST.fullmatch(text):
        day = possible_day(text, int(found[3]), int(found[2]), int(found[1]))
    elif found := _YEAR_FIRST.fullmatch(text):
        day = possible_day(text, int(found[1]), int(found[2]), int(found[3]))
    else:
        raise InvalidInput(f"date {text!r}: expected dd-mm-yyyy HH:MM:SS or yyyy-mm-dd HH:MM:SS")
    return day, start_of_day(day, ZONE)
