"""Invoices as rows of their tables and as lines of the run's digest, written in one pass over each chunk."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from psycopg import Connection

from marketplace_adapters.postgres.bulk.canonical_text import InvoiceText
from marketplace_adapters.postgres.bulk.copying import NULL, Days, copy_rows, escaped, field_of
from marketplace_core.domain.codec import to_plain
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.money import Currency
from marketplace_core.domain.postings import of_invoice, postings_of

INVOICES: Final = (
    "portfolio_id",
    "lease_id",
    "invoice_id",
    "kind",
    "period_start",
    "period_end",
    "issue_date",
    "due_date",
    "recorded_at",
    "subject",
    "series",
    "number",
    "amount_minor",
    "currency",
    "allocated_minor",
    "void_reason",
)
LINES: Final = (
    "portfolio_id",
    "invoice_id",
    "position",
    "line_id",
    "kind",
    "amount_minor",
    "span_start",
    "span_end",
    "charge_id",
    "description",
)
POSTINGS: Final = (
    "portfolio_id",
    "posting_id",
    "debit",
    "credit",
    "amount_minor",
    "currency",
    "value_date",
    "recorded_at",
    "source_id",
    "reverses",
)


class InvoiceRows:
    """Collects the rows of a chunk and hands them to COPY; the digest runs over all chunks."""

    def __init__(self) -> None:
        """Start with no rows."""
        self._text = InvoiceText()
        self._day = Days()
        self._codes: dict[int, tuple[Currency, str]] = {}
        self._digest = sha256()
        self._texts: list[str] = []
        self._invoices: list[str] = []
        self._lines: list[str] = []
        self._postings: list[str] = []

    def add(self, invoice: Invoice, number: str, allocated_minor: int = 0) -> None:
        """Add a new invoice under its number, with what of it is paid at once by credits that stand."""
        self._texts.append(self._text.of(invoice, number))
        day, code, amount = self._day, self._code(invoice.amount.currency), invoice.amount.amount_minor
        portfolio_id, invoice_id = escaped(invoice.portfolio_id), escaped(invoice.invoice_id)
        period, issued, recorded = invoice.period, day(invoice.issue_date), day(invoice.recorded_at)
        self._invoices.append(
            f"{portfolio_id}\t{escaped(invoice.lease_id)}\t{invoice_id}\t{invoice.kind._value_}\t"
            f"{day(period.start)}\t{day(period.end)}\t{issued}\t{day(invoice.due_date)}\t{recorded}\t"
            f"{escaped(invoice.subject)}\t{escaped(invoice.series)}\t{number}\t{amount}\t{code}\t{allocated_minor}\t"
        )
        for position, line in enumerate(invoice.lines):
            span = line.span
            self._lines.append(
                f"{portfolio_id}\t{invoice_id}\t{position}\t{escaped(line.line_id)}\t{line.kind._value_}\t"
                f"{line.amount.amount_minor}\t{day(span.start)}\t{day(span.end)}\t{field_of(line.charge_id)}\t"
                f"{escaped(line.description)}"
            )
        for posting in of_invoice(invoice):
            self._postings.append(
                f"{portfolio_id}\t{escaped(posting.posting_id)}\t{escaped(posting.debit)}\t{escaped(posting.credit)}\t"
                f"{posting.amount.amount_minor}\t{code}\t{issued}\t{recorded}\t{invoice_id}\t{NULL}"
            )

    def _code(self, currency: Currency) -> str:
        kept = self._codes.get(id(currency))
        if kept is None:
            kept = self._codes[id(currency)] = (currency, to_plain(currency))
        return kept[1]

    def take(self) -> tuple[list[str], list[str], list[str]]:
        """The rows collected so far, for `write_rows`; the next ones start anew."""
        if self._texts:
            self._digest.update(("\n".join(self._texts) + "\n").encode())
        taken = (self._invoices, self._lines, self._postings)
        self._texts, self._invoices, self._lines, self._postings = [], [], [], []
        return taken

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical lines of all invoices taken."""
        return self._digest.hexdigest()


def write_rows(connection: Connection, rows: tuple[list[str], list[str], list[str]]) -> None:
    """COPY the rows of a chunk into their tables."""
    for table, columns, block in zip(
        ("invoices", "invoice_lines", "postings"), (INVOICES, LINES, POSTINGS), rows, strict=True
    ):
        copy_rows(connection, table, columns, block)


def posting_rows(fact: Fact) -> list[str]:
    """The rows of the postings that a fact makes."""
    day = Days()
    return [_posting_row(posting, day) for posting in postings_of(fact)]


def _posting_row(posting: Posting, day: Days) -> str:
    fields = (
        escaped(posting.portfolio_id),
        escaped(posting.posting_id),
        escaped(posting.debit),
        escaped(posting.credit),
        str(posting.amount.amount_minor),
        to_plain(posting.amount.currency),
        day(posting.value_date),
        day(posting.recorded_at),
        escaped(posting.source_id),
        field_of(posting.reverses),
    )
    return "\t".join(fields)
