"""Evidence that a payment is a lease's money: small tagged values, strongest kind first."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.money import Money
from marketplace_core.errors import InvalidInput

ERASED: Final = "(erased)"
"""What stands where a personal text was."""


class EvidenceKind(StrEnum):
    """Kinds of evidence, strongest first."""

    REFERENCE = "reference"
    INVOICE_NUMBER = "invoice_number"
    UNIT_CODE = "unit_code"
    PHONE = "phone"
    ALIAS = "alias"
    NAME = "name"
    NEAR_REFERENCE = "near_reference"
    AMOUNT = "amount"
    DUE = "due"


GRADES: Final[dict[EvidenceKind, tuple[str, ...]]] = {
    EvidenceKind.REFERENCE: ("checked", "plain"),
    EvidenceKind.INVOICE_NUMBER: ("checked", "plain"),
    EvidenceKind.UNIT_CODE: ("unique", "shared"),
    EvidenceKind.PHONE: ("identical", "telling", "compatible"),
    EvidenceKind.ALIAS: ("phone", "text", "name"),
    EvidenceKind.NAME: ("full", "close", "partial"),
    EvidenceKind.NEAR_REFERENCE: ("one_edit",),
    EvidenceKind.AMOUNT: ("exact", "tolerance"),
    EvidenceKind.DUE: ("near",),
}
"""The grades of each kind, best first.

checked: the check character is right; plain: the text has none. unique: one lease of the portfolio has the code.
telling: a masked phone that fits one lease's people, in a portfolio where a stranger's would fit anybody's only
rarely. compatible: a masked phone that fits.
"""

STRENGTH: Final = {
    (kind, grade): 10 * place + step for place, kind in enumerate(GRADES) for step, grade in enumerate(GRADES[kind])
}
"""Rank of a kind and grade: less is stronger."""

BIT: Final = {key: 1 << place for place, key in enumerate(STRENGTH)}
"""One bit for each kind and grade, so that many rules are tried quickly."""

STRONG: Final = frozenset(
    [
        (EvidenceKind.REFERENCE, "checked"),
        (EvidenceKind.REFERENCE, "plain"),
        (EvidenceKind.INVOICE_NUMBER, "checked"),
        (EvidenceKind.UNIT_CODE, "unique"),
        (EvidenceKind.PHONE, "identical"),
        (EvidenceKind.PHONE, "telling"),
        (EvidenceKind.ALIAS, "phone"),
    ]
)
"""What may apply money alone. Everything else is weak: two kinds of it are needed at least."""

PERSONAL: Final = frozenset([EvidenceKind.PHONE, EvidenceKind.ALIAS, EvidenceKind.NAME])
"""Kinds whose texts are personal data."""


@frozen
class Evidence:
    """One reason to think that a payment is a lease's money, with the two texts that were compared.

    ``seen`` is the payment's text, ``known`` the books' one. Both are personal data for the kinds in ``PERSONAL``.
    """

    kind: EvidenceKind
    grade: str
    lease_id: LeaseId
    seen: str
    known: str

    def __attrs_post_init__(self) -> None:
        """Refuse a grade that the kind does not have."""
        if (self.kind, self.grade) not in STRENGTH:
            raise InvalidInput(f"evidence {self.kind}: grade {self.grade!r} is none of {', '.join(GRADES[self.kind])}")

    @property
    def is_personal(self) -> bool:
        """True where the texts are a person's name or phone."""
        return self.kind in PERSONAL

    @property
    def is_erased(self) -> bool:
        """True where the personal texts were taken out."""
        return self.is_personal and self.seen == ERASED and self.known == ERASED

    @property
    def strength(self) -> int:
        """Rank among all evidence: less is stronger."""
        return STRENGTH[self.kind, self.grade]

    def redacted(self) -> Evidence:
        """The same without personal texts."""
        return evolve(self, seen=ERASED, known=ERASED) if self.is_personal else self


def in_order(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Evidence by lease, strongest first, then by text."""
    return tuple(sorted(evidence, key=lambda piece: (piece.lease_id, piece.strength, piece.seen, piece.known)))


def bits_of(evidence: tuple[Evidence, ...]) -> int:
    """The kinds and grades that are there, as bits."""
    bits = 0
    for piece in evidence:
        bits |= BIT[piece.kind, piece.grade]
    return bits


def money_text(amount: Money) -> str:
    """The text that stands for an amount in evidence: minor units and currency."""
    return f"{amount.amount_minor} {amount.currency.code}"
