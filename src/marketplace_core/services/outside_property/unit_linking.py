"""A person says that a unit there is one of ours: what a sync took for another unit, since its label changed there."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.days import day_in_zone
from marketplace_core.domain.facts import ExternalLinked, ExternalRelinked, Fact, UnitRecorded
from marketplace_core.domain.identifiers import PortfolioId, UnitId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.ticket import Ticket
from marketplace_core.domain.outside_property.identity import PROPERTY, UNIT, derived_unit_id
from marketplace_core.domain.paging import Filter, Operator, PageAsk
from marketplace_core.domain.party import Unit, UnitKind
from marketplace_core.domain.register import TICKETS
from marketplace_core.errors import InvalidInput, NotFound, RuleViolation
from marketplace_core.ports.books import Books
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.register import Register
from marketplace_core.ports.tickets import Tickets

_PAGE = 500


@frozen
class UnitLinked:
    """Ours as it now is; ``archived`` is the unit that a sync had made for theirs, ``tickets`` are those that moved."""

    unit: Unit
    external_id: str
    archived: Unit | None = None
    tickets: int = 0


@frozen
class LinkUnit:
    """Links a unit there with one of ours, which then is current; the unit that a sync made for it is archived.

    What ours was called there before stays linked with it: residents and tickets of the old label are still its own.
    Stays follow with the next sync that reads everything.
    """

    books: Books
    directory: Directory
    accounts: LeaseAccounts
    register: Register
    tickets: Tickets

    def __call__(
        self, command: Command, system: str, external_id: str, unit_id: UnitId, *, dry_run: bool = False
    ) -> UnitLinked:
        """The link; linked as it is asked nothing is written, but tickets that a crash left behind still move.

        ``NotFound`` for a unit or a property of theirs that is not known; ``RuleViolation`` where ours is current by
        another label there, and, with what refers to it, where a person let the unit that the sync made.
        """
        own = command.portfolio_id
        self._require_known(own, system, external_id)
        ours = self.directory.unit(own, unit_id)
        known = self.directory.our_id(own, system, UNIT, external_id)
        if known == unit_id:
            moved = self._move_tickets(derived_unit_id(own, system, external_id), ours, dry_run=dry_run)
            return UnitLinked(ours, external_id, None, moved)
        self._require_free(ours, system)
        made = self._made(own, system, external_id, known)
        link: Fact = (
            ExternalLinked(own, system, UNIT, external_id, unit_id)
            if known is None
            else ExternalRelinked(own, system, UNIT, external_id, known, unit_id)
        )
        now = evolve(made or ours, unit_id=ours.unit_id, code=ours.code, archived_on=None)
        units = [now]
        if made is not None:
            self._require_unused(made, system)
            day = day_in_zone(command.recorded_at, self.directory.portfolio(own).zone)
            made = evolve(made, archived_on=made.archived_on or day)
            units.append(made)
        self.books.record(command, [*map(UnitRecorded, units), link], dry_run=dry_run)
        moved = self._move_tickets(made.unit_id, now, dry_run=dry_run) if made is not None else 0
        return UnitLinked(now, external_id, made, moved)

    def _require_known(self, own: PortfolioId, system: str, external_id: str) -> None:
        place, _, rest = external_id.partition(":")
        kind, _, label = rest.partition(":")
        if not (place and label) or kind not in list(UnitKind):
            raise InvalidInput(f"{external_id!r} is no {system} unit: say PROPERTY:KIND:LABEL, as the differences do")
        if self.directory.our_id(own, system, PROPERTY, place) is None:
            raise NotFound(f"{system} property {place} stands for none of ours: sync it, or link it, first")

    def _made(self, own: PortfolioId, system: str, external_id: str, known: str | None) -> Unit | None:
        """The unit that stands for theirs, and for nothing else there; None where there is none."""
        if known is None or self._labels(own, system, known) != [external_id]:
            return None
        return self.directory.unit(own, UnitId(known))

    def _labels(self, own: PortfolioId, system: str, unit_id: str) -> list[str]:
        found = self.directory.external_ids(own, unit_id)
        return [it.external_id for it in found if (it.system, it.kind) == (system, UNIT)]

    def _require_free(self, ours: Unit, system: str) -> None:
        """Refuse a unit that is told there by another label: it would be two."""
        labels = self._labels(ours.portfolio_id, system, ours.unit_id)
        if labels and ours.archived_on is None:
            raise RuleViolation(f"unit {ours.code} ({ours.unit_id}) is current as {system} unit {labels[-1]} already")

    def _require_unused(self, made: Unit, system: str) -> None:
        """Refuse to archive what a person let, or opened tickets of."""
        own = made.portfolio_id
        leases = [it.lease_id for it in self.accounts.leases(own) if it.unit_id == made.unit_id]
        opened = [it.number for it in self._tickets(own, made.unit_id) if not it.outside or it.outside.system != system]
        used = [f"lease {it}" for it in leases] + [f"ticket {it}" for it in opened]
        if used:
            more = f" and {len(used) - 5} more" if len(used) > 5 else ""  # noqa: PLR2004 - what a line holds
            raise RuleViolation(
                f"unit {made.code} ({made.unit_id}), which the sync made, is in use: {', '.join(used[:5])}{more};"
                " move or end these first"
            )

    def _tickets(self, own: PortfolioId, unit_id: UnitId) -> Iterator[Ticket]:
        reach, filters = Reach(own, is_whole=True), (Filter("unit_id", Operator.EQUAL, unit_id),)
        ask = PageAsk(_PAGE, filters=filters)
        while True:
            page = self.register.page(reach, TICKETS, ask)
            yield from (it.ticket for it in page.entries)
            if page.next is None:
                return
            ask = evolve(ask, after=page.next)

    def _move_tickets(self, from_id: UnitId, unit: Unit, *, dry_run: bool) -> int:
        """Let tickets be of the unit; how many they are."""
        if from_id == unit.unit_id:
            return 0

        def change(file: TicketFile | None) -> TicketFile | None:
            return file and file.with_ticket(evolve(file.ticket, unit_id=unit.unit_id, property_id=unit.property_id))

        found = list(self._tickets(unit.portfolio_id, from_id))
        for it in found:
            self.tickets.change_ticket(unit.portfolio_id, it.ticket_id, change, dry_run=dry_run)
        return len(found)
