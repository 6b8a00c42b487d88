"""Two of a portfolio's people are one: what is written then, and who may not be merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from marketplace_core.domain.facts import (
    ExternalRelinked,
    Fact,
    LeaseRecorded,
    PersonMerged,
    PersonRecorded,
    PropertyRecorded,
)
from marketplace_core.domain.identifiers import PersonId, PortfolioId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.party import ExternalId, Person, Property
from marketplace_core.domain.reconciliation.phones import clear_phone
from marketplace_core.errors import IllegalTransition, InvalidInput, NotFound


def merge_facts(
    fact: PersonMerged,
    people: Mapping[PersonId, Person],
    leases: Iterable[Lease],
    properties: Iterable[Property],
    links: Iterable[ExternalId],
) -> tuple[Fact, ...]:
    """Everything that makes the kept person stand for the duplicate; nothing where that is so already.

    ``leases``, ``properties`` and ``links`` are those that name the duplicate. ``InvalidInput`` for oneself,
    ``NotFound`` for whom the portfolio does not know, ``IllegalTransition`` for whom is merged into somebody else or
    was erased.
    """
    own, duplicate_id, kept_id = fact.portfolio_id, fact.duplicate_id, fact.kept_id
    if duplicate_id == kept_id:
        raise InvalidInput(f"person {kept_id} is no duplicate of themselves: name two people")
    duplicate, kept = (_known(people, own, it) for it in (duplicate_id, kept_id))
    if duplicate.merged_into == kept_id:
        return ()
    for one in (duplicate, kept):
        require_unmerged(one)
        if one.is_erased:
            raise IllegalTransition(f"person {one.person_id} was erased: nobody can be told to be the same as they")
    both = united(kept, duplicate)
    return (
        fact,
        *([PersonRecorded(own, both)] if both != kept else []),
        *(PropertyRecorded(evolve(it, landlord_id=kept_id)) for it in properties),
        *(LeaseRecorded(it.with_tenant(kept_id, duplicate_id)) for it in leases),
        *(ExternalRelinked(own, it.system, it.kind, it.external_id, duplicate_id, kept_id) for it in links),
    )


def require_unmerged(person: Person) -> None:
    """Refuse who was merged into somebody else, and name that one."""
    if person.merged_into is not None:
        raise IllegalTransition(
            f"person {person.person_id} was merged into {person.merged_into}: name {person.merged_into}, who stands"
            " for both"
        )


def require_mark_alone(person: Person) -> None:
    """Refuse a record that says itself whom the person was merged into."""
    if person.merged_into is not None:
        raise InvalidInput(f"person {person.person_id}: a merge is a fact of its own, not a field of a record")


def united(kept: Person, duplicate: Person) -> Person:
    """The kept person with the other's phones after their own, and e-mail and national id where there was none."""
    known = {clear_phone(it) or it for it in kept.phones}
    further = tuple(it for it in duplicate.phones if (clear_phone(it) or it) not in known)
    return evolve(
        kept,
        phones=(*kept.phones, *further),
        email=kept.email or duplicate.email,
        national_id=kept.national_id or duplicate.national_id,
    )


def stands_for(people: Mapping[PersonId, Person]) -> dict[PersonId, PersonId]:
    """Who stands for each person who was merged."""
    return {it.person_id: it.merged_into for it in people.values() if it.merged_into is not None}


def _known(people: Mapping[PersonId, Person], portfolio_id: PortfolioId, person_id: PersonId) -> Person:
    found = people.get(person_id)
    if found is None:
        raise NotFound(f"portfolio {portfolio_id} has no person {person_id}")
    return found
