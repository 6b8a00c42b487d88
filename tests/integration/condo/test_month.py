"""A month on both sides: whatever is edited, and wherever a night is cut off, both stand alike and nothing is twice."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from random import Random
from types import MappingProxyType
from typing import Final, Literal

import pytest
from attrs import define, evolve
from typing_extensions import override

pytest.importorskip("psycopg", reason="psycopg is not installed")

from tests.e2e.crash.crashing import copied
from tests.fixtures.condo_month.checking import Check
from tests.fixtures.condo_month.script import BUILT_ON, DAYS, DELETED_ON, Script
from tests.fixtures.condo_month.sides import OWN, SYSTEM, Sides
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.condo.testing import CondoStandIn, furnish
from marketplace_core.domain.outside_property.progress import OVERLAP, Stream, SyncRun, SyncStage, next_since
from marketplace_core.domain.party import Portfolio
from marketplace_core.services.leases import OpenPortfolio
from marketplace_core.services.outside_property.properties import STREAM
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.clocks import FixedClock

pytestmark = [pytest.mark.condo, pytest.mark.postgres, pytest.mark.xdist_group("condo-month")]

Scale = Literal["smoke", "slice", "full"]
SEED: Final = 2026_11
FULL: Final = MappingProxyType({"properties": 3, "units": 300, "residents": 400, "tickets": 500})
SMALL: Final = MappingProxyType({"properties": 3, "units": 60, "residents": 80, "tickets": 100})
SMALL_PAGE: Final = 4
"""Rows of a page after the first night, so that a day's edits are several pages of each stream."""
CUT_DAYS: Final = {"smoke": 2, "slice": BUILT_ON + 1, "full": DAYS}
NIGHTS: Final = {"smoke": (1,), "slice": (2,), "full": tuple(range(DAYS + 1))}
"""Those that are cut off at many points; 0 is the first."""
WHOLE_NIGHTS: Final = (2, DELETED_ON, BUILT_ON)
"""At full scale each point of these is tried; of others all pages and writes there, and some single tickets."""
FIRST_POINTS: Final = 12
"""Of the first night, which has a thousand points, each of them a first sync."""
SINGLE_TICKETS: Final = 5
A_TICKET: Final = "after commit of ticket"

Choose = Callable[[list[str], list[int]], list[int]]
"""Which points are tried, by the names of all and the numbers of those that last."""


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@pytest.fixture
def size(scale: Scale) -> Mapping[str, int]:
    """How much stands in the Condo."""
    return FULL if scale == "full" else SMALL


@pytest.fixture
def standin(size: Mapping[str, int]) -> Iterator[CondoStandIn]:
    """A furnished Condo that asks for no points."""
    with CondoStandIn() as standin:
        standin.answering.known_points = 10**9
        furnish(standin.hand, **size)
        yield standin


@pytest.fixture
def sides(standin: CondoStandIn, fresh_database: Database) -> Iterator[Sides]:
    """An empty portfolio beside it."""
    found = Sides(standin, fresh_database, FixedClock(standin.books.instant()))
    OpenPortfolio(found.store)(found.command(), Portfolio(OWN, "Nyumba"))
    yield found
    found.close()


def test_nights_that_are_cut_off_leave_no_gap_and_no_double(sides: Sides, scale: Scale) -> None:
    """A month of nights, each cut off somewhere and run again: as the ledger says, nothing differs, it proves."""
    script, random = begun(sides), Random(SEED)
    check = Check(script.ledger)
    is_cut, cut = sides.night(cut_at=100), 0
    assert is_cut
    for day in range(1, CUT_DAYS[scale] + 1):
        sides.page = SMALL_PAGE
        script.day(day)
        cut += sides.night(cut_at=random.randrange(250))
        assert check.problems(sides.database, sides.standin.books, script.opened_here) == []
        assert sides.differences() == []
        script.late(day)
    report = verify_books(sides.store, sides.store, OWN)
    assert report.ok, report.findings
    assert cut > CUT_DAYS[scale] // 2, "points are drawn from so many that most nights have"


def test_each_point_of_a_night_can_be_cut_off(
    sides: Sides, postgres_server: Database, scale: Scale, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a copy for each point after which something new stands: the night again gives what it gives undisturbed."""
    script, random = begun(sides), Random(SEED)
    check, bad, cuts = Check(script.ledger), list[str](), 0
    for day in range(max(NIGHTS[scale]) + 1):
        if day:
            sides.page = SMALL_PAGE
            script.day(day)
        evening, whole = sides.database, sides.page
        if day in NIGHTS[scale]:
            choose = chosen(scale, day, random)
            found = cut_everywhere(sides, postgres_server, script, check, choose)
            cuts += len(found)
            bad += [f"day {day}, {where}: {problem}" for where, problems in found for problem in problems]
            with capsys.disabled():
                sys.stdout.write(f"\nnight {day}: cut off at {len(found)} points, {len(bad)} problems by now ")
                sys.stdout.flush()
        sides.work_on(evening)
        sides.page = whole
        assert not sides.night()
        assert check.problems(sides.database, sides.standin.books, script.opened_here) == []
        if day:
            script.late(day)
    assert cuts
    assert not bad, "\n".join(bad[:20])


def chosen(scale: Scale, day: int, random: Random) -> Choose:
    """Which points of a night are tried: all that matter at full scale, three of a slice."""

    def choose(points: list[str], lasting: list[int]) -> list[int]:
        if scale != "full" or not day:
            return sorted(random.sample(lasting, FIRST_POINTS if scale == "full" else 3))
        if day in WHOLE_NIGHTS:
            return lasting
        tickets = [it for it in lasting if points[it].startswith(A_TICKET)]
        others = [it for it in lasting if not points[it].startswith(A_TICKET)]
        return sorted([*others, *random.sample(tickets, min(SINGLE_TICKETS, len(tickets)))])

    return choose


def begun(sides: Sides) -> Script:
    """The script, with what stands at the beginning in its ledger."""
    script = Script(sides, SEED)
    script.ledger.look(sides.standin.books)
    script.ledger.slept()
    sides.wait(timedelta(hours=1))
    return script


def cut_everywhere(
    sides: Sides, server: Database, script: Script, check: Check, choose: Choose
) -> list[tuple[str, list[str]]]:
    """What is wrong after a night that was cut off, for each point that was tried; the evening stays as it is."""
    evening = sides.database
    sides.close()
    with copied(server, evening) as copy, sides.kept():
        sides.work_on(copy)
        assert not sides.night()
        points, lasting = sides.cutting.points, sides.cutting.lasting()
        sides.close()
    found: list[tuple[str, list[str]]] = []
    for at in choose(points, lasting):
        with copied(server, evening) as copy, sides.kept():
            sides.work_on(copy)
            was_cut = sides.night(cut_at=at)
            problems = check.problems(copy, sides.standin.books, script.opened_here)
            found.append((f"point {at} ({points[at]})", problems if was_cut else ["it was not cut off", *problems]))
            sides.close()
    return found


@define
class Hasty(Sides):
    """A twin that saves the cursor of a page of properties before it writes the page."""

    @override
    def properties(self) -> None:
        stream, command = Stream(OWN, SYSTEM, STREAM), self.command("property.sync")
        since = next_since(self.progress.last_good(stream))
        run = self.progress.begin(SyncRun(stream, self.clock.now(), since))
        while run.stage is SyncStage.CHANGES:
            page = self.condo.properties.properties(run.since, run.cursor, self.page)
            stage = SyncStage.SWEEP if page.next_cursor is None else SyncStage.CHANGES
            after = evolve(run, cursor=page.next_cursor or "", stage=stage)
            self.progress.advance(run, after)
            self.store.bring_properties(command, SYSTEM, page.rows, self.clock.now().date())
            run = after
        super().properties()


def test_a_twin_that_saves_its_cursor_first_loses_pages(sides: Sides, postgres_server: Database) -> None:
    """The control: cut off at points at which ours loses nothing, it never reads again what it had not written."""
    script = begun(sides)
    check = Check(script.ledger)
    assert not sides.night()
    sides.page = SMALL_PAGE
    script.late(0)
    script.day(1)
    evening = sides.database
    twin = Hasty(sides.standin, evening, sides.clock, page=SMALL_PAGE, commands=sides.commands)
    sides.close()
    lost = cut_everywhere(twin, postgres_server, script, check, lambda _, lasting: lasting[:4])
    assert any("property " in problem for _, problems in lost for problem in problems)


class Forgetful(Sides):
    """A twin that reads on exactly where the last run began."""

    @override
    def night(self, *, cut_at: int = -1) -> bool:
        last_good = self.progress.last_good

        def later(stream: Stream) -> SyncRun | None:
            found = last_good(stream)
            return found and evolve(found, begun_at=found.begun_at + OVERLAP)

        vars(self.progress)["last_good"] = later
        return super().night(cut_at=cut_at)


def test_a_twin_that_reads_on_where_it_began_misses_edits(standin: CondoStandIn, fresh_database: Database) -> None:
    """The control: edits that bear an instant before a run and are seen after it, which ours reads every day."""
    with closing(Forgetful(standin, fresh_database, FixedClock(standin.books.instant()))) as sides:
        OpenPortfolio(sides.store)(sides.command(), Portfolio(OWN, "Nyumba"))
        script = begun(sides)
        assert not sides.night()
        script.late(0)
        script.day(1)
        assert not sides.night()
        problems = Check(script.ledger).problems(sides.database, sides.standin.books, script.opened_here)
    assert {it.split()[0] for it in problems} >= {"resident", "comments"}
