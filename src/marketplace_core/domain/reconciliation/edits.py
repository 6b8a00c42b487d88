"""One edit: a sign changed, left out or put in, or two neighbours swapped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from marketplace_core.domain.reference import ALPHABET

_FOLDED: Final = str.maketrans("BGILOQSUZ", "8611005V2")


def fold(text: str) -> str:
    """Look-alike signs read as the one that references use: O as 0, S as 5."""
    return text.translate(_FOLDED)


def one_edit_apart(one: str, other: str) -> bool:
    """True where exactly one edit makes one text from the other; equal texts are not one edit apart."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    if one[start + 1 :] == other[start + 1 :]:
        return True
    return one[start] == other[start + 1] and one[start + 1] == other[start] and one[start + 2 :] == other[start + 2 :]


def one_edit_neighbours(text: str) -> Iterator[str]:
    """Every text of reference signs one edit away, some more than once: about 60 for each sign of the text."""
    for place in range(len(text)):
        head, sign, tail = text[:place], text[place], text[place + 1 :]
        yield head + tail
        if tail and sign != tail[0]:
            yield head + tail[0] + sign + tail[1:]
        for other in ALPHABET:
            if other != sign:
                yield head + other + tail
            yield head + other + sign + tail
    for other in ALPHABET:
        yield text + other
