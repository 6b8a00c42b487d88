"""Parties, properties and units."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from marketplace_core.domain.days import time_zone
from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.money import KES, Currency
from marketplace_core.errors import InvalidInput, RuleViolation


class Role(StrEnum):
    """What a person may be to a portfolio."""

    ADMIN = "admin"
    LANDLORD = "landlord"
    TENANT = "tenant"
    CARETAKER = "caretaker"


class UnitKind(StrEnum):
    """What a unit is for."""

    FLAT = "flat"
    APARTMENT = "apartment"
    PARKING = "parking"
    COMMERCIAL = "commercial"
    WAREHOUSE = "warehouse"


@frozen
class Portfolio:
    """A landlord's or agent's book: one currency of reporting, one time zone, numbers of its own."""

    portfolio_id: PortfolioId
    name: str
    currency: Currency = KES
    zone: str = "Africa/Nairobi"

    def __attrs_post_init__(self) -> None:
        """Refuse a zone that the machine does not know."""
        time_zone(self.zone)


@frozen
class Person:
    """Somebody with a name; phones as ``2547…`` digits. Personal data: never in the event chain.

    ``merged_into`` is who stands for them since they were found to be recorded twice: never somebody merged too. What
    was told of them stays here until the other one is erased.
    """

    person_id: PersonId
    name: str
    phones: tuple[str, ...] = ()
    email: str = ""
    national_id: str = field(default="", repr=False)
    merged_into: PersonId | None = None

    @property
    def shown_name(self) -> str:
        """What documents say: the name, or that it was erased."""
        return self.name or "(erased)"

    @property
    def is_erased(self) -> bool:
        """True where nothing is told of them any more."""
        return not (self.name or self.phones or self.email or self.national_id)


@frozen(order=True)
class ExternalId:
    """What an outside system calls something of ours."""

    system: str
    kind: str
    external_id: str


@frozen
class Property:
    """A building or plot with units; since ``archived_on`` it is kept for what was, and nothing more is let in it."""

    portfolio_id: PortfolioId
    property_id: PropertyId
    name: str
    landlord_id: PersonId | None = None
    address: str = ""
    archived_on: date | None = None


@frozen
class Unit:
    """What is let; its code is unique in the portfolio and works as an alias of its lease's reference.

    ``number`` is the label on the door, which units of several houses may share. ``archived_on`` is the day since
    which it is kept only for what was.
    """

    portfolio_id: PortfolioId
    unit_id: UnitId
    property_id: PropertyId
    code: str
    kind: UnitKind = UnitKind.FLAT
    number: str = ""
    floor: str = ""
    block: str = ""
    archived_on: date | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a unit that nobody can name."""
        if not self.code.strip():
            raise InvalidInput(f"unit {self.unit_id}: the code must not be empty")

    def require_lettable(self) -> None:
        """Refuse to let what is archived; what was let before stays as it is."""
        if self.archived_on is not None:
            raise RuleViolation(
                f"unit {self.code} ({self.unit_id}) is archived since {self.archived_on}: no lease of it is drafted,"
                " signed or made active; name another unit, or, where it is only called otherwise outside, link it"
            )
