"""`kill -9` in the middle of ``sync condo``: the same command again brings the rest, nothing twice, nothing lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final, Literal

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("graphql", reason="graphql-core is not installed")

from tests.e2e.crash.crashing import Programs, Undisturbed, copied, steps_of, was_killed
from tests.fixtures.condo_month.checking import Check
from tests.fixtures.condo_month.script import Script
from tests.fixtures.condo_month.sides import OWN, Sides
from tests.fixtures.condo_standin import settings_of
from tests.fixtures.databases import Database, new_database
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.condo.testing import CondoStandIn, furnish
from marketplace_core.domain.party import Portfolio
from marketplace_core.services.leases import OpenPortfolio
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.clocks import FixedClock

pytestmark = [pytest.mark.crash, pytest.mark.postgres, pytest.mark.condo, pytest.mark.xdist_group("crash")]

POINTS: Final = {"smoke": 1, "slice": 4, "full": 100}
"""Moments at which the command is killed."""
SEED: Final = 2026_11
COMMAND: Final = ("marketplace", "sync", "condo")
PAGE: Final = "4"


@pytest.fixture
def sides(postgres_server: Database) -> Iterator[Sides]:
    """Three houses whose first sync is done."""
    with CondoStandIn() as standin, new_database(postgres_server, make_tables) as database:
        standin.answering.known_points = 10**9
        furnish(standin.hand, properties=3, units=60, residents=80, tickets=40)
        found = Sides(standin, database, FixedClock(standin.books.instant()))
        OpenPortfolio(found.store)(found.command(), Portfolio(OWN, "Nyumba"))
        yield found
        found.close()


def test_a_killed_sync_is_completed_by_the_next(
    sides: Sides, programs: Programs, postgres_server: Database, scale: Literal["smoke", "slice", "full"]
) -> None:
    """After a day of edits, killed around ends of transactions and elsewhere: as the ledger says, and it proves."""
    script = Script(sides, SEED)
    script.ledger.look(sides.standin.books)
    script.ledger.slept()
    check = Check(script.ledger)
    assert not sides.night()
    script.day(1)
    evening, named = sides.database, programs.with_settings(settings_of(sides.standin, OWN, CONDO_PAGE=PAGE))
    sides.close()
    with copied(postgres_server, evening) as copy:
        done = named.step(COMMAND, copy)
        assert done.returncode == 0, done.stderr
        undisturbed = Undisturbed(copy, Counter(), *steps_of(named.report))
    bad: list[str] = []
    for moment in undisturbed.moments(Random(SEED), POINTS[scale]):
        with copied(postgres_server, evening) as copy, sides.kept():
            assert was_killed(named.step(COMMAND, copy, moment)), f"moment {moment} was not reached"
            again = named.run(COMMAND, copy)
            sides.work_on(copy)
            sides.push()
            found = check.problems(copy, sides.standin.books, script.opened_here)
            report = verify_books(sides.store, sides.store, OWN)
            bad += [f"moment {moment}: {it}" for it in (*found, *report.differences, *report.findings)]
            bad += [f"moment {moment}: {again.stderr}"] if again.returncode else []
            sides.close()
    assert not bad, "\n".join(bad[:20])
