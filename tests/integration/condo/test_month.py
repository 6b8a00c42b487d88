"""A month on both sides: whatever is edited, and wherever a night's run is cut off, both stand alike and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")

from tests.fixtures.condo_month.checking import Check
from tests.fixtures.condo_month.script import DAYS, Script
from tests.fixtures.condo_month.sides import OWN, Sides
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.condo.testing import CondoStandIn, furnish
from marketplace_core.domain.party import Portfolio
from marketplace_core.services.leases import OpenPortfolio
from marketplace_core.testing.clocks import FixedClock

pytestmark = [pytest.mark.condo, pytest.mark.postgres]


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@pytest.fixture
def sides(fresh_database: Database) -> Iterator[Sides]:
    with CondoStandIn() as standin:
        standin.answering.known_points = 10**9
        furnish(standin.hand, properties=3, units=300, residents=400, tickets=500)
        found = Sides(standin, fresh_database, FixedClock(standin.books.instant()))
        OpenPortfolio(found.store)(found.command(), Portfolio(OWN, "Nyumba"))
        yield found
        found.close()


def test_month(sides: Sides) -> None:
    import time
    from marketplace_core.services.verify import verify_books

    script = Script(sides, 7)
    check = Check(script.ledger)
    script.ledger.look(sides.standin.books)
    t = time.time()
    sides.night()
    print("first", time.time() - t, len(sides.cutting.points))
    assert check.problems(sides.database, sides.standin.books, 0) == []
    script.ledger.slept()
    for day in range(1, DAYS + 1):
        t = time.time()
        script.day(day)
        a = time.time()
        sides.night()
        b = time.time()
        script.ledger.slept()
        bad = check.problems(sides.database, sides.standin.books, script.opened_here)
        if bad:
            print(*bad, sep="\n")
            import re

            for key in set(re.findall(r"[0-9a-f-]{36}", " ".join(bad))):
                if key in sides.standin.books.kind("Ticket"):
                    f = script._file(key)
                    print(
                        key,
                        f.ticket.outside,
                        *f.changes,
                        *f.intents,
                        sides.standin.books.kind("Ticket")[key].values,
                        sep="\n    ",
                    )
            raise AssertionError(day)
        c = time.time()
        assert sides.differences() == []
        d = time.time()
        assert verify_books(sides.store, sides.store, OWN).ok
        e = time.time()
        script.late(day)
        script.ledger.look(sides.standin.books)
        print(
            day,
            f"day {a - t:.2f} night {b - a:.2f} check {c - b:.2f} diff {d - c:.2f} verify {e - d:.2f}",
            len(sides.cutting.points),
        )
