"""That two texts compare as a piece of evidence says, and are the payment's and the lease's.

How texts are read and compared is shared with deciding (``reading``, ``names``, ``phones``); which of them
each kind of evidence wants is said here once more.
"""

from __future__ import annotations

from marketplace_core.domain.reconciliation.checking.case import Case, require
from marketplace_core.domain.reconciliation.edits import one_edit_apart
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.names import compare_names
from marketplace_core.domain.reconciliation.phones import SamePhone, same_phone
from marketplace_core.domain.reconciliation.reading import checked_reference, invoice_number_key
from marketplace_core.domain.reference import fold, normalise


def check_texts(case: Case, piece: Evidence) -> None:
    """The two texts compare as the evidence says, the seen one is the payment's and the known one the lease's."""
    lease = case.books.leases[piece.lease_id]
    seen, known = piece.seen, piece.known
    told = normalise(case.payment.reference_text)
    if piece.kind is EvidenceKind.REFERENCE:
        same = checked_reference(seen) == checked_reference(known) and normalise(known) == normalise(lease.reference)
        holds = same and normalise(seen) in told and (piece.grade == "checked") == bool(checked_reference(known))
    elif piece.kind is EvidenceKind.UNIT_CODE:
        holds = normalise(seen) == normalise(known) == normalise(lease.unit_code) and seen in told
        holds = holds and (case.unit_codes.get(seen) == 1) == (piece.grade == "unique")
    elif piece.kind is EvidenceKind.INVOICE_NUMBER:
        holds = invoice_number_key(seen) == invoice_number_key(known) and seen in told
        holds = holds and any(one.number == known for one in case.books.open_invoices(lease.lease_id))
    elif piece.kind is EvidenceKind.NEAR_REFERENCE:
        near = fold(seen) == known or one_edit_apart(fold(seen), checked_reference(known))
        holds = near and not checked_reference(seen) and known == lease.reference and seen in told
    elif piece.kind is EvidenceKind.PHONE:
        wanted = SamePhone.IDENTICAL if piece.grade == "identical" else SamePhone.COMPATIBLE
        of_lease = any(same_phone(phone, known) is SamePhone.IDENTICAL for one in lease.tenants for phone in one.phones)
        holds = seen == case.payment.payer.phone and same_phone(known, seen) is wanted and of_lease
    elif piece.kind is EvidenceKind.NAME:
        grade = compare_names(seen, known)
        holds = grade == piece.grade and any(tenant.name == known for tenant in lease.tenants)
    else:
        holds = piece.kind is EvidenceKind.ALIAS and any(
            (one.lease_id, one.kind, one.text, one.origin) == (lease.lease_id, piece.grade, seen, known)
            for one in case.books.aliases.get((piece.grade, seen), ())
        )
    require(case, holds, f"{piece.kind} for lease {piece.lease_id} does not compare as said")
