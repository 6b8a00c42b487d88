"""One edit: a sign changed, left out or put in, or two neighbours swapped.

A near reference is found by its neighbours and checked by comparing, two ways that a test holds to each other; in names
deciding and checking compare alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from marketplace_core.domain.reference import ALPHABET


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


def one_edit_neighbours(text: str, length: int) -> Iterator[str]:
    """Every text of so many reference signs one edit away, some more than once: at most 27 for each sign."""
    if length == len(text) - 1:
        yield from (text[:place] + text[place + 1 :] for place in range(len(text)))
    elif length == len(text) + 1:
        for place in range(length):
            head, tail = text[:place], text[place:]
            yield from (head + other + tail for other in ALPHABET)
    elif length == len(text):
        for place in range(length):
            head, sign, tail = text[:place], text[place], text[place + 1 :]
            yield from (head + other + tail for other in ALPHABET if other != sign)
            if tail and sign != tail[0]:
                yield head + tail[0] + sign + tail[1:]
