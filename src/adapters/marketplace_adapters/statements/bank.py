"""Bank statements in CSV, laid out as a profile says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import BinaryIO, Final

from typing_extensions import override

from marketplace_adapters.statements.amounts import AmountReader
from marketplace_adapters.statements.balances import BalanceChain
from marketplace_adapters.statements.bank_profile import BankProfile
from marketplace_adapters.statements.dates import DayFormat, instant
from marketplace_adapters.statements.lines import DEFAULT_BOUNDS, Bounds, LineSource, rows_of
from marketplace_adapters.statements.parties import phone_of
from marketplace_adapters.statements.reading import Parsed, Totals, feed_rows, row_error
from marketplace_adapters.statements.tables import Header, find_header, labelled
from marketplace_core.domain.feed import Caution, FeedRow, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.identifiers import derive_id
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidInput, InvalidRow
from marketplace_core.ports.payment_feed import PaymentFeed

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:\\-]{1,63}")
_NAMELESS: Final = "row"


class BankStatement(PaymentFeed):
    """Reads one bank's CSV by its profile; where the bank gives rows no id, they get one from what they say.

    A derived id is a digest of the row's days, amount, description, reference and payer, and of how many equal
    rows stood before it in the file: so the same row of an overlapping export gives the same id again. It does
    not hold the balance, which some banks print differently in each export.
    """

    def __init__(self, profile: BankProfile, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        """For one bank's layout, with bounds on file, line and preamble."""
        self._profile = profile
        self._bounds = bounds

    @override
    def read(self, content: BinaryIO, account: CollectionAccount, file: str) -> Iterator[FeedRow]:
        if account.kind is not CollectionKind.BANK:
            raise InvalidInput(
                f"{file}: collection account {account.collection_account_id} is of kind {account.kind}, "
                "but this is the statement of a bank"
            )
        layout = self._profile.file
        source = LineSource(content, file, layout.encoding, self._bounds)
        lines = islice(iter(source), layout.skip_lines, None)
        header = find_header(lines, self._profile.columns.wanted(), file, self._bounds, (layout.delimiter,))
        _check_preamble(header, self._profile, account, file)
        parser = _BankRows(header, self._profile, account, file)
        rows = rows_of(lines, header.delimiter, self._bounds)
        yield from feed_rows(rows, source, header, parser, file, account.currency)


def _check_preamble(header: Header, profile: BankProfile, account: CollectionAccount, file: str) -> None:
    line, number = labelled(header, profile.preamble.account_number) or (0, "")
    if number and account.number and re.sub(r"[\s-]", "", number) != re.sub(r"[\s-]", "", account.number):
        raise InvalidInput(
            f"{file}, line {line}: this statement is of account {number}, but collection account "
            f"{account.collection_account_id} is {account.number}; choose the right account or file"
        )
    line, currency = labelled(header, profile.preamble.currency) or (0, "")
    if currency and currency.upper() != account.currency.code:
        raise InvalidInput(
            f"{file}, line {line}: this statement is in {currency}, but collection account "
            f"{account.collection_account_id} is in {account.currency.code}"
        )


class _BankRows:
    """What each row of one bank statement says."""

    def __init__(self, header: Header, profile: BankProfile, account: CollectionAccount, file: str) -> None:
        self._header, self._profile, self._account, self._file = header, profile, account, file
        self._amounts = AmountReader(account.currency, profile.file.decimal_sign)
        self._days = DayFormat(profile.dates.format)
        self._seen_rows: Counter[str] = Counter()
        self._footer: tuple[int, Sequence[str]] | None = None
        words = profile.rows
        self._kinds = [
            (reason, pattern)
            for reason, pattern in (
                (SkipReason.REVERSAL, _any_of(words.reversal_words)),
                (SkipReason.CHARGE, _any_of(words.charge_words)),
                (SkipReason.INTERNAL, _any_of(words.internal_words)),
            )
            if pattern
        ]

    def parse(self, line: int, cells: Sequence[str]) -> Parsed:
        moment, day = self._moment(line, cells)
        change = self._change(line, cells)
        self._check_currency(line, cells)
        balance_text = self._cell(cells, "balance")
        balance = self._minor(line, "balance", balance_text) if balance_text else None
        description = self._cell(cells, "description")
        reason = self._reason(description, change)
        own_id = self._transaction_id(line, cells, day, change)
        amount = Money(abs(change), self._account.currency)
        row: PaymentReport | ReversalReport | Skipped
        if reason is None:
            row = PaymentReport(
                self._account.collection_account_id,
                own_id,
                ReportSource.BANK,
                amount,
                moment,
                day,
                self._cell(cells, "reference") or _found(self._profile.extract.reference, description),
                self._payer(cells, description),
                f"{self._file}:{line}",
            )
        elif reason is SkipReason.REVERSAL and change < 0:
            original = _found(self._profile.extract.original, description)
            account_id = self._account.collection_account_id
            row = ReversalReport(account_id, own_id, original, amount, moment, day, f"{self._file}:{line}")
        else:
            row = Skipped(reason, self._file, line, amount, own_id)
        return Parsed(row, change, balance, None)

    def takes_footer(self, line: int, cells: Sequence[str]) -> bool:
        first = next((cell.strip() for cell in cells if cell.strip()), "")
        if not first:
            return True
        starts = tuple(text.lower() for text in self._profile.footer.starts_with)
        if starts and first.lower().startswith(starts):
            self._footer = (line, cells)
            return True
        return False

    def cautions(self, totals: Totals, chain: BalanceChain, last_line: int) -> Iterator[Caution]:
        del chain
        if self._footer is None:
            if self._profile.footer.required:
                yield Caution(self._file, last_line, "the closing line is missing: the file is cut")
            return
        line, cells = self._footer
        for key, found in (("credit", totals.in_minor), ("debit", totals.out_minor)):
            text = self._cell(cells, key)
            if not text or totals.rejected:
                continue
            try:
                claimed = abs(self._minor(line, key, text))
            except InvalidRow as error:
                yield Caution(self._file, line, error.reason)
                continue
            if claimed != found:
                stated, summed = Money(claimed, self._account.currency), Money(found, self._account.currency)
                reason = f"the closing line states {stated} of {key}, but the rows give {summed}"
                yield Caution(self._file, line, f"{reason}: rows are missing")

    def _moment(self, line: int, cells: Sequence[str]) -> tuple[datetime, date]:
        key = "date"
        try:
            booked, seconds = self._days.read(self._cell(cells, "date"))
            key = "value_date"
            text = self._cell(cells, "value_date")
            value_day = self._days.read(text)[0] if text else booked
        except InvalidInput as error:
            raise row_error(self._file, line, self._header.title_of_key[key], error) from error
        return instant(booked, seconds, self._profile.dates.zone), value_day

    def _change(self, line: int, cells: Sequence[str]) -> int:
        """What came in, in minor units; out is negative."""
        if not self._profile.columns.amount:
            credit = self._minor(line, "credit", self._cell(cells, "credit"))
            debit = abs(self._minor(line, "debit", self._cell(cells, "debit")))
            if credit < 0 or (credit and debit):
                raise self._fault(line, "credit", "a row is a credit or a debit, and never less than 0")
            return credit - debit
        minor = self._minor(line, "amount", self._cell(cells, "amount"))
        if self._profile.columns.direction:
            word = self._cell(cells, "direction").upper()
            if minor < 0 or word[:1] not in ("C", "D"):
                raise self._fault(line, "direction", f"expected an amount without sign and CR or DR, not {word[:20]!r}")
            return minor if word.startswith("C") else -minor
        return minor if self._profile.rows.positive_is == "in" else -minor

    def _check_currency(self, line: int, cells: Sequence[str]) -> None:
        currency = self._cell(cells, "currency").upper()
        if currency and currency != self._account.currency.code:
            code = self._account.currency.code
            raise self._fault(line, "currency", f"{currency[:10]!r}, but the collection account is in {code}")

    def _reason(self, description: str, change: int) -> SkipReason | None:
        if not change:
            return SkipReason.ZERO
        for reason, pattern in self._kinds:
            if pattern.search(description) and not (reason is SkipReason.CHARGE and change > 0):
                return reason
        return SkipReason.OUTGOING if change < 0 else None

    def _transaction_id(self, line: int, cells: Sequence[str], day: date, change: int) -> str:
        if self._profile.columns.transaction_id:
            given = self._cell(cells, "transaction_id")
            if not _ID.fullmatch(given):
                raise self._fault(line, "transaction_id", f"{given[:40]!r} is not a transaction id")
            return given
        said = [self._cell(cells, key) for key in ("date", "description", "reference", "payer")]
        key = derive_id(_NAMELESS, self._account.collection_account_id, day.isoformat(), str(change), *said)
        self._seen_rows[key] += 1
        return f"{key}-{self._seen_rows[key]}"

    def _payer(self, cells: Sequence[str], description: str) -> Payer:
        name = self._cell(cells, "payer") or _found(self._profile.extract.payer_name, description)
        return Payer(name=name[:200], phone=phone_of(_found(self._profile.extract.payer_phone, description)))

    def _cell(self, cells: Sequence[str], key: str) -> str:
        place = self._header.place(key)
        return cells[place].strip() if 0 <= place < len(cells) else ""

    def _minor(self, line: int, key: str, text: str) -> int:
        try:
            return self._amounts.minor(text)
        except InvalidInput as error:
            raise row_error(self._file, line, self._header.title_of_key[key], error) from error

    def _fault(self, line: int, key: str, reason: str) -> InvalidRow:
        return InvalidRow(file=self._file, line=line, column=self._header.title_of_key[key], reason=reason)


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


def _found(pattern: str, text: str) -> str:
    found = _compiled(pattern).search(text) if pattern else None
    return found["found"].strip() if found else ""


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
