"""Commands on PostgreSQL: whole or not at all, once, in any number of threads, whatever happens to the server."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from attrs import evolve
from sqlalchemy import text
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import (
    BOOK,
    NOW,
    command,
    credit_of,
    invoice_of,
    lease,
    make_tables,
    opening,
    received,
    shillings,
)

from marketplace_adapters.postgres.embedded import open_server
from marketplace_adapters.postgres.engine import make_engine
from marketplace_adapters.postgres.migrations import current_revision, latest_revision, migrate, require_current
from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.account_decisions import add_credit, issue, void
from marketplace_core.domain.event_log import verify_chain
from marketplace_core.domain.facts import (
    CreditAdded,
    Fact,
    InvoiceIssued,
    LeaseRecorded,
    MatchApplied,
    PropertyRecorded,
    UnitRecorded,
)
from marketplace_core.domain.identifiers import InvoiceId, LeaseId, MatchId, PersonId, PropertyId, UnitId
from marketplace_core.domain.matching import Match, Slice
from marketplace_core.domain.party import Property, Unit
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.standing import Locked
from marketplace_core.domain.state import books_hash, differences
from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    ConfigurationError,
    DuplicateInvoice,
    LeaseOverlap,
    MarketplaceError,
    NotFound,
    OverAllocation,
    PortfolioMismatch,
    StoreUnavailable,
)
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.postgres
T = TypeVar("T")
THREADS = 8


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Give every database the books' tables."""
    return make_tables


@pytest.fixture
def store(fresh_database: Database) -> Iterator[PostgresStore]:
    """Give empty books."""
    books = PostgresStore.connect(fresh_database.application)
    yield books
    books.close()


def at_once(work: Callable[[int], T]) -> list[T | MarketplaceError]:
    """Run work in several threads at once; what each returned, or how it was refused."""
    start = Barrier(THREADS)

    def run(number: int) -> T | MarketplaceError:
        start.wait()
        try:
            return work(number)
        except MarketplaceError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def issuing(name: str, unit: str, month: int, run: str) -> Callable[[Locked], Sequence[Fact]]:
    """Issue the lease's rent of a month."""
    return lambda locked: issue(locked.accounts[LeaseId(name)], [invoice_of(name, unit, month)], command(run))


def giving(payment: Payment, lease_id: str, name: str) -> list[Fact]:
    """Give the whole payment to a lease, without looking whether anything of it is left."""
    part = Slice(LeaseId(lease_id), payment.amount)
    match = Match(MatchId(name), BOOK, payment.payment_id, (part,), "person:tester", NOW)
    return [
        MatchApplied(match),
        CreditAdded(credit_of(payment, f"{name}-credit", lease_id, payment.amount.amount_minor // 100)),
    ]


def snapshot_of(store: PostgresStore) -> str:
    """Return the hash of all rows."""
    return books_hash(store.state(BOOK))


def test_numbers_have_no_gaps_from_many_threads(store: PostgresStore) -> None:
    """Threads that issue, fail and try dry runs at once leave the numbers 1 to n and an unbroken chain."""
    store.record(command("open"), opening(units=THREADS, leases=THREADS))

    def work(number: int) -> None:
        name, unit = f"L{number + 1}", f"U{number + 1}"
        for month in (9, 10, 11):
            run = f"issue-{number}-{month}"
            store.change(command(f"dry-{run}"), issuing(name, unit, month, run), leases=[LeaseId(name)], dry_run=True)
            store.change(command(run), issuing(name, unit, month, run), leases=[LeaseId(name)])
            invoice = invoice_of(name, unit, month)
            with pytest.raises(DuplicateInvoice):
                store.record(
                    command(f"again-{run}"), [InvoiceIssued(evolve(invoice, invoice_id=InvoiceId(f"again-{run}")))]
                )

    assert at_once(work) == [None] * THREADS
    numbers = sorted(it.number for account in store.accounts(BOOK) for it in account.invoices)
    assert numbers == [f"INV-{n:06d}" for n in range(1, 3 * THREADS + 1)]
    assert verify_chain(store.events(BOOK))[0] == 1 + 3 * THREADS


def test_no_payment_is_given_twice(store: PostgresStore) -> None:
    """Reconcilers that give the same payments away at once, without looking, give each once."""
    arrived = [received(f"QX{n}", 1000 + n) for n in range(10)]
    store.record(command("open"), [*opening(units=THREADS, leases=THREADS), *arrived])

    def work(number: int) -> int:
        given = 0
        for fact in arrived:
            name = f"match-{number}-{fact.payment.transaction_id}"
            try:
                store.record(command(name), giving(fact.payment, f"L{number + 1}", name))
            except OverAllocation:
                continue
            given += 1
        return given

    results = at_once(work)
    assert all(isinstance(it, int) for it in results), results
    assert sum(it for it in results if isinstance(it, int)) == len(arrived)
    assert list(store.waiting(BOOK)) == []
    assert sum(1 for _ in store.matches(BOOK)) == len(arrived)


def test_a_command_run_by_many_at_once_has_one_effect(store: PostgresStore) -> None:
    """Every thread is told what was written; one of them wrote it."""
    store.record(command("open"), opening())
    results = at_once(
        lambda _: store.change(command("issue"), issuing("L1", "U1", 10, "issue"), leases=[LeaseId("L1")])
    )
    found = [it for it in results if not isinstance(it, MarketplaceError)]
    assert len(found) == THREADS, results
    assert sum(not it.repeated for it in found) == 1
    assert len({it.facts for it in found}) == 1
    assert len(store.account(BOOK, LeaseId("L1")).invoices) == 1


def test_a_unit_is_let_once_by_many_at_once(store: PostgresStore) -> None:
    """Of leases of one unit over the same days that many record at once, one stands; those side by side all do."""
    store.record(command("open"), opening(units=2, leases=0))
    same = at_once(lambda number: store.record(command(f"same-{number}"), [LeaseRecorded(lease(f"S{number}", "U1"))]))
    assert sum(isinstance(it, LeaseOverlap) for it in same) == THREADS - 1, same
    beside = at_once(
        lambda number: store.record(
            command(f"beside-{number}"),
            [LeaseRecorded(lease(f"B{number}", "U2", date(2020 + number, 1, 1), date(2021 + number, 1, 1)))],
        )
    )
    assert not [it for it in beside if isinstance(it, MarketplaceError)]
    assert sum(1 for it in store.leases(BOOK) if it.unit_id == "U2") == THREADS


def test_a_repeated_command_tells_what_it_wrote(store: PostgresStore) -> None:
    """The same command id again writes nothing and returns the facts with their numbers."""
    store.record(command("open"), opening())
    first = store.change(command("issue"), issuing("L1", "U1", 10, "issue"), leases=[LeaseId("L1")])
    before = snapshot_of(store)
    again = store.change(command("issue"), lambda _: pytest.fail("decided again"), leases=[LeaseId("L1")])
    assert (again.facts, again.sequence, again.repeated) == (first.facts, first.sequence, True)
    assert snapshot_of(store) == before


def test_a_dry_run_says_the_same_and_writes_nothing(store: PostgresStore) -> None:
    """A dry run returns what the run will write, leaves no row, and refuses what the run would refuse."""
    store.record(command("open"), opening())
    before = snapshot_of(store)
    decide = issuing("L1", "U1", 10, "issue")
    dry = store.change(command("issue"), decide, leases=[LeaseId("L1")], dry_run=True)
    assert snapshot_of(store) == before
    assert dry.facts == store.change(command("issue"), decide, leases=[LeaseId("L1")]).facts
    with pytest.raises(LeaseOverlap):
        store.record(command("overlap"), [LeaseRecorded(lease("L9", "U1"))], dry_run=True)


REFUSED: dict[str, tuple[type[MarketplaceError], Callable[[], list[Fact]]]] = {
    "a lease of an unknown unit": (NotFound, lambda: [LeaseRecorded(lease("L9", "nowhere"))]),
    "a stale version of a lease": (ConcurrentChange, lambda: [LeaseRecorded(lease("L1", "U1"))]),
    "an invoice of an unknown lease": (NotFound, lambda: [InvoiceIssued(invoice_of("L9", "U1", 10))]),
    "facts of another portfolio": (PortfolioMismatch, lambda: [LeaseRecorded(lease("L9", "U2", portfolio="other"))]),
    "a transaction twice": (AlreadyExists, lambda: [received("QX1", 500)]),
    "more of a payment than it has": (
        OverAllocation,
        lambda: [CreditAdded(credit_of(received("QX1", 500).payment, "C9", "L1", 501))],
    ),
    "a number that is not the next": (
        AlreadyExists,
        lambda: [InvoiceIssued(evolve(invoice_of("L1", "U1", 11), number="INV-000009"))],
    ),
    "an invoice id twice": (AlreadyExists, lambda: [InvoiceIssued(evolve(invoice_of("L1", "U1", 10), subject="x"))]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_leaves_nothing_behind(store: PostgresStore, what: str) -> None:
    """A fact that breaks a constraint takes the whole command with it, and is refused as in memory."""
    refusal, facts = REFUSED[what]
    memory = MemoryBooks()
    for books in (store, memory):
        books.record(command("open"), [*opening(units=2), received("QX1", 500)])
        books.change(command("issue"), issuing("L1", "U1", 10, "issue"), leases=[LeaseId("L1")])
        with pytest.raises(refusal):
            books.record(command("refused"), [received("QX2", 7), *facts()])
    assert list(differences(store.state(BOOK), memory.state(BOOK))) == []
    assert verify_chain(store.events(BOOK))[0] == 2


def test_a_record_of_what_nobody_has_says_what_to_record_first(store: PostgresStore) -> None:
    """A mistyped property of a unit, or landlord of a property, is named in words and not as a constraint."""
    store.record(command("open"), opening())
    unit = Unit(BOOK, UnitId("U9"), PropertyId("kilimni"), "A9")
    with pytest.raises(NotFound, match="record the property first"):
        store.record(command("unit"), [UnitRecorded(unit)])
    with pytest.raises(NotFound, match="record the person first"):
        store.record(command("property"), [PropertyRecorded(Property(BOOK, PropertyId("P9"), "P", PersonId("halma")))])


def test_kept_sums_equal_the_fold(store: PostgresStore) -> None:
    """After paying, voiding and paying again the kept columns are the sums of the rows, and rows equal memory's."""
    memory = MemoryBooks()
    arrived = received("QX1", 40_000)
    for books in (store, memory):
        books.record(command("open"), [*opening(), arrived])
        for month in (9, 10):
            run = f"issue-{month}"
            books.change(command(run), issuing("L1", "U1", month, run), leases=[LeaseId("L1")])
        credit = credit_of(arrived.payment, "C1", "L1", 35_000)
        books.change(
            command("pay"),
            lambda locked, it=credit: add_credit(locked.accounts[LeaseId("L1")], it, command("pay")),  # type: ignore[misc]
            leases=[LeaseId("L1")],
        )
        first = books.account(BOOK, LeaseId("L1")).invoices[0].invoice_id
        books.change(
            command("void", minutes=5),
            lambda locked, it=first: void(  # type: ignore[misc]
                locked.accounts[LeaseId("L1")], it, date(2026, 10, 20), "wrong unit", command("void", minutes=5)
            ),
            leases=[LeaseId("L1")],
        )
    assert list(differences(store.state(BOOK), memory.state(BOOK))) == []
    assert store.account(BOOK, LeaseId("L1")) == memory.account(BOOK, LeaseId("L1"))
    with store.engine.connect() as connection:
        kept = connection.execute(
            text("SELECT (SELECT sum(allocated_minor) FROM invoices), (SELECT sum(allocated_minor) FROM credits)")
        ).one()
        folded = connection.execute(
            text("SELECT sum(amount_minor) FROM allocations WHERE ended_on IS NULL AND superseded_at IS NULL")
        ).scalar_one()
        credited = connection.execute(text("SELECT sum(credited_minor) FROM payments")).scalar_one()
    assert tuple(kept) == (folded, folded)
    assert folded == shillings(15_000).amount_minor
    assert credited == shillings(35_000).amount_minor


def test_a_lost_connection_leaves_nothing_and_the_command_can_run_again(store: PostgresStore) -> None:
    """A connection that is cut in the middle gives StoreUnavailable; the same command then does its work once."""
    store.record(command("open"), opening())
    before = snapshot_of(store)

    def cut(locked: Locked) -> Sequence[Fact]:
        with store.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                    " AND datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        return issuing("L1", "U1", 10, "issue")(locked)

    with pytest.raises(StoreUnavailable):
        store.change(command("issue"), cut, leases=[LeaseId("L1")])
    assert snapshot_of(store) == before
    done = store.change(command("issue"), issuing("L1", "U1", 10, "issue"), leases=[LeaseId("L1")])
    assert not done.repeated


@pytest.mark.crash
@pytest.mark.parametrize("stop", [signal.SIGQUIT, signal.SIGKILL])
def test_a_server_that_dies_in_a_transaction_keeps_what_was_acknowledged(tmp_path: Path, stop: signal.Signals) -> None:
    """A server stopped at once in the middle of a command has, when it is back, all before it and nothing of it."""
    with open_server(tmp_path / "data") as server:
        make_tables(server.owner)
        store = PostgresStore.connect(server.application)
        store.record(command("open"), opening())
        before = snapshot_of(store)
        process = server.process
        assert process is not None

        def die(locked: Locked) -> Sequence[Fact]:
            os.kill(process, stop)
            return issuing("L1", "U1", 10, "issue")(locked)

        if stop is signal.SIGQUIT:
            with pytest.raises(StoreUnavailable):
                store.change(command("issue"), die, leases=[LeaseId("L1")])
        else:
            # The postmaster alone is dead: its children may still finish what they do, or not.
            with suppress(StoreUnavailable):
                store.change(command("issue"), die, leases=[LeaseId("L1")])
        store.close()
    with open_server(tmp_path / "data") as server:
        store = PostgresStore.connect(server.application)
        if stop is signal.SIGQUIT:
            assert snapshot_of(store) == before
        store.change(command("issue"), issuing("L1", "U1", 10, "issue"), leases=[LeaseId("L1")])
        assert [it.number for it in store.account(BOOK, LeaseId("L1")).invoices] == ["INV-000001"]
        assert verify_chain(store.events(BOOK))[0] == 2
        store.close()


def test_migrations_run_once_from_many_processes_and_again_do_nothing(postgres_server: Database) -> None:
    """Threads that migrate an empty database at once end at one revision, and a second time changes nothing."""
    from tests.fixtures.databases import new_database  # noqa: PLC0415 - beside its use

    with new_database(postgres_server) as database:
        engine = make_engine(database.owner)
        assert current_revision(engine) is None
        with pytest.raises(ConfigurationError, match="migrate"):
            require_current(engine)
        assert at_once(lambda _: migrate(engine)) == [latest_revision()] * THREADS
        assert migrate(engine) == latest_revision()
        require_current(engine)
        engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(fresh_database: Database) -> None:
    """A revision that this version does not know is named, and nothing is changed."""
    engine = make_engine(fresh_database.owner)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for check in (migrate, require_current):
        with pytest.raises(ConfigurationError, match="9999"):
            check(engine)
    engine.dispose()


def test_tables_are_what_the_schema_says(fresh_database: Database) -> None:
    """The migrations make exactly the tables that queries are written against."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - one test's tool
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - one test's tool

    from marketplace_adapters.postgres.schema import metadata  # noqa: PLC0415 - one test's subject

    engine = make_engine(fresh_database.owner)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert found == []
