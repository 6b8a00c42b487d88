"""Which person books: found by the portal's account or by a verified contact, or new; where unclear, a person says."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from attrs import frozen

from marketplace_core.domain.identifiers import PersonId, PortfolioId, derive_id
from marketplace_core.domain.listings.records import Applicant
from marketplace_core.domain.merging import stands_for
from marketplace_core.domain.party import Person
from marketplace_core.domain.reconciliation.phones import clear_phone
from marketplace_core.errors import RuleViolation


@frozen
class Tenant:
    """Who the tenant is; ``is_new`` where nobody here is known to be them."""

    person: Person
    is_new: bool = False


def person_id_of(portfolio_id: PortfolioId, system: str, applicant: Applicant) -> PersonId:
    """The id of the person that an account there becomes here where nobody is found: the same each time."""
    return PersonId(derive_id("per", portfolio_id, system, applicant.external_id))


def find_tenant(
    applicant: Applicant,
    people: Mapping[PersonId, Person],
    linked_id: PersonId | None,
    new_id: PersonId,
    *,
    needs_verified: bool = True,
) -> Tenant:
    """The tenant; ``RuleViolation`` says why a person has to name them.

    ``linked_id`` is whom the account there stands for already. Only contacts that the portal saw answer tell people
    apart and are kept, unless ``needs_verified`` is False. Who was merged into somebody else is that one.
    """
    if linked_id is not None:
        return Tenant(standing_person(people, linked_id))
    phone, email = _contacts(applicant, needs_verified=needs_verified)
    if not (phone or email):
        missing = "is verified on the portal" if needs_verified else "was left"
        raise RuleViolation(f"neither a phone nor an e-mail address {missing}: confirm who the tenant is")
    found = _with_contact(people, phone, email)
    if len(found) > 1:
        raise RuleViolation(
            f"people {', '.join(sorted(found))} have the contact that was verified: merge them, or confirm who of them"
            " the tenant is"
        )
    if found:
        return Tenant(standing_person(people, next(iter(found))))
    if new_id in people:
        return Tenant(standing_person(people, new_id))
    return Tenant(new_person(applicant, new_id, needs_verified=needs_verified), is_new=True)


def new_person(applicant: Applicant, person_id: PersonId, *, needs_verified: bool) -> Person:
    """Somebody as the portal knows them; an unverified contact is not theirs for sure, and would take payments."""
    phone, email = _contacts(applicant, needs_verified=needs_verified)
    name = applicant.name.strip() or f"Applicant {applicant.external_id}"
    return Person(person_id, name, (phone,) if phone else (), email)


def standing_person(people: Mapping[PersonId, Person], person_id: PersonId) -> Person:
    """Who stands for a person; ``RuleViolation`` for who was erased."""
    known = people.get(person_id)
    if known is not None and known.merged_into is not None:
        known = people.get(known.merged_into)
    if known is None or known.is_erased:
        raise RuleViolation(f"person {person_id} was erased: confirm who the tenant is")
    return known


def _contacts(applicant: Applicant, *, needs_verified: bool) -> tuple[str, str]:
    has_phone = applicant.phone_verified or not needs_verified
    has_email = applicant.email_verified or not needs_verified
    return clear_phone(applicant.phone) if has_phone else "", applicant.email.strip() if has_email else ""


def _with_contact(people: Mapping[PersonId, Person], phone: str, email: str) -> frozenset[PersonId]:
    stands = stands_for(people)
    address = _plain_email(email)
    found = (
        it.person_id
        for it in people.values()
        if not it.is_erased
        and (
            (phone and any(clear_phone(one) == phone for one in it.phones))
            or (address and _plain_email(it.email) == address)
        )
    )
    return frozenset(stands.get(it, it) for it in found)


def _plain_email(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.strip()).casefold()
    return plain if "@" in plain else ""
