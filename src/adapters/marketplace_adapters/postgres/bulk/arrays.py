"""Texts as the literal of an array: quotes and backslashes are looked for once in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_BETWEEN: Final = '","'
_SPECIAL: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


def array_of(texts: Sequence[str]) -> str:
    """The texts as PostgreSQL reads an array of them, for a parameter that is cast to its type."""
    if not texts:
        return "{}"
    joined = _BETWEEN.join(texts)
    if "\\" in joined or joined.count('"') != 2 * (len(texts) - 1):
        joined = _BETWEEN.join([text.translate(_SPECIAL) for text in texts])
    return f'{{"{joined}"}}'
