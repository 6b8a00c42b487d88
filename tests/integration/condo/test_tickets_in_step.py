"""Tickets of our books and of a Condo kept in step through the adapter: taken, told, told back, never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import define, evolve
from tests.fixtures.condo import Clocks

from marketplace_adapters.condo import Condo
from marketplace_adapters.condo.testing import CondoStandIn
from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId
from marketplace_core.domain.maintenance.decisions import StatusStep
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushState
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.register import TICKETS
from marketplace_core.services.maintenance.pushing import PushTickets
from marketplace_core.services.maintenance.syncing import SyncTickets
from marketplace_core.services.maintenance.taking import TakeTicket
from marketplace_core.services.maintenance.working import ChangeTicket, CommentOnTicket
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.testing.clocks import FixedClock
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.condo


@define
class Pair:
    """Our books and a Condo with eight tickets."""

    standin: CondoStandIn
    condo: Condo
    clocks: Clocks
    life: PortfolioLife
    clock: FixedClock
    progress: MemorySyncProgress
    commands: int = 0

    def wait(self, minutes: int = 1) -> None:
        """Let time pass on both sides."""
        self.clock.instant += timedelta(minutes=minutes)
        self.standin.hand.move_to(self.clock.instant)

    def sync(self) -> None:
        """Read what changed there."""
        self.wait()
        store = self.life.store
        sync = SyncTickets(self.condo.tickets, self._take, store, self.progress, self.clock, page=3)
        assert all(it.is_good for it in sync(self.life.portfolio_id))

    def push(self) -> dict[str, int]:
        """Tell what changed here."""
        push = PushTickets(self.condo.tickets, self.condo.sink, self._take, self.life.store, self.clock)
        return dict(push(self.life.portfolio_id))

    def files(self) -> list[TicketFile]:
        """Every file, by number."""
        own = self.life.portfolio_id
        page = self.life.store.page(Reach(own, is_whole=True), TICKETS)
        found = [self.life.store.ticket_file(own, it.ticket.ticket_id) for it in page.entries]
        return sorted(found, key=lambda it: it.ticket.number)

    def command(self) -> Command:
        """The next command, now."""
        self.commands += 1
        return evolve(self.life.command(), command_id=CommandId(f"k{self.commands}"), recorded_at=self.clock.now())

    @property
    def _take(self) -> TakeTicket:
        return TakeTicket(self.life.store, self.life.store, self.clock, "condo")


@pytest.fixture
def pair(standin: CondoStandIn, condo: Condo, clocks: Clocks) -> Pair:
    """Give the pair, read, with every ticket open."""
    clock = FixedClock(standin.books.instant())
    found = Pair(standin, condo, clocks, PortfolioLife(MemoryBooks()).opened(), clock, MemorySyncProgress())
    found.sync()
    for file in found.files():
        assert file.ticket.outside is not None
        if file.ticket.status is not TicketStatus.OPEN:
            standin.hand.change_status(file.ticket.outside.external_id, TicketStatus.OPEN)
    found.sync()
    return found


def test_every_ticket_is_taken_once(pair: Pair) -> None:
    """Eight of eight; another sync writes nothing."""
    files = pair.files()
    assert len(files) == 8
    pair.sync()
    assert pair.files() == files


def test_each_status_goes_there_and_is_known_when_it_comes_back(pair: Pair) -> None:
    """Also a hold until an instant that Condo keeps with less digits; nothing is told twice, nothing is a conflict."""
    until = pair.clock.now() + timedelta(days=9, microseconds=123_456)
    wanted: dict[str, TicketStatus] = {}
    for file, status in zip(pair.files(), TicketStatus, strict=False):
        if status in (file.ticket.status, TicketStatus.CLOSED):
            continue
        hold = until if status is TicketStatus.ON_HOLD else None
        step = StatusStep(status, "from here", hold)
        ChangeTicket(pair.life.store).status(pair.command(), file.ticket.ticket_id, step)
        wanted[file.ticket.ticket_id] = status
    assert TicketStatus.ON_HOLD in wanted.values()
    pair.wait()
    assert pair.push() == {"done": len(wanted)}
    files = pair.files()
    for _ in range(2):
        pair.sync()
        assert pair.push() == {}
    assert pair.files() == files
    for file in files:
        copy = file.ticket.outside
        assert copy is not None
        there = pair.condo.tickets.ticket(copy.external_id)
        assert there is not None
        assert there.status is file.ticket.status
        assert not any(it.is_conflict for it in file.changes)


def test_edits_on_both_sides_and_comments_end_alike(pair: Pair) -> None:
    """The later edit is on both sides, the other one in the history; each comment is there once and here once."""
    first, second = pair.files()[:2]
    for file in (first, second):
        copy = file.ticket.outside
        assert copy is not None
        theirs = (TicketStatus.CANCELLED, "there")
        step = StatusStep(TicketStatus.RESOLVED, "here")
        if file is first:
            pair.standin.hand.change_status(copy.external_id, *theirs)
            pair.wait()
            ChangeTicket(pair.life.store).status(pair.command(), file.ticket.ticket_id, step)
        else:
            ChangeTicket(pair.life.store).status(pair.command(), file.ticket.ticket_id, step)
            pair.wait()
            pair.standin.hand.change_status(copy.external_id, *theirs)
        CommentOnTicket(pair.life.store)(pair.command(), file.ticket.ticket_id, "on Friday")
        pair.standin.hand.add_comment(copy.external_id, "when?")
    pair.push()
    pair.sync()
    pair.push()
    pair.sync()
    after = pair.files()[:2]
    assert [it.ticket.status for it in after] == [TicketStatus.RESOLVED, TicketStatus.CANCELLED]
    for file in after:
        copy = file.ticket.outside
        assert copy is not None
        there = pair.condo.tickets.ticket(copy.external_id)
        assert there is not None
        assert there.status is file.ticket.status
        assert [it.is_conflict for it in file.changes].count(True) == 1
        texts = [it.text for it in file.comments]
        assert [texts.count(it) for it in ("on Friday", "when?")] == [1, 1]
        assert not [it for it in file.intents if it.state in (PushState.PLANNED, PushState.SENT)]
