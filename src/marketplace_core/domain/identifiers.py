"""Ids: typed texts that come with a command or derive from what they name, so that a replay gives them again."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, NewType

from marketplace_core.errors import InvalidInput

PortfolioId = NewType("PortfolioId", str)
PropertyId = NewType("PropertyId", str)
UnitId = NewType("UnitId", str)
PersonId = NewType("PersonId", str)
LeaseId = NewType("LeaseId", str)
ChargeId = NewType("ChargeId", str)
InvoiceId = NewType("InvoiceId", str)
LineId = NewType("LineId", str)
CreditNoteId = NewType("CreditNoteId", str)
CreditId = NewType("CreditId", str)
CollectionAccountId = NewType("CollectionAccountId", str)
PaymentId = NewType("PaymentId", str)
ReportId = NewType("ReportId", str)
MatchId = NewType("MatchId", str)
AllocationId = NewType("AllocationId", str)
ReceiptId = NewType("ReceiptId", str)
DepositEntryId = NewType("DepositEntryId", str)
PostingId = NewType("PostingId", str)
CommandId = NewType("CommandId", str)
UserId = NewType("UserId", str)
ClientId = NewType("ClientId", str)
TicketId = NewType("TicketId", str)
TicketCommentId = NewType("TicketCommentId", str)
ListingId = NewType("ListingId", str)
InquiryId = NewType("InquiryId", str)
ApplicationId = NewType("ApplicationId", str)

_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def derive_id(prefix: str, *parts: str) -> str:
    """An id that depends on nothing but its parts: ``inv_`` and 24 hexadecimal digits.

    Parts are joined with an unprintable separator, so ("a", "bc") and ("ab", "c") differ.
    96 bits: at a billion ids the chance of any clash is about one in 10**11.
    """
    digest = blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
    return f"{prefix}_{digest}"


def checked_id(value: str) -> str:
    """The value itself, where it is 1 to 64 ASCII letters, digits and ``._:-``, not starting with a sign."""
    if not _SHAPE.fullmatch(value):
        raise InvalidInput(
            f"id {value[:70]!r}: use 1 to 64 ASCII letters, digits, '.', '_', ':' or '-', a letter or digit first"
        )
    return value
