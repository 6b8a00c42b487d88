"""Invoices as rows of their tables and as lines of the run's digest, written in one pass over each chunk."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from attrs import evolve
from psycopg import Connection

from marketplace_adapters.postgres.bulk.canonical_text import text_of
from marketplace_adapters.postgres.bulk.copying import NULL, Days, copy_into, escaped, field_of, is_clean
from marketplace_adapters.postgres.bulk.frames import Frame, Frames
from marketplace_core.domain.codec import to_plain
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import ChargeId, InvoiceId, LeaseId, LineId, PortfolioId
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.postings import moves_of_invoice, postings_of

INVOICES: Final = (
    "portfolio_id",
    "invoice_id",
    "lease_id",
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
INVOICE_POSTINGS: Final = (
    "portfolio_id",
    "source_id",
    "posting_id",
    "debit",
    "credit",
    "amount_minor",
    "currency",
    "value_date",
    "recorded_at",
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


New = tuple[Invoice, str, int]
"""A new invoice, its number, and how much of it is paid at once by credits that stand."""


class InvoiceRows:
    """Writes the invoices of a chunk as rows for COPY; the digest runs over all chunks."""

    def __init__(self) -> None:
        """Start with no invoices."""
        self._frames = Frames()
        self._digest = sha256()

    def of(self, chunk: Sequence[New]) -> tuple[str, str, str]:
        """The blocks of the chunk's invoices, lines and postings, for ``write_rows``.

        Texts are written as they are and each block's separators counted. A text that COPY wants escaped is rare:
        where there is one, the blocks are made again of escaped texts, and what is made of those is escaped too.
        """
        frames_of = self._frames.of
        frames = [frames_of(invoice) for invoice, _, _ in chunk]
        texts = [text_of(new[0], frame, new[1]) for new, frame in zip(chunk, frames, strict=True)]
        self._digest.update(("\n".join(texts) + "\n").encode())
        blocks = _blocks(chunk, frames)
        if blocks is None:
            safe = [(_escaped(invoice), escaped(number), paid) for invoice, number, paid in chunk]
            blocks = _blocks(safe, frames, is_escaped=True)
            assert blocks is not None  # noqa: S101 - only what is not escaped is refused
        return blocks

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical lines of all invoices written."""
        return self._digest.hexdigest()


def _blocks(chunk: Sequence[New], frames: Sequence[Frame], *, is_escaped: bool = False) -> tuple[str, str, str] | None:
    """The three blocks; None where a text would have to be escaped first."""
    invoices: list[str] = []
    lines: list[str] = []
    postings: list[str] = []
    without_charge = 0
    for (invoice, number, paid), frame in zip(chunk, frames, strict=True):
        key = f"{invoice.portfolio_id}\t{invoice.invoice_id}"
        invoices.append(
            f"{key}\t{invoice.lease_id}\t{frame.row_days}\t{invoice.subject}\t{invoice.series}\t{number}\t"
            f"{invoice.amount.amount_minor}\t{frame.currency}\t{paid}\t"
        )
        for position, (line, around) in enumerate(zip(invoice.lines, frame.lines, strict=True)):
            charge = line.charge_id
            if charge is None:
                without_charge += 1
            lines.append(
                f"{key}\t{position}\t{line.line_id}\t{around.row_kind}\t{line.amount.amount_minor}\t"
                f"{around.row_span}\t{NULL if charge is None else charge}\t{line.description}"
            )
        for posting_id, debit, credit, amount in moves_of_invoice(invoice):
            postings.append(f"{key}\t{posting_id}\t{debit}\t{credit}\t{amount.amount_minor}\t{frame.row_issue}")
    blocks = ("\n".join(invoices), "\n".join(lines), "\n".join(postings))
    if is_escaped or (
        is_clean(blocks[0], len(invoices), len(INVOICES))
        and is_clean(blocks[1], len(lines), len(LINES), without_charge)
        and is_clean(blocks[2], len(postings), len(INVOICE_POSTINGS))
    ):
        return blocks
    return None


def _escaped(invoice: Invoice) -> Invoice:
    """The invoice with all its texts as COPY wants them."""
    return evolve(
        invoice,
        invoice_id=InvoiceId(escaped(invoice.invoice_id)),
        portfolio_id=PortfolioId(escaped(invoice.portfolio_id)),
        lease_id=LeaseId(escaped(invoice.lease_id)),
        subject=escaped(invoice.subject),
        series=escaped(invoice.series),
        lines=tuple(
            evolve(
                line,
                line_id=LineId(escaped(line.line_id)),
                charge_id=None if line.charge_id is None else ChargeId(escaped(line.charge_id)),
                description=escaped(line.description),
            )
            for line in invoice.lines
        ),
    )


def write_rows(connection: Connection, blocks: tuple[str, str, str]) -> None:
    """COPY the blocks of a chunk into their tables."""
    with connection.cursor() as cursor:
        copy_into(cursor, "invoices", INVOICES, blocks[0])
        copy_into(cursor, "invoice_lines", LINES, blocks[1])
        if blocks[2]:
            copy_into(cursor, "postings", INVOICE_POSTINGS, blocks[2])


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
