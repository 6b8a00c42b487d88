"""Both sides edit, clocks differ, replies are lost, processes are killed: nothing is lost or doubled, both agree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from tests.unit.maintenance.house import House, Killed

from marketplace_core.domain.maintenance.decisions import StatusStep
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.intents import PushState
from marketplace_core.domain.maintenance.status import FOLLOWS, TicketStatus
from marketplace_core.domain.maintenance.ticket import ChangeKind, Side
from marketplace_core.errors import IllegalTransition, MarketplaceError, PartnerUnavailable

LIVES = {"smoke": 20, "slice": 400, "full": 20_000}
STEPS = 25


class Life:
    """One life of a house, as its seed has it."""

    def __init__(self, seed: int, house: House | None = None) -> None:
        """Begin with two tickets there, in a new house where none is given."""
        self.dice = Random(seed)
        self.house = house or House()
        self.house.skew = timedelta(seconds=self.dice.choice([0, 0, -200, 90]))
        self.hand = self.house.outside.by_hand
        self.words: set[str] = set()
        self.changed: list[tuple[str, TicketStatus]] = []
        self.refused = 0
        self.ids = [self.house.add_there() for _ in range(2)]

    def step(self) -> None:
        """Something happens on one side, or between them."""
        self.house.wait(timedelta(seconds=self.dice.choice([1, 30, 150, 900])))
        choose = self.dice.choices(
            [self.edit_there, self.edit_here, self.sync, self.push],
            weights=[4, 4, 2, 4],
        )
        choose[0]()

    def edit_there(self) -> None:
        """Somebody does something in their system."""
        standing = [it for it in self.ids if self.house.outside.ticket_rows.is_standing(it)]
        if not standing or self.dice.random() < 0.05:
            self.ids.append(self.house.add_there())
            return
        one = self.dice.choice(standing)
        match self.dice.choices(["status", "comment", "delete", "text"], weights=[6, 3, 0.5, 1])[0]:
            case "status":
                status = self.dice.choice(list(TicketStatus))
                until = self.house.outside.now + timedelta(days=9) if status is TicketStatus.ON_HOLD else None
                self.hand.change_status(one, status, "there", until)
            case "comment":
                self.hand.add_comment(one, self.new_words("there"))
            case "delete":
                self.hand.delete_ticket(one)
            case _:
                self.hand.rewrite_ticket(one, "still leaks")

    def edit_here(self) -> None:
        """Somebody does something here: only what may follow succeeds."""
        files = self.house.files()
        if not files:
            return
        file = self.dice.choice(files)
        command, ticket_id = self.house.command(), file.ticket.ticket_id
        status = self.dice.choice(list(TicketStatus))
        try:
            if self.dice.random() < 0.3:
                self.house.comment(command, ticket_id, self.new_words("here"))
                return
            until = self.house.clock.now() + timedelta(days=5) if status is TicketStatus.ON_HOLD else None
            self.house.change.status(command, ticket_id, StatusStep(status, "here", until))
        except IllegalTransition:
            assert file.ticket.archived_on or status not in FOLLOWS[file.ticket.status]
            self.refused += 1
        else:
            assert status in FOLLOWS[file.ticket.status] or status is file.ticket.status is TicketStatus.ON_HOLD
            self.changed.append((command.command_id, status))

    def new_words(self, side: str) -> str:
        """Words that nobody wrote before."""
        words = f"{side} {len(self.words)}"
        self.words.add(words)
        return words

    def sync(self) -> None:
        """A sync, perhaps killed, perhaps with edits while it runs."""
        self.disturbed(self.house.sync)

    def push(self) -> None:
        """A push, perhaps killed, with answers lost and edits while it runs."""
        if self.dice.random() < 0.3:
            self.house.sink.lose_next_answer()
        self.disturbed(self.house.push)
        self.house.sink.after = lambda: None

    def disturbed(self, work: Callable[[], object]) -> None:
        """Do it with somebody at work there between any two calls, and an end at any of them."""
        left = self.dice.choice([1, 2, 3, 5, 8, 999, 999, 999])
        busy = self.dice.random() < 0.3

        def call(_: str = "") -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Killed
            if busy and self.dice.random() < 0.2:
                self.edit_there()

        house = self.house
        house.store.at_write = house.outside.before_each = call
        with suppress(Killed, PartnerUnavailable):
            work()
        house.store.at_write = house.outside.before_each = lambda _: None

    def settle(self) -> None:
        """Let everything arrive that can."""
        for _ in range(4):
            self.house.wait(timedelta(minutes=10))
            self.house.sync()
            self.house.push()
        self.house.wait(timedelta(minutes=10))
        self.house.sync()


def check(life: Life) -> None:
    """Each thing is on both sides once, and both say the same."""
    house = life.house
    files = house.files()
    by_external = {it.ticket.outside.external_id: it for it in files if it.ticket.outside}
    assert len(by_external) == len(files)
    for external_id in life.ids:
        if not house.outside.ticket_rows.is_standing(external_id):
            file = by_external.get(external_id)
            assert file is None or file.ticket.archived_on is not None
            continue
        file = by_external[external_id]
        agree(life, file)
    for command_id, status in life.changed:
        (line,) = [it for file in files for it in file.changes if it.change_id == command_id]
        assert (line.after, line.side) == (status, Side.OURS)
    written = [it.text for it in house.outside.comments(None, "", 1_000).rows]
    assert len(written) == len(set(written)), "a comment stands twice there"
    read = [it.text for file in files for it in file.comments]
    assert len(read) == len(set(read)), "a comment stands twice here"


def agree(life: Life, file: TicketFile) -> None:
    """The status is one and comments are on both sides; the last edit won, or a conflict tells why not.

    By the clock where both sides have the same; else what somebody did there after ours arrived may bear an earlier
    time, and is no conflict.
    """
    ticket, house = file.ticket, life.house
    assert ticket.outside
    told = house.told(ticket.outside.external_id)
    assert (ticket.status, ticket.deferred_until) == (told.status, told.deferred_until), file
    assert ticket.archived_on is None
    assert not [it for it in file.intents if it.state in (PushState.PLANNED, PushState.SENT)]
    ours = [it for it in file.changes if it.kind is ChangeKind.STATUS and it.side is Side.OURS]
    if ours and not house.skew and not any(it.is_conflict for it in file.changes):
        last = max(
            (it.happened_at, place, it.after) for place, it in enumerate(file.changes) if it.kind is ChangeKind.STATUS
        )
        assert last[-1] == ticket.status
    comments = house.outside.comments(None, "", 1_000).rows
    there = {it.text for it in comments if it.ticket_id == told.external_id}
    assert there == {it.text for it in file.comments}


def live(seed: int, house: House | None = None) -> Life:
    """A whole life."""
    life = Life(seed, house)
    for _ in range(STEPS):
        life.step()
    life.settle()
    return life


def test_both_sides_agree_at_the_end(scale: str) -> None:
    """However both sides were edited, disturbed and cut off."""
    conflicts = changes = refused = 0
    for seed in range(LIVES[scale]):
        life = live(seed)
        try:
            check(life)
        except AssertionError as error:
            raise AssertionError(f"life {seed}") from error
        conflicts += sum(it.is_conflict for file in life.house.files() for it in file.changes)
        changes, refused = changes + len(life.changed), refused + life.refused
    assert min(conflicts, changes, refused) > LIVES[scale] // 4


def test_a_life_without_faults_writes_nothing_more(scale: str) -> None:
    """Once both agree, a further sync and push write nothing on either side."""
    for seed in range(LIVES[scale] // 10):
        life = live(seed)
        before, writes = life.house.files(), life.house.outside.writes
        life.house.sync()
        assert life.house.push() == {}
        assert (life.house.files(), life.house.outside.writes) == (before, writes)


def test_errors_here_are_ours() -> None:
    """A sync that cannot read says so as an error of ours and goes on later where it was."""
    house = House()
    for _ in range(5):
        house.add_there()
    calls = 0

    def fail(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise PartnerUnavailable("it does not answer")

    house.outside.before_each = fail
    with pytest.raises(MarketplaceError):
        house.sync(page=2)
    assert len(house.files()) == 2
    house.outside.before_each = lambda _: None
    house.sync(page=2)
    assert len(house.files()) == 5
