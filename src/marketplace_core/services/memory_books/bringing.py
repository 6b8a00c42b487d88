"""Brings what a system outside tells of properties and units into the books in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import PropertyId, UnitId
from marketplace_core.domain.outside_property.bringing import (
    KnownProperty,
    Page,
    plan_page,
    told_once,
    units_of,
)
from marketplace_core.domain.outside_property.changes import Brought
from marketplace_core.domain.outside_property.identity import PROPERTY, UNIT, house_of
from marketplace_core.domain.outside_property.labels import is_elsewhere
from marketplace_core.domain.outside_property.records import OutsideProperty
from marketplace_core.domain.party import Unit
from marketplace_core.ports.outside_property.property_books import PropertyBooks
from marketplace_core.services.memory_books.engine import Engine
from marketplace_core.services.memory_books.tables import Book

_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class Bringing(Engine, PropertyBooks):
    """Looks through the whole book for each page: there is no index here."""

    @override
    def bring_properties(
        self,
        command: Command,
        system: str,
        properties: Sequence[OutsideProperty],
        seen_on: date,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> Brought:
        with self._lock:
            book = self._book(command.portfolio_id)
            page = Page(command.portfolio_id, system, seen_on)
            told = told_once(properties)
            known = _known(book, page, told)
            codes = book.unit_codes
            plan = plan_page(
                page,
                [(it, units_of(it), known[it.external_id]) for it in told],
                lambda texts: {text for text in texts if text in codes},
            )
            if plan.facts:
                part = command.part(f"page {self._last_sequence(book)}")
                self.record(part, plan.facts, dry_run=dry_run)
            return plan.brought if named else plan.brought.unnamed()

    @override
    def archive_properties(
        self,
        command: Command,
        system: str,
        external_ids: Collection[str],
        seen_on: date,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> Brought:
        with self._lock:
            links = self._book(command.portfolio_id).links
            known = [it for it in external_ids if (system, PROPERTY, it) in links]
            gone = [OutsideProperty(it, "", "", (), _NEVER, is_deleted=True) for it in known]
            return self.bring_properties(command, system, gone, seen_on, dry_run=dry_run, named=named)


def _known(book: Book, page: Page, told: Sequence[OutsideProperty]) -> Mapping[str, KnownProperty]:
    """What the book has of each of these properties outside."""
    linked: defaultdict[str, dict[str, Unit]] = defaultdict(dict)
    labels: defaultdict[UnitId, list[str]] = defaultdict(list)
    for (of_system, kind, external_id), our_id in sorted(book.links.items()):
        if (of_system, kind) == (page.system, UNIT):
            linked[house_of(external_id)][external_id] = book.units[UnitId(our_id)]
            labels[UnitId(our_id)].append(external_id)
    records = {
        external_id: PropertyId(our_id)
        for (of_system, kind, external_id), our_id in book.links.items()
        if (of_system, kind) == (page.system, PROPERTY)
    }
    keys = {key for it in told for key in units_of(it)}
    own = {it.external_id: records.get(it.external_id, PropertyId("")) for it in told}
    found: dict[str, KnownProperty] = {}
    for it in told:
        own_id, of_house = records.get(it.external_id), linked.get(it.external_id, {})
        record = None if own_id is None else book.properties[own_id]
        unlinked = [
            one for key, one in sorted(book.units.items()) if key not in labels and record and one.property_id == own_id
        ]
        elsewhere = {
            key for key, one in of_house.items() if is_elsewhere(key, one, labels[one.unit_id], keys, own, records)
        }
        found[it.external_id] = KnownProperty(record, of_house, unlinked, elsewhere=elsewhere)
    return found
