"""Draft the lease of an accepted booking: what it needs, who its tenant is, and its terms, written in one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import define, field, frozen

from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.facts import ExternalLinked, ExternalRelinked, Fact, LeaseRecorded, PersonRecorded
from marketplace_core.domain.identifiers import (
    ChargeId,
    CollectionAccountId,
    LeaseId,
    PersonId,
    PortfolioId,
)
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.listings.applications import APPLICANT, BOOKING, Application, taken_days
from marketplace_core.domain.listings.listing import Listing
from marketplace_core.domain.listings.tenants import Tenant, find_tenant, person_id_of, standing_person
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person
from marketplace_core.domain.reference import issue_reference
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import AlreadyExists, RuleViolation
from marketplace_core.ports.books import Books
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.listings import Listings

_MOST_REFERENCES: Final = 20


@frozen
class DraftRule:
    """How leases are drafted: on whose word, and the terms that a listing does not have."""

    needs_verified: bool = True
    billing_day: int = 1
    due_day: int | None = None
    grace_days: int = 0
    collection_account_id: CollectionAccountId | None = None


@define
class Drafting:
    """Drafts leases in one pass, which reads the people and the leases of the portfolio once."""

    listings: Listings
    accounts: LeaseAccounts
    books: Books
    directory: Directory
    clock: Clock
    rule: DraftRule
    command: Command
    _people: dict[PersonId, Person] | None = field(default=None, init=False)
    _leases: dict[LeaseId, Lease] | None = field(default=None, init=False)

    @property
    def own(self) -> PortfolioId:
        """The portfolio."""
        return self.command.portfolio_id

    @property
    def people(self) -> dict[PersonId, Person]:
        """Everybody known."""
        if self._people is None:
            self._people = dict(self.directory.people(self.own))
        return self._people

    @property
    def leases(self) -> dict[LeaseId, Lease]:
        """Every lease, those drafted in this pass with them."""
        if self._leases is None:
            self._leases = {it.lease_id: it for it in self.accounts.leases(self.own)}
        return self._leases

    def draft(self, it: Application) -> Lease:
        """The lease, recorded with its tenant and links in one transaction; ``RuleViolation`` says why it waits.

        Another pass may draft at the same time: whether the unit is free is looked at again while it is locked. A lease
        that the other one made of this booking is the lease.
        """
        listing = self.listings.listing_file(self.own, it.listing_id).listing
        rent = self._rent_where_lettable(it, listing)
        tenant = self._tenant(it)
        lease = self._recorded(it, listing, rent, tenant)
        self.leases[lease.lease_id] = lease
        self.people.setdefault(tenant.person.person_id, tenant.person)
        return lease

    def require_lettable(self, it: Application) -> None:
        """``RuleViolation`` says why the unit is not let over the days, whoever the tenant is."""
        self._rent_where_lettable(it, self.listings.listing_file(self.own, it.listing_id).listing)

    def _recorded(self, it: Application, listing: Listing, rent: Money, tenant: Tenant) -> Lease:
        """Tenant, lease and links as one link of the log; a reference that is taken is another one the next time."""
        people = [PersonRecorded(self.own, tenant.person)] if tenant.is_new else []
        part = self.command.part(f"draft {it.next_lease_id}")
        attempt = 0
        while True:
            lease = self._lease_of(it, listing, rent, tenant.person.person_id, attempt)
            made: list[Lease] = []

            def decide(locked: Locked, lease: Lease = lease, made: list[Lease] = made) -> Sequence[Fact]:
                of_unit = locked.units[it.unit_id]
                made[:] = [one for one in of_unit if one.lease_id == lease.lease_id]
                if made:
                    return ()
                self._require_free(it, of_unit)
                return [*people, LeaseRecorded(lease), *self._links(it, tenant.person.person_id)]

            try:
                self.books.change(part, decide, units=[it.unit_id])
            except AlreadyExists:
                attempt += 1
                if attempt == _MOST_REFERENCES:
                    raise
            else:
                return made[0] if made else lease

    def _rent_where_lettable(self, it: Application, listing: Listing) -> Money:
        """The rent, which is the listing's and never the booking's, where the unit may be let over the days."""
        portfolio, unit = self.directory.portfolio(self.own), self.directory.unit(self.own, it.unit_id)
        if it.ends_on <= day_in_zone(self.clock.now(), portfolio.zone):
            raise RuleViolation(f"its days, {it.starts_on} to {it.ends_on}, are over: draft a lease by hand if one was")
        if unit.archived_on is not None:
            raise RuleViolation(f"unit {unit.code} is archived since {unit.archived_on}: nothing is let there")
        if listing.rent is None:
            raise RuleViolation(f"listing {listing.listing_id} has no rent: give what a month costs")
        if listing.rent.currency != portfolio.currency:
            raise RuleViolation(
                f"listing {listing.listing_id} asks for {listing.rent.currency.code}, and the portfolio lets in"
                f" {portfolio.currency.code}: give the rent in it"
            )
        self._require_free(it, (one for one in self.leases.values() if one.unit_id == it.unit_id))
        return listing.rent

    def _require_free(self, it: Application, of_unit: Iterable[Lease]) -> None:
        taken = taken_days(it.term, of_unit)
        if taken is not None:
            raise RuleViolation(
                f"unit {self.directory.unit(self.own, it.unit_id).code} is not free from {it.starts_on} until"
                f" {it.ends_on}: lease {taken.lease_id}, {taken.status}, has it from {taken.start} until"
                f" {taken.end or 'no day: it is open'}"
            )

    def _tenant(self, it: Application) -> Tenant:
        if it.person_id is not None:
            return Tenant(standing_person(self.people, it.person_id))
        if it.is_erased:
            raise RuleViolation("who booked was erased: confirm who the tenant is")
        linked = self.directory.our_id(self.own, it.system, APPLICANT, it.applicant.external_id)
        return find_tenant(
            it.applicant,
            self.people,
            PersonId(linked) if linked else None,
            person_id_of(self.own, it.system, it.applicant),
            needs_verified=self.rule.needs_verified,
        )

    def _lease_of(self, it: Application, listing: Listing, rent: Money, tenant_id: PersonId, attempt: int) -> Lease:
        charge = RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (Rate(it.starts_on, rent),))
        return Lease(
            it.next_lease_id,
            self.own,
            it.unit_id,
            (tenant_id,),
            (it.term,),
            rent.currency,
            (charge,),
            billing_day=self.rule.billing_day,
            due_day=self.rule.due_day,
            grace_days=self.rule.grace_days,
            deposit=listing.deposit,
            reference=issue_reference(self.own, it.next_lease_id, attempt),
            collection_account_id=self.rule.collection_account_id,
        )

    def _links(self, it: Application, person_id: PersonId) -> list[Fact]:
        """The account there stands for the tenant, the booking for the lease: for its newest one."""
        found: list[Fact] = []
        account, lease_id = it.applicant.external_id, it.next_lease_id
        if account and self.directory.our_id(self.own, it.system, APPLICANT, account) is None:
            found.append(ExternalLinked(self.own, it.system, APPLICANT, account, person_id))
        last = self.directory.our_id(self.own, it.system, BOOKING, it.external_id)
        if last is None:
            found.append(ExternalLinked(self.own, it.system, BOOKING, it.external_id, lease_id))
        elif last != lease_id:
            found.append(ExternalRelinked(self.own, it.system, BOOKING, it.external_id, last, lease_id))
        return found
