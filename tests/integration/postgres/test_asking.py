"""Applications and inquiries on PostgreSQL: no merge or erasure slips past one that is just being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import text
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.facts import PersonErased, PersonRecorded
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.domain.party import Person
from marketplace_core.errors import IllegalTransition, StoreUnavailable
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.listing_life import applied, asked, booking, published, thread
from marketplace_core.testing.life import PortfolioLife

pytestmark = pytest.mark.postgres

ASHA = Person(PersonId("a1"), "Asha Njeri", ("254712345678",), "asha@example.org")


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


class Held:
    """A decision that waits in the middle until somebody else is stuck or done."""

    def __init__(self) -> None:
        self.begun, self.may_end = Event(), Event()

    def wait(self) -> None:
        """Say that the row is held, and hold it a while."""
        self.begun.set()
        self.may_end.wait(2)


def test_a_merge_in_the_middle_of_a_write_is_not_missed(
    life: PortfolioLife, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The merge waits for a write that named the duplicate and is not committed; who names them later is refused."""
    it, held = applied(life, published(life), booking()), Held()
    merge = life.command("person.merge")
    write_row = "marketplace_adapters.postgres.listings.applications._write"
    from marketplace_adapters.postgres.listings import applications  # noqa: PLC0415 - what the patch calls

    original = applications._write  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    def slow(*given: object) -> None:
        original(*given)  # type: ignore[arg-type]
        held.wait()

    monkeypatch.setattr(write_row, slow)

    def write() -> object:
        named = evolve(it, person_id=PersonId("t1"))
        return store.change_application(life.portfolio_id, it.application_id, lambda _: named)

    def merging() -> object:
        held.begun.wait(10)
        try:
            return store.merge_people(merge, PersonId("t1"), PersonId("t2"))
        finally:
            held.may_end.set()

    tasks: list[Callable[[], object]] = [write, merging]
    assert not [one for one in at_once(tasks) if isinstance(one, Exception)]
    assert store.application(life.portfolio_id, it.application_id).person_id == PersonId("t2")
    with pytest.raises(IllegalTransition):
        write()


@pytest.mark.parametrize("kind", ["application", "inquiry"])
def test_what_is_erased_is_not_written_back(life: PortfolioLife, kind: str) -> None:
    """An erasure in the middle of a change waits for it, and empties what it wrote."""
    store, own = life.store, life.portfolio_id
    store.record(life.command(), [PersonRecorded(own, ASHA)])
    listing, held = published(life), Held()
    application, inquiry = applied(life, listing, booking()), asked(life, listing, thread())
    assert inquiry is not None
    erase = life.command("person.erase", "asked")

    def decide_application(known: Application | None) -> Application | None:
        held.wait()
        return known and evolve(known, trouble="the unit is not free")

    def decide_inquiry(known: tuple[Inquiry, ...]) -> Inquiry:
        held.wait()
        return evolve(known[0], told_messages=1, version=known[0].version + 1)

    def change() -> object:
        if kind == "application":
            return store.change_application(own, application.application_id, decide_application)
        return store.change_inquiries(own, listing.listing_id, decide_inquiry)

    def erasing() -> object:
        held.begun.wait(10)
        return ErasePerson(store)(erase, ASHA.person_id)

    tasks: list[Callable[[], object]] = [change, erasing]
    done = at_once(tasks)
    assert not [one for one in done if isinstance(one, Exception)]
    assert isinstance(done[1], PersonErased)
    assert (done[1].applications, done[1].inquiries) == (1, 1)
    after = store.application(own, application.application_id)
    assert (after.applicant.name, after.applicant.phone, after.message, after.is_erased) == ("", "", "", True)
    told = store.inquiry(own, inquiry.inquiry_id)
    assert (told.applicant.name, told.applicant.phone, told.is_erased) == ("", "", True)
    assert {it.text for it in told.messages} == {""}
    assert after.trouble == ("the unit is not free" if kind == "application" else "")


def test_no_word_of_who_was_erased_is_left_in_the_tables(fresh_database: Database, life: PortfolioLife) -> None:
    """Searched as text, each row of both tables; the database refuses a word beside the mark."""
    store, own = life.store, life.portfolio_id
    store.record(life.command(), [PersonRecorded(own, ASHA)])
    listing = published(life)
    applied(life, listing, booking())
    asked(life, listing, thread())
    words = ("712345678", "juma", "water", "@")
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:

        def rows() -> str:
            found = connection.execute(
                "SELECT to_jsonb(it)::text FROM applications it UNION ALL SELECT to_jsonb(it)::text FROM inquiries it"
            )
            return "\n".join(row[0] for row in found).casefold()

        assert "712345678" in rows()
        ErasePerson(store)(life.command("person.erase", "asked"), ASHA.person_id)
        assert not [it for it in words if it in rows()], rows()
        for table in ("applications", "inquiries"):
            for column in ("name", "email", "phone"):
                with pytest.raises(psycopg.errors.CheckViolation):
                    connection.execute(f"UPDATE {table} SET {column} = 'x'".encode())  # noqa: S608 - of this test


def test_a_connection_that_dies_in_a_decision_keeps_nothing(life: PortfolioLife, store: PostgresStore) -> None:
    """The change is told as not done; run again it is done."""
    it = applied(life, published(life), booking())
    is_first = [True]

    def decide(known: Application | None) -> Application | None:
        if is_first.pop() if is_first else False:
            with store.engine.connect() as other:
                other.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND state = 'idle in transaction'"
                        " AND pid <> pg_backend_pid()"
                    )
                )
        return known and evolve(known, trouble="x")

    with pytest.raises(StoreUnavailable):
        store.change_application(life.portfolio_id, it.application_id, decide)
    assert store.application(life.portfolio_id, it.application_id) == it
    store.change_application(life.portfolio_id, it.application_id, decide)
    assert store.application(life.portfolio_id, it.application_id).trouble == "x"
