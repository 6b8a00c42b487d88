"""Properties from outside on PostgreSQL: the same books as in memory, whatever is edited and wherever it is cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing

import psycopg
import pytest
from attrs import evolve
from benchmarks.database import rows_written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fixtures.databases import Database, MakeTables
from tests.fixtures.house_edits import EDITS, Edit, Side
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.outside_property import bringing, comparing
from marketplace_adapters.postgres.outside_property.comparing import Driver, Write
from marketplace_adapters.postgres.outside_property.diff_sql import diff_sql, literal
from marketplace_adapters.postgres.outside_property.payload import ToldRow, UnitTexts, payload_of
from marketplace_adapters.postgres.outside_property.progress import PostgresSyncProgress
from marketplace_adapters.postgres.outside_property.telling import write_told
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.event_log import sealed_payload
from marketplace_core.domain.facts import ExternalLinked, PersonRecorded, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.outside_property.bringing import Page
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.party import Person, Property, Unit, UnitKind
from marketplace_core.errors import InvalidInput
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.testing.contracts.property_books import MONDAY, SYSTEM, bring, house, unit
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@pytest.fixture
def store(fresh_database: Database) -> Iterator[PostgresStore]:
    """A store over an empty database."""
    found = PostgresStore.connect(fresh_database.application)
    yield found
    found.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDITS, max_size=25))
def test_edits_and_cuts_give_the_same_books_as_in_memory(store: PostgresStore, edits: list[Edit]) -> None:
    """To the byte of the state: whole runs in memory, and runs cut off at any page here."""
    number = len(store.portfolios())
    here = Side(store, PostgresSyncProgress(store.engine), f"p{number}")
    there = Side(MemoryBooks(), MemorySyncProgress(), f"p{number}")
    for edit in edits:
        here.do(edit)
        there.do(edit, is_cut=False)
    here.settle()
    there.settle()
    assert list(store.state(here.life.portfolio_id)) == list(there.life.store.state(there.life.portfolio_id))
    assert here.differences() == []


def _run_by_hand(database: Database, script: str) -> Counter[str]:
    """The differences that the script tells, by what they are."""
    with psycopg.connect(database.application.conninfo(), autocommit=True) as connection:
        cursor = connection.execute(script.encode())
        found: Counter[str] = Counter()
        while True:
            if cursor.description:
                found.update(row[0] for row in cursor.fetchall())
            if not cursor.nextset():
                return found


def test_the_sql_for_an_operator_tells_the_same(store: PostgresStore, fresh_database: Database) -> None:
    """Nothing before and after a sync, and each difference once in between; whatever the texts hold."""
    nasty = "O'Hara \\'; DROP TABLE units; -- \n $$ {portfolio}"
    life = PortfolioLife(store, "p'1").opened()
    first = [evolve(house("h1", "1", "2", nasty), name=nasty), house("h2", "1"), house("h3", "7")]
    assert _run_by_hand(fresh_database, "".join(diff_sql(life.portfolio_id, SYSTEM, [first]))) == {
        "property new": 3,
        "unit new or adopted": 5,
    }
    bring(life, *first)
    assert not _run_by_hand(fresh_database, "".join(diff_sql(life.portfolio_id, SYSTEM, [first])))
    second = [
        evolve(house("h1", "1", nasty), name="Another"),
        evolve(house("h2"), units=(OutsideUnit(UnitKind.FLAT, "1", floor="9"),)),
    ]
    pages = [second[:1], second[1:], second[:1]]
    assert _run_by_hand(fresh_database, "".join(diff_sql(life.portfolio_id, SYSTEM, pages))) == {
        "property changed": 1,
        "property archived": 1,
        "unit changed": 1,
        "unit archived": 2,
    }
    planned = Counter(str(it.kind).replace("_", " ") for it in bring(life, *second, dry_run=True).changes)
    gone = store.archive_properties(life.command(), SYSTEM, ["h3"], MONDAY, dry_run=True)
    planned.update(str(it.kind).replace("_", " ") for it in gone.changes)
    assert planned == _run_by_hand(fresh_database, "".join(diff_sql(life.portfolio_id, SYSTEM, pages)))
    assert len(list(store.units(life.portfolio_id))) == 3 + 5


@given(text=st.text())
def test_a_literal_ends_where_it_should(text: str) -> None:
    """Quotes come in pairs, and no backslash of the text escapes one."""
    found = literal(text).strip()
    assert found.endswith("'")
    inner = found[found.index("'") + 1 : -1]
    assert "'" not in inner.replace("''", "")
    assert found.startswith("E") == ("\\" in text)


def test_a_code_that_somebody_gives_meanwhile_begins_the_page_again(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event has the code that the row has, so that a replay gives the same books."""
    life = PortfolioLife(store).opened()
    bring(life, house("h1", "1"))
    tries: list[str] = []
    monkeypatch.setattr(bringing, "write_told", _renaming(life, tries, at_most=1))
    told = house("h1", "1")
    bring(life, evolve(told, units=(evolve(told.units[0], floor="9"),)))
    assert (unit(life, "h1:flat:1").code, unit(life, "h1:flat:1").floor) == ("named-0", "9")
    assert len(tries) == 1
    assert bringing.ATTEMPTS > 1
    last = list(store.events(life.portfolio_id))[-1]
    assert '"named-0"' in last.payload


def _written(database: Database) -> list[tuple[str, int]]:
    """How many rows of each table were ever written, as the server counts them once whoever wrote has gone."""
    return [(name, sum(counts)) for name, *counts in rows_written(database.application)]


def test_what_is_as_it_is_told_is_not_written(fresh_database: Database) -> None:
    """Counted by the server."""
    page = [house(f"h{n}", "1", "2") for n in range(5)]
    with closing(PostgresStore.connect(fresh_database.application)) as store:
        life = PortfolioLife(store).opened()
        bring(life, *page)
    before = _written(fresh_database)
    assert dict(before)["units"] == 3 + 10
    with closing(PostgresStore.connect(fresh_database.application)) as store:
        again = PortfolioLife(store)
        for named in (True, False):
            assert bring(again, *page, named=named).counted == (("unchanged", 15),)
    assert _written(fresh_database) == before


@pytest.mark.parametrize("named", [True, False])
def test_groups_of_a_page_come_to_the_same_books(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    """Of every kind of change, across houses of several groups, and of one unit with two outside ids."""
    monkeypatch.setattr(comparing, "UNITS_OF_GROUP", 2)
    here, there = PortfolioLife(store).opened(), PortfolioLife(MemoryBooks()).opened()
    first = [house(f"h{n}", "1", "2", "Ж 'é\\") for n in range(6)]
    second = [
        evolve(it, units=tuple(evolve(one, floor=str(n), block='"{,}\\') for one in it.units[: 1 + n % 3]))
        for n, it in enumerate(first)
    ]
    second[1] = evolve(second[1], units=(*second[1].units, OutsideUnit(UnitKind.FLAT, "twin"), *house("x", "9").units))
    second[4] = evolve(second[4], is_deleted=True)
    for life in (here, there):
        assert bring(life, *first, named=named).written == 6 * 4
        moved = evolve(unit(life, "h0:flat:1"), property_id=unit(life, "h5:flat:1").property_id)
        away = evolve(unit(life, "h3:flat:1"), archived_on=MONDAY)
        twin = ExternalLinked(life.portfolio_id, SYSTEM, "unit", "h1:flat:twin", unit(life, "h1:flat:1").unit_id)
        life.store.record(life.command(), [UnitRecorded(moved), UnitRecorded(away), twin])
    done = [bring(life, *second, named=named) for life in (here, there)]
    assert done[0].counted == done[1].counted
    assert dict(done[0].counted)["unit_moved"] == dict(done[0].counted)["unit_unarchived"] == 1
    assert list(store.state(here.portfolio_id)) == list(there.store.state(there.portfolio_id))
    assert unit(here, "h1:flat:1").number == "1"
    assert dict(done[0].counted)["unit_ambiguous"] == 1
    assert [bring(life, *second, named=named).written for life in (here, there)] == [0, 0]


def _renaming(life: PortfolioLife, tries: list[str], at_most: int) -> Write:
    """What writes units as they are told, and before that lets somebody give the compared unit another code."""

    def write(driver: Driver, page: Page, texts: Sequence[UnitTexts], told: Sequence[ToldRow]) -> None:
        if len(tries) < at_most:
            other = evolve(unit(life, "h1:flat:1"), code=f"named-{len(tries)}")
            tries.append("again")
            life.store.record(life.command(), [UnitRecorded(other)])
        write_told(driver, page, texts, told)

    return write


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(
    units=st.lists(
        st.builds(
            Unit,
            st.just(PortfolioId("p1")),
            _TEXTS.map(UnitId),
            _TEXTS.map(PropertyId),
            _TEXTS.map(lambda text: f"c{text}"),
            st.sampled_from(UnitKind),
            _TEXTS,
            _TEXTS,
            _TEXTS,
            st.none() | st.dates(),
        ),
        max_size=4,
    ),
    texts=st.lists(_TEXTS, min_size=4, max_size=4),
)
def test_a_payload_is_written_as_any_other(units: list[Unit], texts: list[str]) -> None:
    """To the byte, whatever the texts hold: else a replay would not follow the chain."""
    place = Property(PortfolioId("p1"), PropertyId(texts[0]), texts[1], address=texts[2])
    facts = [
        PropertyRecorded(place),
        *(UnitRecorded(it) for it in units),
        ExternalLinked(PortfolioId("p1"), texts[0], texts[1], texts[2], texts[3]),
    ]
    assert payload_of(facts) == sealed_payload(facts, iter(()))[0]
    with pytest.raises(InvalidInput):
        payload_of([PersonRecorded(PortfolioId("p1"), Person(PersonId("t1"), texts[0]))])
