"""A portfolio and the system of its property manager, with everything between them that tickets need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from attrs import define, evolve, field
from typing_extensions import override

from marketplace_core.domain.access import Reach
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import ExternalLinked
from marketplace_core.domain.identifiers import CommandId, PortfolioId, TicketId
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.maintenance.status import TicketStatus
from marketplace_core.domain.outside_property.records import OutsideUnit
from marketplace_core.domain.outside_property.tickets import OutsideTicket
from marketplace_core.domain.party import UnitKind
from marketplace_core.domain.register import TICKETS
from marketplace_core.errors import PartnerUnavailable
from marketplace_core.ports.outside_property.ticket_sink import TicketSink
from marketplace_core.ports.tickets import TicketDecision
from marketplace_core.services.maintenance.pushing import PushTickets
from marketplace_core.services.maintenance.syncing import SyncTickets
from marketplace_core.services.maintenance.taking import TakeTicket
from marketplace_core.services.maintenance.working import ChangeTicket, CommentOnTicket, OpenTicket
from marketplace_core.services.memory_outside_property import MemorySyncProgress
from marketplace_core.testing.clocks import FixedClock
from marketplace_core.testing.life import BookStore, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks
from marketplace_core.testing.outside_property import BEGINNING, MemoryOutsideProperties

T = TypeVar("T")
MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process ends here."""


class LossySink(TicketSink):
    """A sink whose answers a test can lose, or which never hears what it is told."""

    def __init__(self, system: MemoryOutsideProperties) -> None:
        """Pass everything on."""
        self.system = system
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.deny_comments: Callable[[], None] = lambda: None

    @override
    def set_status(
        self, external_id: str, status: TicketStatus, *, reason: str = "", deferred_until: datetime | None = None
    ) -> OutsideTicket:
        return self._passed(
            lambda: self.system.set_status(external_id, status, reason=reason, deferred_until=deferred_until)
        )

    @override
    def add_comment(self, external_id: str, text: str) -> str:
        self.deny_comments()
        return self._passed(lambda: self.system.add_comment(external_id, text))

    def _passed(self, call: Callable[[], T]) -> T:
        self.before()
        answer = call()
        self.after()
        return answer

    def lose_next_answer(self) -> None:
        """What is asked for next is done, and no answer comes."""

        def lose() -> None:
            self.after = lambda: None
            raise PartnerUnavailable("no answer came")

        self.after = lose


class KillableTickets(BookStore, Protocol):
    """A store where a process may end just before or after a ticket is written."""

    at_write: Callable[[str], None]


class KillableBooks(MemoryBooks):
    """Books where a process may end just before or after a ticket is written."""

    def __init__(self) -> None:
        """Nobody is killed."""
        super().__init__()
        self.at_write: Callable[[str], None] = lambda _: None

    @override
    def change_ticket(
        self,
        portfolio_id: PortfolioId,
        ticket_id: TicketId,
        decide: TicketDecision,
        *,
        dry_run: bool = False,
    ) -> TicketFile:
        self.at_write("before")
        done = super().change_ticket(portfolio_id, ticket_id, decide, dry_run=dry_run)
        self.at_write("after")
        return done


@define
class House:
    """Both sides, with a clock each: ours and theirs, which may differ."""

    store: KillableTickets = field(factory=KillableBooks)
    outside: MemoryOutsideProperties = field(factory=MemoryOutsideProperties)
    clock: FixedClock = field(factory=lambda: FixedClock(BEGINNING))
    skew: timedelta = timedelta()
    progress: MemorySyncProgress = field(factory=MemorySyncProgress)
    life: PortfolioLife = field(init=False)
    sink: LossySink = field(init=False)
    house_id: str = field(init=False)
    commands: int = 0

    def __attrs_post_init__(self) -> None:
        """Open the book, with unit u1 linked to the flat A1 there."""
        self.life = PortfolioLife(self.store).opened()
        self.sink = LossySink(self.outside)
        units = [OutsideUnit(UnitKind.FLAT, label) for label in ("A1", "A2")]
        self.house_id = self.outside.by_hand.add_property("Block A", "Ngong Road", units)
        for kind, theirs, ours in (("property", self.house_id, "block"), ("unit", f"{self.house_id}:flat:A1", "u1")):
            link = ExternalLinked(self.life.portfolio_id, "condo", kind, theirs, ours)
            self.store.record(self.life.command(), [link])

    @property
    def take(self) -> TakeTicket:
        """How one is taken."""
        return TakeTicket(self.store, self.store, self.clock, "condo")

    def sync(self, page: int = 2, *, whole: bool = False, accept_gone: bool = False) -> None:
        """Read what changed there, a second later: runs are told apart by when they began."""
        self.wait(timedelta(seconds=1))
        parts = (self.outside, self.take, self.store, self.progress, self.clock)
        SyncTickets(*parts, page=page, accept_gone=accept_gone)(self.life.portfolio_id, whole=whole)

    def push(self) -> dict[str, int]:
        """Tell what changed here."""
        push = PushTickets(self.outside, self.sink, self.take, self.store, self.clock)
        return dict(push(self.life.portfolio_id))

    def add_there(self, label: str = "A1") -> str:
        """Somebody there opens a ticket of a flat; its id."""
        return self.outside.by_hand.add_ticket(self.house_id, UnitKind.FLAT, label)

    def wait(self, by: timedelta = MINUTE) -> None:
        """Let time pass on both sides."""
        self.clock.instant += by
        self.outside.by_hand.move_to(max(self.outside.now, self.clock.instant + self.skew))

    def command(self, actor: str = "person:asha") -> Command:
        """The next command of somebody here, now."""
        self.commands += 1
        return evolve(
            self.life.command(), command_id=CommandId(f"h{self.commands}"), actor=actor, recorded_at=self.clock.now()
        )

    @property
    def change(self) -> ChangeTicket:
        """Changes tickets."""
        return ChangeTicket(self.store)

    @property
    def comment(self) -> CommentOnTicket:
        """Writes to tickets."""
        return CommentOnTicket(self.store)

    @property
    def open(self) -> OpenTicket:
        """Opens tickets."""
        return OpenTicket(self.store, self.store)

    def files(self) -> list[TicketFile]:
        """Every file, by number."""
        page = self.store.page(Reach(self.life.portfolio_id, is_whole=True), TICKETS)
        found = [self.store.ticket_file(self.life.portfolio_id, it.ticket.ticket_id) for it in page.entries]
        return sorted(found, key=lambda it: it.ticket.number)

    def file(self) -> TicketFile:
        """The only file."""
        (found,) = self.files()
        return found

    def told(self, external_id: str = "ticket-00001") -> OutsideTicket:
        """A ticket as it stands there."""
        found = self.outside.ticket(external_id)
        assert found is not None
        return found
