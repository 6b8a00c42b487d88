"""Reads the first system's folder of CSV files into rows of texts; what they mean is the core's."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from marketplace_adapters.statements.lines import DEFAULT_BOUNDS, Bounds, LineSource, cells_of, rows_of
from marketplace_core.domain.first_system.columns import FILES
from marketplace_core.domain.first_system.parsing import SourceFile
from marketplace_core.errors import InvalidInput, InvalidRow, NotFound


def read_first_system_folder(folder: Path, bounds: Bounds = DEFAULT_BOUNDS) -> dict[str, SourceFile]:
    """The CSV files of a folder by name without ``.csv``, ready for ``plan_import``.

    Files that the import does not know are handed on by name, unread, for the core to refuse. A line that is no
    row (another encoding, an open quote, too few cells) becomes a problem of its file.

    Raises:
        NotFound: no such folder.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is not a folder; give the folder that holds {FILES[0].file} and the others")
    known = {spec.name for spec in FILES}
    files: dict[str, SourceFile] = {}
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in known:
            files[path.stem] = SourceFile((), ())
            continue
        with path.open("rb") as content:
            files[path.stem] = read_source_file(content, path.name, bounds)
    return files


def read_source_file(content: BinaryIO, file: str, bounds: Bounds = DEFAULT_BOUNDS) -> SourceFile:
    """One file: the first line names the columns, separated by commas or semicolons."""
    source = LineSource(content, file, "utf-8", bounds)
    try:
        lines = iter(source)
        first = next(lines)
    except InvalidInput as error:
        return SourceFile((), (), (InvalidRow(file=file, line=1, column=None, reason=str(error)),))
    delimiter = max((",", ";"), key=first.text.count)
    header = tuple(name.strip().lower() for name in cells_of(first.text, delimiter) or ())
    if first.fault:
        return SourceFile((), (), (InvalidRow(file=file, line=1, column=None, reason=first.fault),))
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[InvalidRow] = []
    try:
        for line, cells, row_fault in rows_of(lines, delimiter, bounds):
            if not row_fault and not any(cell.strip() for cell in cells):
                continue
            fault = row_fault or _fault(cells, len(header))
            if fault:
                problems.append(InvalidRow(file=file, line=line, column=None, reason=fault))
            else:
                rows.append((line, dict(zip(header, cells, strict=False))))
    except InvalidInput as error:
        problems.append(InvalidRow(file=file, line=source.count, column=None, reason=str(error)))
    if source.unterminated:
        reason = "the last line has no line end: the file may be cut within it; add one if it is whole"
        problems.append(InvalidRow(file=file, line=source.count, column=None, reason=reason))
    return SourceFile(header, tuple(rows), tuple(problems))


def _fault(cells: list[str], width: int) -> str:
    if len(cells) < width:
        return f"has {len(cells)} of {width} columns; the line is cut or its separator is another"
    if any(cell.strip() for cell in cells[width:]):
        return f"has {len(cells)} columns, but the header {width}; put cells with separators in quotes"
    return ""
