"""Properties, units, people and leases of an import."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.days import ONE_DAY, billing_period_containing
from marketplace_core.domain.first_system.checks import lease_status
from marketplace_core.domain.first_system.plan import SYSTEM, ExternalLink
from marketplace_core.domain.first_system.rows import Book, LeaseRow, PropertyRow
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PersonId, PropertyId, UnitId, derive_id
from marketplace_core.domain.lease import Lease, LeaseTerm
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.reference import issue_reference


class PortfolioPlanner:
    """Collects what stands before any money: who, what and on which terms."""

    def __init__(self, book: Book, portfolio: Portfolio, first_billing_day: date) -> None:
        """For a book that has been checked as a whole."""
        self._book, self._portfolio, self._first_billing_day = book, portfolio, first_billing_day
        self.properties: list[Property] = []
        self.units: list[Unit] = []
        self.people: dict[str, Person] = {}
        self.lease_of_old: dict[str, Lease] = {}
        self.links: list[ExternalLink] = []
        self._references: set[str] = set()

    def plan(self) -> None:
        """Fill the lists, in the order of the files."""
        portfolio_id = self._portfolio.portfolio_id
        for row in self._book.properties:
            property_id = PropertyId(self._our_id("prp", "property", row.property_id))
            landlord = self._landlord(row)
            self.properties.append(Property(portfolio_id, property_id, row.name, landlord, row.address))
        for unit in self._book.units:
            unit_id = UnitId(self._our_id("unt", "unit", unit.unit_id))
            property_id = PropertyId(self._derived("prp", unit.property_id))
            self.units.append(Unit(portfolio_id, unit_id, property_id, unit.code))
        for tenant in self._book.tenants:
            person_id = PersonId(self._our_id("per", "tenant", tenant.tenant_id))
            person = Person(person_id, tenant.name, tenant.phones, tenant.email, tenant.national_id)
            self.people[person_id] = person
        for lease_row in self._book.leases:
            self.lease_of_old[lease_row.lease_id] = self._lease(lease_row)

    def _derived(self, prefix: str, old_id: str) -> str:
        return derive_id(prefix, self._portfolio.portfolio_id, SYSTEM, old_id)

    def _our_id(self, prefix: str, kind: str, old_id: str) -> str:
        our_id = self._derived(prefix, old_id)
        self.links.append(ExternalLink(kind, old_id, our_id))
        return our_id

    def _landlord(self, row: PropertyRow) -> PersonId | None:
        """One person for each name and phones, whichever properties are theirs."""
        if not row.landlord_name:
            return None
        key = ("landlord", row.landlord_name, *row.landlord_phone)
        person_id = PersonId(derive_id("per", self._portfolio.portfolio_id, SYSTEM, *key))
        self.people[person_id] = Person(person_id, row.landlord_name, row.landlord_phone)
        return person_id

    def _lease(self, row: LeaseRow) -> Lease:
        lease_id = LeaseId(self._our_id("lse", "lease", row.lease_id))
        end = None if row.last_day is None else row.last_day + ONE_DAY
        billing_day = row.billing_day or 1
        return Lease(
            lease_id,
            self._portfolio.portfolio_id,
            UnitId(self._derived("unt", row.unit_id)),
            tuple(PersonId(self._derived("per", tenant_id)) for tenant_id in row.tenant_ids),
            (LeaseTerm(row.start_day, end),),
            self._portfolio.currency,
            self._charges(row, lease_id, billing_day),
            lease_status(row, self._first_billing_day),
            billing_day,
            row.due_day,
            row.grace_days or 0,
            deposit=row.deposit or None,
            reference=self._reference(lease_id),
            billed_from=self._billed_from(row.start_day, billing_day),
        )

    def _charges(self, row: LeaseRow, lease_id: LeaseId, billing_day: int) -> tuple[RecurringCharge, ...]:
        amounts: list[tuple[ChargeKind, Money | None]] = [
            (ChargeKind.RENT, row.rent),
            (ChargeKind.SERVICE_CHARGE, row.service_charge),
            (ChargeKind.WATER, row.water),
            (ChargeKind.ELECTRICITY, row.electricity),
            (ChargeKind.GARBAGE, row.garbage),
            (ChargeKind.PARKING, row.parking),
        ]
        starts_on = self._billed_from(row.start_day, billing_day)
        return tuple(
            RecurringCharge(
                ChargeId(derive_id("chg", lease_id, kind)), kind, (Rate(row.start_day, amount),), starts_on=starts_on
            )
            for kind, amount in amounts
            if amount is not None
        )

    def _billed_from(self, start: date, billing_day: int) -> date | None:
        """The first day of the first period that begins on or after the first billing day; older ones were billed."""
        if start >= self._first_billing_day:
            return None
        return billing_period_containing(self._first_billing_day - timedelta(days=1), billing_day).end

    def _reference(self, lease_id: LeaseId) -> str:
        attempt = 0
        while (found := issue_reference(self._portfolio.portfolio_id, lease_id, attempt)) in self._references:
            attempt += 1
        self._references.add(found)
        return found
