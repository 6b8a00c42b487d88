"""What every store of maintenance tickets must do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.access import Reach
from marketplace_core.domain.facts import ExternalLinked, PersonErased, PersonRecorded
from marketplace_core.domain.identifiers import PersonId, PortfolioId, PropertyId, TicketId, UnitId
from marketplace_core.domain.maintenance.decisions import NewTicket, StatusStep
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.ingestion import ingest
from marketplace_core.domain.maintenance.intents import PushKind, PushState
from marketplace_core.domain.maintenance.seen import Seen, outside_ticket_id
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.outside_property.tickets import OutsidePerson, OutsideTicket
from marketplace_core.domain.party import Person, UnitKind
from marketplace_core.domain.register import TICKETS
from marketplace_core.errors import AlreadyExists, IllegalTransition, MarketplaceError, NotFound
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.maintenance.working import ChangeTicket, CommentOnTicket, OpenTicket
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import PortfolioLife

NOON = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NJERI = Person(PersonId("t1"), "Njeri Wanjala", ("254700000001",))
TAP = NewTicket("The tap leaks", "since Monday", "plumbing", unit_id=UnitId("u1"), reporter_id=PersonId("t1"))


def opened(life: PortfolioLife, new: NewTicket = TAP) -> TicketFile:
    """A ticket of unit u1 that tenant t1 reported."""
    return OpenTicket(life.store, life.store)(life.command("ticket.open"), new)


def told(external_id: str = "x1", version: int = 1, status: TicketStatus = TicketStatus.OPEN) -> OutsideTicket:
    """A ticket as another system tells it."""
    at = NOON + version * MINUTE
    return OutsideTicket(
        external_id, 7, version, NOON, at, status, at, title="No water", reporter=OutsidePerson("c1", "Asha Were")
    )


def taken(life: PortfolioLife, outside: OutsideTicket) -> TicketFile:
    """Our file of a ticket, with what the other system tells now."""
    seen = Seen(life.portfolio_id, "condo", "Africa/Nairobi", outside, outside.updated_at + MINUTE)
    ticket_id = outside_ticket_id(life.portfolio_id, "condo", outside.external_id)
    return life.store.change_ticket(life.portfolio_id, ticket_id, lambda file: ingest(file, seen))


class TicketsContract(StoreContract):
    """Each ticket once, its history whole, one who changes it at a time."""

    def test_a_file_comes_back_as_it_was_written(self, life: PortfolioLife) -> None:
        """Ticket, history, comments and intents, of one that is ours and of one that is there too."""
        mine = opened(life)
        linked = taken(life, told())
        last = mine
        for file in (mine, linked):
            ticket_id = file.ticket.ticket_id
            hold = StatusStep(TicketStatus.ON_HOLD, "a part is missing", NOON + timedelta(days=30))
            ChangeTicket(life.store).status(life.command("ticket.status"), ticket_id, hold)
            CommentOnTicket(life.store)(life.command("ticket.comment"), ticket_id, "I come on Friday", "Juma")
            last = ChangeTicket(life.store).assign(life.command("ticket.assign"), ticket_id, PersonId("t2"))
            assert life.store.ticket_file(life.portfolio_id, ticket_id) == last
            assert len(last.changes) == 4
        assert [it.kind for it in last.intents] == [PushKind.STATUS, PushKind.COMMENT]
        assert mine.ticket.property_id == PropertyId("block")

    def test_tickets_are_numbered_without_gaps(self, life: PortfolioLife) -> None:
        """Also where one was refused, or opened in a dry run, in between."""
        assert opened(life).ticket.number == 1
        with pytest.raises(NotFound):
            opened(life, evolve(TAP, unit_id=None, reporter_id=PersonId("nobody")))
        OpenTicket(life.store, life.store)(life.command("ticket.open"), TAP, dry_run=True)
        assert opened(life).ticket.number == 2
        page = life.store.page(Reach(life.portfolio_id, is_whole=True), TICKETS)
        assert sorted(it.ticket.number for it in page.entries) == [1, 2]

    def test_the_same_command_opens_and_changes_once(self, life: PortfolioLife) -> None:
        """Its second time gives what stands, later changes with it."""
        command = life.command("ticket.open")
        first = OpenTicket(life.store, life.store)(command, TAP)
        begin, step = life.command("ticket.status"), StatusStep(TicketStatus.IN_PROGRESS)
        changed = ChangeTicket(life.store).status(begin, first.ticket.ticket_id, step)
        assert ChangeTicket(life.store).status(begin, first.ticket.ticket_id, step) == changed
        assert OpenTicket(life.store, life.store)(command, TAP) == changed
        assert len(changed.changes) == 2

    def test_what_a_decision_raises_leaves_the_file(self, life: PortfolioLife) -> None:
        """A refused change and a dry run write nothing."""
        file = opened(life)
        change = ChangeTicket(life.store)
        with pytest.raises(IllegalTransition, match="in_progress"):
            change.status(life.command(), file.ticket.ticket_id, StatusStep(TicketStatus.CLOSED))
        step = StatusStep(TicketStatus.RESOLVED)
        would = change.status(life.command(), file.ticket.ticket_id, step, dry_run=True)
        assert would.ticket.status is TicketStatus.RESOLVED
        assert life.store.ticket_file(life.portfolio_id, file.ticket.ticket_id) == file

    def test_what_breaks_midway_is_undone_whole(self, life: PortfolioLife) -> None:
        """A change whose ticket names nobody keeps neither its line of history nor its intent."""
        file = taken(life, told())

        def decide(it: TicketFile | None) -> TicketFile | None:
            assert it is not None
            step = evolve(it.changes[0], change_id="c9", note="further")
            return it.noting(step).with_ticket(evolve(it.ticket, assignee_id=PersonId("nobody")))

        with pytest.raises(NotFound):
            life.store.change_ticket(life.portfolio_id, file.ticket.ticket_id, decide)
        assert life.store.ticket_file(life.portfolio_id, file.ticket.ticket_id) == file

    def test_eight_open_at_once(self, life: PortfolioLife) -> None:
        """Eight tickets have eight numbers; eight of one command are one ticket."""
        commands = [life.command("ticket.open") for _ in range(8)]
        open_ticket = OpenTicket(life.store, life.store)
        made = at_once([partial(open_ticket, it, TAP) for it in commands])
        assert sorted(it.ticket.number for it in made if isinstance(it, TicketFile)) == list(range(1, 9))
        again = at_once([partial(open_ticket, commands[0], TAP) for _ in range(8)])
        assert [it for it in again if it != again[0] or isinstance(it, Exception)] == []
        one = at_once([partial(taken, life, told()) for _ in range(8)])
        assert [it.ticket.number for it in one if isinstance(it, TicketFile)] == [9] * 8

    def test_of_eight_that_change_at_once_one_does(self, life: PortfolioLife) -> None:
        """Each expects the version that it saw; the others are told to look again, and nothing of theirs is kept."""
        file = taken(life, told())
        change = ChangeTicket(life.store, expected_version=file.ticket.version)
        step = StatusStep(TicketStatus.IN_PROGRESS)
        tasks: list[Callable[[], object]] = [
            partial(change.status, life.command(), file.ticket.ticket_id, step) for _ in range(8)
        ]
        done = at_once(tasks)
        assert sum(isinstance(it, TicketFile) for it in done) == 1
        kept = life.store.ticket_file(life.portfolio_id, file.ticket.ticket_id)
        assert (len(kept.changes), len(kept.intents), kept.ticket.version) == (2, 1, file.ticket.version + 1)

    def test_eight_write_at_once_and_all_is_kept(self, life: PortfolioLife) -> None:
        """Comments, each with its line and its intent."""
        ticket_id = taken(life, told()).ticket.ticket_id
        commands = [life.command() for _ in range(8)]
        write = CommentOnTicket(life.store)
        done = at_once([partial(write, it, ticket_id, f"comment {n}") for n, it in enumerate(commands)])
        assert not [it for it in done if isinstance(it, Exception)]
        kept = life.store.ticket_file(life.portfolio_id, ticket_id)
        assert {it.text for it in kept.comments} == {f"comment {n}" for n in range(8)}
        assert len(kept.intents) == 8

    def test_links_are_listed_by_outside_id(self, life: PortfolioLife) -> None:
        """Those that are asked for, and all by pages, with their version, of the system that is asked for."""
        for external_id, version in (("x2", 2), ("x1", 1), ("x3", 3)):
            taken(life, told(external_id, version))
        opened(life)
        some = life.store.linked_tickets(life.portfolio_id, "condo", ["x3", "x1", "x9"])
        assert [(it.external_id, it.version, it.is_archived, it.finds_place) for it in some] == [
            ("x1", 1, False, False),
            ("x3", 3, False, False),
        ]
        first = life.store.every_linked_ticket(life.portfolio_id, "condo", limit=2)
        rest = life.store.every_linked_ticket(life.portfolio_id, "condo", first[-1].external_id)
        assert [it.external_id for it in (*first, *rest)] == ["x1", "x2", "x3"]
        assert life.store.every_linked_ticket(life.portfolio_id, "condo", "x3") == ()
        assert life.store.every_linked_ticket(life.portfolio_id, "other") == ()
        gone = taken(life, evolve(told("x1", 4), is_deleted=True))
        assert gone.ticket.archived_on is not None
        assert [(it.version, it.is_archived) for it in life.store.every_linked_ticket(life.portfolio_id, "condo")] == [
            (1, True),
            (2, False),
            (3, False),
        ]

    def test_a_place_that_is_linked_later_is_found(self, life: PortfolioLife) -> None:
        """Of a property and of a unit, by the ticket's own system alone; one of which nobody knows is looked for."""
        life.store.record(life.command(), [ExternalLinked(life.portfolio_id, "other", "property", "p9", "block")])
        house = evolve(told("x1"), property_id="p9")
        flat = evolve(house, external_id="x2", unit_kind=UnitKind.FLAT, unit_label="9")
        attic = evolve(flat, external_id="x3", unit_label="99")
        for it in (house, flat, attic):
            assert taken(life, it).ticket.lacked

        def found() -> list[str]:
            every = life.store.every_linked_ticket(life.portfolio_id, "condo")
            return [it.external_id for it in every if it.finds_place]

        assert found() == []
        life.store.record(life.command(), [ExternalLinked(life.portfolio_id, "condo", "unit", "p9:flat:9", "u1")])
        assert found() == ["x2"]
        life.store.record(life.command(), [ExternalLinked(life.portfolio_id, "condo", "property", "p9", "block")])
        assert found() == ["x1", "x2", "x3"]

    def test_an_outside_ticket_is_one_of_ours(self, life: PortfolioLife) -> None:
        """A second ticket with its link is refused."""
        file = taken(life, told())
        other = evolve(file, ticket=evolve(file.ticket, ticket_id=TicketId("another")), changes=())
        with pytest.raises(AlreadyExists):
            life.store.change_ticket(life.portfolio_id, TicketId("another"), lambda _: other)

    def test_open_pushes_are_the_oldest_first(self, life: PortfolioLife) -> None:
        """No more than asked for; what is settled is not among them."""
        files = [taken(life, told(f"x{n}")) for n in range(3)]
        for file in reversed(files):
            step = StatusStep(TicketStatus.IN_PROGRESS)
            ChangeTicket(life.store).status(life.command(), file.ticket.ticket_id, step)
        found = life.store.open_pushes(life.portfolio_id)
        assert [it.ticket_id for it in found] == [it.ticket.ticket_id for it in reversed(files)]
        assert life.store.open_pushes(life.portfolio_id, 1) == found[:1]

        def settle(file: TicketFile | None) -> TicketFile | None:
            return file and file.with_intents(lambda it: it.settled(PushState.DONE, NOON))

        life.store.change_ticket(life.portfolio_id, found[0].ticket_id, settle)
        assert life.store.open_pushes(life.portfolio_id) == found[1:]

    def test_what_is_not_there_is_not_found(self, life: PortfolioLife) -> None:
        """A ticket, a portfolio, a place and a person; a ticket of another portfolio neither."""
        file = opened(life)
        other = PortfolioLife(life.store, "p2", first_step=500).opened(1).portfolio_id
        asks: list[Callable[[], object]] = [
            lambda: life.store.ticket_file(life.portfolio_id, TicketId("tkt_9")),
            lambda: life.store.ticket_file(other, file.ticket.ticket_id),
            lambda: life.store.change_ticket(life.portfolio_id, TicketId("tkt_9"), lambda it: it),
            lambda: life.store.change_ticket(PortfolioId("nowhere"), file.ticket.ticket_id, lambda _: file),
            lambda: opened(life, evolve(TAP, unit_id=UnitId("u99"))),
            lambda: opened(life, evolve(TAP, unit_id=None, property_id=PropertyId("nowhere"))),
        ]
        for ask in asks:
            with pytest.raises(NotFound):
                ask()
        assert life.store.open_pushes(other) == ()

    def test_pages_show_what_is_in_reach(self, life: PortfolioLife) -> None:
        """Of a property, of whoever reported it, also by who stands for them since a merge; of leases nothing."""
        mine = opened(life)
        opened(life, NewTicket("The gate", property_id=PropertyId("block")))
        opened(life, NewTicket("Somewhere", reporter_id=PersonId("t2"), priority=TicketPriority.EMERGENCY))
        own = life.portfolio_id

        def shown(**parts: object) -> list[int]:
            page = life.store.page(Reach(own, **parts), TICKETS)  # type: ignore[arg-type]
            return sorted(it.ticket.number for it in page.entries)

        assert shown(is_whole=True) == [1, 2, 3]
        assert shown(property_ids=frozenset([PropertyId("block")])) == [1, 2]
        assert shown(person_ids=frozenset([PersonId("t1")])) == [1]
        assert shown(person_ids=frozenset([PersonId("t3")])) == shown() == []
        life.store.merge_people(life.command("person.merge"), PersonId("t1"), PersonId("t3"))
        assert shown(person_ids=frozenset([PersonId("t3")])) == [1]
        entry = life.store.one(Reach(own, is_whole=True), TICKETS, mine.ticket.ticket_id)
        assert (entry.property_name, entry.unit_code) == ("Block A", "A1")

    def test_who_is_erased_leaves_no_word(self, life: PortfolioLife) -> None:
        """Every text of what they reported, by id, phone or name, and what they wrote elsewhere; the rest stays."""
        life.store.record(life.command(), [PersonRecorded(life.portfolio_id, NJERI)])
        by_id = opened(life)
        by_phone = opened(life, NewTicket("phone", "SECRET", reporter_phone="0700000001"))
        by_name = taken(life, evolve(told(), details="SECRET", reporter=OutsidePerson("c1", "Wanjala Njeri")))
        other = opened(life, NewTicket("other", "stays", reporter_id=PersonId("t2")))
        write = CommentOnTicket(life.store)
        for file in (by_id, by_phone, other):
            write(evolve(life.command(reason="SECRET"), actor="person:t1"), file.ticket.ticket_id, "SECRET words")
        write(life.command(), other.ticket.ticket_id, "stays too")
        gone = ErasePerson(life.store)(life.command("person.erase", "asked"), PersonId("t1"))
        assert isinstance(gone, PersonErased)
        assert gone.tickets == 4
        files = (by_id, by_phone, by_name, other)
        kept = [life.store.ticket_file(life.portfolio_id, it.ticket.ticket_id) for it in files]
        texts = [(it.ticket.title, it.ticket.details, it.ticket.reporter_name, it.ticket.reporter_phone) for it in kept]
        assert texts == [("", "", "", "")] * 3 + [("other", "stays", "", "")]
        assert [c.text for it in kept for c in it.comments] == ["", "", "", "stays too"]
        assert not any(change.reason == "SECRET" for it in kept for change in it.changes)
        assert not life.store.open_pushes(life.portfolio_id)
        again = taken(life, evolve(told(version=2), details="SECRET", reporter=OutsidePerson("c1", "Wanjala Njeri")))
        assert (again.ticket.details, again.ticket.reporter_name, again.ticket.is_erased) == ("", "", True)
        assert ErasePerson(life.store)(life.command("person.erase", "asked"), PersonId("t1")).tickets == 0

    def test_a_change_needs_no_lease_lock(self, life: PortfolioLife) -> None:
        """Links and tickets are written while others write the books."""
        file = opened(life)
        tasks: list[Callable[[], object]] = [
            partial(
                life.store.record,
                life.command("link"),
                [ExternalLinked(life.portfolio_id, "condo", "contact", f"c{n}", "t1")],
            )
            for n in range(4)
        ]
        write = CommentOnTicket(life.store)
        tasks += [partial(write, life.command(), file.ticket.ticket_id, f"{n}") for n in range(4)]
        assert not [it for it in at_once(tasks) if isinstance(it, MarketplaceError)]
