"""The evidence tier that an index can answer: a payment whose text says one lease's payment reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from marketplace_core.domain.identifiers import LeaseId, PaymentId
from marketplace_core.domain.reconciliation.reading import REFERENCE_LENGTH, checked_reference, read_words


def named_reference(text: str) -> str:
    """The one payment reference that a text says, its check character right; empty where it says none or several.

    The whole text is one, or a word of it, or neighbours joined.
    """
    whole = checked_reference(text)
    if whole or len(text) < REFERENCE_LENGTH:
        return whole
    found = {
        reference
        for window in read_words(text).windows
        if len(window) == REFERENCE_LENGTH and (reference := checked_reference(window))
    }
    return found.pop() if len(found) == 1 else ""


def exact_references(
    texts: Iterable[tuple[PaymentId, str]], references: Iterable[tuple[LeaseId, str]]
) -> dict[PaymentId, LeaseId]:
    """The lease that each payment's text names, by payment id; left out where none or more than one is named.

    ``texts`` are the payments' reference texts, ``references`` the leases' references as issued or imported.
    """
    owners = owners_of(references)
    found = ((payment_id, owners.get(named_reference(text))) for payment_id, text in texts)
    return {payment_id: lease_id for payment_id, lease_id in sorted(found, key=_payment) if lease_id is not None}


def owners_of(references: Iterable[tuple[LeaseId, str]]) -> Mapping[str, LeaseId]:
    """The one lease that has each reference, by reference; those that two leases share are left out."""
    owners: dict[str, set[LeaseId]] = {}
    for lease_id, text in references:
        reference = checked_reference(text)
        if reference:
            owners.setdefault(reference, set()).add(lease_id)
    return {reference: next(iter(leases)) for reference, leases in owners.items() if len(leases) == 1}


def _payment(found: tuple[PaymentId, LeaseId | None]) -> PaymentId:
    return found[0]
