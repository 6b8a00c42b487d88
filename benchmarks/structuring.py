"""Bytes of JSON → domain objects: what the event log, replays and files take, beside pydantic, cattrs and msgspec."""

# Strictly, the checkers would ask for the types of peers that need not be installed where they run.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, NotRequired

import msgspec
from cattrs import Converter
from pydantic import BaseModel, ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

from benchmarks.measure import Measured, Ratio, Report, Scale, medians_in_turn
from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.codec import canonical, from_plain, from_text, to_plain
from marketplace_core.domain.days import DateSpan, calendar_month
from marketplace_core.domain.identifiers import ChargeId, InvoiceId, LeaseId, LineId, PortfolioId
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from marketplace_core.domain.money import KES, Currency, Money

LINES = 5
OURS, PYDANTIC = "ours: codec.from_text", "pydantic v2 → domain objects"
DICTS = "pydantic v2 with typed dicts → domain objects"


def run(scale: Scale) -> list[Report]:
    """Five-line invoices from bytes; every way ends in equal, validated domain objects unless its name says not."""
    report = Report("Structuring: JSON bytes → invoices of five lines")
    ways = _ways()
    for size in [size for size in scale.sizes if size <= scale.slow_peers]:
        texts = [canonical(to_plain(_invoice(index))).encode() for index in range(size)]
        expected = _invoice(size - 1)
        for name, convert in ways.items():
            if "models only" not in name and convert(texts[-1]) != expected:
                message = f"{name} does not give the invoice back"
                raise AssertionError(message)
        works: dict[str, Callable[[], object]] = {name: partial(_all, convert, texts) for name, convert in ways.items()}
        runs = 2 * scale.runs + 1
        for name, seconds in medians_in_turn(works, runs).items():
            report.add(Measured(name, size, seconds, size, runs))
    _ratios(report, scale.binding)
    report.notes.append(
        "all check types and refuse unknown keys; spans, sums and dates are checked by the domain, once for each value"
    )
    report.notes.append("models only: what the library gives before any domain object is made; told, no limit")
    return [report]


def _all(convert: Callable[[bytes], object], texts: Sequence[bytes]) -> None:
    for text in texts:
        convert(text)


def _ratios(report: Report, size: int) -> None:
    found = {name: it.seconds for name in _ways() if (it := report.find(name, size))}
    for mine, peer, limit in (
        (OURS, PYDANTIC, 1.5),
        ("ours: codec.from_plain", PYDANTIC, 1.0),
        (OURS, DICTS, None),
        (OURS, "cattrs, as it comes", None),
        (OURS, "pydantic v2, models only", None),
        (OURS, "msgspec → domain objects", None),
    ):
        value = found[peer] / found[mine]
        report.ratios.append(Ratio(f"{mine}, speed over {peer}", size, value, limit, at_least=True))


def _invoice(index: int) -> Invoice:
    invoice_id, month = InvoiceId(f"inv_{index:024x}"), calendar_month(2026, 1 + index % 12)
    kinds = list(ChargeKind)
    lines = tuple(
        InvoiceLine(
            LineId(f"{invoice_id}.{line}"),
            kinds[line],
            Money(100_000 + index + line, KES),
            month,
            ChargeId(f"chg_{index}_{line}"),
            f"Charge {line} of the month",
        )
        for line in range(LINES)
    )
    return Invoice(
        invoice_id,
        PortfolioId("portfolio-1"),
        LeaseId(f"lease-{index}"),
        InvoiceKind.RECURRING,
        month,
        month.start,
        month.start.replace(day=5),
        datetime(2026, 11, 1, tzinfo=UTC),
        lines,
        number=f"INV-{index:06d}",
    )


class _PydanticSpan(BaseModel):
    model_config = ConfigDict(extra="forbid")
    start: date
    end: date


class _PydanticLine(BaseModel):
    model_config = ConfigDict(extra="forbid")
    line_id: str
    kind: ChargeKind
    amount: tuple[int, str]
    span: _PydanticSpan
    charge_id: str | None = None
    description: str = ""


class _PydanticInvoice(BaseModel):
    model_config = ConfigDict(extra="forbid")
    invoice_id: str
    portfolio_id: str
    lease_id: str
    kind: InvoiceKind
    period: _PydanticSpan
    issue_date: date
    due_date: date
    recorded_at: datetime
    lines: list[_PydanticLine]
    subject: str = ""
    series: str = "INV"
    number: str = ""


@with_config(extra="forbid")
class _SpanDict(TypedDict):
    start: date
    end: date


@with_config(extra="forbid")
class _LineDict(TypedDict):
    line_id: str
    kind: ChargeKind
    amount: tuple[int, str]
    span: _SpanDict
    charge_id: NotRequired[str | None]
    description: NotRequired[str]


@with_config(extra="forbid")
class _InvoiceDict(TypedDict):
    invoice_id: str
    portfolio_id: str
    lease_id: str
    kind: InvoiceKind
    period: _SpanDict
    issue_date: date
    due_date: date
    recorded_at: datetime
    lines: list[_LineDict]
    subject: NotRequired[str]
    series: NotRequired[str]
    number: NotRequired[str]


_Struct: Any = msgspec.defstruct("_Struct", [], forbid_unknown_fields=True)
"""Its option goes down to what is made of it; made by a call, since a checker without msgspec refuses the keyword."""


class _StructSpan(_Struct):
    start: date
    end: date


class _StructLine(_Struct):
    line_id: str
    kind: ChargeKind
    amount: tuple[int, str]
    span: _StructSpan
    charge_id: str | None = None
    description: str = ""


class _StructInvoice(_Struct):
    invoice_id: str
    portfolio_id: str
    lease_id: str
    kind: InvoiceKind
    period: _StructSpan
    issue_date: date
    due_date: date
    recorded_at: datetime
    lines: list[_StructLine]
    subject: str = ""
    series: str = "INV"
    number: str = ""


def _to_domain(body: Any) -> Invoice:  # noqa: ANN401 - a model of either peer, of the same fields
    lines = tuple(
        InvoiceLine(
            line.line_id,
            line.kind,
            Money(line.amount[0], Currency.of(line.amount[1])),
            DateSpan(line.span.start, line.span.end),
            line.charge_id,
            line.description,
        )
        for line in body.lines
    )
    return Invoice(
        body.invoice_id,
        body.portfolio_id,
        body.lease_id,
        body.kind,
        DateSpan(body.period.start, body.period.end),
        body.issue_date,
        body.due_date,
        body.recorded_at,
        lines,
        body.subject,
        body.series,
        body.number,
    )


def _of_dicts(body: Any) -> Invoice:  # noqa: ANN401 - what the peer makes of a typed dict
    lines = tuple(
        InvoiceLine(
            line["line_id"],
            line["kind"],
            Money(line["amount"][0], Currency.of(line["amount"][1])),
            DateSpan(line["span"]["start"], line["span"]["end"]),
            line.get("charge_id"),
            line.get("description", ""),
        )
        for line in body["lines"]
    )
    return Invoice(
        body["invoice_id"],
        body["portfolio_id"],
        body["lease_id"],
        body["kind"],
        DateSpan(body["period"]["start"], body["period"]["end"]),
        body["issue_date"],
        body["due_date"],
        body["recorded_at"],
        lines,
        body.get("subject", ""),
        body.get("series", "INV"),
        body.get("number", ""),
    )


def _plain_cattrs() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    converter.register_structure_hook(Money, lambda pair, _: Money(pair[0], Currency.of(pair[1])))
    return converter


def _ways() -> dict[str, Callable[[bytes], object]]:
    decoder, dicts, cattrs = msgspec.json.Decoder(_StructInvoice), TypeAdapter(_InvoiceDict), _plain_cattrs()
    return {
        OURS: lambda text: from_text(text, Invoice),
        "ours: codec.from_plain": lambda text: from_plain(json.loads(text), Invoice),
        "cattrs, as it comes": lambda text: cattrs.structure(json.loads(text), Invoice),
        PYDANTIC: lambda text: _to_domain(_PydanticInvoice.model_validate_json(text)),
        DICTS: lambda text: _of_dicts(dicts.validate_json(text)),
        "pydantic v2, models only": _PydanticInvoice.model_validate_json,
        "msgspec → domain objects": lambda text: _to_domain(decoder.decode(text)),
        "msgspec structs, models only": decoder.decode,
    }
