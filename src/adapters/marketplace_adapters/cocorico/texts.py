"""Texts as the portal's columns can hold them: three bytes a character, so no emoji, and short titles."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_TITLE: Final = 50
LONGEST_TEXT_BYTES: Final = 65_535
_NOT_HELD: Final = re.compile("[\0\ud800-\udfff\U00010000-\U0010ffff]")
"""What takes four bytes, and what is no character. Asked of whole texts: character by character it cost a quarter
of a pass over listings that did not change, by its profile."""
_CUT: Final = "…"
_LONGEST_SLUG: Final = 200
_GLUE: Final = "[\u200d\ufe0f\ufe0e]"
"""They glue emoji together and say nothing alone."""


def held(text: str) -> str:
    """The text without characters that utf8mb3 cannot hold, and without the blanks that they leave behind.

    Letters in the styles of mathematics, which are such characters too, become plain ones. Text that it can hold stays
    as it is.
    """
    if _NOT_HELD.search(text) is None:
        return text
    plain = _NOT_HELD.sub(lambda it: unicodedata.normalize("NFKC", it[0]), text)
    marked = _NOT_HELD.sub("\0", plain)
    without = re.sub(f"{_GLUE}*\0(?:{_GLUE}|\0)*", "\0", marked)
    return re.sub(r" *\0 *\0* *", " ", without).strip(" ")


def told(text: str) -> str:
    """What somebody wrote there, without NUL, which no text of ours can hold and their forms let in."""
    return text.replace("\0", "")


def title_of(text: str) -> str:
    """The title at most 50 characters long: cut at a word, else in it, with a sign that it was cut."""
    kept = " ".join(held(text).split())
    if len(kept) <= LONGEST_TITLE:
        return kept
    room = kept[: LONGEST_TITLE - len(_CUT) + 1]
    at_word, blank, _rest = room.rpartition(" ")
    cut = at_word if blank and len(at_word) >= LONGEST_TITLE // 2 else room[:-1]
    return cut.rstrip(" ,;:-–—") + _CUT


def body_of(text: str) -> str:
    """A longer text, with line ends as PHP's forms have them read back, within 65,535 bytes."""
    kept = held(text.replace("\r\n", "\n").replace("\r", "\n"))
    raw = kept.encode()
    return kept if len(raw) <= LONGEST_TEXT_BYTES else raw[:LONGEST_TEXT_BYTES].decode(errors="ignore")


def short(text: str, most: int) -> str:
    """A name within that many characters."""
    return " ".join(held(text).split())[:most].rstrip()


def slug_of(text: str) -> str:
    """The text as a part of an address: small ASCII letters, digits and hyphens; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")


def listing_slug(title: str, external_id: str) -> str:
    """A listing's address: the portal finds it by the id at the end."""
    return f"{slug_of(title) or 'listing'}-{external_id}"
