"""Payment references: short, ASCII, case-blind, without look-alikes, with a check character."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b
from typing import Final

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.errors import InvalidReference

ALPHABET: Final = "0123456789ACDEFHJKMNPRTVWXY"
"""27 signs: no B/8, G/6, I/L/1, O/Q/0, S/5, U/V or Z/2 look-alikes beside the sign kept."""

BODY_LENGTH: Final = 6
_VALUE: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_MODULUS: Final = 29
"""A prime above the alphabet's size; bodies whose check value is 27 or 28 are never issued."""

LOOK_ALIKES: Final = {"B": "8", "G": "6", "I": "1", "L": "1", "O": "0", "Q": "0", "S": "5", "U": "V", "Z": "2"}
"""Letters that no reference has, each with the sign that is used in its place."""
_FOLDED: Final = str.maketrans(LOOK_ALIKES)


def fold(text: str) -> str:
    """Look-alike signs read as the one that references use: O as 0, S as 5."""
    return text.translate(_FOLDED)


def normalise(text: str) -> str:
    """What is left of a text for comparing: NFKC, capitals, ASCII letters and digits only.

    Other scripts' letters and digits are not guessed at: a text that has one gives an empty string.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    if not folded.isascii() and any(sign.isalnum() and not sign.isascii() for sign in folded):
        return ""
    return "".join(sign for sign in folded if sign.isascii() and sign.isalnum())


def check_character(body: str) -> str | None:
    """The check character of a body, or None where the body is not issued (its check value has no sign).

    The weighted sum modulo the prime 29 finds every single wrong character and every swap of two neighbours.
    """
    total = 0
    for weight, sign in enumerate(reversed(body), start=2):
        total += weight * _VALUE[sign]
    value = -total % _MODULUS
    return ALPHABET[value] if value < len(ALPHABET) else None


def issue_reference(portfolio_id: PortfolioId, lease_id: LeaseId, attempt: int = 0) -> str:
    """A lease's reference, seven characters; the same lease and attempt always give the same one.

    ``attempt`` is raised by the caller when the collection account already has that reference.
    """
    salt = 0
    while True:
        digest = blake2b(f"{portfolio_id}\x1f{lease_id}\x1f{attempt}\x1f{salt}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big")
        body = ""
        for _ in range(BODY_LENGTH):
            number, rest = divmod(number, len(ALPHABET))
            body += ALPHABET[rest]
        check = check_character(body)
        if check is not None and not body.isdigit():
            return body + check
        salt += 1


def parse_reference(text: str) -> str:
    """The reference that a person's text says, if its check character is right.

    Blind to case, spaces and dashes; look-alikes are read as the sign that is used. Else ``InvalidReference``.
    """
    found = fold(normalise(text))
    if len(found) != BODY_LENGTH + 1 or any(sign not in _VALUE for sign in found):
        raise InvalidReference(f"{text[:40]!r} is not a payment reference of {BODY_LENGTH + 1} letters and digits")
    if check_character(found[:-1]) != found[-1]:
        raise InvalidReference(
            f"{text[:40]!r}: the check character does not fit; ask the payer for the reference again"
        )
    if found[:-1].isdigit():
        raise InvalidReference(f"{text[:40]!r}: a payment reference has a letter, so that no phone or account is one")
    return found


def is_reference(text: str) -> bool:
    """True when the text is a reference with a right check character."""
    try:
        parse_reference(text)
    except InvalidReference:
        return False
    return True
