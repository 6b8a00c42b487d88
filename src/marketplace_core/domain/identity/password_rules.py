"""Which passwords are taken: long ones that nobody would try first. Nothing is asked of their signs."""

from __future__ import annotations

import unicodedata
from typing import Final

from marketplace_core.domain.identity.common_passwords import COMMON, COMMON_WORDS
from marketplace_core.errors import InvalidInput

SHORTEST: Final = 12
LONGEST: Final = 128
_FEWEST_OWN: Final = 4
_MOST_AROUND: Final = 6
_GOOD: Final = "take a few words that do not belong together"
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
)


def prepared_password(text: str) -> str:
    """The password in one spelling, so that two keyboards give the same one: NFKC; nothing is cut."""
    return unicodedata.normalize("NFKC", text)


def is_too_long(password: str) -> bool:
    """True where no user has such a password, so that hashing it would only cost time."""
    return len(prepared_password(password)) > LONGEST


def checked_password(text: str, *, email: str, name: str) -> str:
    """The prepared password; ``InvalidInput``, which never repeats it, where it is too short, too long or common.

    Common is: of the shipped list, one sign or group of signs again and again, a row of the keyboard or alphabet, a
    common word with digits or signs around it, or the user's own address or name with no more than four other signs.
    """
    password = prepared_password(text)
    if len(password) < SHORTEST:
        raise InvalidInput(f"a password has at least {SHORTEST} signs: {_GOOD}")
    if len(password) > LONGEST:
        raise InvalidInput(f"a password has at most {LONGEST} signs")
    folded = password.casefold()
    if folded in COMMON or _is_repeated(folded) or _is_row(folded) or _is_word(folded):
        raise InvalidInput(f"this password is among the first that are tried: {_GOOD}")
    if _is_of(folded, email, name):
        raise InvalidInput(f"this password is your own name or address: {_GOOD}")
    return password


def _is_repeated(text: str) -> bool:
    """True where it is a group of at most half its length, again and again."""
    sizes = range(1, len(text) // 2 + 1)
    return any(text == (text[:size] * len(text))[: len(text)] for size in sizes)


def _is_row(text: str) -> bool:
    return any(text in row * 3 or text in row[::-1] * 3 for row in _ROWS)


def _is_word(text: str) -> bool:
    """True for a common word, or two, with a few signs or a row of them around."""
    core = "".join(sign for sign in text if sign.isalpha())
    rest = "".join(sign for sign in text if not sign.isalpha())
    if not core or not (len(rest) <= _MOST_AROUND or _is_row(rest)):
        return False
    return any(core.startswith(word) and core[len(word) :] in COMMON_WORDS for word in COMMON_WORDS)


def _is_of(text: str, email: str, name: str) -> bool:
    local, _, domain = email.casefold().partition("@")
    folded = name.casefold()
    own = {email.casefold(), local, domain, folded, folded.replace(" ", ""), ".".join(folded.split())}
    return any(len(it) >= _FEWEST_OWN and it in text and len(text) - len(it) <= _FEWEST_OWN for it in own)
