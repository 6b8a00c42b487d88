"""What every store of who is in which unit must do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest
from attrs import evolve

from marketplace_core.domain.facts import ExternalLinked, PersonErased
from marketplace_core.domain.identifiers import PersonId, PortfolioId
from marketplace_core.domain.occupancy import OccupanciesBrought, Occupancy
from marketplace_core.domain.outside_property.records import OccupantRole, OutsideOccupancy
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import NotFound
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.contracts.property_books import MONDAY, SUNDAY, SYSTEM, bring, house, unit
from marketplace_core.testing.life import BookStore, PortfolioLife

TOLD_AT: Final = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def contact(name: str = "c1", house_id: str = "h1", label: str = "1", **told: Any) -> OutsideOccupancy:  # noqa: ANN401 - any field
    """Somebody there, a resident of a flat unless told otherwise."""
    known = OutsideOccupancy(
        name,
        house_id,
        UnitKind.FLAT,
        label,
        OccupantRole.RESIDENT,
        TOLD_AT,
        f"Resident {name}",
        "+254 722 000 111",
        f"{name}@example.com",
    )
    return evolve(known, **told)


def reside(
    life: PortfolioLife, *told: OutsideOccupancy, day: date = MONDAY, dry_run: bool = False
) -> OccupanciesBrought:
    """Bring a page of occupancies."""
    return life.store.bring_occupancies(life.portfolio_id, SYSTEM, told, day, dry_run=dry_run)


def stays(life: PortfolioLife, **asked: Any) -> list[Occupancy]:  # noqa: ANN401 - any filter
    """The stays as they are kept."""
    return list(life.store.occupancies(life.portfolio_id, **asked))


class OccupanciesContract(StoreContract):
    """Stays begin, change, move and end as they are told; they are in no log, and are erased with their person."""

    def test_an_occupancy_is_kept_as_it_is_told(self, life: PortfolioLife) -> None:
        """With its unit where one is linked, else without; the same page again writes nothing; no event is written."""
        bring(life, house("h1", "1"))
        before = len(list(life.store.events(life.portfolio_id)))
        page = [contact(), contact("c2", label=""), contact("c3", label="77", role=OccupantRole.OWNER)]
        assert reside(life, *page).counted == {"occupancy_new": 3}
        one, two, three = stays(life)
        assert one.unit_id == unit(life, "h1:flat:1").unit_id
        assert (one.name, one.phone, one.email, one.seen_from) == (
            "Resident c1",
            "254722000111",
            "c1@example.com",
            MONDAY,
        )
        assert (two.unit_id, two.place) == (None, "")
        assert (three.unit_id, three.place, three.role) == (None, "h1:flat:77", OccupantRole.OWNER)
        assert reside(life, *page, day=SUNDAY) == OccupanciesBrought((), 3)
        assert stays(life) == [one, two, three]
        assert life.store.occupancy(life.portfolio_id, two.occupancy_id) == two
        assert len(list(life.store.events(life.portfolio_id))) == before

    def test_what_changed_is_written_and_older_news_are_not(self, life: PortfolioLife) -> None:
        """Another phone and role; what was told before that comes late changes nothing."""
        reside(life, contact())
        later = TOLD_AT + timedelta(minutes=5)
        changed = contact(phone="0733 111 222", is_verified=True, role=OccupantRole.GUEST, updated_at=later)
        assert reside(life, contact(), changed, day=SUNDAY).counted == {"occupancy_changed": 1}
        (one,) = stays(life)
        assert (one.phone, one.is_verified, one.role, one.seen_from) == (
            "254733111222",
            True,
            OccupantRole.GUEST,
            MONDAY,
        )
        assert reside(life, contact()).counted == {"unchanged": 1}
        assert stays(life) == [one]

    def test_a_move_ends_a_stay_and_begins_another(self, life: PortfolioLife) -> None:
        """On the day on which it was seen; back again is a third one; who is where and was where is told by unit."""
        bring(life, house("h1", "1", "2"))
        first, second = unit(life, "h1:flat:1").unit_id, unit(life, "h1:flat:2").unit_id
        reside(life, contact())
        moved = contact(label="2", updated_at=TOLD_AT + timedelta(minutes=1))
        assert reside(life, moved, day=SUNDAY).counted == {"occupancy_moved": 1}
        assert [(it.key.stay, it.unit_id, it.seen_from, it.seen_until) for it in stays(life)] == [
            (1, first, MONDAY, SUNDAY),
            (2, second, SUNDAY, None),
        ]
        reside(life, contact(updated_at=TOLD_AT + timedelta(minutes=2)), day=SUNDAY)
        assert [it.key.stay for it in stays(life, unit_id=first)] == [1, 3]
        assert [it.key.stay for it in stays(life, unit_id=first, is_current=True)] == [3]
        assert [it.key.stay for it in stays(life, is_current=False)] == [1, 2]
        assert len({it.occupancy_id for it in stays(life)}) == 3

    def test_a_place_that_is_no_longer_told_stays(self, life: PortfolioLife) -> None:
        """As of a property that was deleted there: nobody moved."""
        bring(life, house("h1", "1"))
        reside(life, contact())
        assert reside(life, contact(house_id="")).counted == {"unchanged": 1}
        assert stays(life)[0].place == "h1:flat:1"

    def test_who_is_taken_out_of_a_unit_lives_there_no_more(self, life: PortfolioLife) -> None:
        """The property is told and no unit of it: the stay in the unit ended, and nobody knows where they are."""
        bring(life, house("h1", "1"))
        reside(life, contact())
        out = contact(label="", updated_at=TOLD_AT + timedelta(minutes=1))
        assert reside(life, out, day=SUNDAY).counted == {"occupancy_moved": 1}
        before, after = stays(life)
        assert (before.place, before.seen_until, after.place, after.unit_id) == ("h1:flat:1", SUNDAY, "", None)
        assert reside(life, out, day=SUNDAY).counted == {"unchanged": 1}

    def test_a_unit_that_is_linked_later_is_found(self, life: PortfolioLife) -> None:
        """By itself, though the occupancy did not change; of ended stays none is looked for."""
        reside(life, contact(), contact("c2", label="2"), contact("c3", label="9"))
        life.store.end_occupancies(life.portfolio_id, SYSTEM, ["c2"], MONDAY)
        bring(life, house("h1", "1", "2"))
        assert life.store.find_units(life.portfolio_id, SYSTEM) == 1
        assert life.store.find_units(life.portfolio_id, SYSTEM) == 0
        assert [it.unit_id for it in stays(life)] == [unit(life, "h1:flat:1").unit_id, None, None]

    def test_who_is_gone_has_ended_and_may_come_back(self, life: PortfolioLife) -> None:
        """Told as deleted, or missing from the list; back again is another stay. Unknown ids are passed over."""
        reside(life, contact(), contact("c2"), contact("c3"))
        assert reside(life, contact(is_deleted=True), contact("c9", is_deleted=True), day=SUNDAY).counted == {
            "occupancy_ended": 1,
            "unchanged": 1,
        }
        found = life.store.end_occupancies(life.portfolio_id, SYSTEM, ["c2", "c1", "nobody"], SUNDAY)
        assert found.counted == {"occupancy_ended": 1}
        assert [it.key.external_id for it in stays(life, is_current=True)] == ["c3"]
        assert all(it.seen_until == SUNDAY for it in stays(life, is_current=False))
        assert reside(life, contact(), day=SUNDAY).counted == {"occupancy_new": 1}
        assert [it.key.stay for it in stays(life) if it.key.external_id == "c1"] == [1, 2]

    def test_current_ids_go_by_pages(self, life: PortfolioLife) -> None:
        """In order, without those that ended."""
        reside(life, *(contact(f"c{n}") for n in range(5)), contact("c9", is_deleted=True))
        life.store.end_occupancies(life.portfolio_id, SYSTEM, ["c1"], MONDAY)
        assert list(life.store.current_ids(life.portfolio_id, SYSTEM, limit=2)) == ["c0", "c2"]
        assert list(life.store.current_ids(life.portfolio_id, SYSTEM, "c2")) == ["c3", "c4"]
        assert list(life.store.current_ids(life.portfolio_id, "other")) == []

    def test_a_dry_run_tells_the_same_and_writes_nothing(self, life: PortfolioLife) -> None:
        """Of a page and of an end."""
        reside(life, contact())
        before = stays(life)
        page = [contact(label="2"), contact("c2")]
        planned = reside(life, *page, dry_run=True)
        ended = life.store.end_occupancies(life.portfolio_id, SYSTEM, ["c1"], MONDAY, dry_run=True)
        assert stays(life) == before
        assert ended == life.store.end_occupancies(life.portfolio_id, SYSTEM, ["c1"], MONDAY)
        assert planned.counted == {"occupancy_moved": 1, "occupancy_new": 1}

    def test_eight_bring_one_page_at_once_and_it_is_written_once(self, life: PortfolioLife) -> None:
        """One stay of each, whoever was first."""
        page = [contact(), contact("c2")]
        told = partial(life.store.bring_occupancies, life.portfolio_id, SYSTEM, page, MONDAY)
        done = at_once([told for _ in range(8)])
        found = sorted(len(it.changes) if isinstance(it, OccupanciesBrought) else -1 for it in done)
        assert found == [0] * 7 + [2]
        assert [it.key.stay for it in stays(life)] == [1, 1]

    def test_erasing_a_person_empties_their_occupancies_for_good(self, life: PortfolioLife) -> None:
        """Those linked to them and those with a phone of theirs, ended ones too; what is told again is not taken."""
        tenant = PersonId("t1")
        own, linked = contact(phone="0700 000 001"), contact("c2", phone="+254711222333")
        reside(life, own, linked, contact("c3", label="3"))
        life.store.end_occupancies(life.portfolio_id, SYSTEM, ["c1"], MONDAY)
        life.store.record(life.command(), [ExternalLinked(life.portfolio_id, SYSTEM, "contact", "c2", tenant)])
        erased = life.store.erase_person(life.command(reason="asked to"), tenant).facts
        assert isinstance(erased[0], PersonErased)
        assert erased[0].occupancies == 2
        one, two, three = stays(life)
        assert all((it.name, it.phone, it.email, it.is_erased) == ("", "", "", True) for it in (one, two))
        assert (three.name, three.is_erased) == ("Resident c3", False)
        later = TOLD_AT + timedelta(minutes=1)
        again = [evolve(it, unit_label="2", name="Again", updated_at=later) for it in (own, linked)]
        reside(life, *again, day=SUNDAY)
        assert [it.name for it in stays(life)] == ["", "", "", "", "Resident c3"]
        assert not life.store.erase_person(life.command(reason="asked to"), tenant).facts

    def test_an_unknown_portfolio_is_refused(self, store: BookStore, life: PortfolioLife) -> None:
        """So is an unknown id."""
        nobody = PortfolioId("nobody")
        with pytest.raises(NotFound):
            store.bring_occupancies(nobody, SYSTEM, [contact()], MONDAY)
        with pytest.raises(NotFound):
            store.end_occupancies(nobody, SYSTEM, ["c1"], MONDAY)
        with pytest.raises(NotFound):
            list(store.occupancies(nobody))
        with pytest.raises(NotFound):
            store.occupancy(life.portfolio_id, "occupancy_none")
