"""A ticket as a system outside told it, beside what it names of ours."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from marketplace_core.domain.identifiers import (
    PersonId,
    PortfolioId,
    PropertyId,
    TicketId,
    UnitId,
    derive_id,
)
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.maintenance.ticket import ChangeKind, OutsideCopy, Side, TicketChange
from marketplace_core.domain.outside_property.identity import unit_external_id
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.domain.party import UnitKind


@frozen
class Seen:
    """A ticket as it was told, by which system, when we knew, and which of our own things it names."""

    portfolio_id: PortfolioId
    system: str
    zone: str
    outside: OutsideTicket
    at: datetime
    property_id: PropertyId | None = None
    unit_id: UnitId | None = None
    reporter_id: PersonId | None = None

    @property
    def place(self) -> str:
        """What the system calls the unit, or the property alone; empty where it does not say."""
        it = self.outside
        if not (it.property_id and it.unit_label):
            return it.property_id
        return unit_external_id(it.property_id, it.unit_kind or UnitKind.FLAT, it.unit_label)

    @property
    def assignee(self) -> str:
        """A digest of whom it names, which tells nobody."""
        it = self.outside.assignee
        return derive_id("asg", it.external_id, it.name) if it.external_id or it.name else ""

    def copy(self) -> OutsideCopy:
        """What is kept to tell later what changed there."""
        it = self.outside
        return OutsideCopy(
            self.system,
            it.external_id,
            it.number,
            it.version,
            it.status,
            it.status_at,
            it.priority,
            waits_until(it),
            self.assignee,
            self.place,
        )

    def line(
        self, kind: ChangeKind, before: str = "", after: str = "", happened_at: datetime | None = None
    ) -> TicketChange:
        """A line of history that says what the system told; the same version gives the same one."""
        return TicketChange(
            derive_id("tch", self.ticket_id, kind, str(self.outside.version)),
            kind,
            Side.THEIRS,
            self.system,
            happened_at or self.outside.updated_at,
            self.at,
            str(before),
            str(after),
        )

    @property
    def ticket_id(self) -> TicketId:
        """The id of a ticket that was made there."""
        return outside_ticket_id(self.portfolio_id, self.system, self.outside.external_id)


def outside_ticket_id(portfolio_id: PortfolioId, system: str, external_id: str) -> TicketId:
    """The id of a ticket that was made in the system outside."""
    return TicketId(derive_id("tkt", portfolio_id, system, external_id))


def waits_until(outside: OutsideTicket) -> datetime | None:
    """Until when it waits, to the second, as far as any system keeps it; only what is on hold does."""
    until = outside.deferred_until if outside.status is TicketStatus.ON_HOLD else None
    return until and until.replace(microsecond=0)
