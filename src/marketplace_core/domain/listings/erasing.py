"""Which applications and inquiries are a person's: by who was found to be the tenant, by link, phone or address."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.inquiries import Inquiry, signs
from marketplace_core.domain.listings.records import Applicant
from marketplace_core.domain.party import Person


def signs_of(people: Iterable[Person]) -> frozenset[str]:
    """Phones in one form and addresses without case by which an applicant is one of these people."""
    found: set[str] = set()
    for person in people:
        for phone in person.phones or ("",):
            found |= signs(Applicant("", phone=phone, email=person.email))
    return frozenset(found)


@frozen
class Asker:
    """A person with those merged into them, as portals and our own page know who asks or books.

    ``accounts`` are theirs on portals: system and id.
    """

    person_ids: frozenset[PersonId]
    signs: frozenset[str]
    accounts: frozenset[tuple[str, str]] = frozenset()

    def wrote(self, it: Application | Inquiry) -> bool:
        """True for what they sent and what is not emptied yet."""
        if it.is_erased:
            return False
        is_account = (it.system, it.applicant.external_id) in self.accounts
        return it.person_id in self.person_ids or is_account or not self.signs.isdisjoint(signs(it.applicant))
