"""The public's search on PostgreSQL finds what the rule says, and a page of many thousands reads few rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import Engine, insert, text
from tests.conftest import Scale
from tests.fixtures.databases import Database, MakeTables
from tests.fixtures.listings import NAIROBI, moved, published, submitted
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres import schema
from marketplace_adapters.postgres.bulk.driver import driver_of
from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.listings.public import page_queries
from marketplace_adapters.postgres.rows.listings import listing_row
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import ListingId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.listing import Listing, ListingPlace, ListingStatus, ListingText
from marketplace_core.domain.listings.public import PublicListing, PublicSearch, PublicSort
from marketplace_core.domain.listings.searching import Place, fits, is_descending, public_listing_of
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.party import UnitKind
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.testing.life import PortfolioLife

pytestmark = pytest.mark.postgres

P1: Final = PortfolioId("p1")
USD: Final = Currency.of("USD")
NOON: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
MANY: Final[dict[Scale, int]] = {"smoke": 5_000, "slice": 8_000, "full": 50_000}
MOST_ROWS: Final = 3_500
"""What a page may read of 50,000 published listings: of the order so far as it is walked, and of an index what fits."""
WORDS: Final = ("balcony", "parking", "borehole", "Furnished", "BEDSITTER", "straße", "Café", "2br", "quiet", "o'clock")
CITIES: Final = ("Nairobi", "NAIROBI", "nairobi ", "Mombasa", "Kisumu", "İzmir", "Eldoret")


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give each database the books' tables."""
    return make_tables


@pytest.fixture
def store(fresh_database: Database) -> Iterator[PostgresStore]:
    """A store by the application's role."""
    store = PostgresStore.connect(fresh_database.application)
    yield store
    store.close()


def listing(number: int, dice: random.Random) -> ListingFile:
    """Some published listing; most are in Nairobi, and words are more and less usual."""
    words = [it for place, it in enumerate(WORDS) if dice.random() < 1 / (place + 1)]
    city = dice.choices(CITIES, (30, 10, 5, 30, 15, 9, 1))[0]
    place = ListingPlace("KE", city, latitude=None)
    rent = Money(dice.randint(20, 999) * 10_000, KES if dice.random() < 0.95 else USD)
    said = ListingText("en", f"Home {number} {' '.join(words[:2])}", " ".join(words) + " with everything one needs")
    at = NOON + timedelta(seconds=dice.randint(0, 5_000_000))
    free = None if dice.random() < 0.6 else date(2026, 1, 1) + timedelta(dice.randint(0, 400))
    own = ListingId(f"lst_{number:06d}")
    category = dice.choices(["flat", "house", "Ünique's"], (80, 19, 1))[0]
    it = Listing(
        P1,
        own,
        PropertyId("block"),
        UnitId(f"u{number}"),
        at,
        ListingStatus.PUBLISHED,
        at,
        (said,),
        rent,
        None,
        place,
        category,
        (),
        free,
    )
    return ListingFile(it)


def kind_of(number: int) -> UnitKind:
    """Nearly all are flats."""
    return UnitKind.WAREHOUSE if number % 400 == 0 else UnitKind.FLAT


def fill(engine: Engine, files: list[ListingFile]) -> None:
    """Write listings as they stand, each with a unit."""
    rows = [listing_row(it, kind_of(number)) for number, it in enumerate(files)]
    units = [
        {
            "portfolio_id": P1,
            "unit_id": f"u{number}",
            "property_id": "block",
            "code": f"A{number}",
            "kind": kind_of(number),
        }
        for number in range(len(files))
    ]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO portfolios VALUES ('p1', 'Book', 'KES', 'UTC')"))
        connection.execute(text("INSERT INTO properties VALUES ('p1', 'block', 'House', NULL, '')"))
        blank = {"number": "", "floor": "", "block": ""}
        for begin in range(0, len(rows), 5_000):
            connection.execute(insert(schema.units), [{**it, **blank} for it in units[begin : begin + 5_000]])
            connection.execute(insert(schema.listings), rows[begin : begin + 5_000])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE listings"))


def searches(dice: random.Random, many: int) -> Iterator[PublicSearch]:
    """Searches of all sorts."""
    for _ in range(many):
        words = [
            dice.choice([it, it.upper(), it[:4], it[:2]]) for it in dice.sample(WORDS, dice.choice([0, 0, 0, 1, 2]))
        ]
        money = dice.choice([KES, KES, KES, USD])
        low, high = sorted(dice.randint(20, 999) * 10_000 for _ in range(2))
        yield PublicSearch(
            words=" ".join(words),
            city=dice.choice(["", "", "Nairobi", "  nairobi", "kisumu", "Nowhere", "izmir"]),
            kind=dice.choice([None, None, UnitKind.FLAT, UnitKind.WAREHOUSE]),
            category=dice.choice(["", "", "", "flat", "Ünique's", "'"]),
            rent_from=dice.choice([None, Money(low, money)]),
            rent_to=dice.choice([None, Money(high, money)]),
            available_on=dice.choice([None, date(2026, 3, 1)]),
            sort=dice.choice(list(PublicSort)),
            limit=dice.choice([1, 7, 100]),
        )


def by_rule(shown: list[PublicListing], search: PublicSearch) -> list[PublicListing]:
    """What the rule of the core finds, in order."""

    def key_of(it: PublicListing) -> tuple[Any, ...]:
        return Place.of(it, search.sort).key

    return sorted((it for it in shown if fits(it, search)), key=key_of, reverse=is_descending(search.sort))


def test_each_search_finds_what_the_rule_finds(fresh_database: Database, store: PostgresStore) -> None:
    """Three hundred searches, page after page to the last: the same listings in the same order, each once."""
    dice = random.Random(7)
    engine = make_engine(fresh_database.owner, connections=1)
    files = [listing(number, dice) for number in range(600)]
    fill(engine, files)
    engine.dispose()
    shown = [it for number, file in enumerate(files) if (it := public_listing_of(file, kind_of(number)))]
    assert len(shown) == 600
    found_some = 0
    for search in searches(dice, 300):
        expected, after = by_rule(shown, search), ""
        got: list[PublicListing] = []
        while True:
            page = store.search(evolve(search, after=after))
            got += page.listings
            assert len(page.listings) <= search.limit
            if page.next_after is None:
                break
            after = page.next_after
        assert got == expected, search
        found_some += bool(got)
    assert found_some > 90


SEARCHES: Final[dict[str, PublicSearch]] = {
    "newest": PublicSearch(),
    "cheapest": PublicSearch(sort=PublicSort.CHEAPEST),
    "dearest, a hundred": PublicSearch(sort=PublicSort.DEAREST, limit=100),
    "a city": PublicSearch(city="Nairobi"),
    "a rare city": PublicSearch(city="Eldoret", sort=PublicSort.CHEAPEST),
    "a city, cheapest": PublicSearch(city="mombasa", sort=PublicSort.CHEAPEST),
    "no city": PublicSearch(city="Nowhere"),
    "a usual word": PublicSearch(words="balcony"),
    "the beginning of one": PublicSearch(words="balc", sort=PublicSort.CHEAPEST),
    "a word of all": PublicSearch(words="everything"),
    "a rare word": PublicSearch(words="clock"),
    "one title": PublicSearch(words="home 2711"),
    "no word": PublicSearch(words="zeppelin"),
    "two words in a city": PublicSearch(words="quiet borehole", city="Kisumu"),
    "a rare kind": PublicSearch(kind=UnitKind.WAREHOUSE),
    "a rare kind in a city": PublicSearch(kind=UnitKind.WAREHOUSE, city="Nairobi", sort=PublicSort.CHEAPEST),
    "a rare category": PublicSearch(category="Ünique's"),
    "no category": PublicSearch(category="castle"),
    "a rent": PublicSearch(rent_from=Money(500_000, KES), rent_to=Money(520_000, KES)),
    "a rent that nobody asks": PublicSearch(rent_to=Money(1, KES)),
    "a wide rent in a city": PublicSearch(
        city="Kisumu", rent_from=Money(1_000_000, KES), rent_to=Money(6_000_000, KES), sort=PublicSort.CHEAPEST
    ),
    "another currency": PublicSearch(rent_from=Money(0, USD), sort=PublicSort.CHEAPEST),
    "free on a day": PublicSearch(available_on=date(2026, 2, 1)),
    "all at once": PublicSearch(
        words="parking",
        city="Nairobi",
        kind=UnitKind.FLAT,
        category="flat",
        rent_to=Money(5_000_000, KES),
        available_on=date(2026, 6, 1),
        sort=PublicSort.CHEAPEST,
    ),
}


@pytest.mark.laws
def test_a_page_of_many_reads_few_rows(fresh_database: Database, scale: Scale) -> None:
    """First pages and later ones, of what is usual, rare and not there: by an index, and a small part of the rows."""
    dice = random.Random(8)
    engine = make_engine(fresh_database.owner, connections=1)
    fill(engine, [listing(number, dice) for number in range(MANY[scale])])
    wrong: list[str] = []
    told: list[str] = []
    try:
        for name, search in SEARCHES.items():
            for asked in (search, evolve(search, after=_middle(search))):
                read, how = rows_read(engine, asked)
                told.append(f"{read:6} {name}{' later' if asked.after else ''}: {how}")
                if read > MOST_ROWS or "Seq Scan" in how:
                    wrong.append(told[-1])
    finally:
        engine.dispose()
    assert not wrong, "\n".join(wrong)


def _middle(search: PublicSearch) -> str:
    key: Any = (NOON + timedelta(days=20), "lst_5") if search.sort is PublicSort.NEWEST else ("KES", 5_000_000, "lst_5")
    return Place(search.sort, key).cursor


def rows_read(engine: Engine, search: PublicSearch) -> tuple[int, str]:
    """How many rows and places in indexes a page reads, and by which steps."""
    queries = page_queries(search)
    with engine.connect() as connection:
        driver = driver_of(connection)
        asked = [queries.walk]
        if len(driver.execute(*queries.walk, prepare=False).fetchall()) <= search.limit and queries.gather is not None:
            asked.append(queries.beyond)
            if driver.execute(*queries.beyond, prepare=False).fetchone():
                asked.append(queries.gather)
        found = [step for it in asked for step in scans(_plan(driver, it))]
    return sum(rows for _, rows in found), ", ".join(f"{step} {rows}" for step, rows in found)


def _plan(driver: psycopg.Connection[Any], query: tuple[bytes, dict[str, Any]]) -> dict[str, Any]:
    asked, names = query
    row = driver.execute(b"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + asked, names, prepare=False).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def scans(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Each scan of a plan, and how many rows it looked at."""
    if "Relation Name" in node or node["Node Type"] == "Bitmap Index Scan":
        rows = (
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        )
        yield f"{node['Node Type']} {node.get('Index Name', '')}".strip(), int(rows * node["Actual Loops"])
    for child in node.get("Plans", ()):
        yield from scans(child)


def test_only_what_is_published_shows(store: PostgresStore) -> None:
    """From the moment on in which it is, until it is not; what the public sees has no private field."""
    life = PortfolioLife(store).opened()
    waits = submitted(life, "u2")
    assert store.search(PublicSearch()).listings == ()
    file = published(life, "u1", category="flat")
    (shown,) = store.search(PublicSearch()).listings
    assert shown == public_listing_of(file, UnitKind.FLAT) == store.public_listing(file.listing.listing_id)
    assert store.portfolio_of(file.listing.listing_id) == life.portfolio_id
    for ask in (store.public_listing, store.portfolio_of):
        with pytest.raises(NotFound):
            ask(waits.listing.listing_id)
    for status in (ListingStatus.RENTED, ListingStatus.PUBLISHED, ListingStatus.WITHDRAWN):
        moved(life, file.listing.listing_id, status)
        assert len(store.search(PublicSearch(city="nairobi", words="rooms")).listings) == (status == "published")
    assert NAIROBI.city == "Nairobi"


def test_two_portfolios_are_searched_together(store: PostgresStore) -> None:
    """One page over both, and each listing is its own portfolio's."""
    lives = [PortfolioLife(store).opened(), PortfolioLife(store, "p2", first_step=500).opened(1)]
    ids = [published(it).listing.listing_id for it in lives]
    assert {it.listing_id for it in store.search(PublicSearch()).listings} == set(ids)
    assert [store.portfolio_of(it) for it in ids] == ["p1", "p2"]


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "newest",
        "newest~yesterday~lst_1",
        "newest~2026-01-01T00:00:00~lst_1",
        "cheapest~KES~1~lst_1",
        "newest~~",
        "~",
    ],
)
def test_a_place_that_was_never_told_is_refused(store: PostgresStore, after: str) -> None:
    """Also that of another order."""
    with pytest.raises(InvalidInput, match="after"):
        store.search(PublicSearch(after=after))


@pytest.mark.parametrize(
    "words", ["' & !", "a:*|b", "\\", "()<->", "%s %(x)s", "=kind=flat", "🏠", "'; DROP TABLE listings"]
)
def test_words_are_only_words(store: PostgresStore, words: str) -> None:
    """No sign of the database's language or the driver's means anything."""
    for field in ("words", "city", "category"):
        assert store.search(PublicSearch(**{field: words})).listings == ()  # type: ignore[arg-type]
