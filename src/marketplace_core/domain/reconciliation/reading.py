"""What a payment's reference text may say: references, codes, invoice numbers, a name.

Shared as code: deciding and checking read references and numbers alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from marketplace_core.domain.payment import Payer
from marketplace_core.domain.reconciliation.months import MONTH_WORDS, is_month_text
from marketplace_core.domain.reconciliation.names import name_words
from marketplace_core.domain.reconciliation.phones import PhoneForm, hashed_phone, read_phone
from marketplace_core.domain.reference import BODY_LENGTH, normalise, parse_reference
from marketplace_core.errors import InvalidReference

REFERENCE_LENGTH: Final = BODY_LENGTH + 1
_TEXT_LENGTH: Final = 200
_WORDS_MOST: Final = 16
_JOINED_MOST: Final = 4
_WORD: Final = re.compile(r"[A-Z0-9]+")
_HOUSE_TEXT: Final = "HSE HOUSE UNIT ROOM RM NO NUMBER DOOR NYUMBA NAMBA SHOP DUKA FLAT APT CHUMBA"
_HOUSE: Final = frozenset(_HOUSE_TEXT.split())
_FILLER_TEXT: Final = """
RENT KODI PAYMENT PAY PAID FOR YA YANGU MALIPO LIPA AND NA DEPOSIT WATER MAJI BALANCE MONTH MONTHS MWEZI MIEZI
FROM TO HADI MPAKA THE OF INV INVOICE ACCOUNT ACC REF THANKS THANK YOU ASANTE PLEASE TAFADHALI MY OUR YETU KWA WA NI
TENANT MPANGAJI
"""
_FILLER: Final = _HOUSE | frozenset(_FILLER_TEXT.split())
_COUNTED: Final = MONTH_WORDS | frozenset(["MONTH", "MONTHS", "MTH", "MTHS", "MWEZI", "MIEZI"])
"""Words before which a number is a count or a day."""
_GLUED: Final = re.compile(r"(?:HSE|HOUSE|UNIT|ROOM|RM|DOOR|FLAT|APT|SHOP|RENT|KODI)(?=[A-Z]*[0-9])")
_NUMBER: Final = re.compile(r"([A-Z0-9]*[A-Z])?0*([0-9]+)")


@frozen
class Words:
    """A reference text in pieces.

    ``windows``: words and joins of up to four neighbours that may be a code or a number. ``words``: single words.
    ``name``: the words that may be a person's name, empty where there are fewer than two.
    """

    windows: tuple[str, ...]
    words: tuple[str, ...]
    name: str


def checked_reference(text: str) -> str:
    """The reference a text says if its check character is right, else empty."""
    if len(text) < REFERENCE_LENGTH:
        return ""
    try:
        return parse_reference(text)
    except InvalidReference:
        return ""


def invoice_number_key(number: str) -> str:
    """An invoice number for comparing: capitals, no signs, no zeros before the last figures: INV-0012 is INV 12."""
    plain = normalise(number)
    found = _NUMBER.fullmatch(plain)
    return f"{found[1] or ''}#{found[2]}" if found else plain


def read_words(text: str) -> Words:
    """The pieces of a reference text; only its first 200 signs and 16 words are read.

    Bare figures count as a code only where a word such as HOUSE stands before them, or where nothing else is said.
    A month is no code, and the number before a month (A1 2 MONTHS) is not joined to a code that has its figures.
    """
    words = _WORD.findall(text[:_TEXT_LENGTH].upper())[:_WORDS_MOST]
    telling = [word for word in words if word not in _FILLER and word not in MONTH_WORDS]
    alone = "".join(telling)
    windows = dict.fromkeys(window for window in _windows(words, alone) if not is_month_text(window))
    name = " ".join(word for word in telling if word.isalpha())
    return Words(tuple(windows), tuple(words), name if len(name_words(name)) > 1 else "")


def _windows(words: list[str], alone: str) -> Iterator[str]:
    for start in range(len(words)):
        joined = ""
        for place in range(start, min(start + _JOINED_MOST, len(words))):
            if _is_counted(words, place) and any(sign.isdigit() for sign in joined):
                break
            joined += words[place]
            if joined.isdigit():
                if joined == alone or (start and words[start - 1] in _HOUSE):
                    yield joined
                continue
            yield joined
            glued = _GLUED.match(joined)
            if glued:
                yield joined[glued.end() :]


def _is_counted(words: list[str], place: int) -> bool:
    return words[place].isdigit() and place + 1 < len(words) and words[place + 1] in _COUNTED


def alias_texts(payer: Payer, reference_text: str) -> dict[str, str]:
    """The signs of a payer that can be learned, by kind: a whole phone, a reference text of words, a name.

    A masked phone is nobody's alone, a single word is everybody's, and a reference is the lease's: none is learned.
    """
    found: dict[str, str] = {}
    phone = read_phone(payer.phone)
    if phone.form is PhoneForm.CLEAR:
        found["phone"] = hashed_phone(phone.text)
    elif phone.form is PhoneForm.HASHED:
        found["phone"] = phone.text
    words = [word for word in _WORD.findall(reference_text[:_TEXT_LENGTH].upper()) if word not in _FILLER]
    telling = [word for word in words if word not in MONTH_WORDS and word.isalpha()]
    if len(telling) > 1 and len(telling) == len([word for word in words if word not in MONTH_WORDS]):
        joined = " ".join(telling)
        if not checked_reference(joined):
            found["text"] = joined
    name = name_words(payer.name)
    if len(name) > 1:
        found["name"] = " ".join(name)
    return found
