"""Syncs of properties go on where they were cut off, write once, archive what is gone, and tell why they stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from tests.fixtures.outside_property import ListedSource

from marketplace_core.domain.identifiers import PropertyId
from marketplace_core.domain.outside_property.pages import SourcePage
from marketplace_core.domain.outside_property.progress import OVERLAP, Stream, SyncRun, SyncStage
from marketplace_core.domain.outside_property.records import OutsideProperty
from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    InvalidInput,
    NotFound,
    PartnerDrift,
    PartnerUnavailable,
)
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.services.outside_property.linking import LinkProperty
from marketplace_core.services.outside_property.properties import (
    STREAM,
    DiffProperties,
    PropertySync,
    SyncProperties,
)
from marketplace_core.testing.clocks import StepClock
from marketplace_core.testing.contracts.property_books import SYSTEM, house, unit
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

HOUR = timedelta(hours=1)
TEN_AT_NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


class Desk:
    """A portfolio, a list of houses, and what brings one to the other."""

    def __init__(self, page_size: int = 2) -> None:
        """Begin with a book and no houses."""
        self.source = ListedSource()
        self.life = PortfolioLife(MemoryBooks()).opened()
        self.store = self.life.store
        self.progress = MemorySyncProgress()
        self.clock = StepClock(TEN_AT_NIGHT)
        self.sync = PropertySync(self.source, self.store, self.store, self.store, page_size)

    def run(
        self,
        *,
        whole: bool = False,
        accept_gone: bool = False,
        later: timedelta = HOUR,
        sweep_every: timedelta | None = None,
    ) -> SyncRun:
        """Sync once, an hour later than the last time."""
        self.clock.advance(later)
        do = SyncProperties(self.sync, self.progress, self.clock, accept_gone=accept_gone, sweep_every=sweep_every)
        done = do(self.life.command("sync"), SYSTEM, whole=whole)
        self.source.now = done.begun_at + HOUR / 2
        return done

    def differences(self) -> list[str]:
        """What a whole sync would change."""
        return [str(it.kind) for it in DiffProperties(self.sync)(self.life.command(), SYSTEM)]

    def events(self) -> int:
        """How many links the log has."""
        return len(list(self.store.events(self.life.portfolio_id)))


def test_a_first_run_reads_all_and_the_next_ones_what_changed_since() -> None:
    """Page by page, an event a page; the second reads from some minutes before the first began, and writes nothing."""
    desk = Desk()
    desk.source.put(*(house(f"h{n}", "1", "2") for n in range(5)))
    before = desk.events()
    first = desk.run()
    assert (first.since, first.stage, first.is_good) == (None, SyncStage.DONE, True)
    assert dict(first.counts) == {"property_new": 5, "unit_new": 10}
    assert desk.events() == before + 3
    assert desk.differences() == []
    second = desk.run()
    assert second.since == first.begun_at - OVERLAP
    assert dict(second.counts) == {}
    assert desk.events() == before + 3


def test_a_run_that_is_cut_off_goes_on_at_its_page() -> None:
    """It says why it stopped, keeps what it brought, and its next begin reads no page twice."""
    desk = Desk()
    desk.source.put(*(house(f"h{n}", "1") for n in range(5)))
    desk.source.pages_left = 2
    with pytest.raises(PartnerUnavailable):
        desk.run()
    (cut,) = desk.progress.latest()
    assert (cut.ended_at, cut.trouble, dict(cut.counts)["unit_new"]) == (None, "the line was cut", 4)
    desk.source.pages_left = -1
    desk.source.pages_told = 0
    done = desk.run()
    assert (done.begun_at, done.trouble, dict(done.counts)["unit_new"]) == (cut.begun_at, "", 5)
    assert desk.source.pages_told == 2
    assert desk.differences() == []


def test_what_was_brought_and_not_kept_is_brought_again_and_writes_nothing() -> None:
    """A page whose cursor was lost leaves no second event."""
    desk = Desk()
    desk.source.put(house("h1", "1"), house("h2", "1"))
    run = SyncRun(Stream(desk.life.portfolio_id, SYSTEM, STREAM), TEN_AT_NIGHT)
    desk.sync.page(desk.life.command(), run)
    before = desk.events()
    assert dict(desk.run().counts) == {"unchanged": 4}
    assert desk.events() == before


def test_all_ids_are_looked_through_once_in_each_stretch() -> None:
    """What is gone waits for the next stretch's first good run, or for one that reads all; what changed does not."""
    quarter = HOUR / 4
    desk = Desk()
    desk.source.put(*(house(f"h{n}", "1") for n in range(4)))
    desk.run(sweep_every=HOUR)
    del desk.source.houses["h3"]
    desk.source.put(house("h0", "1", "2"))
    told = desk.run(later=quarter, sweep_every=HOUR)
    assert (dict(told.counts)["unit_new"], told.stage, told.is_good) == (1, SyncStage.DONE, True)
    assert desk.differences() != []
    desk.source.pages_left = 0
    with pytest.raises(PartnerUnavailable):
        desk.run(later=3 * quarter, sweep_every=HOUR)
    desk.source.pages_left = -1
    assert dict(desk.run(later=quarter, sweep_every=HOUR).counts)["property_archived"] == 1
    assert desk.differences() == []
    del desk.source.houses["h2"]
    assert "property_archived" not in dict(desk.run(later=quarter, sweep_every=HOUR).counts)
    assert dict(desk.run(later=quarter, whole=True, sweep_every=HOUR).counts)["property_archived"] == 1


def test_two_workers_do_not_move_one_run() -> None:
    """The second is told that the first one moved it."""
    desk = Desk()
    desk.source.put(*(house(f"h{n}", "1") for n in range(5)))
    asked = desk.source.properties

    def meanwhile(since: datetime | None, cursor: str, limit: int) -> SourcePage[OutsideProperty]:
        if cursor and not moved:
            (run,) = desk.progress.latest()
            moved.append(evolve(run, cursor="elsewhere"))
            desk.progress.advance(run, moved[0])
        return asked(since, cursor, limit)

    moved: list[SyncRun] = []
    desk.source.properties = meanwhile  # type: ignore[method-assign]
    with pytest.raises(ConcurrentChange):
        desk.run()
    assert desk.progress.latest() == tuple(moved)


def test_what_is_gone_is_archived_with_the_portfolios_day_and_comes_back() -> None:
    """Deleted rows are never told: the sweep finds them, in Nairobi it is the day after; back again is a whole run."""
    desk = Desk()
    desk.source.put(house("h1", "1"), house("h2", "1"))
    desk.run()
    kept = desk.source.houses.pop("h2")
    assert desk.differences() == ["property_archived", "unit_archived"]
    assert dict(desk.run().counts) == {"property_archived": 1, "unit_archived": 1}
    assert unit(desk.life, "h2:flat:1").archived_on == date(2026, 11, 24)
    assert desk.differences() == []
    desk.source.houses["h2"] = kept
    assert dict(desk.run().counts) == {"missed": 1}
    again = desk.run()
    assert again.since is None
    assert dict(again.counts)["property_unarchived"] == 1
    assert unit(desk.life, "h2:flat:1").archived_on is None
    assert desk.run().since is not None


def test_a_list_cut_short_archives_nothing() -> None:
    """More than half of more than ten: the run ends degraded and says so, unless somebody accepts it."""
    desk = Desk(page_size=50)
    desk.source.put(*(house(f"h{n:02d}", "1") for n in range(22)))
    desk.run()
    for n in range(12):
        del desk.source.houses[f"h{n:02d}"]
    with pytest.raises(PartnerDrift, match="12 of 22"):
        desk.run()
    (run,) = desk.progress.latest()
    assert run.is_degraded
    assert not any(it.archived_on for it in desk.store.units(desk.life.portfolio_id))
    assert dict(desk.run(accept_gone=True).counts)["property_archived"] == 12


def test_drift_ends_the_run_degraded_and_the_next_begins_where_the_last_good_one_did() -> None:
    """Nothing is written of a page that is not as it was."""
    desk = Desk()
    desk.source.put(house("h1", "1"))
    good = desk.run()
    desk.source.drift = "Property.map is gone"
    before = desk.events()
    with pytest.raises(PartnerDrift):
        desk.run()
    (run,) = desk.progress.latest()
    assert (run.is_degraded, run.trouble, desk.events()) == (True, "Property.map is gone", before)
    desk.source.drift = ""
    assert desk.run().since == good.begun_at - OVERLAP


def test_a_person_links_a_property_and_its_units_are_adopted() -> None:
    """The books' units get the links; the same link again writes nothing, another one is refused."""
    desk = Desk()
    link = LinkProperty(desk.store, desk.store)
    block = PropertyId("block")
    desk.source.put(house("h1", "A1", "A2", "A3"), house("h2"))
    link(desk.life.command(), SYSTEM, "h1", block)
    before = desk.events()
    link(desk.life.command(), SYSTEM, "h1", block)
    assert desk.events() == before
    with pytest.raises(AlreadyExists):
        link(desk.life.command(), SYSTEM, "h2", block)
    with pytest.raises(NotFound):
        link(desk.life.command(), SYSTEM, "h2", PropertyId("nowhere"))
    with pytest.raises(InvalidInput):
        link(desk.life.command(), SYSTEM, "h:2", block)
    assert dict(desk.run().counts)["unit_adopted"] == 3
    assert len(list(desk.store.units(desk.life.portfolio_id))) == 3
    made = desk.store.our_id(desk.life.portfolio_id, SYSTEM, "property", "h2")
    assert made is not None
    with pytest.raises(AlreadyExists):
        link(desk.life.command(), SYSTEM, "h2", block)
