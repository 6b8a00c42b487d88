"""What of the books is about a person, and goes when the person is erased. Money, ids and digests stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from marketplace_core.domain.codec import canonical, from_plain
from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId, PersonId
from marketplace_core.domain.matching import Match
from marketplace_core.domain.merging import require_unmerged
from marketplace_core.domain.party import Person
from marketplace_core.domain.payment import Payer, PayerAlias
from marketplace_core.domain.reconciliation.names import name_words
from marketplace_core.domain.reconciliation.phones import clear_phone, hashed_phone

CERTIFIED: Final = ("MatchApplied", "MatchUndone", "MatchProposed")
"""The kinds of facts whose personal part is a certificate."""


def everybody(person: Person, merged: Iterable[Person]) -> tuple[Person, ...]:
    """A person and those merged into them: what is told of any of these is theirs."""
    require_unmerged(person)
    return (person, *merged)


def phone_texts(people: Iterable[Person]) -> frozenset[str]:
    """Each form in which reports, aliases and certificates may hold the people's phones: in clear and as SHA-256.

    A masked phone fits others too, so it tells of nobody.
    """
    found: set[str] = set()
    for phone in (phone for person in people for phone in person.phones):
        clear = clear_phone(phone)
        if clear:
            found |= {phone.strip(), clear, f"+{clear}", f"0{clear[3:]}", hashed_phone(clear)}
    return frozenset(found)


def tells_name(people: Iterable[Person], payer: Payer, reference_text: str) -> bool:
    """True where the payer's name or the text has every word of a person's name, which must be two at least."""
    told = (set(name_words(payer.name)), set(name_words(reference_text)))
    names = (set(name_words(person.name)) for person in people)
    return any(len(words) > 1 and (words <= told[0] or words <= told[1]) for words in names)


def payments_of(matches: Iterable[Match], lease_ids: frozenset[LeaseId]) -> frozenset[PaymentId]:
    """The payments given to leases, also where the match was undone and nobody else has the payment since."""
    standing: set[PaymentId] = set()
    standing_here: set[PaymentId] = set()
    once_here: set[PaymentId] = set()
    for match in matches:
        is_here = any(part.lease_id in lease_ids for part in match.slices)
        if is_here:
            once_here.add(match.payment_id)
        if match.undone_at is None:
            standing.add(match.payment_id)
            if is_here:
                standing_here.add(match.payment_id)
    return frozenset(standing_here | (once_here - standing))


@frozen
class ErasureScope:
    """A person, their phones, the leases they are a tenant of, their payments, and every match of these.

    ``person_ids`` are theirs and those of everybody merged into them.

    ``taught_ids`` are the leases that these matches gave to: each may have learned an alias from the person, which
    certificates of the lease's other payments rest on.

    Their payments are those given to the leases (``payments_of``), those from the phones, and those that nobody
    has yet and that tell the name (``tells_name``).
    """

    person_ids: frozenset[PersonId]
    lease_ids: frozenset[LeaseId]
    payment_ids: frozenset[PaymentId]
    match_ids: frozenset[MatchId]
    taught_ids: frozenset[LeaseId]
    phones: frozenset[str]

    @property
    def certificate_marks(self) -> tuple[str, ...]:
        """What a certificate holds that tells of the person: a lease id as JSON, or a phone."""
        return (*sorted(map(canonical, self.lease_ids | self.taught_ids)), *sorted(self.phones))

    def has_certificate(self, payment_id: PaymentId, certificate: str) -> bool:
        """True for a certificate of one of the payments, and for any other that tells of the person."""
        return payment_id in self.payment_ids or any(mark in certificate for mark in self.certificate_marks)

    def has_alias(self, alias: PayerAlias) -> bool:
        """True for what was learned for one of the leases, or from a payment of the person for another's."""
        return alias.lease_id in self.lease_ids or alias.person_id in self.person_ids or alias.origin in self.match_ids

    def has_part(self, public: Mapping[str, Any], personal: Mapping[str, Any]) -> bool:
        """True where a sealed fact's personal part is the person's, by its public part or by what it holds itself."""
        body: dict[str, Any] = public["body"]
        payment_id = body.get("payment_id") or next(
            (body[name]["payment_id"] for name in ("payment", "match", "proposal") if name in body), None
        )
        if (
            body.get("person", {}).get("person_id") in self.person_ids
            or payment_id in self.payment_ids
            or ("alias" in body and self.has_alias(_alias_without_text(body["alias"])))
        ):
            return True
        if public["fact"] == "PersonRecorded":
            return False  # another person's, who may share a phone
        text = canonical(personal)
        marks = sealed_certificate_marks(self) if public["fact"] in CERTIFIED else sorted(self.phones)
        return any(mark in text for mark in marks)


def _alias_without_text(body: Mapping[str, Any]) -> PayerAlias:
    return from_plain({**body, "text": ""}, PayerAlias)


def sealed_certificate_marks(scope: ErasureScope) -> tuple[str, ...]:
    """The marks as they stand in a sealed part, where the certificate is a text within JSON."""
    return tuple(canonical(mark)[1:-1] for mark in scope.certificate_marks)
