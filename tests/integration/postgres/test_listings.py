"""Listings on PostgreSQL: one writer a unit, one link a change, whole or not at all, and nothing is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import event, text
from tests.fixtures.databases import Database, MakeTables
from tests.fixtures.listings import ADMIN, drafted, edited, moved, published, submitted
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.kept_columns import wrong_columns
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.facts import UnitRecorded
from marketplace_core.domain.identifiers import ListingId, PropertyId, UnitId
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.decisions import edit, listing_id_of
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.linking import listing_digest
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.domain.listings.public import PublicSearch
from marketplace_core.domain.party import Unit, UnitKind
from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    InvalidInput,
    MarketplaceError,
    NotFound,
    RuleViolation,
)
from marketplace_core.services.listings.moving import publish_approved
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.life import BEGINNING, PortfolioLife

pytestmark = pytest.mark.postgres


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


@pytest.fixture
def life(store: PostgresStore) -> PortfolioLife:
    """An open portfolio with units u1 to u3."""
    return PortfolioLife(store).opened()


def count(store: PostgresStore, table: str) -> int:
    """How many rows a table has."""
    with store.engine.connect() as connection:
        found: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - ours
        return found


def events(store: PostgresStore, kind: str) -> list[str]:
    """The payloads of links of a kind of fact."""
    with store.engine.connect() as connection:
        asked = text("SELECT payload FROM events WHERE payload LIKE :fact ORDER BY sequence")
        return list(connection.scalars(asked, {"fact": f'%"{kind}"%'}))


def test_a_file_comes_back_as_it_was_written(life: PortfolioLife) -> None:
    """Every field of the listing, its place to the last decimal, and its history in order."""
    file = published(life)
    assert life.store.listing_file(life.portfolio_id, file.listing.listing_id) == file
    assert [it.what for it in file.changes] == ["drafted", "edited", "submitted", "approved", "published"]
    assert list(life.store.listings(life.portfolio_id)) == [file.listing]


def test_each_change_is_one_link_with_the_digest_of_what_stands(life: PortfolioLife, store: PostgresStore) -> None:
    """As many links as lines of history; the last one's digest is the listing's; the chain and the books hold."""
    file = published(life)
    told = events(store, "ListingChanged")
    assert len(told) == len(file.changes)
    assert listing_digest(file.listing) in told[-1]
    assert verify_books(store, store, life.portfolio_id).ok
    assert wrong_columns(store.engine) == ()


def test_the_same_command_again_changes_nothing(life: PortfolioLife, store: PostgresStore) -> None:
    """Also once the listing went on; under another kind, or for another listing, the id is refused."""
    command = life.command("listing.draft")
    first = drafted(life, command=command).listing.listing_id
    own = life.command("listing.edit")
    edited(life, first, own, category="house")
    after = edited(life, first, category="flat")
    links_then = len(events(store, "ListingChanged"))
    assert edited(life, first, own, category="house") == drafted(life, command=command) == after
    assert len(events(store, "ListingChanged")) == links_then
    with pytest.raises(AlreadyExists, match="id of its own"):
        edited(life, first, evolve(own, kind="listing.other"), category="villa")
    other = drafted(life, "u2").listing.listing_id
    with pytest.raises(AlreadyExists):
        edited(life, other, own, category="villa")
    assert life.store.listing_file(life.portfolio_id, other).listing.category == ""


def test_what_changes_nothing_leaves_no_link(life: PortfolioLife, store: PostgresStore) -> None:
    """An edit to what stands; a refused one; a dry run."""
    file = submitted(life)
    before = events(store, "ListingChanged")
    listing_id = file.listing.listing_id
    assert edited(life, listing_id, category="flat") == file
    own = life.command("listing.edit")

    def decide(known: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile | None:
        return known and edit(known, own, evolve(known.listing, category="house"), ADMIN)

    would = life.store.change_listing(own, listing_id, decide, dry_run=True)
    assert would.listing.category == "house"
    with pytest.raises(NotFound):
        life.store.change_listing(own, ListingId("lst_none"), decide)
    assert life.store.listing_file(life.portfolio_id, listing_id) == file
    assert events(store, "ListingChanged") == before


def test_of_two_listings_of_a_unit_that_are_approved_at_once_one_is(life: PortfolioLife) -> None:
    """In each of ten tries by two threads, and by eight: the others are refused, and nothing of theirs is kept."""
    for tries in range(10):
        many = 8 if tries == 0 else 2
        ids = [submitted(life).listing.listing_id for _ in range(many)]
        commands = [life.command("listing.approved") for _ in ids]
        tasks: list[Callable[[], ListingFile]] = [
            partial(moved, life, it, ListingStatus.APPROVED, own) for it, own in zip(ids, commands, strict=True)
        ]
        done = at_once(tasks)
        assert sum(isinstance(it, RuleViolation) for it in done) == many - 1, done
        files = [life.store.listing_file(life.portfolio_id, it) for it in ids]
        assert [it.listing.status for it in files].count(ListingStatus.APPROVED) == 1
        for it in files:
            moved(life, it.listing.listing_id, ListingStatus.ARCHIVED)


def test_eight_of_one_command_are_one_listing(life: PortfolioLife, store: PostgresStore) -> None:
    """Each is given the same file; there is one row and one link."""
    command = life.command("listing.draft")
    made = at_once([partial(drafted, life, "u1", command) for _ in range(8)])
    assert {it.listing.listing_id for it in made if isinstance(it, ListingFile)} == {listing_id_of(command)}
    assert not [it for it in made if isinstance(it, Exception)]
    assert (count(store, "listings"), len(events(store, "ListingChanged"))) == (1, 1)


def test_a_change_that_breaks_midway_keeps_nothing(
    life: PortfolioLife, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is written before its link: where the link cannot be written, neither stands."""
    file = submitted(life)

    def broken(*_: object) -> int:
        raise ConnectionError("cut")

    monkeypatch.setattr("marketplace_adapters.postgres.listings.changing.append_links", broken)
    with pytest.raises(ConnectionError):
        moved(life, file.listing.listing_id, ListingStatus.APPROVED)
    monkeypatch.undo()
    assert life.store.listing_file(life.portfolio_id, file.listing.listing_id) == file
    assert count(store, "listing_changes") == len(file.changes)
    assert moved(life, file.listing.listing_id, ListingStatus.APPROVED).listing.status is ListingStatus.APPROVED


def test_a_listing_stays_with_its_unit(life: PortfolioLife) -> None:
    """A unit that is not there, another portfolio's listing, and a move to another unit are refused."""
    file = drafted(life)
    with pytest.raises(NotFound, match="u9"):
        drafted(life, "u9")
    own = life.command("listing.edit")
    with pytest.raises(AlreadyExists, match="for good"):
        life.store.change_listing(
            own,
            file.listing.listing_id,
            lambda it, _: it and evolve(it, listing=evolve(it.listing, unit_id=UnitId("u2"))),
        )
    other = PortfolioLife(life.store, "p2", first_step=500).opened(1)
    with pytest.raises(NotFound):
        life.store.listing_file(other.portfolio_id, file.listing.listing_id)
    with pytest.raises(NotFound):
        moved(other, file.listing.listing_id, ListingStatus.SUBMITTED)


def test_a_listing_waits_for_whoever_records_its_unit(life: PortfolioLife, store: PostgresStore) -> None:
    """And then says the kind that the unit has since, in the search too."""
    file = published(life)
    held, done = Event(), Event()

    def decide(known: ListingFile | None, _: tuple[Listing, ...]) -> ListingFile | None:
        held.set()
        done.wait(0.2)
        return known and edit(known, own, evolve(known.listing, category="house"), ADMIN)

    own, record = life.command("listing.edit"), life.command("unit")
    unit = Unit(life.portfolio_id, UnitId("u1"), PropertyId("block"), "A1", UnitKind.WAREHOUSE)

    def change() -> object:
        return life.store.change_listing(own, file.listing.listing_id, decide)

    def write() -> object:
        held.wait(10)
        return life.store.record(record, [UnitRecorded(unit)])

    tasks: list[Callable[[], object]] = [change, write]
    assert not [it for it in at_once(tasks) if isinstance(it, Exception)]
    found = life.store.search(PublicSearch(kind=UnitKind.WAREHOUSE)).listings
    assert [(it.listing_id, it.kind, it.category) for it in found] == [
        (file.listing.listing_id, UnitKind.WAREHOUSE, "house")
    ]
    assert life.store.search(PublicSearch(kind=UnitKind.FLAT)).listings == ()
    assert wrong_columns(store.engine) == ()


def test_the_application_may_not_delete(fresh_database: Database, life: PortfolioLife) -> None:
    """Neither a row of these tables, nor a line of history otherwise than it was written."""
    published(life)
    with psycopg.connect(fresh_database.application.conninfo(), autocommit=True) as connection:
        for table in ("listings", "listing_changes", "listing_copies", "applications", "inquiries"):
            for how in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608 - a table of ours
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(how.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE listing_changes SET reason = 'x'")


@pytest.mark.parametrize(
    "change",
    [
        "published_at = NULL",
        "city = 'mombasa'",
        "marks = ''",
        "marks = marks || array_to_tsvector(ARRAY['pool'])",
        "unit_kind = 'parking'",
        "changed_on = '2020-01-01'",
        "version = version + 1",
    ],
)
def test_a_repeated_column_changed_by_hand_is_found(
    fresh_database: Database, life: PortfolioLife, store: PostgresStore, change: str
) -> None:
    """What the search asks by says what the listing says, and its version how many lines its history has."""
    published(life)
    assert wrong_columns(store.engine) == ()
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        connection.execute(f"UPDATE listings SET {change}".encode())  # noqa: S608 - of this test
    assert wrong_columns(store.engine) != ()


def copy_of(file: ListingFile, external_id: str = "77") -> ListingCopy:
    """A copy with an id and nothing told."""
    it = file.listing
    return ListingCopy(it.portfolio_id, it.listing_id, "cocorico", external_id, BEGINNING)


def test_a_copy_is_chosen_by_one(life: PortfolioLife) -> None:
    """Of eight who choose at once one does, and the same choice again is that one; an outside id is one listing's."""
    file, other = published(life), published(life, "u2")
    copies = [copy_of(file, str(n)) for n in range(8)]
    chosen = at_once([partial(life.store.choose, it, None) for it in copies])
    kept = [it for it in chosen if isinstance(it, ListingCopy)]
    assert len(kept) == 1
    assert sum(isinstance(it, ConcurrentChange) for it in chosen) == 7
    assert life.store.choose(kept[0], None) == kept[0]
    with pytest.raises(AlreadyExists):
        life.store.choose(copy_of(other, kept[0].external_id), None)
    again = kept[0].chosen_again("99", BEGINNING)
    assert life.store.choose(again, kept[0]) == again
    own = life.portfolio_id
    assert life.store.copies(own, "cocorico", [file.listing.listing_id, other.listing.listing_id]) == (again,)
    assert life.store.listings_of(own, "cocorico", ["99", kept[0].external_id]) == {"99": file.listing.listing_id}


def test_what_was_told_is_one_link(life: PortfolioLife, store: PostgresStore) -> None:
    """Once a command; none where only a finding differs; refused where the copy changed meanwhile."""
    file = published(life)
    first = life.store.choose(copy_of(file), None)
    command = life.command("listing.tell")
    told = evolve(first, told={"state": "live", "price": "15000"}, told_version=file.listing.version, told_at=BEGINNING)
    own, ids = life.portfolio_id, [file.listing.listing_id]
    assert life.store.behind(own, "cocorico") == tuple(ids)
    for _ in range(2):
        life.store.record_told(command, first, told)
    assert life.store.copies(own, "cocorico", ids) == (told,)
    assert life.store.behind(own, "cocorico") == ()
    troubled = evolve(told, trouble="no account there", telling={"state": "let"}, edits=("price",))
    life.store.record_told(life.command("listing.tell"), told, troubled)
    life.store.record_told(command, first, told)
    assert life.store.copies(own, "cocorico", ids) == (troubled,)
    assert len(events(store, "ListingTold")) == 1
    with pytest.raises(ConcurrentChange):
        life.store.record_told(life.command("listing.tell"), told, evolve(told, told={"state": "gone"}))
    with pytest.raises(AlreadyExists):
        life.store.record_told(evolve(command, kind="other"), troubled, told)
    assert life.store.behind(own, "cocorico") == tuple(ids)


def test_a_batch_takes_as_many_calls_as_one(life: PortfolioLife, store: PostgresStore) -> None:
    """Choosing, publishing, recording: several are one transaction each time, as one is, and no more driver calls."""
    files = [moved(life, submitted(life, f"u{n}").listing.listing_id, ListingStatus.APPROVED) for n in (1, 2, 3)]
    ids = [it.listing.listing_id for it in files]
    counted = Counter[str]()
    event.listen(store.engine, "after_cursor_execute", lambda *_: counted.update(["statements"]))
    event.listen(store.engine, "commit", lambda *_: counted.update(["commits"]))
    seen = list[Counter[str]]()
    for few in ([0], [1, 2]):
        counted.clear()
        copies = [copy_of(files[n], f"7{n}") for n in few]
        assert store.choose_all([(it, None) for it in copies]) == tuple(copies)
        listings = [files[n].listing for n in few]
        published = publish_approved(store, life.command("listing.publish"), listings)
        assert [it.status for it in published if isinstance(it, Listing)] == [ListingStatus.PUBLISHED] * len(few)
        told = [evolve(it, told={"state": "live"}) for it in copies]
        words = [(life.command("listing.tell"), it, after) for it, after in zip(copies, told, strict=True)]
        assert store.record_all(words) == (None,) * len(few)
        assert len(store.named_listings(life.portfolio_id, ids)) == len(ids)
        seen.append(Counter(counted))
    assert seen[0] == seen[1]
    assert seen[0]["commits"] == 3
    assert len(events(store, "ListingTold")) == 3
    assert verify_books(store, store, life.portfolio_id).ok
    assert wrong_columns(store.engine) == ()


def test_a_batch_that_breaks_midway_keeps_nothing(
    life: PortfolioLife, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies are written before their links: where these cannot be written, none of the batch stands."""
    copies = tuple(store.choose(copy_of(published(life, f"u{n}"), f"7{n}"), None) for n in (1, 2))
    words = [(life.command("listing.tell"), it, evolve(it, told={"state": "live"})) for it in copies]

    def broken(*_: object) -> None:
        raise ConnectionError("cut")

    monkeypatch.setattr("marketplace_adapters.postgres.listings.copying.append_links", broken)
    with pytest.raises(ConnectionError):
        store.record_all(words)
    monkeypatch.undo()
    assert set(store.copies(life.portfolio_id, "cocorico", [it.listing_id for it in copies])) == set(copies)
    assert store.record_all(words) == (None, None)


def test_what_the_tables_refuse_of_one_stops_no_other(life: PortfolioLife, store: PostgresStore) -> None:
    """A text that cannot be stored undoes the whole; then each is tried by itself."""
    copies = [copy_of(published(life, f"u{n}"), f"7{n}") for n in (1, 2, 3)]
    copies[1] = evolve(copies[1], trouble="a\0b")
    results = store.choose_all([(it, None) for it in copies])
    assert (results[0], type(results[1]), results[2]) == (copies[0], InvalidInput, copies[2])


def test_behind_are_those_of_another_version_and_live_ones_without_a_copy(life: PortfolioLife) -> None:
    """By id and by pages; drafts and what was rejected before it was told are nobody's business there."""
    submitted(life, "u3")
    ids = sorted(published(life, unit).listing.listing_id for unit in ("u1", "u2"))
    own = life.portfolio_id
    assert list(life.store.behind(own, "cocorico")) == ids
    assert list(life.store.behind(own, "cocorico", limit=1)) == ids[:1]
    assert list(life.store.behind(own, "cocorico", ids[0])) == ids[1:]
    moved(life, ids[0], ListingStatus.WITHDRAWN)
    assert list(life.store.behind(own, "cocorico")) == ids[1:]


def test_changes_of_units_sync_and_listings_do_not_lock_each_other_out(life: PortfolioLife) -> None:
    """Drafts, edits of units and lists of copies, eight at once, all go through."""
    file = published(life)
    own = [life.command() for _ in range(8)]
    unit = Unit(life.portfolio_id, UnitId("u1"), PropertyId("block"), "A1")
    kinds = [UnitKind.FLAT, UnitKind.WAREHOUSE] * 2
    tasks: list[Callable[[], object]] = [
        partial(life.store.record, it, [UnitRecorded(evolve(unit, kind=kind))])
        for it, kind in zip(own, kinds, strict=False)
    ]
    tasks += [partial(edited, life, file.listing.listing_id, it, category=it.command_id) for it in own[4:]]
    assert not [it for it in at_once(tasks) if isinstance(it, MarketplaceError)]
