"""Syncs of units: what is new or differs is written with its event and link, what does not costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Engine
from tests.fixtures.bulk_books import Story, make_tables
from tests.fixtures.databases import Database, MakeTables

from marketplace_adapters.postgres.bulk import upsert
from marketplace_adapters.postgres.bulk.upsert import ExternalUnit, PostgresUnitSync, Upserted
from marketplace_adapters.postgres.engine import make_engine
from marketplace_core.domain.facts import ExternalLinked, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import PropertyId, UnitId
from marketplace_core.domain.party import Property, Unit
from marketplace_core.errors import AlreadyExists, NotFound

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@pytest.fixture
def story(fresh_database: Database) -> Iterator[Story]:
    """A portfolio with one property, in both stores."""
    pool = make_engine(fresh_database.application)
    story = Story(pool)
    story.tell([PropertyRecorded(Property(story.portfolio_id, PropertyId("house"), "House"))])
    yield story
    pool.dispose()


def external(story: Story, codes: Sequence[str], house: str = "house") -> list[ExternalUnit]:
    """Units u0, u1, … with these codes, under the outside ids e0, e1, …."""
    return [
        ExternalUnit(f"e{index}", Unit(story.portfolio_id, UnitId(f"u{index}"), PropertyId(house), code))
        for index, code in enumerate(codes)
    ]


def sync(engine: Engine, story: Story, units: Sequence[ExternalUnit]) -> Upserted:
    """Sync units of the system ``other``."""
    return PostgresUnitSync(engine).units(story.command("sync"), "other", units)


def test_a_sync_writes_what_recorded_facts_would(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """New units, then a changed one: the rows, links and events are those of the facts, chunk by chunk."""
    monkeypatch.setattr(upsert, "CHUNK_SIZE", 2)
    engine = story.postgres.engine
    assert sync(engine, story, external(story, ["A", "B\\\t", "C"])) == Upserted(3, 3, 0)
    assert sync(engine, story, external(story, ["A", "B2", "C"])) == Upserted(1, 0, 2)
    facts = [
        *(UnitRecorded(it.unit) for it in external(story, ["A", "B2", "C"])),
        *(ExternalLinked(story.portfolio_id, "other", "unit", f"e{index}", f"u{index}") for index in range(3)),
    ]
    story.memory.record(story.command(), facts)
    assert list(story.postgres.state(story.portfolio_id)) == list(story.memory.state(story.portfolio_id))


def test_an_unchanged_sync_leaves_no_event(story: Story) -> None:
    """The same units again: nothing is written, and the chain is as long as before."""
    engine, units = story.postgres.engine, external(story, ["A", "B"])
    sync(engine, story, units)
    before = len(list(story.postgres.events(story.portfolio_id)))
    assert sync(engine, story, units) == Upserted(0, 0, 2)
    assert len(list(story.postgres.events(story.portfolio_id))) == before


def test_an_outside_id_stands_for_one_unit_for_good(story: Story) -> None:
    """An id that is linked to another unit is refused, and nothing of the chunk stays."""
    engine = story.postgres.engine
    sync(engine, story, external(story, ["A"]))
    moved = ExternalUnit("e0", Unit(story.portfolio_id, UnitId("new"), PropertyId("house"), "N"))
    with pytest.raises(AlreadyExists, match="new"):
        sync(engine, story, [moved])
    assert [unit.unit_id for unit in story.postgres.units(story.portfolio_id)] == ["u0"]


def test_an_unknown_property_is_refused(story: Story) -> None:
    """A unit of a property that is not there is an error, and nothing stays."""
    with pytest.raises(NotFound):
        sync(story.postgres.engine, story, external(story, ["A"], house="nowhere"))
    assert list(story.postgres.units(story.portfolio_id)) == []


def test_ids_of_any_script_and_order_are_found_again(story: Story) -> None:
    """A chunk is compared with the stretch of ids from its least to its greatest, as the database orders them."""
    names = ["m", "Z", "\U0001f3e0", "é", "a-9", "a-10", "\uff21", "日本", "A"]
    units = [
        ExternalUnit(outside, Unit(story.portfolio_id, UnitId(name), PropertyId("house"), name))
        for name, outside in zip(names, reversed(names), strict=True)
    ]
    engine = story.postgres.engine
    assert sync(engine, story, units) == Upserted(len(names), len(names), 0)
    assert sync(engine, story, units) == Upserted(0, 0, len(names))
    for place, it in enumerate(units):
        moved = ExternalUnit(it.external_id, Unit(story.portfolio_id, UnitId("new"), PropertyId("house"), "new"))
        with pytest.raises(AlreadyExists, match="new"):
            sync(engine, story, [*units[:place], moved, *units[place + 1 :]])
