"""Markers: how we know our own again in books that keep no idempotency keys."""

from __future__ import annotations

import re
from typing import Final

from marketplace_core.domain.identifiers import CreditId, derive_id
from marketplace_core.domain.outside_engine.records import AccountKey

_MARKER: Final = re.compile(r"\[(mk_[0-9a-f]{24})\]")
_MOST_WORDS: Final = 180
"""Words before a marker: engines cut descriptions, and the marker must never be cut."""
_PAYMENT_KEY_PARTS: Final = (3, 4)


def marker_of(key: AccountKey, kind: str, subject: str, turn: int = 0) -> str:
    """The marker of what is about ``subject``; ``turn`` counts what is done again after it was taken back.

    >>> from marketplace_core.domain.identifiers import LeaseId, PortfolioId
    >>> marker_of(AccountKey(PortfolioId("p"), LeaseId("l")), "charge", "inv_1")
    'mk_957fc9d952a432915020bb5d'
    """
    return derive_id("mk", str(key), kind, subject, *([str(turn)] if turn else []))


def marked(words: str, marker: str) -> str:
    """A description that carries a marker at its end, and no other: words may quote what carries one.

    >>> marked("Repair: by hand [mk_957fc9d952a432915020bb5d]", "mk_1234567890abcdef12345678")
    'Repair: by hand [mk_1234567890abcdef12345678]'
    """
    plain = _MARKER.sub("", words)[:_MOST_WORDS].strip()
    return f"{plain} [{marker}]".strip()


def marker_in(description: str) -> str:
    """The last marker in a description, empty where there is none."""
    found = _MARKER.findall(description)
    return str(found[-1]) if found else ""


def payment_key(credit_id: CreditId, their_invoice_id: str, turn: int = 0) -> str:
    """The key of one slice of a payment: a repeat is refused there. ``turn`` counts slices paid again after a refund.

    >>> payment_key(CreditId("crd_1"), "inv")
    'mp/crd_1/inv'
    """
    return payment_keys_of(credit_id) + their_invoice_id + (f"/{turn}" if turn else "")


def payment_keys_of(credit_id: CreditId) -> str:
    """How the keys of all slices of a credit begin."""
    return f"mp/{credit_id}/"


def credit_of_payment_key(key: str) -> CreditId | None:
    """The credit that a payment there stands for; None for a payment that was made there."""
    parts = key.split("/")
    return CreditId(parts[1]) if parts[0] == "mp" and len(parts) in _PAYMENT_KEY_PARTS else None
