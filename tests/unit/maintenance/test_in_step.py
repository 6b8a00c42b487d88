"""Tickets here and there: each case of who edited what, and when."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from attrs import evolve
from tests.unit.maintenance.house import MINUTE, House, Killed
from typing_extensions import override

from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import PersonId
from marketplace_core.domain.maintenance.decisions import StatusStep
from marketplace_core.domain.maintenance.intents import PushKind, PushState
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.maintenance.ticket import ChangeKind, Side
from marketplace_core.domain.outside_property.pages import SourcePage, Told
from marketplace_core.domain.outside_property.progress import Stream
from marketplace_core.domain.outside_property.tickets import OutsideComment, OutsidePerson, OutsideTicket
from marketplace_core.errors import (
    ConfigurationError,
    IllegalTransition,
    NotFound,
    PartnerUnavailable,
    RuleViolation,
)
from marketplace_core.services.maintenance.pushing import PushTickets
from marketplace_core.services.maintenance.syncing import SyncTickets
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.outside_property import MemoryOutsideProperties

ONE = "ticket-00001"


@pytest.fixture
def house() -> House:
    """A house with one ticket of flat A1 on both sides."""
    found = House()
    found.add_there()
    found.sync()
    found.wait()
    return found


def edit_here(house: House, status: TicketStatus = TicketStatus.IN_PROGRESS) -> None:
    """Somebody here gives it a status."""
    until = house.clock.now() + timedelta(days=5) if status is TicketStatus.ON_HOLD else None
    house.change.status(house.command(), house.file().ticket.ticket_id, StatusStep(status, "here", until))


def test_a_ticket_is_taken_with_its_place(house: House) -> None:
    """Number, times, status and unit; a second sync writes nothing."""
    file = house.file()
    assert (file.ticket.number, file.ticket.unit_id, file.ticket.property_id) == (1, "u1", "block")
    assert file.ticket.outside
    assert (file.ticket.outside.external_id, file.ticket.outside.number) == (ONE, 1)
    house.sync()
    assert house.file() == file


def test_a_change_here_is_told_there_once(house: House) -> None:
    """The intent is left with the change; what comes back is known as our own and no change."""
    edit_here(house)
    assert [it.state for it in house.file().intents] == [PushState.PLANNED]
    assert house.push() == {"done": 1}
    assert (house.told().status, house.outside.writes) == (TicketStatus.IN_PROGRESS, 1)
    file = house.file()
    house.wait()
    house.sync()
    assert house.push() == {}
    assert house.file() == file
    assert [it.kind for it in file.changes] == [ChangeKind.OPENED, ChangeKind.STATUS]


def test_what_stands_there_already_is_not_sent(house: House) -> None:
    """Both came to the same status: nothing is written, and the intent is settled."""
    edit_here(house)
    house.outside.by_hand.change_status(ONE, TicketStatus.IN_PROGRESS)
    assert house.push() == {"stood": 1}
    assert house.outside.writes == 0
    assert not any(it.is_conflict for it in house.file().changes)


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_lost_reply_is_found_and_sent_no_second_time(house: House, is_lost: bool) -> None:  # noqa: FBT001
    """Read again before sending again: what arrived is settled, what did not is sent after the quiet period."""
    edit_here(house)

    def fail() -> None:
        raise PartnerUnavailable("no answer came")

    if is_lost:
        house.sink.after = fail
    else:
        house.sink.before = fail
    assert house.push() == {"waiting": 1}
    assert house.push() == ({"stood": 1} if is_lost else {"waiting": 1})
    house.sink.after = house.sink.before = lambda: None
    house.wait(3 * MINUTE)
    assert house.push() == ({} if is_lost else {"done": 1})
    assert (house.told().status, house.outside.writes) == (TicketStatus.IN_PROGRESS, 1)
    assert house.file().intents[0].state is PushState.DONE


def test_a_lost_reply_is_settled_by_a_sync_too(house: House) -> None:
    """The echo of a request whose answer was lost is no edit of theirs, though ours went on meanwhile."""
    edit_here(house)
    house.sink.lose_next_answer()
    house.push()
    house.wait()
    edit_here(house, TicketStatus.RESOLVED)
    house.sync()
    file = house.file()
    assert (file.ticket.status, [it.state for it in file.intents]) == (
        TicketStatus.RESOLVED,
        [PushState.DONE, PushState.PLANNED],
    )
    assert not any(it.is_conflict or it.side is Side.THEIRS for it in file.changes[1:])
    house.push()
    assert house.told().status is TicketStatus.RESOLVED


def test_of_two_edits_the_later_wins_when_it_is_theirs(house: House) -> None:
    """Ours is in the history and named as outweighed; it is told no more."""
    edit_here(house)
    house.wait()
    house.outside.by_hand.change_status(ONE, TicketStatus.CANCELLED, "not ours")
    house.sync()
    file = house.file()
    assert (file.ticket.status, file.ticket.status_reason) == (TicketStatus.CANCELLED, "not ours")
    assert [it.after for it in file.changes if it.kind is ChangeKind.STATUS] == ["in_progress", "cancelled"]
    last = file.changes[-1]
    assert (last.side, last.is_conflict, last.is_taken) == (Side.THEIRS, True, True)
    assert "in_progress here" in last.note
    assert (house.push(), house.outside.writes) == ({}, 0)
    assert file.intents[0].state is PushState.SUPERSEDED


def test_of_two_edits_the_later_wins_when_it_is_ours(house: House) -> None:
    """Theirs is in the history, not taken, and ours is told there."""
    house.outside.by_hand.change_status(ONE, TicketStatus.CANCELLED)
    house.wait()
    edit_here(house)
    house.sync()
    file = house.file()
    assert file.ticket.status is TicketStatus.IN_PROGRESS
    last = file.changes[-1]
    assert (last.side, last.after, last.is_conflict, last.is_taken) == (Side.THEIRS, "cancelled", True, False)
    assert house.push() == {"done": 1}
    house.wait()
    house.sync()
    assert house.file().ticket.status is house.told().status is TicketStatus.IN_PROGRESS
    assert len(house.file().changes) == len(file.changes)


def test_an_edit_between_our_look_and_our_write_is_recorded(house: House) -> None:
    """Their system has no compare-and-set: that it was overwritten is told."""
    edit_here(house)

    def edit() -> None:
        house.outside.by_hand.change_status(ONE, TicketStatus.CLOSED)

    house.sink.before = edit
    assert house.push() == {"done": 1}
    last = house.file().changes[-1]
    assert (last.kind, last.is_conflict) == (ChangeKind.PUSH, True)
    assert "between our look and our write" in last.note


def test_a_step_that_is_none_of_ours_is_taken_and_told(house: House) -> None:
    """It happened there; the history says what was skipped."""
    house.outside.by_hand.change_status(ONE, TicketStatus.CLOSED)
    house.sync()
    last = house.file().changes[-1]
    assert (last.after, last.is_taken, last.is_conflict) == ("closed", True, False)
    assert "skips a step" in last.note
    with pytest.raises(IllegalTransition):
        edit_here(house, TicketStatus.RESOLVED)


def test_an_older_telling_changes_nothing(house: House) -> None:
    """Nor does the same one."""
    old = house.told()
    house.outside.by_hand.change_status(ONE, TicketStatus.IN_PROGRESS)
    new = house.told()
    for it in (new, old, new):
        house.take(house.life.portfolio_id, it)
    assert house.file().ticket.status is TicketStatus.IN_PROGRESS
    assert len(house.file().changes) == 2


def test_what_was_deleted_there_is_archived_here(house: House) -> None:
    """With the day on which it was seen; its comments and history stay, nothing is told of it, nothing is changed."""
    edit_here(house)
    house.outside.by_hand.delete_ticket(ONE)
    house.sync()
    file = house.file()
    assert file.ticket.archived_on == house.clock.now().date()
    assert (house.push(), [it.state for it in file.intents]) == ({}, [PushState.SUPERSEDED])
    with pytest.raises(IllegalTransition, match="deleted in condo"):
        edit_here(house, TicketStatus.RESOLVED)
    house.sync()
    assert house.file() == file


def test_nothing_is_archived_where_our_sight_was_taken_away(house: House) -> None:
    """More than half gone at once is a fault that the run tells, no deletion."""
    ids = [house.add_there() for _ in range(49)]
    house.sync()
    for it in ids[:30]:
        house.outside.by_hand.delete_ticket(it)
    house.sync()
    assert not [it for it in house.files() if it.ticket.archived_on]
    (run, *_) = house.progress.runs(Stream(house.life.portfolio_id, "condo", "tickets"))
    assert run.is_degraded
    assert "30 of 50" in run.trouble
    house.sync(accept_gone=True)
    assert len([it for it in house.files() if it.ticket.archived_on]) == 30


def test_reading_from_the_start_finds_a_comment_that_nobody_told(house: House) -> None:
    """Its instant was set long before it could be seen, and no sweep looks at comments."""
    house.wait(timedelta(days=2))
    house.sync()
    house.outside.now -= timedelta(days=1)
    house.outside.by_hand.add_comment(ONE, "late")
    house.outside.now += timedelta(days=1)
    house.sync()
    assert house.file().comments == ()
    for _ in range(2):
        house.sync(whole=True)
        assert [it.text for it in house.file().comments] == ["late"]


def test_the_sweep_finds_what_the_changes_missed(house: House) -> None:
    """A ticket whose instant was set long before it could be seen."""
    house.wait(timedelta(days=2))
    house.sync()
    house.outside.now -= timedelta(days=1)
    house.add_there("A2")
    house.outside.by_hand.change_status(ONE, TicketStatus.CANCELLED)
    house.outside.now += timedelta(days=1)
    house.sync()
    assert [it.ticket.status for it in house.files()] == [TicketStatus.CANCELLED, TicketStatus.OPEN]


def test_a_place_that_is_told_no_more_stays(house: House) -> None:
    """A property was deleted there: the old link is kept."""
    house.outside.by_hand.delete_property(house.house_id)
    house.outside.by_hand.rewrite_ticket(ONE, "still leaks")
    house.sync()
    it = house.file().ticket
    assert (house.told().property_id, it.details, it.unit_id, it.property_id) == ("", "still leaks", "u1", "block")


def test_a_place_that_nobody_draws_is_not_asked_for_again_and_again(house: House) -> None:
    """Of old tickets, of units that are in no map: each look costs points, and would find no more."""
    for _ in range(5):
        house.add_there("never drawn")
    house.sync()
    asked: list[str] = []
    house.outside.before_each = asked.append
    house.sync()
    assert "ticket" not in asked


def test_a_place_is_found_when_it_is_linked_later(house: House) -> None:
    """The sweep looks at it again, though nothing changed there."""
    house.add_there("A2")
    house.sync()
    assert house.files()[-1].ticket.unit_id is None
    link = ExternalLinked(house.life.portfolio_id, "condo", "unit", f"{house.house_id}:flat:A2", "u2")
    house.store.record(house.life.command(), [link])
    house.sync()
    assert house.files()[-1].ticket.unit_id == "u2"


def test_a_ticket_that_moved_to_an_unknown_unit_is_in_none_of_ours(house: House) -> None:
    """Else who reaches the old one would see it."""
    house.outside.by_hand.move_ticket(ONE, "property-elsewhere-unknown")
    house.outside.by_hand.move_ticket(ONE, house.outside.by_hand.add_property("Other", "Far away"))
    house.sync()
    assert (house.file().ticket.property_id, house.file().ticket.unit_id) == (None, None)


def test_priority_and_assignee_are_taken_where_they_changed_there(house: House) -> None:
    """What was set here stays while they say the same as before."""
    ticket_id = house.file().ticket.ticket_id
    house.change.prioritise(house.command(), ticket_id, TicketPriority.EMERGENCY)
    house.change.assign(house.command(), ticket_id, PersonId("t2"))
    house.outside.by_hand.rewrite_ticket(ONE, "still leaks")
    house.sync()
    it = house.file().ticket
    assert (it.priority, it.assignee_id, it.details) == (TicketPriority.EMERGENCY, "t2", "still leaks")
    house.outside.by_hand.assign(ONE, OutsidePerson("e1", "Juma"))
    house.sync()
    it = house.file().ticket
    assert (it.assignee_id, it.assignee_name, it.priority) == (None, "Juma", TicketPriority.EMERGENCY)


def test_comments_go_both_ways_once(house: House) -> None:
    """Ours comes back and is known by its words; theirs is rewritten and deleted as they do."""
    ticket_id = house.file().ticket.ticket_id
    theirs = house.outside.by_hand.add_comment(ONE, "when?", is_resident=True)
    house.comment(house.command(), ticket_id, "on Friday")
    house.sink.lose_next_answer()
    assert house.push() == {"waiting": 1}
    house.wait(3 * MINUTE)
    assert house.push() == {"stood": 1}
    house.sync()
    assert [(it.text, it.side, it.is_resident) for it in house.file().comments] == [
        ("on Friday", Side.OURS, False),
        ("when?", Side.THEIRS, True),
    ]
    assert house.outside.writes == 1
    house.wait()
    house.outside.by_hand.rewrite_comment(theirs, "when exactly?")
    house.sync()
    assert house.file().comments[1].text == "when exactly?"


@pytest.mark.parametrize("problem", [RuleViolation("not on hold for so long"), NotFound("it is gone")])
def test_a_refusal_is_told_and_not_tried_again(house: House, problem: Exception) -> None:
    """The history and the intent say why; what they change next is weighed against ours."""

    def refuse() -> None:
        raise problem

    house.sink.before = refuse
    edit_here(house)
    assert house.push() == {"refused": 1}
    file = house.file()
    assert (file.intents[0].state, str(problem)) == (PushState.REFUSED, file.intents[0].words)
    assert str(problem) in file.changes[-1].note
    house.sink.before = lambda: None
    house.wait()
    house.sync()
    assert house.push() == {}
    house.wait()
    house.outside.by_hand.change_status(ONE, TicketStatus.RESOLVED)
    house.sync()
    assert house.file().ticket.status is TicketStatus.RESOLVED
    assert house.file().changes[-1].is_conflict


def test_two_never_push_one_ticket_at_once(house: House) -> None:
    """Of eight workers one writes; the others wait or find it done."""
    edit_here(house)
    push = PushTickets(house.outside, house.sink, house.take, house.store, house.clock)
    done = at_once([partial(push, house.life.portfolio_id) for _ in range(8)])
    assert not [it for it in done if isinstance(it, Exception)]
    assert house.outside.writes == 1
    assert house.told().version == 2


def test_a_push_that_is_on_its_way_holds_back_the_next_change(house: House) -> None:
    """A later change waits until nobody can apply the earlier request any more."""

    def die() -> None:
        raise Killed

    edit_here(house)
    house.sink.before = die
    with pytest.raises(Killed):
        house.push()
    house.sink.before = lambda: None
    edit_here(house, TicketStatus.RESOLVED)
    assert house.push() == {"waiting": 1}
    house.wait(3 * MINUTE)
    assert house.push() == {"done": 1}
    assert house.told().status is TicketStatus.RESOLVED
    assert [it.state for it in house.file().intents] == [PushState.SUPERSEDED, PushState.DONE]


def test_a_dry_run_says_what_would_change_and_writes_nothing(house: House) -> None:
    """New, changed and gone ones are counted."""
    gone = house.add_there()
    house.sync()
    house.outside.by_hand.delete_ticket(gone)
    house.outside.by_hand.change_status(ONE, TicketStatus.CLOSED)
    house.add_there()
    before = house.files()
    sync = SyncTickets(house.outside, house.take, house.store, house.progress, house.clock)
    counts = sync.preview(house.life.portfolio_id)
    assert counts == {"new": 1, "changed": 1, "archived": 1}
    assert house.files() == before


def test_a_merged_ticket_is_weighed_by_both_clocks(house: House) -> None:
    """A control: taking whatever was told last loses the later edit of ours, and nobody would know."""
    house.outside.by_hand.change_status(ONE, TicketStatus.CANCELLED)
    house.wait()
    edit_here(house)
    naive = evolve(house.file().ticket, status=house.told().status)
    assert naive.status is TicketStatus.CANCELLED
    house.sync()
    assert house.file().ticket.status is TicketStatus.IN_PROGRESS


def test_a_naive_push_doubles_a_comment(house: House) -> None:
    """A control: to send again what was not answered, without a look, writes it twice."""
    house.sink.lose_next_answer()
    for _ in range(2):
        try:
            house.sink.add_comment(ONE, "on Friday")
        except PartnerUnavailable:
            continue
    assert [it.text for it in house.outside.comments(None, "", 9).rows] == ["on Friday", "on Friday"]


class LateSource(MemoryOutsideProperties):
    """A system in which somebody opens a ticket, which another worker takes, right after the ids were read."""

    house: House | None = None

    @override
    def ticket_ids(self, cursor: str, limit: int) -> SourcePage[Told]:
        told = super().ticket_ids(cursor, limit)
        if self.house is not None:
            house, self.house = self.house, None
            added = self.ticket(house.add_there())
            assert added is not None
            house.take(house.life.portfolio_id, added)
        return told


def test_what_came_while_ids_were_read_is_not_taken_for_gone() -> None:
    """Each that seems gone is looked for once more."""
    source = LateSource()
    house = House(outside=source)
    house.add_there()
    source.house = house
    house.sync(page=50)
    assert [it.ticket.archived_on for it in house.files()] == [None, None]


def test_what_is_denied_to_us_holds_up_nothing_behind_it(house: House) -> None:
    """An account without the right to write comments: each is told as refused, and statuses go on."""
    for _ in range(4):
        house.add_there()
    house.sync()

    def denied() -> None:
        raise ConfigurationError("it denies us that")

    files = house.files()
    for it in files[:4]:
        house.comment(house.command(), it.ticket.ticket_id, "We are on our way")
        house.wait(timedelta(seconds=1))
    step = StatusStep(TicketStatus.IN_PROGRESS, "here")
    house.change.status(house.command(), files[4].ticket.ticket_id, step)
    house.sink.deny_comments = denied
    assert house.push() == {"refused": 4, "done": 1}
    assert house.told("ticket-00005").status is TicketStatus.IN_PROGRESS
    assert [it.state for it in house.files()[0].intents] == [PushState.REFUSED]
    assert "it denies us that" in house.files()[0].changes[-1].note
    assert house.push() == {}


def test_what_is_denied_since_nobody_knows_us_any_more_is_refused_to_nobody(house: House) -> None:
    """A token lost between the look and the write: the intent stays, and is told when we are known again."""
    edit_here(house)

    def unknown(_: str = "") -> None:
        house.outside.before_each = unknown
        raise ConfigurationError("it does not know us")

    house.sink.before = unknown
    with pytest.raises(ConfigurationError, match="does not know us"):
        house.push()
    assert house.file().intents[0].is_open
    house.sink.before, house.outside.before_each = (lambda: None), (lambda _: None)
    house.wait(3 * MINUTE)
    assert house.push() == {"done": 1}


def longer_hold(house: House, days: int) -> None:
    """Somebody there lets it wait longer: Condo leaves the instant of its status as it was."""
    until = house.clock.now() + timedelta(days=days)
    house.outside.by_hand.change_status(ONE, TicketStatus.ON_HOLD, "parts", until)


def test_a_hold_that_was_made_longer_there_after_our_edit_stands(house: House) -> None:
    """It is the later event, though the ticket is on hold since before."""
    house.outside.by_hand.change_status(ONE, TicketStatus.ON_HOLD, "parts", house.clock.now() + timedelta(days=3))
    house.sync()
    house.wait()
    edit_here(house, TicketStatus.RESOLVED)
    house.wait()
    longer_hold(house, 9)
    later = house.outside.now
    house.wait()
    house.sync()
    house.push()
    ticket = house.file().ticket
    assert (house.told().status, ticket.status, ticket.status_at) == (TicketStatus.ON_HOLD, TicketStatus.ON_HOLD, later)
    assert [it.happened_at for it in house.file().changes if it.is_conflict] == [later]


def test_a_hold_that_was_made_longer_there_before_our_edit_is_outweighed(house: House) -> None:
    """Ours is told there, and theirs in the history."""
    house.outside.by_hand.change_status(ONE, TicketStatus.ON_HOLD, "parts", house.clock.now() + timedelta(days=3))
    house.sync()
    house.wait()
    longer_hold(house, 9)
    house.wait()
    edit_here(house, TicketStatus.RESOLVED)
    house.push()
    assert (house.told().status, house.file().ticket.status) == (TicketStatus.RESOLVED, TicketStatus.RESOLVED)
    assert len([it for it in house.file().changes if it.is_conflict]) == 1


def test_our_own_longer_hold_whose_answer_was_lost_is_no_edit_of_theirs(house: House) -> None:
    """Also where the ticket went on here meanwhile."""
    edit_here(house, TicketStatus.ON_HOLD)
    house.push()
    house.wait(30 * MINUTE)
    edit_here(house, TicketStatus.ON_HOLD)
    house.sink.lose_next_answer()
    house.push()
    house.wait()
    edit_here(house, TicketStatus.RESOLVED)
    house.sync()
    assert not any(it.is_conflict or it.side is Side.THEIRS for it in house.file().changes[1:])
    house.push()
    assert house.told().status is TicketStatus.RESOLVED


def test_a_whole_reading_is_whole_after_a_run_that_was_cut_off(house: House) -> None:
    """What was cut off is ended first; then all is read from the start, and what nobody told is found."""
    house.wait(20 * MINUTE)
    old = house.outside.comment_rows.add(
        house.clock.now() - timedelta(days=3),
        lambda it: OutsideComment(it, ONE, house.clock.now(), house.clock.now(), "told to nobody yet"),
    )

    def fail(call: str) -> None:
        if call == "comments":
            raise PartnerUnavailable("down")

    house.outside.before_each = fail
    with pytest.raises(PartnerUnavailable):
        house.sync()
    house.outside.before_each = lambda _: None
    house.sync(whole=True)
    assert [it.external_id for it in house.file().comments] == [old.external_id]


def test_a_title_of_blanks_is_none(house: House) -> None:
    """A ticket of ours needs words: those of a new one say its number there, a known one keeps its own."""
    new = house.add_there()
    for external_id in (ONE, new):
        blank = evolve(house.outside.ticket_rows.row(external_id).record, title=" \n ")
        house.outside.ticket_rows.change(external_id, house.outside.now, blank)
    before = house.file().ticket.title
    house.sync()
    assert [it.ticket.title for it in house.files()] == [before, "condo 2"]


def test_a_ticket_that_cannot_be_read_holds_up_no_other(house: House) -> None:
    """One that the system fails at each time: the others are told there, and the error is raised all the same."""
    for _ in range(9):
        house.add_there()
    house.sync()
    read: list[str] = []
    is_down = False
    stands = house.outside.ticket

    def ticket(external_id: str) -> OutsideTicket | None:
        read.append(external_id)
        if external_id == ONE or is_down:
            raise PartnerUnavailable("it fails")
        return stands(external_id)

    house.outside.ticket = ticket  # type: ignore[method-assign]
    for it in house.files():
        house.change.status(house.command(), it.ticket.ticket_id, StatusStep(TicketStatus.IN_PROGRESS, "here"))
        house.wait(timedelta(seconds=1))
    with pytest.raises(PartnerUnavailable, match="it fails"):
        house.push()
    assert len([it for it in house.files() if not it.open_intents(PushKind.STATUS)]) == 9
    for it in house.files()[1:]:
        house.change.status(house.command(), it.ticket.ticket_id, StatusStep(TicketStatus.RESOLVED, "here"))
    read.clear()
    is_down = True
    with pytest.raises(PartnerUnavailable, match="it fails"):
        house.push()
    assert len(read) == 3
