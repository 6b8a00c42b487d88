"""Takes a person out of the books in memory and leaves every sum, digest and link as it was."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from attrs import evolve

from marketplace_core.domain.erasure import ErasureScope, everybody, payments_of, phone_texts, tells_name
from marketplace_core.domain.facts import PersonErased
from marketplace_core.domain.identifiers import PaymentId, PersonId
from marketplace_core.domain.listings.applications import APPLICANT
from marketplace_core.domain.listings.erasing import Asker, signs_of
from marketplace_core.domain.maintenance.erasing import Whose, erased
from marketplace_core.domain.match_decisions import leases_of
from marketplace_core.domain.occupancy import CONTACT, is_theirs
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer
from marketplace_core.errors import NotFound
from marketplace_core.services.memory_books.payment_facts import require_payment
from marketplace_core.services.memory_books.tables import Book, Workplace


def erase(work: Workplace, person_id: PersonId, at: datetime) -> PersonErased | None:
    """Empty the person's rows and sealed parts in the transaction; what went, None where nothing was left."""
    book, on = work.book, work.transaction.on
    person = book.people.get(person_id)
    merged = [it for it in book.people.values() if it.merged_into == person_id]
    people = everybody(person or Person(person_id, ""), merged)
    scope = _scope(book, people)
    if person is None and not scope.lease_ids:
        raise NotFound(f"portfolio {book.portfolio_id} has no person {person_id}")
    for one in people if person is not None else ():
        on(book.people).put(one.person_id, Person(one.person_id, "", merged_into=one.merged_into))
    payments = sum(_erase_payment(work, payment_id) for payment_id in sorted(scope.payment_ids))
    _erase_certificates(work, scope)
    aliases = [key for key, alias in book.aliases.items() if scope.has_alias(alias)]
    for key in aliases:
        on(book.aliases).drop(key)
    _erase_held(work, scope)
    parts = _erase_sealed(work, scope)
    occupancies = _erase_occupancies(work, scope)
    tickets = _erase_tickets(work, Whose(people, scope.phones), at)
    applications, inquiries = _erase_asked(work, people)
    asked = applications or inquiries
    if not (parts or payments or aliases or occupancies or tickets or asked) and all(it.is_erased for it in people):
        return None
    counts = (parts, payments, len(aliases), occupancies, tickets, applications, inquiries)
    return PersonErased(book.portfolio_id, person_id, *counts)


def _scope(book: Book, people: tuple[Person, ...]) -> ErasureScope:
    own = frozenset(it.person_id for it in people)
    leases = frozenset(lease_id for lease_id, it in book.accounts.items() if not own.isdisjoint(it.lease.tenant_ids))
    phones = phone_texts(people)
    told = {payment_id for payment_id, it in book.payments.items() if it.payer.phone in phones}
    told |= {
        payment_id for payment_id, told_of in book.reports.items() if any(it.payer.phone in phones for it in told_of)
    }
    given = {match.payment_id for match in book.matches.values() if match.undone_at is None}
    told |= {
        payment_id
        for payment_id, it in book.payments.items()
        if payment_id not in given and tells_name(people, it.payer, it.reference_text)
    }
    payments = payments_of(book.matches.values(), leases) | told
    matches = [it for it in book.matches.values() if it.payment_id in payments]
    taught = frozenset(leases_of(matches))
    return ErasureScope(own, leases, payments, frozenset(it.match_id for it in matches), taught, phones)


def _erase_payment(work: Workplace, payment_id: PaymentId) -> bool:
    """True where the payment or a report of it had something to empty."""
    book, on = work.book, work.transaction.on
    payment = require_payment(work, payment_id)
    emptied = evolve(payment, payer=Payer(), reference_text="")
    reports = book.reports.get(payment_id, ())
    emptied_reports = tuple(evolve(it, payer=Payer(), reference_text="") for it in reports)
    on(book.payments).put(payment_id, emptied)
    on(book.reports).put(payment_id, emptied_reports)
    return (payment, reports) != (emptied, emptied_reports)


def _erase_certificates(work: Workplace, scope: ErasureScope) -> None:
    book, on = work.book, work.transaction.on
    for match_id, match in book.matches.items():
        if scope.has_certificate(match.payment_id, match.certificate):
            on(book.matches).put(match_id, evolve(match, certificate=""))
    for payment_id, proposal in book.proposals.items():
        if scope.has_certificate(payment_id, proposal.certificate):
            on(book.proposals).put(payment_id, evolve(proposal, certificate=""))


def _erase_held(work: Workplace, scope: ErasureScope) -> None:
    """Empty what is held of the person's phones in the accounts that the portfolio collects in."""
    for key, it in work.shared.held.items():
        if it.collection_account_id in work.book.collection_accounts and it.payer.phone in scope.phones:
            work.transaction.on(work.shared.held).put(key, evolve(it, payer=Payer(), reference_text=""))


def _erase_tickets(work: Workplace, whose: Whose, at: datetime) -> int:
    tickets, changed = work.transaction.on(work.book.tickets), 0
    for ticket_id, file in work.book.tickets.items():
        emptied = erased(file, whose, at)
        if emptied != file:
            tickets.put(ticket_id, emptied)
            changed += 1
    return changed


def _erase_asked(work: Workplace, people: tuple[Person, ...]) -> tuple[int, int]:
    """Empty the applications and inquiries of the people; how many of each."""
    book, on = work.book, work.transaction.on
    own = frozenset(it.person_id for it in people)
    accounts = {(key[0], key[2]) for key, our_id in book.links.items() if key[1] == APPLICANT and our_id in own}
    asker = Asker(own, signs_of(people), frozenset(accounts))
    applications = [it for it in book.applications.values() if asker.wrote(it)]
    inquiries = [it for it in book.inquiries.values() if asker.wrote(it)]
    for application in applications:
        on(book.applications).put(application.application_id, application.erased())
    for inquiry in inquiries:
        on(book.inquiries).put(inquiry.inquiry_id, inquiry.erased())
    return len(applications), len(inquiries)


def _erase_occupancies(work: Workplace, scope: ErasureScope) -> int:
    book = work.book
    links = book.links.items()
    contacts = {(key[0], key[2]) for key, our_id in links if key[1] == CONTACT and our_id in scope.person_ids}
    found = [it for it in book.occupancies.values() if is_theirs(it, contacts, scope.phones) and not it.is_erased]
    for it in found:
        work.transaction.on(book.occupancies).put(it.key, it.erased())
    return len(found)


def _erase_sealed(work: Workplace, scope: ErasureScope) -> int:
    vault = work.transaction.on(work.book.vault)
    erased = 0
    read: tuple[int, list[dict[str, Any]]] = (0, [])
    for (sequence, place), personal in work.book.vault.items():
        if read[0] != sequence:
            read = (sequence, json.loads(work.book.events[sequence].payload))
        if scope.has_part(read[1][place], personal):
            vault.drop((sequence, place))
            erased += 1
    return erased
