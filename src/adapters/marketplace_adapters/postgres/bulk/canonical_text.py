"""The canonical JSON of an invoice, written straight from its fields; equal to ``canonical(to_plain(invoice))``."""

from __future__ import annotations

from json.encoder import encode_basestring

from marketplace_adapters.postgres.bulk.frames import Frame
from marketplace_core.domain.invoice import Invoice


def text_of(invoice: Invoice, frame: Frame, document_number: str | None = None) -> str:
    """The invoice, under a number if one is given, as one line of JSON: keys sorted, defaults left out."""
    quoted = encode_basestring
    lines: list[str] = []
    for line, around in zip(invoice.lines, frame.lines, strict=True):
        charge = f',"charge_id":{quoted(line.charge_id)}' if line.charge_id is not None else ""
        description = f',"description":{quoted(line.description)}' if line.description else ""
        lines.append(
            f'{{"amount":[{line.amount.amount_minor}{around.json_currency}{charge}{description}'
            f"{around.json_kind}{quoted(line.line_id)}{around.json_span}"
        )
    given = invoice.number if document_number is None else document_number
    number = f'"number":{quoted(given)},' if given else ""
    series = f',"series":{quoted(invoice.series)}' if invoice.series != "INV" else ""
    subject = f',"subject":{quoted(invoice.subject)}' if invoice.subject else ""
    return (
        f"{frame.json_due}{quoted(invoice.invoice_id)}{frame.json_issue}{quoted(invoice.lease_id)}"
        f',"lines":[{",".join(lines)}],{number}'
        f"{frame.json_period}{quoted(invoice.portfolio_id)}{frame.json_recorded}{series}{subject}}}"
    )
