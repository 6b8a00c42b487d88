"""What the suites of a property manager's system ask an adapter's author for: the ports, and hands that edit there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideUnit
from marketplace_core.domain.party import UnitKind
from marketplace_core.ports.outside_property.occupancy_source import OccupancySource
from marketplace_core.ports.outside_property.property_source import PropertySource
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.outside_property.ticket_source import TicketSource


class Hand(Protocol):
    """A person in the system, whose clock stands still until it is moved."""

    @abstractmethod
    def move_to(self, instant: datetime) -> None:
        """Let the system's clock stand there from now on."""

    @abstractmethod
    def add_property(self, name: str, address: str, units: Sequence[OutsideUnit] = ()) -> str:
        """A building with its map; its id."""


class PropertyHand(Hand, Protocol):
    """A person who draws buildings."""

    @abstractmethod
    def rename_property(self, property_id: str, name: str, address: str | None = None) -> None:
        """Give a building another name, and another address where one is given."""

    @abstractmethod
    def draw(self, property_id: str, units: Sequence[OutsideUnit]) -> None:
        """Draw the map of a building anew."""

    @abstractmethod
    def delete_property(self, property_id: str) -> None:
        """Delete a building."""


class OccupancyHand(Hand, Protocol):
    """A person who knows who lives where."""

    @abstractmethod
    def add_occupancy(
        self, property_id: str, kind: UnitKind, label: str, name: str, phone: str, role: OccupantRole
    ) -> str:
        """Somebody in a unit; the occupancy's id."""

    @abstractmethod
    def move_occupancy(self, occupancy_id: str, property_id: str, kind: UnitKind, label: str) -> None:
        """Put somebody into another unit."""

    @abstractmethod
    def rename_occupancy(self, occupancy_id: str, name: str, phone: str | None = None) -> None:
        """Give somebody another name, and another phone where one is given."""

    @abstractmethod
    def delete_occupancy(self, occupancy_id: str) -> None:
        """Somebody is there no more."""

    @abstractmethod
    def delete_property(self, property_id: str) -> None:
        """Delete a building."""


class TicketHand(Hand, Protocol):
    """A person who works on tickets."""

    @abstractmethod
    def add_ticket(
        self, property_id: str, kind: UnitKind | None, label: str, details: str, priority: TicketPriority
    ) -> str:
        """A new ticket; its id."""

    @abstractmethod
    def change_status(
        self, ticket_id: str, status: TicketStatus, reason: str = "", deferred_until: datetime | None = None
    ) -> None:
        """Give a ticket a status, from any to any."""

    @abstractmethod
    def rewrite_ticket(self, ticket_id: str, details: str) -> None:
        """Write other details."""

    @abstractmethod
    def delete_ticket(self, ticket_id: str) -> None:
        """Delete a ticket."""

    @abstractmethod
    def add_comment(self, ticket_id: str, text: str, *, is_resident: bool = False) -> str:
        """Write to a ticket; the comment's id."""

    @abstractmethod
    def rewrite_comment(self, comment_id: str, text: str) -> None:
        """Write a comment anew."""

    @abstractmethod
    def delete_comment(self, comment_id: str) -> None:
        """Delete a comment."""

    @abstractmethod
    def delete_property(self, property_id: str) -> None:
        """Delete a building."""


@frozen
class PropertyPlace:
    """An empty system and a hand in it; ``tells_deleted`` where the source tells rows that were deleted."""

    source: PropertySource
    hand: PropertyHand
    tells_deleted: bool = False


@frozen
class OccupancyPlace:
    """An empty system and a hand in it; ``tells_deleted`` where the source tells rows that were deleted."""

    source: OccupancySource
    hand: OccupancyHand
    tells_deleted: bool = False


@frozen
class TicketPlace:
    """An empty system and a hand in it; ``tells_deleted`` where the source tells rows that were deleted.

    ``tells_residents``: it tells comments that residents see, beside those of the organization.
    """

    source: TicketSource
    hand: TicketHand
    tells_deleted: bool = False
    tells_residents: bool = True


@frozen
class SinkPlace:
    """An empty system with a hand in it, whose clock stands at 8:00 UTC on 5 January 2026."""

    source: TicketSource
    sink: TicketSink
    hand: TicketHand
