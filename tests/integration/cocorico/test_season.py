"""A season on both sides: whatever is edited, and wherever a pass is killed, each booking is one lease, none is two."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, Literal

import pytest
from attrs import define, field

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("pymysql", reason="pymysql is not installed")

from tests.fixtures.cocorico_season.checking import Check, edits_shown
from tests.fixtures.cocorico_season.cutting import NEVER
from tests.fixtures.cocorico_season.script import FULL, SLICE, SMOKE, WHOLE_EVERY, Script, Size
from tests.fixtures.cocorico_season.sides import PORTFOLIOS, Sides
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.cocorico.testing import CocoricoPortal, MariaDb
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.clocks import FixedClock

pytestmark = [pytest.mark.cocorico, pytest.mark.postgres, pytest.mark.xdist_group("cocorico-season")]

Scale = Literal["smoke", "slice", "full"]
SEED: Final = 2026_12
SIZES: Final = {"smoke": SMOKE, "slice": SLICE, "full": FULL}
PATIENCE_SECONDS: Final = 300
BEGINNING: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@pytest.fixture
def size(scale: Scale) -> Size:
    """How much there is."""
    return SIZES[scale]


def begun(portal: CocoricoPortal, database: Database, folder: Path, size: Size, seed: int = SEED) -> Script:
    """A furnished portal and books, with nothing told yet."""
    portal.hand.rows.now = BEGINNING
    category = portal.hand.add_category("Flats")
    sides = Sides(database.application, portal.url, category, folder, FixedClock(BEGINNING))
    script = Script(sides, portal, size, Random(seed))
    script.furnish()
    return script


@pytest.fixture
def script(portal: CocoricoPortal, fresh_database: Database, tmp_path: Path, size: Size) -> Iterator[Script]:
    """A season that begins."""
    found = begun(portal, fresh_database, tmp_path, size)
    yield found
    found.sides.close()


def checked(script: Script, *, was_whole: bool, more_messages: int = 0) -> list[str]:
    """What is not as the model says, after a night's pass."""
    emails = {name: it["email"] for name, it in script.landlords.items() if it["account"]}
    check = Check(script.model, script.portal, emails, script.today, was_whole, more_messages)
    problems = check.problems(script.sides)
    script.model.slept(was_whole=was_whole)
    return [*problems, *edits_shown(script.sides, script.model)]


def proved(script: Script) -> list[str]:
    """What the log does not prove, of all portfolios."""
    store = script.sides.store
    reports = [verify_books(store, store, it) for it in PORTFOLIOS]
    return [str(it) for report in reports for it in (*report.findings, *report.differences)]


def test_a_season_undisturbed(script: Script) -> None:
    """Day after day both sides stand as the model says, and the log proves it."""
    assert script.sides.one_pass(0, is_whole=True) == 0
    assert checked(script, was_whole=True) == []
    for day in range(1, script.size.days + 1):
        script.day(day)
        is_whole = day % WHOLE_EVERY == 0
        script.sides.one_pass(day, is_whole=is_whole)
        assert checked(script, was_whole=is_whole) == [], day
        script.late()
        script.wait(timedelta(hours=12))
    assert proved(script) == []


@define
class Killing:
    """The ways in which a night is ended, and how often each was."""

    script: Script
    server: MariaDb
    scale: Scale
    random: Random
    counts: Counter[str] = field(factory=Counter[str])

    def night(self, day: int, *, is_whole: bool) -> None:
        """One night's pass, ended in the way of that day and tried again."""
        (self._right_after_each, self._by_signal, self._without_the_portal, self._anywhere)[day % 4](day, is_whole)

    def _right_after_each(self, day: int, is_whole: bool) -> None:  # noqa: FBT001 - as the others
        """Right after each thing that came to stand, all night long."""
        sides = self.script.sides
        cuts = sides.one_pass(day, is_whole=is_whole, before_try=sides.cutting.begin_right_after)
        self.counts["right after each commit"] += cuts
        assert cuts > len(PORTFOLIOS)

    def _by_signal(self, day: int, is_whole: bool) -> None:  # noqa: FBT001 - as the others
        """A process of its own gets SIGKILL."""
        most, times = (400, 5) if self.scale == "full" else (40, 1)
        for _ in range(times):
            at = self.random.randrange(most)
            settings = json.dumps(self.script.sides.as_settings())
            command = [sys.executable, "-m", "tests.fixtures.cocorico_season.passing"]
            done = subprocess.run(
                [*command, settings, str(day), "whole" if is_whole else "new", str(at)],
                cwd=Path(__file__).parents[3], check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
            )  # fmt: skip
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            self.counts["SIGKILL"] += done.returncode != 0
        self.script.sides.one_pass(day, is_whole=is_whole)

    def _without_the_portal(self, day: int, is_whole: bool) -> None:  # noqa: FBT001 - as the others
        """The portal's MariaDB dies in the middle, and comes back."""
        times = 5 if self.scale == "full" else 1
        todo = [self.random.randrange(12) for _ in range(times)]

        def dies(_: str) -> None:
            self.server.kill()

        def next_one() -> None:
            self.script.sides.cutting.begin(at=todo.pop() if todo else NEVER, act=dies)

        def comes_back() -> None:
            self.counts["MariaDB killed"] += 1
            self.server.come_back()

        self.script.sides.one_pass(day, is_whole=is_whole, before_try=next_one, after_cut=comes_back)
        self.server.come_back()

    def _anywhere(self, day: int, is_whole: bool) -> None:  # noqa: FBT001 - as the others
        """At any point, each step a few times."""
        sides, times = self.script.sides, 3 if self.scale == "full" else 1
        most, left = (60 if self.scale == "full" else 20), Counter[str]()

        def somewhere() -> None:
            self.counts["tries"] += 1
            left["all"] += 1
            sides.cutting.begin(at=self.random.randrange(most) if left["all"] <= times * 12 else NEVER)

        self.counts["anywhere"] += sides.one_pass(day, is_whole=is_whole, before_try=somewhere)


def test_a_season_whose_passes_are_killed(
    own_mariadb: MariaDb, fresh_database: Database, tmp_path: Path, scale: Scale, capsys: pytest.CaptureFixture[str]
) -> None:
    """By SIGKILL, right after each commit, at any point, with the portal's MariaDB: run again it is as the model says."""
    script = begun(CocoricoPortal.make(own_mariadb), fresh_database, tmp_path, SIZES[scale])
    killing = Killing(script, own_mariadb, scale, Random(SEED))
    script.sides.one_pass(0, is_whole=True)
    assert checked(script, was_whole=True) == []
    for day in range(1, script.size.days + 1):
        script.day(day)
        is_whole = day % WHOLE_EVERY == 0
        killing.night(day, is_whole=is_whole)
        more = script.sides.cutting.cut_at.count("after message") + killing.counts["SIGKILL"]
        assert checked(script, was_whole=is_whole, more_messages=more) == [], day
        script.late()
        script.wait(timedelta(hours=12))
    assert proved(script) == []
    with capsys.disabled():
        sys.stdout.write(f" {dict(killing.counts)} {figures(script)} ")
    assert killing.counts["right after each commit"]
    script.sides.close()


def figures(script: Script) -> dict[str, int]:
    """What came of the season."""
    found = Counter[str]()
    for status, count in script.ask_books("SELECT status, count(*) FROM leases GROUP BY status"):
        found[f"{status} leases"] = count
    for status, count in script.ask_books("SELECT status, count(*) FROM applications GROUP BY status"):
        found[f"{status} bookings"] = count
    sql = "SELECT status || CASE WHEN trouble <> '' THEN ' waiting' ELSE '' END, count(*) FROM applications"
    for status, count in script.ask_books(f"{sql} WHERE trouble <> '' GROUP BY 1"):
        found[status] = count
    found["inquiries"] = script.ask_books("SELECT count(*) FROM inquiries")[0][0]
    found["messages"] = len(script.model.messages)
    found["sent"] = len(script.sides.outbox.sent)
    found["events"] = script.ask_books("SELECT count(*) FROM events")[0][0]
    return dict(found)
