"""Bytes to rows of cells: bounded, streaming, and a faulty line costs that line only."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from attrs import frozen

from marketplace_core.errors import InvalidInput

ENCODINGS: Final = ("utf-8", "latin-1", "cp1252")
"""Encodings that a profile may declare; UTF-16 needs no word, its byte-order mark tells it."""

_OTHER_FORMATS: Final = {
    b"PK\x03\x04": "an Excel workbook or ZIP archive",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"<": "HTML or XML",
}
_BLOCK_BYTES: Final = 1 << 16


@frozen
class Bounds:
    """How much a file may hold before it is refused, so that no input can fill the memory."""

    file_bytes: int = 256 * 1024 * 1024
    line_bytes: int = 64 * 1024
    preamble_lines: int = 60
    quoted_lines: int = 8


DEFAULT_BOUNDS: Final = Bounds()


class Line(NamedTuple):
    """One line without its end, 1-based as an editor counts; ``fault`` says why it has no text."""

    number: int
    text: str
    fault: str


class Row(NamedTuple):
    """The cells of one row and the line that it begins on; ``fault`` says why there are none."""

    line: int
    cells: list[str]
    fault: str


class LineSource:
    """The lines of a file, read once. ``unterminated`` is true when the last one had no line end."""

    def __init__(self, content: BinaryIO, file: str, encoding: str = "utf-8", bounds: Bounds = DEFAULT_BOUNDS) -> None:
        """Over content that has ``read`` and ``readline``; refuses encodings that are not on the list."""
        if encoding not in ENCODINGS:
            raise InvalidInput(f"encoding {encoding!r}: use one of {', '.join(ENCODINGS)}")
        self._content = content
        self._file = file
        self._encoding = encoding
        self._bounds = bounds
        self._bytes = 0
        self.unterminated = False
        self.count = 0

    def __iter__(self) -> Iterator[Line]:
        """Every line in order; ``InvalidInput`` where the file as a whole is another format or too large."""
        first = self._next()
        if not first:
            raise InvalidInput(f"{self._file} is empty")
        for mark, name in _OTHER_FORMATS.items():
            if first.startswith(mark):
                raise InvalidInput(f"{self._file} is {name}, not CSV; export the statement as CSV")
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return self._utf16_lines(first)
        return self._byte_lines(first.removeprefix(codecs.BOM_UTF8))

    def _next(self) -> bytes:
        raw = self._content.readline(self._bounds.line_bytes + 1)
        self._grow(len(raw))
        return raw

    def _grow(self, more: int) -> None:
        self._bytes += more
        if self._bytes > self._bounds.file_bytes:
            raise InvalidInput(
                f"{self._file} is larger than {self._bounds.file_bytes} bytes; export shorter stretches of time"
            )

    def _byte_lines(self, raw: bytes) -> Iterator[Line]:
        number, encoding, longest = 0, self._encoding, self._bounds.line_bytes
        while raw:
            number += 1
            self.count = number
            self.unterminated = not raw.endswith(b"\n")
            if len(raw) > longest:
                yield self._too_long(number, raw)
            else:
                try:
                    text = raw.decode(encoding).rstrip("\r\n")
                    yield Line(number, text, _NUL if "\0" in text else "")
                except UnicodeDecodeError as error:
                    yield Line(number, "", _undecodable(raw, error))
            raw = self._next()

    def _too_long(self, number: int, raw: bytes) -> Line:
        while raw and not raw.endswith(b"\n"):
            raw = self._next()
        self.unterminated = not raw
        return Line(number, "", f"longer than {self._bounds.line_bytes} bytes; a line end is missing")

    def _utf16_lines(self, first: bytes) -> Iterator[Line]:
        decoder = codecs.getincrementaldecoder("utf-16")("strict")
        number, pending, block, skipping = 0, "", first, False
        while True:
            try:
                pending += decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise InvalidInput(f"{self._file}, after line {number}: not whole UTF-16; the file is cut") from error
            *whole, pending = pending.split("\n")
            for text in whole:
                number += 1
                yield self._utf16_line(number, text, skipping=skipping)
                skipping = False
            if len(pending) > self._bounds.line_bytes:
                pending, skipping = "", True
            if not block:
                break
            block = self._content.read(_BLOCK_BYTES)
            self._grow(len(block))
        self.unterminated = bool(pending) or skipping
        if self.unterminated:
            yield self._utf16_line(number + 1, pending, skipping=skipping)

    def _utf16_line(self, number: int, text: str, *, skipping: bool) -> Line:
        self.count = number
        if skipping or len(text) > self._bounds.line_bytes:
            return Line(number, "", f"longer than {self._bounds.line_bytes} characters; a line end is missing")
        return Line(number, text.rstrip("\r"), _NUL if "\0" in text else "")


_NUL: Final = "has a NUL byte; if the whole file has them, it is UTF-16 without its mark: save it as UTF-8"


def _undecodable(raw: bytes, error: UnicodeDecodeError) -> str:
    return (
        f"byte 0x{raw[error.start]:02x} at position {error.start + 1} is not {error.encoding.upper()}; "
        "save the file as UTF-8, or declare its encoding"
    )


def cells_of(text: str, delimiter: str) -> list[str] | None:
    """The cells of a text, or None where its quotes do not close or stand in the wrong place."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        rows = list(csv.reader((text,), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def rows_of(lines: Iterator[Line], delimiter: str, bounds: Bounds = DEFAULT_BOUNDS) -> Iterator[Row]:
    """The rows of the lines; blank lines are no rows.

    A quoted cell may span a few lines. Where a quote never closes, only its own line is faulty: the lines that
    it would have swallowed are read again as rows of their own.
    """
    waiting: deque[Line] = deque()
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        number, text, fault = line
        if fault:
            yield Row(number, [], fault)
        elif '"' not in text:
            if text and not text.isspace():
                yield Row(number, text.split(delimiter), "")
        else:
            cells = cells_of(text, delimiter)
            yield Row(number, cells, "") if cells is not None else _spanning(line, lines, waiting, delimiter, bounds)


def _spanning(line: Line, lines: Iterator[Line], waiting: deque[Line], delimiter: str, bounds: Bounds) -> Row:
    """The row that begins on the line and goes on over the next ones; what it does not take waits again."""
    text = line.text
    for taken in range(1, bounds.quoted_lines):
        if len(waiting) < taken:
            further = next(lines, None)
            if further is None:
                break
            waiting.append(further)
        if waiting[taken - 1].fault:
            break
        text += "\n" + waiting[taken - 1].text
        cells = cells_of(text, delimiter)
        if cells is not None:
            for _ in range(taken):
                waiting.popleft()
            return Row(line.number, cells, "")
    return Row(line.number, [], "a quote opens and does not close where a cell ends; the line is cut or damaged")
