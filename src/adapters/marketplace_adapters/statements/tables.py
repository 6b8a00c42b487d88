"""The header of a statement: found by its columns, wherever the preamble ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from marketplace_adapters.statements.lines import Bounds, Line, cells_of
from marketplace_core.errors import InvalidInput

DELIMITERS: Final = (",", ";", "\t", "|")


def folded(name: str) -> str:
    """A column name as compared: letters and digits only, lower case."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


@frozen
class Column:
    """A column that is looked for by any of its names."""

    key: str
    names: tuple[str, ...]
    required: bool = True

    @property
    def title(self) -> str:
        """The name that messages give."""
        return self.names[0]


@frozen
class Header:
    """Where each column stands; ``preamble`` is the cells of the lines before, with their line numbers."""

    line: int
    delimiter: str
    width: int
    place_of_key: Mapping[str, int]
    title_of_key: Mapping[str, str]
    preamble: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def place(self, key: str) -> int:
        """The index of a column's cell, or -1 where the file does not have the column."""
        return self.place_of_key.get(key, -1)

    def fault(self, cells: Sequence[str]) -> str:
        """Why a row of so many cells cannot be taken, or an empty text."""
        if len(cells) < self.width:
            return f"has {len(cells)} of {self.width} columns; the line is cut or its separator is another"
        if any(cell.strip() for cell in cells[self.width :]):
            return f"has {len(cells)} columns, but the header {self.width}; a separator stands unquoted in a cell"
        return ""


def find_header(
    lines: Iterator[Line], columns: Sequence[Column], file: str, bounds: Bounds, delimiters: Sequence[str] = DELIMITERS
) -> Header:
    """The first line that has every required column; the lines up to it are consumed.

    Raises:
        InvalidInput: no such line among the first ones; the message names what the nearest one lacks.
    """
    preamble: list[tuple[int, tuple[str, ...]]] = []
    nearest: tuple[int, int, list[str]] = (0, 0, [column.title for column in columns if column.required])
    for line in lines:
        if line.fault:
            raise InvalidInput(f"{file}, line {line.number}: {line.fault}")
        for delimiter in delimiters:
            cells = cells_of(line.text, delimiter) or []
            names = [folded(cell) for cell in cells]
            missing = [column.title for column in columns if column.required and not _places(column, names)]
            if not missing:
                return _header(line, delimiter, cells, columns, file, tuple(preamble))
            found = sum(1 for column in columns if _places(column, names))
            if found > nearest[0]:
                nearest = (found, line.number, missing)
        preamble.append((line.number, tuple(cell.strip() for cell in _widest(line.text, delimiters))))
        if line.number >= bounds.preamble_lines:
            break
    wanted = ", ".join(repr(column.title) for column in columns if column.required)
    lacks = ", ".join(repr(title) for title in nearest[2])
    hint = f"line {nearest[1]} comes nearest, but lacks {lacks}" if nearest[0] else "no line has any of them"
    raise InvalidInput(f"{file}: no header line with the columns {wanted}; {hint}")


def _places(column: Column, names: Sequence[str]) -> list[int]:
    wanted = {folded(name) for name in column.names}
    return [index for index, name in enumerate(names) if name in wanted]


def _widest(text: str, delimiters: Sequence[str]) -> list[str]:
    return max((cells_of(text, delimiter) or [text] for delimiter in delimiters), key=len)


def _header(
    line: Line,
    delimiter: str,
    cells: Sequence[str],
    columns: Sequence[Column],
    file: str,
    preamble: tuple[tuple[int, tuple[str, ...]], ...],
) -> Header:
    names = [folded(cell) for cell in cells]
    place_of_key: dict[str, int] = {}
    for column in columns:
        places = _places(column, names)
        if len(places) > 1:
            raise InvalidInput(f"{file}, line {line.number}: the column {column.title!r} stands twice")
        if places:
            place_of_key[column.key] = places[0]
    width = max(index for index, name in enumerate(names) if name) + 1
    title_of_key = {key: cells[place].strip() for key, place in place_of_key.items()}
    return Header(line.number, delimiter, width, place_of_key, title_of_key, preamble)


def labelled(header: Header, labels: Sequence[str]) -> tuple[int, str] | None:
    """The line and value of a preamble entry such as ``Short Code:,600995``, or None."""
    wanted = {folded(label) for label in labels}
    for number, cells in header.preamble:
        label, _, rest = (cells[0] if cells else "").partition(":")
        if folded(label) in wanted:
            value = rest.strip() or next((cell for cell in cells[1:] if cell), "")
            return number, value
    return None
