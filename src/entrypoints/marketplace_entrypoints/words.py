"""Why a payment was decided on as it was, in one line."""

from __future__ import annotations

from typing import Final

from marketplace_core.domain.codec import canonical
from marketplace_core.domain.reconciliation import (
    Certificate,
    Evidence,
    EvidenceKind,
    Outcome,
    explain,
)

_KINDS: Final = {
    EvidenceKind.REFERENCE: "reference {seen}",
    EvidenceKind.INVOICE_NUMBER: "invoice number {seen}",
    EvidenceKind.UNIT_CODE: "unit code {seen}",
    EvidenceKind.PHONE: "phone {seen}",
    EvidenceKind.ALIAS: "{seen}, learned before",
    EvidenceKind.NAME: "name {seen}",
    EvidenceKind.NEAR_REFERENCE: "{seen}, one sign from the reference {known}",
    EvidenceKind.AMOUNT: "the amount fits open invoices",
    EvidenceKind.DUE: "paid near the due date",
}


def why(certificate: Certificate) -> str:
    """The evidence of the first answer; where a person must decide, what stands in the way."""
    found = ", ".join(dict.fromkeys(_piece(it) for it in certificate.sides[0].evidence)) if certificate.sides else ""
    if certificate.outcome is Outcome.APPLIED:
        return found
    obstacle = explain(certificate)[0].partition(": ")[2].rstrip(".")
    return f"{obstacle} ({found})" if found else obstacle


def certificate_text(certificate: Certificate) -> str:
    """The text that a match keeps of a certificate."""
    from marketplace_core.domain.reconciliation import certificate_to_plain

    return canonical(certificate_to_plain(certificate))


def _piece(piece: Evidence) -> str:
    if piece.is_erased:
        return f"{piece.kind.value} (erased)"
    return _KINDS[piece.kind].format(seen=piece.seen, known=piece.known)
