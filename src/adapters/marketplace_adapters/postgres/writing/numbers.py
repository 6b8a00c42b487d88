"""Document numbers: the next of a series for whatever has none, without gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import evolve
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace_adapters.postgres.schema import number_series
from marketplace_core.domain.facts import CreditNoteIssued, Fact, InvoiceIssued, ReceiptIssued
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.invoice import Invoice, InvoiceKind
from marketplace_core.domain.numbers import (
    CREDIT_NOTES,
    INVOICES,
    OLD,
    OPENING,
    OUR_SERIES,
    RECEIPTS,
    document_number,
    is_of_series,
    sequence_of,
)
from marketplace_core.errors import AlreadyExists, InvalidInput


def take_numbers(connection: Connection, portfolio_id: PortfolioId, series: str, count: int) -> int:
    """Take the next ``count`` numbers of a series; the first of them.

    The series is locked until the transaction ends, and a rollback gives the numbers back: none is ever missing.
    """
    statement = upsert(number_series).values(portfolio_id=portfolio_id, series=series, last_number=count)
    statement = statement.on_conflict_do_update(
        index_elements=["portfolio_id", "series"],
        set_={"last_number": number_series.c.last_number + statement.excluded.last_number},
    )
    last: int = connection.execute(statement.returning(number_series.c.last_number)).scalar_one()
    return last - count + 1


def next_number(connection: Connection, portfolio_id: PortfolioId, series: str) -> int:
    """The number that a series would give next, which others may take meanwhile."""
    statement = select(number_series.c.last_number).where(
        number_series.c.portfolio_id == portfolio_id, number_series.c.series == series
    )
    return (connection.scalar(statement) or 0) + 1


def numbered(connection: Connection, portfolio_id: PortfolioId, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts with numbers where they had none; one of ours that came with a number must have the next one."""
    given = tuple(facts)
    counts = Counter(series for fact in given if (series := _series_of(fact)) in OUR_SERIES)
    following = {series: take_numbers(connection, portfolio_id, series, counts[series]) for series in sorted(counts)}
    return tuple(_numbered(fact, following) for fact in given)


def _series_of(fact: Fact) -> str:
    match fact:
        case InvoiceIssued(invoice):
            return series_of_invoice(invoice)
        case CreditNoteIssued():
            return CREDIT_NOTES
        case ReceiptIssued(receipt):
            ours = not receipt.number or is_of_series(receipt.number, RECEIPTS)
            return RECEIPTS if ours else OLD
        case _:
            return ""


def series_of_invoice(invoice: Invoice) -> str:
    """The series that an invoice's number is of: an opening one without a number gets one of its own series."""
    if invoice.number:
        return invoice.series
    if invoice.series == OLD:
        raise InvalidInput(f"invoice {invoice.invoice_id}: series {OLD} keeps the first system's numbers; give it one")
    opening = invoice.kind is InvoiceKind.OPENING and invoice.series == INVOICES
    return OPENING if opening else invoice.series


def _numbered(fact: Fact, following: dict[str, int]) -> Fact:
    series = _series_of(fact)
    match fact:
        case InvoiceIssued(invoice):
            number = _next(series, invoice.number, following)
            return fact if number == invoice.number else InvoiceIssued(evolve(invoice, series=series, number=number))
        case CreditNoteIssued(note):
            number = _next(series, note.number, following)
            return fact if number == note.number else CreditNoteIssued(evolve(note, number=number))
        case ReceiptIssued(receipt):
            number = _next(series, receipt.number, following)
            return fact if number == receipt.number else ReceiptIssued(evolve(receipt, number=number))
        case _:
            return fact


def _next(series: str, number: str, following: dict[str, int]) -> str:
    if series not in OUR_SERIES:
        if not number:
            raise InvalidInput(f"a document of series {series!r} needs its number: only {_names()} are given here")
        return number
    expected = following[series]
    following[series] += 1
    if number and sequence_of(number) != expected:
        raise AlreadyExists(f"number {number!r} is not the next of series {series}, which is {expected}")
    return number or document_number(series, expected)


def _names() -> str:
    return ", ".join(sorted(OUR_SERIES))


def numbers_from(series: str, first: int, count: int) -> Sequence[str]:
    """The texts of ``count`` numbers from the first on."""
    return [document_number(series, number) for number in range(first, first + count)]
