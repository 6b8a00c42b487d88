"""CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def cell(text: object) -> str:
    """A CSV cell that no spreadsheet takes for a formula; amounts below zero stay numbers."""
    shown = "".join(sign if sign.isprintable() or sign == "\t" else " " for sign in str(text))
    if shown.startswith(("=", "+", "-", "@", "\t")) and not _is_number(shown):
        return "'" + shown
    return shown


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV, every cell safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell(title) for title in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()
