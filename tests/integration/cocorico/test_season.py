"""A season on both sides: whatever is edited, and wherever a pass is killed, each booking is one lease, none is two."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

import pytest
from attrs import define, field

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("pymysql", reason="pymysql is not installed")

from tests.e2e.crash.crashing import copied
from tests.fixtures.cocorico_season.checking import Check, edits_shown
from tests.fixtures.cocorico_season.cutting import NEVER
from tests.fixtures.cocorico_season.naive import Drawing, Hasty, KeepsIdsLater, LateIds
from tests.fixtures.cocorico_season.saving import saved
from tests.fixtures.cocorico_season.script import FULL, SLICE, SMOKE, WHOLE_EVERY, Script, Size
from tests.fixtures.cocorico_season.sides import PORTFOLIOS, STEPS, Sides
from tests.fixtures.databases import Database, MakeTables
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.cocorico.testing import CocoricoPortal, MariaDb
from marketplace_core.domain.lease import Lease, LeaseTerm
from marketplace_core.services.listings import drafting
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.clocks import FixedClock

pytestmark = [pytest.mark.cocorico, pytest.mark.postgres, pytest.mark.xdist_group("cocorico-season")]

Scale = Literal["smoke", "slice", "full"]
SEED: Final = 2026_12
SIZES: Final = {"smoke": SMOKE, "slice": SLICE, "full": FULL}
EVENING: Final = Size(40, 1, 20, 24)
"""An evening of which, at full scale, each point of the night is tried."""
ENOUGH_CUTS: Final = 12
"""A twin that keeps nothing before it writes would never come to an end."""
TWIN: Final = Size(4, 1, 0, 12)
PATIENCE_SECONDS: Final = 300
BEGINNING: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Databases with the books' tables."""
    return make_tables


@contextmanager
def begun(
    portal: CocoricoPortal,
    database: Database,
    folder: Path,
    size: Size,
    kind: type[Sides] = Sides,
    **more: Any,  # noqa: ANN401 - fields of the sides
) -> Generator[Script]:
    """A furnished portal and books, with nothing told yet."""
    portal.hand.rows.now = BEGINNING
    category = portal.hand.add_category("Flats")
    sides = kind(database.application, portal.url, category, folder, FixedClock(BEGINNING), **more)
    script = Script(sides, portal, size, Random(SEED))
    try:
        script.furnish()
        yield script
    finally:
        sides.close()


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
            self.server.come_back()
            self.script.sides.cutting.begin(at=todo.pop() if todo else NEVER, act=dies)

        self.script.sides.one_pass(day, is_whole=is_whole, before_try=next_one)
        self.server.come_back()
        self.counts["MariaDB killed"] += times - len(todo)

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
    """By SIGKILL, right after each commit, anywhere, with the portal's MariaDB: tried again it is as the model says."""
    with begun(CocoricoPortal.make(own_mariadb), fresh_database, tmp_path, SIZES[scale]) as script:
        killing = Killing(script, own_mariadb, scale, Random(SEED))
        script.sides.one_pass(0, is_whole=True)
        assert checked(script, was_whole=True) == []
        for day in range(1, script.size.days + 1):
            script.day(day)
            is_whole = day % WHOLE_EVERY == 0
            killing.night(day, is_whole=is_whole)
            more = script.sides.cuts_of_telling + killing.counts["SIGKILL"]
            assert checked(script, was_whole=is_whole, more_messages=more) == [], day
            script.late()
            script.wait(timedelta(hours=12))
            with capsys.disabled():
                sys.stdout.write(f" day {day}: {dict(killing.counts)} {figures(script)}\n")
                sys.stdout.flush()
        assert proved(script) == []
        assert killing.counts["right after each commit"]


def figures(script: Script) -> dict[str, int]:
    """What came of the season."""
    found = Counter[str]()
    for status, number in script.ask_books("SELECT status, count(*) FROM leases GROUP BY status"):
        found[f"{status} leases"] = number
    for status, number in script.ask_books("SELECT status, count(*) FROM applications GROUP BY status"):
        found[f"{status} bookings"] = number
    sql = "SELECT status || CASE WHEN trouble <> '' THEN ' waiting' ELSE '' END, count(*) FROM applications"
    for status, number in script.ask_books(f"{sql} WHERE trouble <> '' GROUP BY 1"):
        found[status] = number
    found["inquiries"] = script.ask_books("SELECT count(*) FROM inquiries")[0][0]
    found["messages"] = len(script.model.messages)
    found["sent"] = len(script.sides.outbox.sent)
    found["events"] = script.ask_books("SELECT count(*) FROM events")[0][0]
    return dict(found)


def test_each_point_of_a_night_can_be_cut_off(
    portal: CocoricoPortal,
    postgres_server: Database,
    fresh_database: Database,
    tmp_path: Path,
    scale: Scale,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On copies of both databases, for each point after which something new stands: run again it is as undisturbed."""
    with begun(portal, fresh_database, tmp_path, EVENING if scale == "full" else SMOKE) as script:
        script.sides.one_pass(0, is_whole=True)
        assert checked(script, was_whole=True) == []
        script.day(1)
        with saved(portal) as restore:
            points = [*each_point(script, postgres_server, fresh_database, restore, None)]
            lasting = script.sides.cutting.lasting()
            tried = lasting if scale == "full" else sorted(Random(SEED).sample(lasting, 3))
            bad = [*each_point(script, postgres_server, fresh_database, restore, tried)]
        with capsys.disabled():
            sys.stdout.write(f" {len(tried)} of {len(lasting)} points ")
        assert points == []
        assert bad == []


def each_point(
    script: Script, server: Database, evening: Database, restore: Callable[[], None], tried: list[int] | None
) -> Iterator[str]:
    """What is wrong after a night that was cut off, for each point that was tried; None is a night undisturbed."""
    sides, model, now = script.sides, script.model, script.sides.clock.instant
    outbox = sides.outbox.file.read_bytes() if sides.outbox.file.exists() else b""
    names = list(sides.cutting.points)
    for at in [NEVER] if tried is None else tried:
        sides.close()
        with copied(server, evening) as copy:
            restore()
            sides.outbox.file.write_bytes(outbox)
            sides.clock.instant, script.model = now, deepcopy(model)
            sides.work_on(copy.application)
            sides.cutting.begin(at)
            sides.cuts_of_telling = 0
            cuts = sides.one_pass(1, is_whole=False)
            where = "undisturbed" if at == NEVER else f"point {at} ({names[at]})"
            if cuts != (at != NEVER):
                yield f"{where}: cut {cuts} times"
            more = sides.cuts_of_telling
            yield from (f"{where}: {it}" for it in checked(script, was_whole=False, more_messages=more))
            sides.close()
    sides.outbox.file.write_bytes(outbox)
    script.model, sides.clock.instant = model, now


TWINS: Final[Mapping[str, tuple[type[Sides], Mapping[str, Any], str, str]]] = {
    "ours": (Sides, {}, "bookings", ""),
    "keeps ids after insertion": (LateIds, {"store_kind": KeepsIdsLater}, "publish", "rows there are of no listing"),
    "saves the cursor first": (Hasty, {"page": 2}, "bookings", "applications: 0 twice, [1-9][0-9]* missing"),
    "draws ids of leases": (Drawing, {}, "bookings", "is of 0 bookings|waits falsely"),
}


@pytest.mark.parametrize("twin", TWINS)
def test_naive_twins_lose_or_double(
    twin: str, portal: CocoricoPortal, fresh_database: Database, tmp_path: Path
) -> None:
    """The control: cut off right after each commit, at which ours stands as the model says."""
    kind, more, step, problem = TWINS[twin]
    with begun(portal, fresh_database, tmp_path, TWIN, kind, **more) as script:
        cut_in_step(script.sides, 0, step if step == "publish" else "")
        found = checked(script, was_whole=True)
        if step != "publish":
            assert found == []
            script.day(1)
            cut_in_step(script.sides, 1, step)
            found = checked(script, was_whole=False)
        assert any(re.search(problem, it) for it in found) if problem else found == []


def cut_in_step(sides: Sides, night: int, cut_off: str) -> None:
    """A night in which one step is cut off right after each thing that came to stand, so long as that may be needed."""
    for portfolio_id in PORTFOLIOS:
        for step in STEPS:
            for cuts in count():
                is_cut = step == cut_off and cuts < ENOUGH_CUTS
                sides.cutting.begin(at_lasting=1 if is_cut else NEVER)
                if sides.tried(portfolio_id, step, night, is_whole=night == 0):
                    break
                sides.restart()


def test_a_twin_that_looks_at_no_days_lets_units_twice(
    portal: CocoricoPortal, fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the look whether the unit is free two bookings of one unit become two leases."""

    def never(_: LeaseTerm, __: Iterable[Lease]) -> None:
        """No day is taken."""

    monkeypatch.setattr(drafting, "taken_days", never)
    with begun(portal, fresh_database, tmp_path, TWIN) as script:
        script.sides.one_pass(0, is_whole=True)
        assert checked(script, was_whole=True) == []
        script.day(1)
        script.sides.one_pass(1, is_whole=False)
        assert any("is let twice" in it for it in checked(script, was_whole=False))
