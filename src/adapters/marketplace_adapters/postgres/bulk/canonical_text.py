"""The canonical JSON of an invoice, written straight from its fields; equal to ``canonical(to_plain(invoice))``."""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Any, Final

from marketplace_core.domain.codec import canonical, to_plain
from marketplace_core.domain.invoice import Invoice, InvoiceLine
from marketplace_core.domain.money import Currency

_KEPT_AT_MOST: Final = 50_000


class InvoiceText:
    """Writes invoices of one run: what repeats among them (currency, instant, days) is written once and kept."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._days: dict[object, str] = {}
        self._spans: dict[int, tuple[object, str]] = {}
        self._currencies: dict[int, tuple[Currency, str]] = {}

    def of(self, invoice: Invoice, document_number: str | None = None) -> str:
        """The invoice, under a number if one is given, as one line of JSON: keys sorted, defaults left out."""
        lines = ",".join([self._line(line) for line in invoice.lines])
        quoted = encode_basestring
        given = invoice.number if document_number is None else document_number
        number = f'"number":{quoted(given)},' if given else ""
        series = f',"series":{quoted(invoice.series)}' if invoice.series != "INV" else ""
        subject = f',"subject":{quoted(invoice.subject)}' if invoice.subject else ""
        return (
            f'{{"due_date":{self._day(invoice.due_date)},"invoice_id":{quoted(invoice.invoice_id)},'
            f'"issue_date":{self._day(invoice.issue_date)},"kind":"{invoice.kind._value_}",'
            f'"lease_id":{quoted(invoice.lease_id)},"lines":[{lines}],{number}"period":{self._span(invoice.period)},'
            f'"portfolio_id":{quoted(invoice.portfolio_id)},"recorded_at":{self._day(invoice.recorded_at)}'
            f"{series}{subject}}}"
        )

    def _line(self, line: InvoiceLine) -> str:
        quoted = encode_basestring
        amount = line.amount
        charge = f',"charge_id":{quoted(line.charge_id)}' if line.charge_id is not None else ""
        description = f',"description":{quoted(line.description)}' if line.description else ""
        return (
            f'{{"amount":[{amount.amount_minor},{self._currency(amount.currency)}]{charge}{description},'
            f'"kind":"{line.kind._value_}","line_id":{quoted(line.line_id)},"span":{self._span(line.span)}}}'
        )

    def _day(self, day: object) -> str:
        text = self._days.get(day)
        if text is None:
            _bounded(self._days)
            text = self._days[day] = canonical(to_plain(day))
        return text

    def _span(self, span: object) -> str:
        """A span's text, kept with the span itself so that its id stays its own."""
        kept = self._spans.get(id(span))
        if kept is None:
            _bounded(self._spans)
            kept = self._spans[id(span)] = (span, canonical(to_plain(span)))
        return kept[1]

    def _currency(self, currency: Currency) -> str:
        kept = self._currencies.get(id(currency))
        if kept is None:
            _bounded(self._currencies)
            kept = self._currencies[id(currency)] = (currency, canonical(to_plain(currency)))
        return kept[1]


def _bounded(kept: dict[Any, Any]) -> None:
    """Forget what is kept before it grows without end."""
    if len(kept) >= _KEPT_AT_MOST:
        kept.clear()
