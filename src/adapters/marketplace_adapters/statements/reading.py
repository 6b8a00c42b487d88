"""The pass over a statement's rows that all formats share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from marketplace_adapters.statements.balances import BalanceChain
from marketplace_adapters.statements.lines import LineSource, Row
from marketplace_adapters.statements.repeats import SeenTransactions
from marketplace_adapters.statements.tables import Header
from marketplace_core.domain.feed import Caution, FeedRow, Rejected, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.money import Currency
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.errors import InvalidInput, InvalidRow, MarketplaceError


class Parsed(NamedTuple):
    """One sound row. ``change_minor`` is what it did to the balance, out being negative, 0 where it did nothing.

    ``balance_minor`` is None where the row shows none or is not part of the running balance; ``instant`` groups
    rows whose order a file does not promise, None where order holds.
    """

    row: PaymentReport | ReversalReport | Skipped
    change_minor: int
    balance_minor: int | None
    instant: datetime | None


class Totals:
    """What passed: sums in and out in minor units, and whether every row was sound."""

    __slots__ = ("in_minor", "out_minor", "rejected", "rows")

    def __init__(self) -> None:
        self.in_minor = 0
        self.out_minor = 0
        self.rejected = 0
        self.rows = 0


class RowParser(Protocol):
    """One format: what a row says, which rows are a footer, and what the file claims of itself."""

    def parse(self, line: int, cells: Sequence[str]) -> Parsed:
        """What the row says; ``InvalidRow`` where it cannot be taken."""
        ...

    def takes_footer(self, line: int, cells: Sequence[str]) -> bool:
        """True where the row closes the file instead of telling of money; the parser keeps what it needs."""
        ...

    def cautions(self, totals: Totals, chain: BalanceChain, last_line: int) -> Iterator[Caution]:
        """Where the file's own claims (totals, opening and closing balance) are not met."""
        ...


def feed_rows(
    rows: Iterator[Row], source: LineSource, header: Header, parser: RowParser, file: str, currency: Currency
) -> Iterator[FeedRow]:
    """Every row of the file as a value, with cautions where it seems to have lost some."""
    reading = _Reading(header, parser, file, currency)
    for row in rows:
        if row.cells and parser.takes_footer(row.line, row.cells):
            continue
        found, caution = reading.take(row)
        yield found
        if caution is not None:
            yield caution
    yield from reading.ending(source)


class _Reading:
    """What has been seen of one file."""

    def __init__(self, header: Header, parser: RowParser, file: str, currency: Currency) -> None:
        self._header, self._parser, self._file = header, parser, file
        self._chain, self._seen, self._totals = BalanceChain(file, currency), SeenTransactions(), Totals()

    def take(self, row: Row) -> tuple[FeedRow, Caution | None]:
        """What the row says, and a caution where its balance does not follow."""
        line, cells, fault = row
        self._totals.rows += 1
        try:
            if not fault and len(cells) != self._header.width:
                fault = self._header.fault(cells)
            if fault:
                raise InvalidRow(file=self._file, line=line, column=None, reason=fault)  # noqa: TRY301 - one way out
            found, change, balance, instant = self._parser.parse(line, cells)
            if isinstance(found, PaymentReport) and self._repeats(found, line):
                skipped = Skipped(SkipReason.REPEATED, self._file, line, found.amount, found.transaction_id)
                return skipped, None
        except InvalidRow as error:
            self._totals.rejected += 1
            return Rejected(error, _id_in(cells, self._header)), self._chain.forget()
        if change > 0:
            self._totals.in_minor += change
        else:
            self._totals.out_minor -= change
        return found, None if balance is None else self._chain.add(line, instant, change, balance)

    def ending(self, source: LineSource) -> Iterator[Caution]:
        """What the end of the file tells of its wholeness."""
        if caution := self._chain.close():
            yield caution
        yield from self._parser.cautions(self._totals, self._chain, source.count)
        if not self._totals.rows:
            yield Caution(self._file, self._header.line, "no rows stand below the header")
        if source.unterminated:
            yield Caution(self._file, source.count, "the last line has no line end: the file may be cut within it")

    def _repeats(self, report: PaymentReport, line: int) -> bool:
        try:
            return self._seen.repeats(report.transaction_id, report.amount)
        except InvalidInput as error:
            title = self._header.title_of_key.get("transaction_id")
            raise InvalidRow(file=self._file, line=line, column=title, reason=str(error)) from error


def _id_in(cells: Sequence[str], header: Header) -> str:
    place = header.place("transaction_id")
    return cells[place].strip()[:64] if 0 <= place < len(cells) else ""


def row_error(file: str, line: int, column: str | None, error: MarketplaceError) -> InvalidRow:
    """The same refusal, with its place."""
    return InvalidRow(file=file, line=line, column=column, reason=str(error))
