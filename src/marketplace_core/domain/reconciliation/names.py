"""Whether two names may be of one person: order-free, initials, honorifics, Swahili and English forms.

Shared as code: deciding and checking compare names by this one test.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final

from marketplace_core.domain.reconciliation.edits import one_edit_apart

_APOSTROPHES: Final = re.compile("['`\u00b4\u2019\u02bc]")
_WORDS: Final = re.compile(r"[A-Z]+")
_SPELLED_LENGTH: Final = 5
_WHOLE: Final = 2
"""Fewest words that make a name tell anything."""

_HONORIFICS_TEXT: Final = """
MR MRS MS MISS MISTER MADAM MADAME BW BWANA BI BIBI MWL MWALIMU DR DKT DAKTARI ENG MHANDISI MHE PROF HON
PASTOR PST REV FR CAPT MZEE
"""
HONORIFICS: Final = frozenset(_HONORIFICS_TEXT.split())

_FORMS: Final = """
JOSEPH YUSUF YUSUFU YOSEF YOSEFU JOSEF
MARY MARIA MARIAM MARIAMU
MIRIAM MIRIAMU
JOHN YOHANA JOHANA
PETER PETRO
PAUL PAULO
JAMES YAKOBO JAKOBO
MICHAEL MIKAELI MAIKO
DAVID DAUDI
SAMUEL SAMWEL SAMUELI SAMWELI
DANIEL DANIELI
ELIZABETH ELISABETH ELIZABETI
STEPHEN STEVEN STEFANO STEPHANO
GEORGE JOJI
MARTHA MARTA
SARAH SARA
ESTHER ESTA ESTHA ESTER
ABRAHAM IBRAHIM ABRAHAMU IBRAHIMU
ISAAC ISAKA ISACK ISAAK
ISHMAEL ISMAIL
MOSES MUSA
SOLOMON SULEIMAN SELEMANI SULEMAN
MATTHEW MATHEW MATAYO
MARK MARKO
LUKE LUKA
ANDREW ANDREA
PHILIP PHILLIP FILIPO
THOMAS TOMASI
SIMON SIMONI
ANNE ANN ANNA ANA
HANNAH HANA
CATHERINE KATHERINE KATARINA CATHRINE
MARGARET MARGRET MAGRET
RACHEL RAHELI RAEL
REBECCA REBEKA
GABRIEL GABRIELI
MOHAMED MOHAMMED MUHAMMAD MOHAMMAD MUHAMED MOHAMUD
HASSAN HASAN
HUSSEIN HUSEIN HUSSAIN
FATUMA FATMA FATIMA
ALI ALLY
OMAR OMARI
ABDALLA ABDALLAH ABDULLAH ABDULLAHI
FRANCIS FRANSISKO
LAWRENCE LAURENCE
GEOFFREY JEFFREY
VERONICA VERONIKA
NICHOLAS NICOLAS
ZACHARIAH ZAKARIA ZECHARIAH
EMMANUEL EMANUEL IMANUELI
JOSHUA YOSHUA
ELIJAH ELIYA
JEREMIAH YEREMIA
"""
"""Spellings and forms of one name. English names of one root that live side by side (Mary and Miriam, James and Jacob,
Ann and Hannah) are names of different people."""
_CANONICAL: Final = {form: line.split()[0] for line in _FORMS.splitlines() if line for form in line.split()}


class NameGrade(StrEnum):
    """How well two names agree."""

    FULL = "full"
    CLOSE = "close"
    PARTIAL = "partial"


@lru_cache(maxsize=65536)
def name_words(text: str) -> tuple[str, ...]:
    """The words of a name in a canonical form, sorted: no accents, no honorifics, English forms for Swahili ones.

    An initial stays one letter. A word that comes twice counts once.
    """
    plain = text.upper()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in _APOSTROPHES.sub("", plain) if not unicodedata.combining(sign))
    elif "'" in plain or "`" in plain:
        plain = _APOSTROPHES.sub("", plain)
    words: list[str] = _WORDS.findall(plain)
    return tuple(sorted({_CANONICAL.get(word, word) for word in words if word not in HONORIFICS}))


def compare_names(seen: str, known: str) -> NameGrade | None:
    """How well two names agree, or None where they tell nothing.

    Full: every word of the shorter name, two at least, stands in the other. Close: the same, where words may be
    initials or (from 5 letters) one edit apart, and one word of three letters or more is equal. Partial: two words
    are equal and others differ on both sides.
    """
    return compare_name_words(name_words(seen), name_words(known))


def compare_name_words(seen: tuple[str, ...], known: tuple[str, ...]) -> NameGrade | None:
    """The same test for words that are read already."""
    short, long = (seen, known) if len(seen) <= len(known) else (known, seen)
    if len(short) < _WHOLE:
        return None
    equal = [word for word in short if word in long and len(word) > 1]
    if len(equal) == len(short):
        return NameGrade.FULL
    if not equal:
        return None
    left_short = [word for word in short if word not in equal]
    left_long = [word for word in long if word not in equal]
    if any(len(word) > _WHOLE for word in equal) and _all_stand_for(left_short, left_long):
        return NameGrade.CLOSE
    return NameGrade.PARTIAL if len(equal) >= _WHOLE else None


def _all_stand_for(short: list[str], long: list[str]) -> bool:
    """True where each word has another word of its own that it abbreviates or nearly spells."""
    if not short:
        return True
    word, rest = short[0], short[1:]
    return any(
        _stands_for(word, other) and _all_stand_for(rest, long[:place] + long[place + 1 :])
        for place, other in enumerate(long)
    )


def _stands_for(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return min(len(one), len(other)) >= _SPELLED_LENGTH and one_edit_apart(one, other)
