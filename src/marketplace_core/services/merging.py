"""Make one person of two who are recorded twice, in the books and among the logins."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalRelinked, LeaseRecorded, PersonRecorded, PropertyRecorded
from marketplace_core.domain.identifiers import LeaseId, PersonId, PropertyId
from marketplace_core.domain.party import ExternalId, Person
from marketplace_core.errors import InvalidInput
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.merging import Merging
from marketplace_core.services.identity.repointing import RepointGrants


@frozen
class MergedPeople:
    """What changed, or in a dry run would: leases, properties and links that named the duplicate, logins too.

    ``kept`` is who stands for both, as told from then on, ``phones`` those that the duplicate brought. ``logins`` are
    users and clients as the log of identities names them. ``repeated``: the command was done before.
    """

    duplicate_id: PersonId
    kept: Person
    phones: tuple[str, ...]
    leases: tuple[LeaseId, ...]
    properties: tuple[PropertyId, ...]
    links: tuple[ExternalId, ...]
    logins: tuple[str, ...]
    repeated: bool = False


@frozen
class MergePeople:
    """Lets one of a portfolio's people stand for another one, for good.

    First the books, by one command, then logins and clients: if it ends in between, either of them again completes it.
    ``repoint`` None: the store keeps no logins.
    """

    merging: Merging
    directory: Directory
    repoint: RepointGrants | None = None

    def __call__(
        self, command: Command, duplicate_id: PersonId, kept_id: PersonId, *, dry_run: bool = False
    ) -> MergedPeople:
        """What changed; nothing in the books where it is so already.

        ``command.reason`` must say why, and stays in the chain for good: name nobody in it. Errors as
        ``domain.merging.merge_facts``.
        """
        if not command.reason.strip():
            raise InvalidInput(f"person {duplicate_id}: say why they are {kept_id}, without naming them")
        before = self.directory.person(command.portfolio_id, kept_id)
        recorded = self.merging.merge_people(command, duplicate_id, kept_id, dry_run=dry_run)
        kept = self.directory.person(command.portfolio_id, kept_id)
        if dry_run:
            kept = next((it.person for it in recorded.facts if isinstance(it, PersonRecorded)), kept)
        logins: tuple[str, ...] = ()
        if self.repoint is not None:
            further = {duplicate_id: kept_id} if dry_run else {}
            logins = self.repoint(command, further=further, dry_run=dry_run)
        return MergedPeople(
            duplicate_id,
            kept,
            tuple(it for it in kept.phones if it not in before.phones),
            tuple(it.lease.lease_id for it in recorded.facts if isinstance(it, LeaseRecorded)),
            tuple(it.record.property_id for it in recorded.facts if isinstance(it, PropertyRecorded)),
            tuple(
                ExternalId(it.system, it.kind, it.external_id)
                for it in recorded.facts
                if isinstance(it, ExternalRelinked)
            ),
            logins,
            recorded.repeated,
        )
