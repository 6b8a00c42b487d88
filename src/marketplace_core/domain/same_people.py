"""Who may be recorded twice: proposals for a person to decide on, each with what speaks for it."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.party import Person
from marketplace_core.domain.reconciliation.names import compare_names
from marketplace_core.domain.reconciliation.phones import clear_phone


class SameReason(StrEnum):
    """What two people share."""

    NATIONAL_ID = "national_id"
    PHONE = "phone"
    EMAIL = "email"


@frozen
class SamePeople:
    """Two records that may be of one person; never for their names alone.

    ``first`` has the smaller id. ``names_agree`` False is a warning: spouses share a phone, and offices an address.
    """

    first: PersonId
    second: PersonId
    reasons: tuple[SameReason, ...]
    names_agree: bool


_SHORTEST_NATIONAL_ID: Final = 5


def likely_same_people(people: Iterable[Person]) -> tuple[SamePeople, ...]:
    """Each pair of people who share a phone, an address or a national id, in any usual form; by their ids.

    Of many who share one sign, each is paired with the smallest id. Who was erased or merged is in no pair.
    """
    known: dict[PersonId, Person] = {}
    holders: defaultdict[tuple[SameReason, str], list[PersonId]] = defaultdict(list)
    for person in people:
        if person.merged_into is not None:
            continue
        known[person.person_id] = person
        for sign in set(_signs(person)):
            holders[sign].append(person.person_id)
    found: defaultdict[tuple[PersonId, PersonId], set[SameReason]] = defaultdict(set)
    for (reason, _), ids in holders.items():
        first, *others = sorted(ids)
        for other in others:
            found[first, other].add(reason)
    return tuple(
        SamePeople(one, other, tuple(sorted(reasons)), _names_agree(known[one], known[other]))
        for (one, other), reasons in sorted(found.items())
    )


def _signs(person: Person) -> Iterator[tuple[SameReason, str]]:
    for phone in person.phones:
        if clear := clear_phone(phone):
            yield SameReason.PHONE, clear
    email = unicodedata.normalize("NFKC", person.email.strip()).casefold()
    if "@" in email:
        yield SameReason.EMAIL, email
    national_id = "".join(it for it in unicodedata.normalize("NFKC", person.national_id) if it.isalnum()).casefold()
    if len(national_id) >= _SHORTEST_NATIONAL_ID:
        yield SameReason.NATIONAL_ID, national_id


def _names_agree(one: Person, other: Person) -> bool:
    return compare_names(one.name, other.name) is not None
