"""E-mail addresses as logins: one spelling each, and a shape that mail can be sent to."""

from __future__ import annotations

import unicodedata
from typing import Final

from marketplace_core.errors import InvalidInput

_LONGEST: Final = 254
_LONGEST_LOCAL: Final = 64
_LONGEST_LABEL: Final = 63
_LOCAL_SIGNS: Final = frozenset("!#$%&'*+-/=?^_`{|}~.")


def normalised_email(text: str) -> str:
    """The address in the one spelling that logins are compared by: NFKC, small letters.

    ``InvalidInput`` where it cannot be one: no or two ``@``, spaces, signs that steer, a domain without a dot.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())
    local, at, domain = folded.partition("@")
    if not at or len(folded) > _LONGEST or not _is_local(local) or not _is_domain(domain):
        raise InvalidInput("this is no e-mail address: write it such as name@example.org")
    return folded


def _is_local(text: str) -> bool:
    return (
        0 < len(text) <= _LONGEST_LOCAL
        and all(sign.isalnum() or sign in _LOCAL_SIGNS for sign in text)
        and not text.startswith(".")
        and not text.endswith(".")
        and ".." not in text
    )


def _is_domain(text: str) -> bool:
    labels = text.split(".")
    return len(labels) > 1 and all(
        0 < len(label) <= _LONGEST_LABEL
        and all(sign.isalnum() or sign == "-" for sign in label)
        and not label.startswith("-")
        and not label.endswith("-")
        for label in labels
    )
