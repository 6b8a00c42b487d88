"""Link occupancies with leases: proposed with reasons, confirmed by a person, or by the one rule that may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress

from attrs import frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.facts import ExternalLinked, Fact
from marketplace_core.domain.identifiers import LeaseId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.occupancy import CONTACT, OCCUPANCY, Occupancy
from marketplace_core.domain.occupancy_proposals import OccupancyProposal, certain, propose
from marketplace_core.domain.outside_property.records import OccupantRole
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import AlreadyExists, RuleViolation
from marketplace_core.ports.books import Books
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.outside_property.occupancies import Occupancies
from marketplace_core.services.leases import SignLease


@frozen
class ProposeOccupancies:
    """Proposals for every current occupancy that is linked to no lease yet."""

    occupancies: Occupancies
    accounts: LeaseAccounts
    directory: Directory
    clock: Clock

    def __call__(self, portfolio_id: PortfolioId) -> Iterator[tuple[Occupancy, tuple[OccupancyProposal, ...]]]:
        """Each occupancy with what it may mean; nothing for those of which nothing follows."""
        as_of = day_in_zone(self.clock.now(), self.directory.portfolio(portfolio_id).zone)
        leases: defaultdict[UnitId, list[Lease]] = defaultdict(list)
        for lease in self.accounts.leases(portfolio_id):
            leases[lease.unit_id].append(lease)
        residents: defaultdict[UnitId | None, list[Occupancy]] = defaultdict(list)
        current = list(self.occupancies.occupancies(portfolio_id, is_current=True))
        for it in current:
            residents[it.unit_id].append(it)
        people = self.directory.people(portfolio_id)
        archived = {it.unit_id for it in self.directory.units(portfolio_id) if it.archived_on is not None}
        for it in current:
            if self.directory.our_id(portfolio_id, it.key.system, OCCUPANCY, it.key.link_id) is not None:
                continue
            own = leases[it.unit_id] if it.unit_id is not None else []
            found = propose(it, own, people.values(), residents[it.unit_id], as_of, is_archived=it.unit_id in archived)
            if found:
                yield it, found


@frozen
class AssignOccupancy:
    """Links a stay to a lease and who is in it to a tenant of that lease, in one step; both links are for good."""

    books: Books
    occupancies: Occupancies
    directory: Directory

    def __call__(
        self, command: Command, occupancy_id: str, lease_id: LeaseId, person_id: PersonId, *, dry_run: bool = False
    ) -> tuple[ExternalLinked, ...]:
        """The links that were written, none where both stood. The lease itself is not changed.

        ``RuleViolation`` where the stay has ended or is none of a resident, the lease is of another unit, or the person
        is no tenant of it; ``AlreadyExists`` where either is linked to another one.
        """
        it = self.occupancies.occupancy(command.portfolio_id, occupancy_id)
        if not it.is_current:
            raise RuleViolation(f"occupancy {occupancy_id} ended on {it.seen_until}: link a current one")
        if it.role is not OccupantRole.RESIDENT:
            raise RuleViolation(f"occupancy {occupancy_id} is of a {it.role}: only a resident can be a tenant")
        links = (
            ExternalLinked(command.portfolio_id, it.key.system, OCCUPANCY, it.key.link_id, lease_id),
            ExternalLinked(command.portfolio_id, it.key.system, CONTACT, it.key.external_id, person_id),
        )
        new = [link for link in links if not self._stands(link)]

        def decide(locked: Locked) -> Sequence[Fact]:
            lease = locked.accounts[lease_id].lease
            if lease.unit_id != it.unit_id:
                raise RuleViolation(f"lease {lease_id} is of unit {lease.unit_id}, the occupancy of {it.unit_id}")
            if person_id not in lease.tenant_ids:
                raise RuleViolation(f"{person_id} is no tenant of lease {lease_id}: change the lease first")
            if lease.status in (LeaseStatus.ENDED, LeaseStatus.CANCELLED):
                raise RuleViolation(f"lease {lease_id} is {lease.status}: nobody lives there by it")
            return new

        recorded = self.books.change(command, decide, leases=[lease_id], dry_run=dry_run)
        return tuple(fact for fact in recorded.facts if isinstance(fact, ExternalLinked))

    def _stands(self, link: ExternalLinked) -> bool:
        known = self.directory.our_id(link.portfolio_id, link.system, link.kind, link.external_id)
        if known not in (None, link.our_id):
            raise AlreadyExists(f"{link.system} {link.kind} {link.external_id} is linked to {known} already")
        return known is not None


@frozen
class AssignCertain:
    """Links those of which a rule may be sure, where the settings switch it on: see ``certain``.

    What cannot be linked is left for a person: who is in a contact there may be another one by now, and a link is for
    good.
    """

    proposals: ProposeOccupancies
    assign: AssignOccupancy
    is_on: bool = False

    def __call__(self, command: Command, *, dry_run: bool = False) -> tuple[OccupancyProposal, ...]:
        """The proposals that were confirmed, each a part of the command; none where the rule is off."""
        if not self.is_on:
            return ()
        found = [certain(proposals) for _, proposals in self.proposals(command.portfolio_id)]
        done: list[OccupancyProposal] = []
        for it in found:
            if it is not None and it.lease_id is not None and it.person_id is not None:
                part = command.part(it.occupancy_id)
                with suppress(AlreadyExists, RuleViolation):
                    self.assign(part, it.occupancy_id, it.lease_id, it.person_id, dry_run=dry_run)
                    done.append(it)
        return tuple(done)


@frozen
class DraftFromOccupancy:
    """Drafts a lease for who lives in a unit, with terms that the caller gives whole, and links both."""

    sign: SignLease
    assign: AssignOccupancy

    def __call__(
        self, command: Command, occupancy_id: str, lease: Lease, person_id: PersonId, *, dry_run: bool = False
    ) -> Lease:
        """The draft as recorded: rent, dates and deposit are the caller's, never the occupancy's.

        A crash in between leaves a draft without a link, which the same command again completes.
        """
        it = self.assign.occupancies.occupancy(command.portfolio_id, occupancy_id)
        if lease.status is not LeaseStatus.DRAFT:
            raise RuleViolation(f"lease {lease.lease_id} is {lease.status}: from an occupancy only a draft is made")
        if not it.is_current or it.role is not OccupantRole.RESIDENT:
            raise RuleViolation(f"occupancy {occupancy_id} is no current one of a resident: nothing is drafted from it")
        if lease.unit_id != it.unit_id or person_id not in lease.tenant_ids:
            raise RuleViolation(f"lease {lease.lease_id}: the unit is to be {it.unit_id}, and {person_id} a tenant")
        signed = self.sign(command, lease, dry_run=dry_run)
        if not dry_run:
            self.assign(command.part("assign"), occupancy_id, signed.lease_id, person_id)
        return signed
