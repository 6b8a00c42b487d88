"""Files that commands write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from marketplace_core.errors import InvalidInput


def save_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    save_pieces(path, [text])


def save_pieces(path: Path, pieces: Iterable[str]) -> None:
    """Write a text file piece by piece, whole or not at all: also what stops the pieces leaves nothing."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
        unfinished.replace(path)
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be written: {problem.strerror}") from problem
    finally:
        unfinished.unlink(missing_ok=True)
