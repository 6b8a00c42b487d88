"""One person in every system: who may be recorded twice, links, and merging."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.party import ExternalId, Person
from marketplace_core.domain.same_people import SamePeople, SameReason
from marketplace_core.services.merging import MergedPeople
from marketplace_entrypoints.http.bounded import Identifier, Name, Reason
from marketplace_entrypoints.http.shapes.directory import PersonShape


class System(StrEnum):
    """The systems beside ours that know people."""

    KILLBILL = "killbill"
    CONDO = "condo"
    COCORICO = "cocorico"


@frozen
class SamePair:
    """Two records that may be of one person, with what they share; ``names_agree`` false is a warning."""

    first: PersonShape
    second: PersonShape
    reasons: tuple[SameReason, ...]
    names_agree: bool

    @classmethod
    def of(cls, it: SamePeople, people: Mapping[PersonId, Person]) -> SamePair:
        """The shape of a proposal."""
        first, second = PersonShape.of(people[it.first]), PersonShape.of(people[it.second])
        return cls(first, second, it.reasons, it.names_agree)


@frozen
class SamePeopleList:
    """Who may be recorded twice; a person decides."""

    same: tuple[SamePair, ...]


@frozen
class LinkBody:
    """What another system calls the person; ``kind`` is what it is there, such as ``account``."""

    system: System
    kind: Name
    external_id: Name


@frozen
class LinkShape:
    """What another system calls a person."""

    system: str
    kind: str
    external_id: str

    @classmethod
    def of(cls, it: ExternalId) -> LinkShape:
        """The shape of a link."""
        return cls(it.system, it.kind, it.external_id)


@frozen
class LinkList:
    """What other systems call a person, in order."""

    links: tuple[LinkShape, ...]


@frozen
class MergeBody:
    """Whom the person stands for from then on, and why; it cannot be undone."""

    duplicate_id: Identifier
    reason: Reason


@frozen
class MergeShape:
    """What changed, or in a dry run would: what named the duplicate names ``kept``; ``logins`` is how many did.

    ``phones`` are those that the duplicate brought.
    """

    duplicate_id: str
    kept: PersonShape
    phones: tuple[str, ...]
    leases: tuple[str, ...]
    properties: tuple[str, ...]
    links: tuple[LinkShape, ...]
    logins: int
    repeated: bool
    dry_run: bool

    @classmethod
    def of(cls, it: MergedPeople, *, dry_run: bool) -> MergeShape:
        """The shape of a merge."""
        return cls(
            it.duplicate_id,
            PersonShape.of(it.kept),
            it.phones,
            it.leases,
            it.properties,
            tuple(LinkShape.of(one) for one in it.links),
            len(it.logins),
            it.repeated,
            dry_run,
        )
