"""Takes a person out of the books in memory and leaves every sum, digest and link as it was."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve

from marketplace_core.domain.identifiers import LeaseId, PaymentId, PersonId
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer
from marketplace_core.services.memory_books.payment_facts import require_payment
from marketplace_core.services.memory_books.tables import Workplace


def erase(work: Workplace, person_id: PersonId) -> int:
    """Empty the person's rows and sealed parts in the transaction; how many sealed parts there were."""
    book, on = work.book, work.transaction.on
    leases = {lease_id for lease_id, account in book.accounts.items() if person_id in account.lease.tenant_ids}
    payments = {
        match.payment_id for match in book.matches.values() if any(part.lease_id in leases for part in match.slices)
    }
    if person_id in book.people:
        on(book.people).put(person_id, Person(person_id, ""))
    for payment_id in payments:
        _erase_payment(work, payment_id)
    for key, alias in book.aliases.items():
        if alias.lease_id in leases:
            on(book.aliases).drop(key)
    return _erase_sealed(work, person_id, leases, payments)


def _erase_payment(work: Workplace, payment_id: PaymentId) -> None:
    book, on = work.book, work.transaction.on
    payment = require_payment(work, payment_id)
    on(book.payments).put(payment_id, evolve(payment, payer=Payer(), reference_text=""))
    reports = book.reports.get(payment_id, ())
    on(book.reports).put(payment_id, tuple(evolve(it, payer=Payer(), reference_text="") for it in reports))
    for match_id in book.matches_of_payment.get(payment_id, ()):
        on(book.matches).put(match_id, evolve(book.matches[match_id], certificate=""))
    proposal = book.proposals.get(payment_id)
    if proposal is not None:
        on(book.proposals).put(payment_id, evolve(proposal, certificate=""))


def _erase_sealed(work: Workplace, person_id: PersonId, leases: set[LeaseId], payments: set[PaymentId]) -> int:
    vault = work.transaction.on(work.book.vault)
    erased = 0
    for sequence, place in work.book.vault:
        body: dict[str, Any] = json.loads(work.book.events[sequence].payload)[place]["body"]
        of_payment = body.get("payment_id") or next(
            (body[name]["payment_id"] for name in ("payment", "match", "proposal") if name in body), None
        )
        if (
            body.get("person", {}).get("person_id") == person_id
            or of_payment in payments
            or body.get("alias", {}).get("lease_id") in leases
        ):
            vault.drop((sequence, place))
            erased += 1
    return erased
