"""Document numbers: one series a kind of document and portfolio, without gaps, never used again."""

from __future__ import annotations

from typing import Final

INVOICES: Final = "INV"
CREDIT_NOTES: Final = "CRN"
RECEIPTS: Final = "RCT"
OPENING: Final = "OPN"
OLD: Final = "OLD"
"""Numbers of an imported book: texts of the first system, kept as they were."""
OUR_SERIES: Final = frozenset({INVOICES, CREDIT_NOTES, RECEIPTS, OPENING})
"""The series whose numbers the store gives, one after another."""


def document_number(series: str, sequence: int) -> str:
    """The text of the n-th number of a series, such as ``INV-000042``."""
    return f"{series}-{sequence:06d}"


def is_of_series(number: str, series: str) -> bool:
    """True for a number that the series gives; an imported document keeps another text as its number."""
    sequence = sequence_of(number)
    return sequence is not None and document_number(series, sequence) == number


def sequence_of(number: str) -> int | None:
    """The n of a number that a series of ours gave, None for foreign texts."""
    _, _, digits = number.rpartition("-")
    return int(digits) if digits.isascii() and digits.isdigit() else None
