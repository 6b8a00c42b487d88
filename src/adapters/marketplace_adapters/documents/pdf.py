"""The documents' port by Typst: our templates, its own fonts, and values that are only ever data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Final

import typst
from typing_extensions import override

from marketplace_core.domain.money import Money
from marketplace_core.domain.papers import ReceiptPaper, StatementPaper
from marketplace_core.ports.documents import Documents

ARCHIVED: Final = "a-2b"
"""PDF/A-2b: a file that can be read for decades; it needs a glyph for every character."""

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class TypstDocuments(Documents):
    """PDF/A-2b, or plain PDF where a name has a character that the fonts lack.

    A paper is handed to its template as JSON that the template reads; no value is ever part of the markup.
    """

    @override
    def receipt(self, paper: ReceiptPaper) -> bytes:
        return _compiled(
            "receipt.typ",
            paper.issued_on,
            {
                "portfolio": paper.portfolio_name,
                "number": paper.number,
                "day": _day(paper.issued_on),
                "payer": paper.payer_name,
                "units": ", ".join(paper.unit_codes),
                "amount": str(paper.amount),
                "method": paper.method,
                "transaction": paper.transaction_id,
                "paid": [[it.number, str(it.amount)] for it in paper.paid],
                "unapplied": str(paper.unapplied) if paper.unapplied else "",
                "void": _void(paper),
                **_balance(paper.balance),
            },
        )

    @override
    def statement(self, paper: StatementPaper) -> bytes:
        told = paper.statement
        charged = sum(it.amount.amount_minor for it in told.lines if it.amount.is_positive)
        credited = sum(-it.amount.amount_minor for it in told.lines if not it.amount.is_positive)
        currency = told.opening.currency
        return _compiled(
            "statement.typ",
            paper.made_on,
            {
                "portfolio": paper.portfolio_name,
                "tenants": ", ".join(paper.tenant_names),
                "unit": paper.unit_code,
                "reference": paper.reference,
                "made_on": _day(paper.made_on),
                "from": _day(told.span.start),
                "until": _day(told.span.last_day),
                "currency": currency.code,
                "opening": told.opening.plain(grouped=True),
                "lines": [
                    [
                        _day(it.on),
                        it.text,
                        it.document,
                        it.amount.plain(grouped=True) if it.amount.is_positive else "",
                        "" if it.amount.is_positive else (-it.amount).plain(grouped=True),
                        it.balance.plain(grouped=True),
                    ]
                    for it in told.lines
                ],
                "charged": Money(charged, currency).plain(grouped=True),
                "credited": Money(credited, currency).plain(grouped=True),
                "closing": told.closing.plain(grouped=True),
                **_balance(told.closing),
            },
        )


def _void(paper: ReceiptPaper) -> str:
    if paper.reversed_on:
        return f"No longer counts: the payment was taken back on {_day(paper.reversed_on)}."
    return "No longer counts: the payment was given otherwise later." if paper.is_undone else ""


def _balance(balance: Money) -> dict[str, str]:
    owed = not balance or balance.is_positive
    return {"balance_says": "owed" if owed else "in credit", "balance": str(balance if owed else -balance)}


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _compiled(template: str, day: date, values: Mapping[str, object]) -> bytes:
    markup, given = _template(template), {"paper": json.dumps(values)}
    compiler = typst.Compiler(font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=given)
    moment = int(datetime.combine(day, time(), UTC).timestamp())
    try:
        made = compiler.compile(markup, format="pdf", pdf_standards=ARCHIVED, timestamp=moment)
    except typst.TypstError:
        made = compiler.compile(markup, format="pdf", timestamp=moment)
    assert isinstance(made, bytes)  # noqa: S101 - a PDF is one file
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


@cache
def _template(name: str) -> bytes:
    return (files("marketplace_adapters.documents") / "templates" / name).read_bytes()
