"""Portfolios, properties, units and people."""

from __future__ import annotations

from datetime import date

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.party import Person, Portfolio, Property, Unit, UnitKind
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
    """A building or plot with units; since ``archived_on`` it is kept only for what was."""

    property_id: str
    name: str
    address: str
    landlord_id: str | None
    archived_on: date | None

    @classmethod
    def of(cls, it: Property) -> PropertyShape:
        """The shape of a property."""
        return cls(it.property_id, it.name, it.address, it.landlord_id, it.archived_on)


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

    def record(self, portfolio_id: PortfolioId, known: Property | None = None) -> Property:
        """The property; archived where the known one is."""
        landlord = PersonId(self.landlord_id) if self.landlord_id else None
        archived_on = None if known is None else known.archived_on
        return Property(portfolio_id, PropertyId(self.property_id), self.name, landlord, self.address, archived_on)


@frozen
class UnitShape:
    """What is let; ``lease_ids`` are its leases that are active or on notice, as far as the caller sees them.

    ``number`` is the label on the door. Since ``archived_on`` it is kept only for what was.
    """

    unit_id: str
    property_id: str
    property_name: str
    code: str
    lease_ids: tuple[str, ...]
    kind: UnitKind
    number: str
    floor: str
    block: str
    archived_on: date | None

    @classmethod
    def of(cls, it: UnitEntry) -> UnitShape:
        """The shape of a unit."""
        own = it.unit
        place = (own.kind, own.number, own.floor, own.block, own.archived_on)
        return cls(own.unit_id, own.property_id, it.property_name, own.code, it.lease_ids, *place)


@frozen
class UnitPage:
    """A page of units."""

    units: tuple[UnitShape, ...]
    next: str | None


@frozen
class UnitBody:
    """A unit to record; the same id again changes it. What is left out stays as it is, or is a flat without a label."""

    unit_id: Identifier
    property_id: Identifier
    code: Name
    kind: UnitKind | None = None
    number: Words | None = None
    floor: Words | None = None
    block: Words | None = None

    def record(self, portfolio_id: PortfolioId, known: Unit | None = None) -> Unit:
        """The unit; archived where the known one is."""
        place = PropertyId(self.property_id)
        before = known or Unit(portfolio_id, UnitId(self.unit_id), place, self.code)
        return evolve(
            before,
            property_id=place,
            code=self.code,
            kind=before.kind if self.kind is None else self.kind,
            number=before.number if self.number is None else self.number,
            floor=before.floor if self.floor is None else self.floor,
            block=before.block if self.block is None else self.block,
        )


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
