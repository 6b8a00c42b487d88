"""What an M-Pesa row is about, told from its own words and never from a person's."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from marketplace_core.errors import InvalidInput


class RowKind(StrEnum):
    """What a completed row is; values beside ``payment`` are reasons to skip it."""

    PAYMENT = "payment"
    REVERSAL = "reversal"
    CHARGE = "charge"
    INTERNAL = "internal"
    OUTGOING = "outgoing"


_REVERSAL: Final = re.compile(r"\brevers", re.IGNORECASE)
_CHARGE: Final = re.compile(r"\b(charges?|fees?|tariff|excise|levy|commission)\b", re.IGNORECASE)
_INTERNAL: Final = re.compile(
    r"\b(settlement account|utility account|working account|mmf account|float|funds? movement|own account)",
    re.IGNORECASE,
)
_NOT_DONE: Final = frozenset(["failed", "cancelled", "canceled", "declined", "expired", "rejected", "pending"])
_ACCOUNT: Final = re.compile(
    r"\bAcc(?:ount)?\b\.?\s*(?:No\b\.?|Number\b)?\s*[:#-]?\s*(?P<text>\S.*)$", re.IGNORECASE | re.DOTALL
)
_ID: Final = re.compile(r"\b(?=[A-Z0-9]*[0-9])(?=[A-Z0-9]*[A-Z])[A-Z0-9]{10}\b")
_START_OF_NAMES: Final = re.compile(r" (?:from|to|by|acc\.?|-) ", re.IGNORECASE)
_LONGEST_HEAD: Final = 80


@lru_cache(maxsize=256)
def is_done(status: str) -> bool:
    """True for a completed row, False for one that moved nothing; other words are refused."""
    word = status.strip().lower()
    if word in ("completed", "complete", "success", "successful"):
        return True
    if word in _NOT_DONE:
        return False
    raise InvalidInput(f"status {status[:40]!r} is not known; expected Completed or Failed")


def kind_of(reason_type: str, details: str, *, coming_in: bool) -> RowKind:
    """What the row is, by its reason type and the fixed words that its details begin with.

    Names and account texts come after "from", "to", "by", "-" or "Acc." and are not looked at: a tenant may write
    "service charge" as the account.
    """
    return _kind_of_words(reason_type.strip()[:80], _head(details), coming_in)


def _head(details: str) -> str:
    found = _START_OF_NAMES.search(details, 1, _LONGEST_HEAD)
    return details[: found.start()] if found else details[:_LONGEST_HEAD]


@lru_cache(maxsize=4096)
def _kind_of_words(reason_type: str, head: str, coming_in: bool) -> RowKind:  # noqa: FBT001 - a cache keys by place
    words = f"{reason_type} | {head}"
    if _REVERSAL.search(words):
        return RowKind.REVERSAL
    if _CHARGE.search(words):
        return RowKind.CHARGE
    if _INTERNAL.search(words):
        return RowKind.INTERNAL
    return RowKind.PAYMENT if coming_in else RowKind.OUTGOING


def account_in_details(details: str) -> str:
    """The account text that ``… Acc. A12`` ends with, or an empty text: a till has none."""
    found = _ACCOUNT.search(details)
    return found["text"].strip() if found else ""


def original_in(linked: str, details: str, own_id: str) -> str:
    """The transaction that a reversal takes back: the linked id, else the one id in its details, else empty."""
    linked = linked.strip()
    if linked.isalnum() and linked.isascii() and linked.upper() != own_id.upper():
        return linked
    found = {text for text in _ID.findall(details) if text != own_id.upper()}
    return found.pop() if len(found) == 1 else ""
