"""What every store that takes properties and units from a system outside must do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest
from attrs import evolve

from marketplace_core.domain.facts import ExternalLinked, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import PortfolioId, PropertyId, UnitId
from marketplace_core.domain.outside_property.changes import Brought, PropertyChangeKind
from marketplace_core.domain.outside_property.identity import unit_external_id
from marketplace_core.domain.outside_property.records import OutsideProperty, OutsideUnit
from marketplace_core.domain.party import Unit, UnitKind
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.services.outside_property.unit_linking import LinkUnit
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import BookStore, PortfolioLife

SYSTEM: Final = "condo"
MONDAY: Final = date(2026, 3, 2)
SUNDAY: Final = date(2026, 3, 8)
_TOLD_AT: Final = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def house(name: str = "h1", *labels: str, kind: UnitKind = UnitKind.FLAT) -> OutsideProperty:
    """A property there, with units of these labels."""
    units = tuple(OutsideUnit(kind, label, floor="1", block="A") for label in labels)
    return OutsideProperty(name, f"House {name}", f"{name} street", units, _TOLD_AT)


def bring(
    life: PortfolioLife, *told: OutsideProperty, day: date = MONDAY, dry_run: bool = False, named: bool = True
) -> Brought:
    """Bring a page into the life's portfolio."""
    return life.store.bring_properties(life.command(), SYSTEM, told, day, dry_run=dry_run, named=named)


def link(life: PortfolioLife, property_id: str, external_id: str) -> None:
    """Say that a property of ours is one of theirs."""
    life.store.record(life.command(), [ExternalLinked(life.portfolio_id, SYSTEM, "property", external_id, property_id)])


def unit(life: PortfolioLife, external_id: str) -> Unit:
    """The unit of ours that an outside id stands for."""
    found = life.store.our_id(life.portfolio_id, SYSTEM, "unit", external_id)
    assert found is not None, f"nothing of ours is linked to {external_id}"
    return life.store.unit(life.portfolio_id, UnitId(found))


def kinds(found: Brought) -> list[str]:
    """What happened, in order."""
    return [str(it.kind) for it in found.changes]


class PropertyBooksContract(StoreContract):
    """Pages are compared first: what differs is written once, what is gone is archived, what is ours stays ours."""

    def test_new_properties_are_written_with_their_links_in_one_event(self, life: PortfolioLife) -> None:
        """Ids derive from what they are called there; the same page again writes nothing and leaves no event."""
        page = (house("h1", "1", "2 \t\\ д"), house("h2", "1"))
        before = len(list(life.store.events(life.portfolio_id)))
        found = bring(life, *page)
        assert found.counted == (("property_new", 2), ("unit_new", 3))
        assert len(list(life.store.events(life.portfolio_id))) == before + 1
        one = unit(life, "h1:flat:2 \\ д")
        assert (one.number, one.floor, one.block, one.kind) == ("2 \\ д", "1", "A", UnitKind.FLAT)
        place = next(it for it in life.store.properties(life.portfolio_id) if it.property_id == one.property_id)
        assert (place.name, place.address, place.archived_on) == ("House h1", "h1 street", None)
        assert life.store.our_id(life.portfolio_id, SYSTEM, "property", "h1") == place.property_id
        assert bring(life, *page) == Brought((), 5)
        assert len(list(life.store.events(life.portfolio_id))) == before + 1

    def test_a_code_names_one_unit_of_all_houses(self, life: PortfolioLife) -> None:
        """Flat 12 of two houses, parking 12, and labels that read alike have codes of their own, given for good."""
        bring(life, house("h1", "12", "1-2", "двенадцать", "1/2"), house("h2", "12"))
        parked = evolve(house("h3", "12"), units=(*house("h3", "12").units, OutsideUnit(UnitKind.PARKING, "12")))
        bring(life, parked)
        codes = {it.code for it in life.store.units(life.portfolio_id)}
        plain = {"".join(filter(str.isalnum, code)).upper() for code in codes}
        assert len(codes) == len(plain) == 10
        assert all(code.isascii() for code in codes)
        assert unit(life, "h1:flat:12").code.endswith("-12")
        assert unit(life, "h3:parking:12").code.endswith("-P12")
        named = evolve(unit(life, "h1:flat:12"), code="Penthouse")
        life.store.record(life.command(), [UnitRecorded(named)])
        assert kinds(bring(life, evolve(house("h1", "12"), name="New name"))) == [
            "property_changed",
            "unit_archived",
            "unit_archived",
            "unit_archived",
        ]
        assert unit(life, "h1:flat:12") == named

    def test_a_code_that_somebody_has_already_is_not_given(self, life: PortfolioLife) -> None:
        """Where a unit of ours has it, written with the dash or without, the new one gets a longer one."""
        bring(life, house("h1", "7"))
        short = unit(life, "h1:flat:7").code
        other = short.split("-", 1)[0]
        for number, taken in enumerate((f"{other}-8", f"{other}9")):
            own = Unit(life.portfolio_id, UnitId(f"own{number}"), PropertyId("block"), taken)
            life.store.record(life.command(), [UnitRecorded(own)])
        bring(life, house("h1", "7", "8", "9"))
        assert unit(life, "h1:flat:7").code == short
        assert {unit(life, f"h1:flat:{label}").code for label in "89"}.isdisjoint({f"{other}-8", f"{other}-9"})

    def test_only_what_differs_is_written(self, life: PortfolioLife) -> None:
        """A new name, floor and block; ids, codes, links and what only we know stay."""
        bring(life, house("h1", "1", "2"), house("h2", "1"))
        one = unit(life, "h1:flat:1")
        place = next(it for it in life.store.properties(life.portfolio_id) if it.property_id == one.property_id)
        life.store.record(life.command(), [PropertyRecorded(evolve(place, landlord_id=None, name="Typed"))])
        told = house("h1", "1", "2")
        changed = evolve(told, units=(evolve(told.units[0], floor="G", block=""), told.units[1]))
        found = bring(life, changed, house("h2", "1"))
        assert kinds(found) == ["property_changed", "unit_changed"]
        assert found.unchanged == 3
        assert unit(life, "h1:flat:1") == evolve(one, floor="G", block="")
        event = list(life.store.events(life.portfolio_id))[-1]
        assert event.payload.count('"fact"') == 2

    @pytest.mark.parametrize(
        "other",
        [{"floor": "9"}, {"block": "Z"}, {"number": "typed"}, {"kind": UnitKind.PARKING}, {"archived_on": SUNDAY}],
    )
    def test_each_field_that_differs_alone_is_written(self, life: PortfolioLife, other: dict[str, Any]) -> None:
        """What somebody typed over what is told is told again."""
        bring(life, house("h1", "1", "2"))
        one = unit(life, "h1:flat:1")
        life.store.record(life.command(), [UnitRecorded(evolve(one, **other))])
        assert bring(life, house("h1", "1", "2")).written == 1
        assert unit(life, "h1:flat:1") == one

    def test_what_the_map_has_no_more_is_archived_and_may_come_back(self, life: PortfolioLife) -> None:
        """With the day on which it was seen; back it is the same unit under the same code."""
        bring(life, house("h1", "1", "2"))
        gone = unit(life, "h1:flat:2")
        assert kinds(bring(life, house("h1", "1"))) == ["unit_archived"]
        assert unit(life, "h1:flat:2") == evolve(gone, archived_on=MONDAY)
        assert bring(life, house("h1", "1"), day=SUNDAY) == Brought((), 2)
        assert kinds(bring(life, house("h1", "1", "2"), day=SUNDAY)) == ["unit_unarchived"]
        assert unit(life, "h1:flat:2") == gone

    def test_a_deleted_property_is_archived_with_all_its_units(self, life: PortfolioLife) -> None:
        """Told as deleted, or gone; units that only we know are archived with it, and come back with it."""
        link(life, "block", "h1")
        bring(life, house("h1", "A1"), house("h2", "1"))
        found = life.store.archive_properties(life.command(), SYSTEM, ["h1", "nowhere"], MONDAY)
        assert found.counted == (("property_archived", 1), ("unit_archived", 3))
        places = {it.property_id: it for it in life.store.properties(life.portfolio_id)}
        assert places[PropertyId("block")].archived_on == MONDAY
        archived = [it for it in life.store.units(life.portfolio_id) if it.archived_on == MONDAY]
        assert [it.unit_id for it in archived] == ["u1", "u2", "u3"]
        assert life.store.archive_properties(life.command(), SYSTEM, ["h1", "nowhere"], SUNDAY).written == 0
        back = bring(life, house("h1", "A1"), day=SUNDAY)
        assert back.counted == (("property_unarchived", 1), ("unit_unarchived", 3))
        deleted = evolve(house("h1", "A1"), is_deleted=True)
        assert bring(life, deleted, day=SUNDAY).counted == found.counted
        unknown = evolve(house("h9", "1"), is_deleted=True)
        assert bring(life, unknown).counted == ()

    def test_units_of_a_linked_property_are_adopted_by_their_label(self, life: PortfolioLife) -> None:
        """By number or code, in any case, whatever their number of spaces; none is doubled, ids and codes stay."""
        own = life.store.unit(life.portfolio_id, UnitId("u2"))
        life.store.record(life.command(), [UnitRecorded(evolve(own, number="Shop  2"))])
        link(life, "block", "h1")
        found = bring(life, house("h1", "a1", "shop 2", "9"))
        assert sorted(kinds(found)) == ["property_changed", "unit_adopted", "unit_adopted", "unit_new"]
        first, second = unit(life, "h1:flat:a1"), unit(life, "h1:flat:shop 2")
        assert (first.unit_id, first.code, first.number) == ("u1", "A1", "a1")
        assert (second.unit_id, second.code, second.number, second.floor) == ("u2", "A2", "shop 2", "1")
        assert len(list(life.store.units(life.portfolio_id))) == 4
        assert bring(life, house("h1", "a1", "shop 2", "9")).written == 0
        late = Unit(life.portfolio_id, UnitId("u9"), PropertyId("block"), "B9", number="10")
        life.store.record(life.command(), [UnitRecorded(late)])
        assert kinds(bring(life, house("h1", "a1", "shop 2", "9", "10"))) == ["unit_adopted"]

    def test_what_could_be_two_of_ours_is_left_to_a_person(self, life: PortfolioLife) -> None:
        """Two units of one number and kind: nothing is linked, nothing doubled, and it is told each time."""
        for name in ("u1", "u2"):
            own = life.store.unit(life.portfolio_id, UnitId(name))
            life.store.record(life.command(), [UnitRecorded(evolve(own, number="7"))])
        link(life, "block", "h1")
        assert kinds(bring(life, house("h1", "7"))) == ["property_changed", "unit_ambiguous"]
        again = bring(life, house("h1", "7"))
        assert [(it.kind, it.external_id) for it in again.changes] == [(PropertyChangeKind.UNIT_AMBIGUOUS, "h1:flat:7")]
        assert again.written == 0
        assert len(list(life.store.units(life.portfolio_id))) == 3

    def test_a_dry_run_tells_the_same_and_writes_nothing(self, life: PortfolioLife) -> None:
        """The same changes in the same order, and neither rows nor events."""
        bring(life, house("h1", "1", "2"), house("h3", "1"))
        before = list(life.store.state(life.portfolio_id)), len(list(life.store.events(life.portfolio_id)))
        page = (house("h1", "2", "3"), house("h2", "1"), evolve(house("h3"), is_deleted=True))
        planned = bring(life, *page, dry_run=True)
        gone = life.store.archive_properties(life.command(), SYSTEM, ["h3"], MONDAY, dry_run=True)
        assert (list(life.store.state(life.portfolio_id)), len(list(life.store.events(life.portfolio_id)))) == before
        assert gone == life.store.archive_properties(life.command(), SYSTEM, ["h3"], MONDAY)
        assert planned.changes[: len(planned.changes) - 2] == bring(life, *page).changes

    def test_changes_that_nobody_wants_named_are_counted_and_written_all_the_same(self, life: PortfolioLife) -> None:
        """A page with changes of every kind: counts, rows and facts are those of a page whose changes are named."""
        codes = [it.code for it in life.store.units(life.portfolio_id)]
        first = [house("h1", "1", "2", "3"), house("h2", "1"), house("h3", "1"), house("h4", "1")]
        link(life, "block", "h5")
        bring(life, *first)
        back = evolve(unit(life, "h1:flat:2"), archived_on=SUNDAY)
        moved = evolve(unit(life, "h2:flat:1"), property_id=PropertyId("block"))
        twins = [Unit(life.portfolio_id, UnitId(name), PropertyId("block"), name, number="7") for name in ("t1", "t2")]
        life.store.record(life.command(), [UnitRecorded(it) for it in (back, moved, *twins)])
        first[0] = evolve(first[0], units=(evolve(first[0].units[0], floor="9"), first[0].units[1]), name="Renamed")
        page = [*first[:2], evolve(first[2], is_deleted=True), first[3], house("h5", codes[0], "7"), house("h6", "1")]
        planned = bring(life, *page, dry_run=True)
        assert {str(it) for it in PropertyChangeKind} - set(kinds(planned)) == {"property_unarchived"}
        assert bring(life, *page, dry_run=True, named=False) == planned.unnamed()
        told = bring(life, *page, named=False)
        assert (told.changes, told.counted, told.written) == ((), planned.counted, planned.written)
        facts = list(life.store.events(life.portfolio_id))[-1].payload.count('"fact"')
        links = sum(it.kind in ("property_new", "unit_new", "unit_adopted") for it in planned.changes)
        assert facts == planned.written + links
        units = {it.unit_id: it for it in life.store.units(life.portfolio_id)}
        assert all(units[it.after.unit_id] == it.after for it in planned.changes if isinstance(it.after, Unit))
        again = bring(life, *page, named=False)
        assert (again.written, dict(again.counted)["unchanged"]) == (0, planned.unchanged + planned.written - 2)

    def test_a_property_told_twice_counts_as_it_changed_last(self, life: PortfolioLife) -> None:
        """In whatever order they stand in the page, and two units of one label and kind are one."""
        later = evolve(house("h1", "2", "2 "), updated_at=_TOLD_AT + timedelta(minutes=1))
        assert bring(life, later, house("h1", "1")).counted == (("property_new", 1), ("unit_new", 1))
        assert [it.number for it in life.store.units(life.portfolio_id)].count("2") == 1

    @pytest.mark.parametrize("named", [True, False])
    @pytest.mark.parametrize("is_one_page", [True, False])
    @pytest.mark.parametrize(("here", "there"), [("h1", "h2"), ("h2", "h1")])
    def test_of_labels_in_two_houses_the_one_where_the_unit_stands_counts(
        self, life: PortfolioLife, here: str, there: str, *, is_one_page: bool, named: bool
    ) -> None:
        """The other is told as ambiguous, on a page with it or alone; what is written is what the event says."""
        bring(life, house(here, "1", "2"), house(there, "5"))
        one = unit(life, f"{here}:flat:1")
        twin = ExternalLinked(life.portfolio_id, SYSTEM, "unit", f"{there}:flat:twin", one.unit_id)
        life.store.record(life.command(), [twin])
        told = house(here, "1", "2")
        changed = evolve(told, units=tuple(evolve(it, floor="7") for it in told.units))
        pages = [[changed, house(there, "5", "twin")]]
        if not is_one_page:
            pages = [[it] for it in pages[0]]
        for written in (2, 0):
            done = [bring(life, *page, named=named) for page in pages]
            assert sum(it.written for it in done) == written
            assert sum(dict(it.counted).get("unit_ambiguous", 0) for it in done) == 1
            assert unit(life, f"{here}:flat:1") == evolve(one, floor="7")
        assert [it for it in self.recorded(life) if it["unit_id"] == one.unit_id][-1]["floor"] == "7"

    def recorded(self, life: PortfolioLife) -> list[dict[str, Any]]:
        """The units that the events tell, in order."""
        facts = (fact for it in life.store.events(life.portfolio_id) for fact in json.loads(it.payload))
        return [it["body"]["unit"] for it in facts if it["fact"] == "UnitRecorded"]

    @pytest.mark.parametrize("is_one_page", [True, False])
    @pytest.mark.parametrize(("before", "after"), [("h1", "h2"), ("h2", "h1")])
    def test_a_house_that_a_unit_left_does_not_archive_it(
        self, life: PortfolioLife, before: str, after: str, *, is_one_page: bool
    ) -> None:
        """A person linked it with another house: else each sync would archive it there and take it back here."""
        bring(life, house(before, "1", "2"), house(after, "5"))
        one = unit(life, f"{before}:flat:1")
        pages = [[house(before, "2"), house(after, "5", "9")]]
        if not is_one_page:
            pages = [[it] for it in pages[0]]
        for page in pages:
            bring(life, *page)
        LinkUnit(*[life.store] * 5)(life.command(), SYSTEM, f"{after}:flat:9", one.unit_id)
        moved = unit(life, f"{after}:flat:9")
        assert (moved.unit_id, moved.archived_on) == (one.unit_id, None)
        assert [bring(life, *page).changes for page in pages] == [()] * len(pages)
        assert bring(life, house(before, "2")).changes == ()
        assert kinds(bring(life, house(before, "1", "2"))) == ["unit_ambiguous"]
        assert unit(life, f"{after}:flat:9") == moved
        assert kinds(bring(life, house(after, "5"))) == ["unit_archived"]
        assert kinds(bring(life, house(before, "1", "2"))) == ["unit_unarchived"]
        assert unit(life, f"{after}:flat:9") == one

    def test_of_two_houses_that_both_take_a_unit_the_first_does(self, life: PortfolioLife) -> None:
        """Somebody put it into a third one: what is written is what the last event says."""
        bring(life, house("h1", "1"), house("h2", "5"))
        one = unit(life, "h1:flat:1")
        twin = ExternalLinked(life.portfolio_id, SYSTEM, "unit", "h2:flat:twin", one.unit_id)
        put = UnitRecorded(evolve(one, property_id=PropertyId("block")))
        life.store.record(life.command(), [twin, put])
        page = house("h1", "1"), house("h2", "5", "twin")
        assert kinds(bring(life, *page)) == ["unit_moved", "unit_ambiguous"]
        assert unit(life, "h1:flat:1") == one
        assert self.recorded(life)[-1]["number"] == "1"
        assert kinds(bring(life, *page)) == ["unit_ambiguous"]

    def test_a_unit_that_was_put_elsewhere_comes_back(self, life: PortfolioLife) -> None:
        """In the books it stands in the property that its outside id says."""
        bring(life, house("h1", "1"))
        one = unit(life, "h1:flat:1")
        life.store.record(life.command(), [UnitRecorded(evolve(one, property_id=PropertyId("block")))])
        assert kinds(bring(life, house("h1", "1"))) == ["unit_moved"]
        assert unit(life, "h1:flat:1") == one

    @pytest.mark.parametrize("named", [True, False])
    def test_two_there_never_are_one_unit_here(self, life: PortfolioLife, *, named: bool) -> None:
        """A label that was linked with a unit whose old label comes back: the one it is called by stands.

        The other is left to a person; else each run would write the unit twice, and never the same.
        """
        bring(life, house("h1", "1", "2"))
        one = unit(life, "h1:flat:1")
        life.store.record(life.command(), [ExternalLinked(life.portfolio_id, SYSTEM, "unit", "h1:flat:3", one.unit_id)])
        assert bring(life, house("h1", "1", "3", "2"), named=named).written == 0
        assert unit(life, "h1:flat:1") == one
        assert bring(life, house("h1", "3", "2"), named=named).written == 1
        both = bring(life, house("h1", "1", "3", "2"), named=named)
        assert (both.written, dict(both.counted)["unit_ambiguous"]) == (0, 1)
        assert unit(life, "h1:flat:1") == evolve(one, number="3")
        assert bring(life, house("h1", "1", "2"), named=named).written == 1
        assert unit(life, "h1:flat:3") == one

    def test_eight_bring_one_page_at_once_and_it_is_written_once(self, life: PortfolioLife) -> None:
        """One tells of changes, seven find nothing to do."""
        page = [house("h1", "1", "2"), house("h2", "1")]
        commands = [life.command() for _ in range(8)]
        done = at_once([partial(life.store.bring_properties, it, SYSTEM, page, MONDAY) for it in commands])
        assert sorted(it.written if isinstance(it, Brought) else -1 for it in done) == [0] * 7 + [5]
        assert len([it for it in life.store.units(life.portfolio_id) if it.number in ("1", "2")]) == 3

    def test_who_is_not_known_is_refused(self, store: BookStore, life: PortfolioLife) -> None:
        """An unknown portfolio, and an id that would not tell where it ends."""
        other = evolve(life.command(), portfolio_id=PortfolioId("nobody"))
        with pytest.raises(NotFound):
            store.bring_properties(other, SYSTEM, [house("h1", "1")], MONDAY)
        with pytest.raises(InvalidInput):
            bring(life, house("h:1", "1"))

    def test_units_of_many_houses_are_found_again(self, life: PortfolioLife) -> None:
        """In pages of any order; the outside ids are property, kind and label."""
        houses = [house(f"h{n}", *(str(it) for it in range(n % 4)), kind=list(UnitKind)[n % 5]) for n in range(12)]
        for start in (6, 0, 9, 3):
            bring(life, *houses[start : start + 3])
        assert bring(life, *reversed(houses)).written == 0
        for it in houses:
            for one in it.units:
                found = unit(life, unit_external_id(it.external_id, one.kind, one.label))
                assert (found.number, found.kind) == (one.label, one.kind)
