"""The billing periods that a payer names, and the open invoices of them: JAN, Januari 2026, 11/2026, JAN-MAR.

Shared as code: deciding and checking read a text's months, and find their invoices, with these functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from attrs import frozen

from marketplace_core.domain.reconciliation.inputs import OpenInvoice

_NAMES: Final = {
    name: month
    for month, names in enumerate(
        (
            "JAN JANUARY JANUARI",
            "FEB FEBRUARY FEBRUARI",
            "MAR MARCH MACHI",
            "APR APRIL APRILI",
            "MAY MEI",
            "JUN JUNE JUNI",
            "JUL JULY JULAI",
            "AUG AUGUST AGOSTI AGO",
            "SEP SEPT SEPTEMBER SEPTEMBA",
            "OCT OCTOBER OKTOBA OKT",
            "NOV NOVEMBER NOVEMBA",
            "DEC DECEMBER DESEMBA DES",
        ),
        start=1,
    )
    for name in names.split()
}
_ONE: Final = "(" + "|".join(sorted(_NAMES, key=lambda name: (-len(name), name))) + r")"
_NAMED: Final = re.compile(
    rf"(?<![A-Z]){_ONE}(?![A-Z])"
    rf"(?:\s*(?:-|/|TO|HADI|MPAKA|THRU)\s*{_ONE}(?![A-Z]))?"
    r"(?:[\s/'.,-]*(20[0-9]{2}|[2-3][0-9])(?![0-9]))?"
)
_NUMBERED: Final = re.compile(
    r"(?<![0-9/.-])(?:(0?[1-9]|1[0-2])[/.-](20[0-9]{2})|(20[0-9]{2})[/.-](0?[1-9]|1[0-2]))(?![0-9/.-])"
)
MONTH_WORDS: Final = frozenset(_NAMES)
_BEGINNINGS: Final = frozenset(name[:3] for name in _NAMES)


@frozen
class NamedMonth:
    """A month that the payer wrote; ``year`` is 0 where none was written."""

    month: int
    year: int = 0

    def __str__(self) -> str:
        """As 2026-01, or --01 without a year."""
        return f"{self.year or '-'}-{self.month:02d}"


@lru_cache(maxsize=4096)
def named_months(text: str) -> tuple[NamedMonth, ...]:
    """The months a text names in English, Swahili or figures, in their order, each once.

    ``JAN``, ``Januari 2026``, ``NOV 26``, ``11/2026``, ``2026-11``, and a range ``JAN-MAR 2026`` with what is between.
    """
    plain = text.upper()
    found: list[tuple[int, NamedMonth]] = []
    for named in _NAMED.finditer(plain):
        year = int(named[3]) if named[3] else 0
        year += 2000 if 0 < year < 100 else 0  # noqa: PLR2004 - a year in two figures
        first = _NAMES[named[1]]
        last = _NAMES[named[2]] if named[2] else first
        between = [(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)]
        found.extend(
            (named.start(), NamedMonth(month, year - 1 if year and month > last else year)) for month in between
        )
    for numbered in _NUMBERED.finditer(plain):
        figures = (numbered[1], numbered[2]) if numbered[1] else (numbered[4], numbered[3])
        found.append((numbered.start(), NamedMonth(int(figures[0]), int(figures[1]))))
    return tuple(dict.fromkeys(month for _, month in sorted(found, key=lambda pair: pair[0])))


def is_month_text(text: str) -> bool:
    """True where capitals without signs say a month and no more, such as MAY or NOV2026."""
    return text[:3] in _BEGINNINGS and _NAMED.fullmatch(text) is not None


def is_named(period_start: date, months: tuple[NamedMonth, ...]) -> bool:
    """True for a period that starts in one of the months; a month without a year fits every year."""
    return any(period_start.month == named.month and named.year in (0, period_start.year) for named in months)


def invoices_of_months(
    invoices: Sequence[OpenInvoice], months: tuple[NamedMonth, ...], value_date: date
) -> list[OpenInvoice]:
    """The open invoices whose period starts in a named month, oldest due first.

    A month without a year means the one nearest to the value date among those open, the earlier of two as near.
    """
    found: list[OpenInvoice] = []
    for named in months:
        fitting = [one for one in invoices if is_named(one.period.start, (named,))]
        if not fitting:
            continue
        nearest = min((abs((one.period.start - value_date).days), one.period.start) for one in fitting)[1]
        found.extend(one for one in fitting if one.period.start.year == nearest.year)
    return sorted(dict.fromkeys(found), key=lambda one: one.order)
