"""Statements made for tests, and what reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from marketplace_adapters.statements import BankStatement, MpesaStatement, shipped_profile
from marketplace_core.domain.feed import FeedRow
from marketplace_core.domain.identifiers import CollectionAccountId
from marketplace_core.domain.money import KES
from marketplace_core.domain.payment import CollectionAccount, CollectionKind

PAYBILL = CollectionAccount(CollectionAccountId("paybill"), CollectionKind.PAYBILL, "600995", KES)
BANK = CollectionAccount(CollectionAccountId("bank"), CollectionKind.BANK, "0110045678900", KES)
HEADER = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No."
)
ReadMpesa = Callable[[str | bytes], list[FeedRow]]
ReadBank = Callable[[str, str | bytes], list[FeedRow]]


@pytest.fixture
def samples() -> Path:
    """The folder of sample statements."""
    return Path(__file__).parent / "samples"


@pytest.fixture
def paybill() -> CollectionAccount:
    """The collection account that the M-Pesa statements are of."""
    return PAYBILL


@pytest.fixture
def bank_account() -> CollectionAccount:
    """The collection account that the bank statements are of."""
    return BANK


@pytest.fixture
def mpesa() -> ReadMpesa:
    """Read rows below the usual header, or whole bytes."""

    def read(content: str | bytes) -> list[FeedRow]:
        whole = content if isinstance(content, bytes) else f"{HEADER}\n{content}".encode()
        return list(MpesaStatement().read(io.BytesIO(whole), PAYBILL, "m.csv"))

    return read


@pytest.fixture
def bank() -> ReadBank:
    """Read a bank's statement by the name of a shipped profile."""

    def read(profile: str, content: str | bytes) -> list[FeedRow]:
        whole = content if isinstance(content, bytes) else content.encode()
        return list(BankStatement(shipped_profile(profile)).read(io.BytesIO(whole), BANK, "b.csv"))

    return read


@pytest.fixture
def line() -> Callable[..., str]:
    """One row of an M-Pesa statement; what is not given is usual."""
    return mpesa_line


def mpesa_line(
    receipt: str = "TK60708BHZ",
    completed: str = "06-11-2026 23:02:12",
    details: str = "Pay Bill from 2547****5678 - JOHN DOE Acc. A12",
    status: str = "Completed",
    paid_in: str = "15000.00",
    withdrawn: str = "",
    balance: str = "",
    reason: str = "Pay Bill",
    party: str = "2547****5678 - JOHN DOE",
    linked: str = "",
    account: str = "A12",
) -> str:
    """One row of an M-Pesa statement, quoted as needed."""
    cells = [receipt, completed, completed, details, status, paid_in, withdrawn, balance, "true", reason, party]
    return joined([*cells, linked, account])


def joined(cells: Sequence[str] | Iterable[str], delimiter: str = ",") -> str:
    """The cells as one line of CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(list(cells))
    return text.getvalue()
