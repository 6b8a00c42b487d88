"""Texts of the first system's files to typed rows; every problem is kept, none stops the next row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from attrs import frozen

from marketplace_core.domain.first_system import columns, rows
from marketplace_core.domain.first_system.columns import Column, FileSpec, Format
from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.reconciliation.phones import clear_phone
from marketplace_core.errors import InvalidInput, InvalidRow

RowT = TypeVar("RowT")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,59}")
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LONGEST_TEXT: Final = 500
_KENYAN: Final = re.compile(r"254[17][0-9]{8}")
_LAST_DAY_OF_MONTH: Final = 31


@frozen
class SourceFile:
    """One file as read: its header and its rows of texts, each with its 1-based line. Faulty lines come as errors."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    problems: tuple[InvalidRow, ...] = ()


def parse_book(files: Mapping[str, SourceFile], currency: Currency) -> tuple[rows.Book, list[InvalidRow]]:
    """The rows of all files that are sound by themselves, and what is wrong with the others.

    ``files`` is by name without ``.csv``; an absent file of those that are not required has no rows.
    """
    known = {spec.name for spec in columns.FILES}
    unknown = f"unknown file; known are {', '.join(sorted(known))}"
    problems = [_problem(f"{name}.csv", 1, None, unknown) for name in sorted(set(files) - known)]
    reader = _Reader(currency)

    def read(spec: FileSpec, make: Callable[..., RowT]) -> tuple[RowT, ...]:
        return tuple(reader.read(spec, files.get(spec.name), make, problems))

    book = rows.Book(
        read(columns.PROPERTIES, rows.PropertyRow),
        read(columns.UNITS, rows.UnitRow),
        read(columns.TENANTS, rows.TenantRow),
        read(columns.LEASES, rows.LeaseRow),
        read(columns.INVOICES, rows.InvoiceRow),
        read(columns.PAYMENTS, rows.PaymentRow),
        read(columns.RECEIPTS, rows.ReceiptRow),
    )
    return book, problems


def _problem(file: str, line: int, column: str | None, reason: str) -> InvalidRow:
    return InvalidRow(file=file, line=line, column=column, reason=reason)


class _Reader:
    """Cells to values, for one currency."""

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._parser_of_format: dict[Format, Callable[[str], object]] = {
            Format.ID: _id,
            Format.IDS: lambda text: tuple(_id(piece.strip()) for piece in text.split(";") if piece.strip()),
            Format.TEXT: _text,
            Format.DAY: _day,
            Format.AMOUNT: lambda text: self._money(text, least=1),
            Format.SIZE: lambda text: self._money(text, least=0),
            Format.SIGNED: lambda text: self._money(text, least=None),
            Format.DAY_OF_MONTH: lambda text: _whole(text, 1, _LAST_DAY_OF_MONTH),
            Format.WHOLE: lambda text: _whole(text, 0, 366),
            Format.PHONES: lambda text: tuple(kenyan_phone(piece) for piece in text.split(";") if piece.strip()),
            Format.CURRENCY: self._currency_code,
            Format.STATUS: _status,
        }

    def read(
        self, spec: FileSpec, source: SourceFile | None, make: Callable[..., RowT], problems: list[InvalidRow]
    ) -> Iterable[RowT]:
        if source is None:
            if spec.required:
                problems.append(_problem(spec.file, 1, None, "the file is missing"))
            return
        problems.extend(source.problems)
        if not self._has_columns(spec, source.header, problems):
            return
        for line, cells in source.rows:
            values: dict[str, Any] = {}
            for column in spec.columns:
                text = cells.get(column.name, "").strip()
                try:
                    values[column.name] = self._value(column, text)
                except InvalidInput as error:
                    problems.append(_problem(spec.file, line, column.name, str(error)))
            if len(values) == len(spec.columns):
                yield make(line=line, **values)

    def _has_columns(self, spec: FileSpec, header: tuple[str, ...], problems: list[InvalidRow]) -> bool:
        known = [column.name for column in spec.columns]
        wrong = [
            *(_problem(spec.file, 1, name, "the column is missing") for name in _missing(spec, header)),
            *(
                _problem(spec.file, 1, name, f"unknown column; known are {', '.join(known)}")
                for name in header
                if name not in known
            ),
            *(_problem(spec.file, 1, name, "the column stands twice") for name in known if header.count(name) > 1),
        ]
        problems.extend(wrong)
        return not wrong

    def _value(self, column: Column, text: str) -> object:
        if text:
            return self._parser_of_format[column.format](text)
        if column.required:
            raise InvalidInput("must not be blank")
        if column.format in (Format.IDS, Format.PHONES):
            return ()
        return "" if column.format in (Format.ID, Format.TEXT, Format.CURRENCY) else None

    def _money(self, text: str, least: int | None) -> Money:
        amount = Money.parse(text, self._currency)
        if least is not None and amount.amount_minor < least:
            raise InvalidInput(f"amount {text}: must be {'above zero' if least else 'zero or more'}")
        return amount

    def _currency_code(self, text: str) -> str:
        if text.upper() != self._currency.code:
            raise InvalidInput(f"{text[:10]!r}, but the portfolio is in {self._currency.code}; import each apart")
        return text.upper()


def _missing(spec: FileSpec, header: tuple[str, ...]) -> list[str]:
    return [column.name for column in spec.columns if column.required and column.name not in header]


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise InvalidInput(f"id {text[:60]!r}: use {Format.ID.value}, a letter or digit first")
    return text


def _text(text: str) -> str:
    if len(text) > _LONGEST_TEXT or "\0" in text:
        raise InvalidInput(f"text of {len(text)} signs: at most {_LONGEST_TEXT}, and no NUL")
    return text


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if not found:
        raise InvalidInput(f"day {text[:20]!r}: write {Format.DAY.value}")
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise InvalidInput(f"day {text} does not exist ({error})") from error
    if not 1950 <= day.year <= 2199:  # noqa: PLR2004 - years of leases
        raise InvalidInput(f"day {text}: the year cannot be right")
    return day


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise InvalidInput(f"{text[:20]!r}: write a whole number from {least} to {most}")
    return int(text)


def kenyan_phone(text: str) -> str:
    """A mobile number of Kenya as 254 and nine digits, however it is written; InvalidInput for any other text."""
    phone = clear_phone(text)
    if not _KENYAN.fullmatch(phone):
        raise InvalidInput(f"phone {text.strip()[:20]!r}: write a Kenyan mobile number such as 0712345678")
    return phone


def _status(text: str) -> LeaseStatus:
    try:
        return LeaseStatus(text.lower())
    except ValueError as error:
        raise InvalidInput(f"status {text[:20]!r}: write {Format.STATUS.value}") from error
