"""Files that commands write."""

from __future__ import annotations

from pathlib import Path

from marketplace_core.errors import InvalidInput


def save_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, "utf-8")
        unfinished.replace(path)
    except OSError as problem:
        unfinished.unlink(missing_ok=True)
        raise InvalidInput(f"{path} cannot be written: {problem.strerror}") from problem
