"""Whatever is edited there and here, and wherever runs are cut off, the books end as after whole runs."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures.house_edits import EDITS, Edit, Put, Side, Sync

from marketplace_core.domain.outside_property.bringing import units_of
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.party import UnitKind
from marketplace_core.domain.reference import normalise
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.testing.contracts.property_books import SYSTEM
from marketplace_core.testing.memory import MemoryBooks


def side() -> Side:
    """A side in memory."""
    return Side(MemoryBooks(), MemorySyncProgress())


def ended_as_told(it: Side) -> None:
    """Each unit that stands there stands here once, under a code of its own; what is gone is archived, none deleted.

    A unit that somebody gave further labels stands while one of them is told.
    """
    own, store = it.life.portfolio_id, it.life.store
    told = {key for one in it.source.houses.values() for key in units_of(one)}
    units = {str(unit.unit_id): unit for unit in store.units(own)}
    assert {"u1", "u2", "u3"} <= units.keys()
    assert len({normalise(unit.code) for unit in units.values()}) == len(units)
    linked = {key[2]: our_id for key, our_id in _links(it).items() if key[:2] == (SYSTEM, "unit")}
    labels = defaultdict[str, set[str]](set)
    for key, our_id in linked.items():
        labels[our_id].add(key)
    assert all(keys & told for our_id, keys in labels.items() if units[our_id].archived_on is None)
    once = {our_id for our_id, keys in labels.items() if len(keys) == 1}
    assert all(units[our_id].archived_on is None for key, our_id in linked.items() if key in told and our_id in once)
    assert it.differences() == []


def _links(it: Side) -> dict[tuple[str, str, str], str]:
    found: dict[tuple[str, str, str], str] = {}
    for row in it.life.store.state(it.life.portfolio_id):
        if row.kind == "link":
            system, kind, external_id = row.key.split("/", 2)
            found[system, kind, external_id] = row.body.strip('"')
    return found


@given(edits=st.lists(EDITS, max_size=25))
def test_runs_that_are_cut_off_end_like_whole_ones(edits: list[Edit]) -> None:
    """To the byte of the state, with nothing doubled, deleted or left different, and no event for nothing."""
    cut, whole = side(), side()
    for edit in edits:
        cut.do(edit)
        whole.do(edit, is_cut=False)
    for one in (cut, whole):
        one.settle()
        ended_as_told(one)
    own = cut.life.portfolio_id
    assert list(cut.life.store.state(own)) == list(whole.life.store.state(own))
    events = len(list(cut.life.store.events(own)))
    cut.settle()
    assert len(list(cut.life.store.events(own))) == events


def test_a_run_is_cut_off_at_each_page() -> None:
    """The control: three houses a page each are three cuts, and one in the sweep."""
    it = side()
    for name in ("h1", "h2", "h3"):
        it.do(Put(name, "House", (OutsideUnit(UnitKind.FLAT, "1"),)))
    it.do(Sync(0, is_whole=True))
    assert it.cuts == 4
    ended_as_told(it)
