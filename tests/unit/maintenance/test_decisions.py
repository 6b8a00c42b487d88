"""What people may do to a ticket here."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from attrs import evolve
from tests.unit.maintenance.house import MINUTE, House

from marketplace_core.domain.identifiers import CommandId, PersonId, UnitId
from marketplace_core.domain.maintenance.decisions import NewTicket, StatusStep, change_status, comment_on
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import FOLLOWS, TicketPriority, TicketStatus
from marketplace_core.errors import (
    ConcurrentChange,
    IllegalTransition,
    InvalidInput,
    MarketplaceError,
    NotFound,
    RuleViolation,
)

TAP = NewTicket("The tap leaks", unit_id=UnitId("u1"), reporter_id=PersonId("t1"))
HELD = timedelta(days=30)


@pytest.fixture
def house() -> House:
    """A house without tickets."""
    return House()


def opened(house: House) -> TicketFile:
    """A ticket of unit u1."""
    return house.open(house.command(), TAP)


def standing(house: House, status: TicketStatus) -> TicketFile:
    """A ticket in a status, however it came to it."""
    file = opened(house)
    until = house.clock.now() + HELD if status is TicketStatus.ON_HOLD else None
    return evolve(file, ticket=evolve(file.ticket, status=status, deferred_until=until))


def step_to(house: House, status: TicketStatus) -> StatusStep:
    """A step with everything that it needs."""
    until = house.clock.now() + HELD if status is TicketStatus.ON_HOLD else None
    return StatusStep(status, "a reason", until)


@pytest.mark.parametrize(("before", "after"), list(product(TicketStatus, repeat=2)))
def test_a_status_follows_where_the_table_says_so(house: House, before: TicketStatus, after: TicketStatus) -> None:
    """Each pair of statuses; a refusal says which may follow."""
    file = standing(house, before)
    house.wait()
    if after in FOLLOWS[before]:
        done = change_status(file, house.command(), step_to(house, after))
        assert (done.ticket.status, done.ticket.status_at) == (after, house.clock.now())
        assert done.ticket.version == file.ticket.version + 1
        return
    if before is after is TicketStatus.ON_HOLD:
        return
    with pytest.raises(IllegalTransition) as refused:
        change_status(file, house.command(), step_to(house, after))
    assert all(it in str(refused.value) for it in FOLLOWS[before])


def test_what_waits_may_wait_for_longer(house: House) -> None:
    """On hold until another day is a change."""
    file = standing(house, TicketStatus.ON_HOLD)
    later = StatusStep(TicketStatus.ON_HOLD, deferred_until=house.clock.now() + 2 * HELD)
    assert change_status(file, house.command(), later).ticket.deferred_until == later.deferred_until


@pytest.mark.parametrize(
    ("days", "kind"), [(None, InvalidInput), (0, RuleViolation), (-1, RuleViolation), (366, RuleViolation)]
)
def test_a_hold_ends_in_the_coming_year(house: House, days: int | None, kind: type[MarketplaceError]) -> None:
    """Without a day, with one that is past, and with one too far away nothing is put on hold."""
    until = None if days is None else house.clock.now() + timedelta(days=days)
    with pytest.raises(kind):
        change_status(opened(house), house.command(), StatusStep(TicketStatus.ON_HOLD, deferred_until=until))
    year = StatusStep(TicketStatus.ON_HOLD, deferred_until=house.clock.now() + timedelta(days=365))
    assert change_status(opened(house), house.command(), year).ticket.deferred_until == year.deferred_until


def test_a_hold_ends_at_a_whole_second(house: House) -> None:
    """Other systems keep no more: else each side would find the other's end another one, for ever."""
    until = house.clock.now() + timedelta(days=1, microseconds=5)
    held = change_status(opened(house), house.command(), StatusStep(TicketStatus.ON_HOLD, deferred_until=until))
    assert held.ticket.deferred_until == house.clock.now() + timedelta(days=1)


def test_other_statuses_wait_for_no_day(house: House) -> None:
    """A day until which is refused, and leaving the hold forgets it."""
    later = house.clock.now() + HELD
    with pytest.raises(InvalidInput, match="on hold"):
        change_status(opened(house), house.command(), StatusStep(TicketStatus.RESOLVED, deferred_until=later))
    left = change_status(standing(house, TicketStatus.ON_HOLD), house.command(), StatusStep(TicketStatus.OPEN))
    assert left.ticket.deferred_until is None


def test_cancelling_needs_a_reason(house: House) -> None:
    """Whoever reported it will ask."""
    with pytest.raises(InvalidInput, match="why"):
        change_status(opened(house), house.command(), StatusStep(TicketStatus.CANCELLED, " "))


def test_a_change_has_the_time_at_which_it_happened_and_the_one_at_which_we_knew(house: House) -> None:
    """It may be told later, not for before the last one and not for the future."""
    file = opened(house)
    house.wait(10 * MINUTE)
    now = house.clock.now()
    told = StatusStep(TicketStatus.RESOLVED, happened_at=now - 4 * MINUTE)
    done = change_status(file, house.command(), told)
    assert (done.changes[-1].happened_at, done.changes[-1].recorded_at) == (now - 4 * MINUTE, now)
    assert done.ticket.status_at == now - 4 * MINUTE
    for wrong in (now + MINUTE, file.ticket.status_at - MINUTE):
        with pytest.raises(RuleViolation, match="happened after"):
            change_status(file, house.command(), evolve(told, happened_at=wrong))


def test_what_is_decided_comes_after_what_it_was_decided_on(house: House) -> None:
    """Though the clock that told the last change is ahead of ours."""
    file = opened(house)
    ahead = evolve(file, ticket=evolve(file.ticket, status_at=house.clock.now() + MINUTE))
    done = change_status(ahead, house.command(), StatusStep(TicketStatus.RESOLVED))
    assert done.ticket.status_at == house.clock.now() + MINUTE


def test_the_same_command_changes_once(house: House) -> None:
    """Also where what it did no longer stands."""
    command = house.command()
    once = change_status(opened(house), command, StatusStep(TicketStatus.IN_PROGRESS))
    assert change_status(once, command, StatusStep(TicketStatus.RESOLVED)) is once
    written = comment_on(once, evolve(command, command_id=CommandId("other")), "words")
    assert comment_on(written, evolve(command, command_id=CommandId("other")), "words") is written


def test_who_saw_an_older_version_is_told_to_look_again(house: House) -> None:
    """And nothing is written."""
    file = opened(house)
    change = evolve(house.change, expected_version=1)
    change.prioritise(house.command(), file.ticket.ticket_id, TicketPriority.HIGH)
    with pytest.raises(ConcurrentChange, match="version 2"):
        change.prioritise(house.command(), file.ticket.ticket_id, TicketPriority.LOW)
    assert house.file().ticket.priority is TicketPriority.HIGH


def test_a_ticket_names_what_is_there(house: House) -> None:
    """A unit says its property; unknown people and places are refused, and so is a ticket without words."""
    assert opened(house).ticket.property_id == "block"
    for wrong, kind in (
        (evolve(TAP, unit_id=UnitId("u9")), NotFound),
        (evolve(TAP, reporter_id=PersonId("nobody")), NotFound),
        (evolve(TAP, title=" "), InvalidInput),
        (evolve(TAP, title="x" * 201), InvalidInput),
    ):
        with pytest.raises(kind):
            house.open(house.command(), wrong)
    with pytest.raises(NotFound):
        house.change.assign(house.command(), house.file().ticket.ticket_id, PersonId("nobody"))
    assert len(house.files()) == 1


def test_a_ticket_of_ours_alone_is_told_to_nobody(house: House) -> None:
    """No intent is left where no other system has it."""
    file = opened(house)
    house.change.status(house.command(), file.ticket.ticket_id, StatusStep(TicketStatus.RESOLVED))
    house.comment(house.command(), file.ticket.ticket_id, "done")
    assert house.file().intents == ()
    assert house.push() == {}
