"""Who may be recorded twice: by phone, address and national id, never by name alone."""

from __future__ import annotations

import pytest

from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.party import Person
from marketplace_core.domain.same_people import SamePeople, SameReason, likely_same_people


def _person(key: str, name: str, phone: str = "", email: str = "", national_id: str = "") -> Person:
    return Person(PersonId(key), name, (phone,) if phone else (), email, national_id)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (_person("b", "Mary Wanjiku", phone="+254 711 222 333"), SameReason.PHONE),
        (_person("b", "WANJIKU M", phone="711222333"), SameReason.PHONE),
        (_person("b", "Maria Wanjiku", email=" Mary@Example.ORG "), SameReason.EMAIL),
        (_person("b", "Mary Wanjiku", national_id="1234-5678"), SameReason.NATIONAL_ID),
    ],
)
def test_one_sign_in_any_form_is_enough(other: Person, reason: SameReason) -> None:
    """A phone with or without its country, an address in capitals, a number with signs between."""
    mary = _person("a", "Mary Wanjiku", "0711222333", "mary@example.org", "12345678")
    assert likely_same_people([other, mary]) == (SamePeople(PersonId("a"), PersonId("b"), (reason,), names_agree=True),)


def test_a_name_is_never_enough() -> None:
    """Namesakes are many; nor are people who have no phone, no address and no number the same, or erased ones."""
    people = [_person("a", "Mary Wanjiku", "0711222333"), _person("b", "Mary Wanjiku", "0711222334")]
    assert likely_same_people([*people, _person("c", "Mary Wanjiku"), _person("d", ""), _person("e", "")]) == ()
    assert likely_same_people([_person("a", "A B", national_id="1"), _person("b", "C D", national_id="1")]) == ()


def test_another_name_is_a_warning() -> None:
    """Spouses share a phone: it is proposed, and said."""
    people = [_person("a", "Mary Wanjiku", "0711222333"), _person("b", "Otieno Odhiambo", "0711222333")]
    (found,) = likely_same_people(people)
    assert (found.reasons, found.names_agree) == ((SameReason.PHONE,), False)


def test_what_many_share_is_told_once_each() -> None:
    """Of five with one phone, each with the first; two signs of one pair are one proposal."""
    people = [_person(key, "Mary Wanjiku", "0711222333", "m@example.org" if key < "c" else "") for key in "edcba"]
    found = likely_same_people(people)
    assert [(it.first, it.second) for it in found] == [("a", "b"), ("a", "c"), ("a", "d"), ("a", "e")]
    assert found[0].reasons == (SameReason.EMAIL, SameReason.PHONE)
