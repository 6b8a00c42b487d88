"""Portfolios, properties, units and people."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.register import UnitEntry
from marketplace_entrypoints.http.bounded import CurrencyCode, Identifier, Name, Words


@frozen
class PortfolioShape:
    """A landlord's or agent's book."""

    portfolio_id: Identifier
    name: str
    currency: CurrencyCode
    zone: str

    @classmethod
    def of(cls, it: Portfolio) -> PortfolioShape:
        """The shape of a portfolio."""
        return cls(it.portfolio_id, it.name, it.currency.code, it.zone)


@frozen
class PortfolioList:
    """Every portfolio that the caller has a role in."""

    portfolios: tuple[PortfolioShape, ...]


@frozen
class PropertyShape:
    """A building or plot with units."""

    property_id: str
    name: str
    address: str
    landlord_id: str | None

    @classmethod
    def of(cls, it: Property) -> PropertyShape:
        """The shape of a property."""
        return cls(it.property_id, it.name, it.address, it.landlord_id)


@frozen
class PropertyPage:
    """A page of properties."""

    properties: tuple[PropertyShape, ...]
    next: str | None


@frozen
class PropertyBody:
    """A property to record; the same id again changes it."""

    property_id: Identifier
    name: Name
    address: Words = ""
    landlord_id: Identifier | None = None

    def record(self, portfolio_id: PortfolioId) -> Property:
        """The property."""
        landlord = PersonId(self.landlord_id) if self.landlord_id else None
        return Property(portfolio_id, PropertyId(self.property_id), self.name, landlord, self.address)


@frozen
class UnitShape:
    """What is let; ``lease_ids`` are its leases that are active or on notice, as far as the caller sees them."""

    unit_id: str
    property_id: str
    property_name: str
    code: str
    lease_ids: tuple[str, ...]

    @classmethod
    def of(cls, it: UnitEntry) -> UnitShape:
        """The shape of a unit."""
        return cls(it.unit.unit_id, it.unit.property_id, it.property_name, it.unit.code, it.lease_ids)


@frozen
class UnitPage:
    """A page of units."""

    units: tuple[UnitShape, ...]
    next: str | None


@frozen
class UnitBody:
    """A unit to record; the same id again changes it."""

    unit_id: Identifier
    property_id: Identifier
    code: Name

    def record(self, portfolio_id: PortfolioId) -> Unit:
        """The unit."""
        return Unit(portfolio_id, UnitId(self.unit_id), PropertyId(self.property_id), self.code)


@frozen
class PersonShape:
    """Somebody; the name of who was erased is empty. A national id is never shown.

    ``merged_into`` is who stands for them since they were found to be recorded twice.
    """

    person_id: str
    name: str
    phones: tuple[str, ...]
    email: str
    merged_into: str | None

    @classmethod
    def of(cls, it: Person) -> PersonShape:
        """The shape of a person."""
        return cls(it.person_id, it.name, it.phones, it.email, it.merged_into)


@frozen
class PersonPage:
    """A page of people."""

    people: tuple[PersonShape, ...]
    next: str | None


@frozen
class PersonBody:
    """A person to record; the same id again changes the person, as a whole: what is left out is then empty.

    Only the national id, which no answer shows, is kept where it is null or left out. ``merged_into`` is null, as a
    merge has an operation of its own.
    """

    person_id: Identifier
    name: Name
    phones: tuple[Name, ...] = ()
    email: Words = ""
    national_id: Words | None = None
    merged_into: Identifier | None = None


@frozen
class Done:
    """What was done, or in a dry run would be: how many facts the books hold more, and the last link of their log."""

    facts: int
    sequence: int
    repeated: bool
    dry_run: bool


@frozen
class Erased:
    """How much went, or in a dry run would go: sealed parts of the log, payments, aliases, occupancies, tickets."""

    parts: int
    payments: int
    aliases: int
    occupancies: int
    tickets: int
    dry_run: bool
