"""What repeats among the invoices of a run (kinds, spans, days, currency), written once and kept."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from marketplace_core.domain.codec import canonical, to_plain
from marketplace_core.domain.invoice import Invoice, InvoiceLine

_KEPT_AT_MOST: Final = 50_000


class LineFrame(NamedTuple):
    """A line's repeating parts: of its JSON, in their order, and of its row in COPY's text format."""

    json_currency: str
    json_kind: str
    json_span: str
    row_kind: str
    row_span: str


class Frame(NamedTuple):
    """An invoice's repeating parts: of its JSON, in their order, of its rows, and those of its lines."""

    json_due: str
    json_issue: str
    json_period: str
    json_recorded: str
    row_days: str
    row_issue: str
    currency: str
    lines: tuple[LineFrame, ...]


class Frames:
    """The frames of one run; at most so many are kept at a time."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        # By identity where hashing is slow; what is kept holds those objects, so that an id stays its own.
        self._kept: dict[Any, tuple[Frame, object]] = {}

    def of(self, invoice: Invoice) -> Frame:
        """The invoice's frame."""
        currency, period = invoice.amount.currency, invoice.period
        key = (
            id(currency),
            id(period),
            invoice.issue_date,
            invoice.due_date,
            invoice.recorded_at,
            invoice.kind._value_,
            *[it for line in invoice.lines for it in (id(line.span), line.kind._value_)],
        )
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            held = (currency, period, [line.span for line in invoice.lines])
            kept = self._kept[key] = (_frame(invoice), held)
        return kept[0]


def _frame(invoice: Invoice) -> Frame:
    kind, period, code = invoice.kind._value_, invoice.period, str(to_plain(invoice.amount.currency))
    issued, recorded = invoice.issue_date.isoformat(), invoice.recorded_at.isoformat()
    return Frame(
        f'{{"due_date":{_text(invoice.due_date)},"invoice_id":',
        f',"issue_date":{_text(invoice.issue_date)},"kind":"{kind}","lease_id":',
        f'"period":{_text(period)},"portfolio_id":',
        f',"recorded_at":{_text(invoice.recorded_at)}',
        f"{kind}\t{period.start}\t{period.end}\t{issued}\t{invoice.due_date}\t{recorded}",
        f"{code}\t{issued}\t{recorded}",
        code,
        tuple([_line_frame(line) for line in invoice.lines]),
    )


def _line_frame(line: InvoiceLine) -> LineFrame:
    kind, span = line.kind._value_, line.span
    return LineFrame(
        f",{_text(line.amount.currency)}]",
        f',"kind":"{kind}","line_id":',
        f',"span":{_text(span)}}}',
        kind,
        f"{span.start}\t{span.end}",
    )


def _text(value: object) -> str:
    return canonical(to_plain(value))
