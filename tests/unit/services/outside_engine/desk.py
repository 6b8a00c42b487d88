"""A portfolio, a fake engine on a line that may be bad, and every use case between them, on one clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from threading import RLock

from marketplace_core.domain.codec import canonical
from marketplace_core.domain.hooks import HookId, HookRoute, RouteId, token_digest
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.outside_engine.records import AccountKey, TheirBooks
from marketplace_core.services.corrections import ReversePayment
from marketplace_core.services.memory_engine_records import MemoryEngineRecords
from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.services.outside_engine.checking import CheckEngine
from marketplace_core.services.outside_engine.compare_lease import CompareLease
from marketplace_core.services.outside_engine.full_pass import RunFullPass
from marketplace_core.services.outside_engine.hints import ReceiveHint
from marketplace_core.services.outside_engine.ingest_lease import IngestLease
from marketplace_core.services.outside_engine.jobs import ENGINE_PASSES, PassByJob, SyncByJob
from marketplace_core.services.outside_engine.lease_view import ViewLease
from marketplace_core.services.outside_engine.notice_by_hand import NoticeByHand
from marketplace_core.services.outside_engine.our_books import KnowOurBooks
from marketplace_core.services.outside_engine.repair import RepairDifferences
from marketplace_core.services.outside_engine.send_step import SendStep
from marketplace_core.services.outside_engine.sync_lease import LeaseSynced, SyncLease
from marketplace_core.services.outside_engine.watch import JudgeEngine, WatchEngine
from marketplace_core.services.payment_hooks import KeepHook
from marketplace_core.services.payments import ImportPayments
from marketplace_core.services.run_jobs import Handler, RunNextJob
from marketplace_core.testing.clocks import FixedClock
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks
from marketplace_core.testing.outside_engine import Fault, FaultKind, FaultyEngine, MemoryOutsideEngine
from marketplace_entrypoints.store import EveryEngineRecord, EveryPort

TOKEN = "e" * 43
QUIET = timedelta(seconds=120)


def away(_: int) -> Fault:
    """Nobody answers."""
    return Fault(FaultKind.UNAVAILABLE)


def away_after_five(number: int) -> Fault | None:
    """Nobody answers from the sixth call on."""
    return away(number) if number > 5 else None


class Desk:
    """Leases l1, l2, … that the engine bills; noon of the engine's day is the time, until it is moved."""

    def __init__(
        self,
        leases: int = 3,
        page: int = 2,
        books: EveryPort | None = None,
        records: EveryEngineRecord | None = None,
    ) -> None:
        """Let so many units from 1 January 2026, in memory or in other books."""
        self.books = books or MemoryBooks()
        self.life = PortfolioLife(self.books).opened(leases)
        for number in range(1, leases + 1):
            self.life.let(number, 10_000 + number, deposit=self.life.money(5_000))
        self.engine = MemoryOutsideEngine(date(2026, 1, 1))
        self.line = FaultyEngine(self.engine)
        self.clock = FixedClock(datetime(2026, 1, 1, 9, tzinfo=UTC))
        self.records = records or MemoryEngineRecords(RLock())
        self.work = MemoryWork(self.clock, RLock())
        books, line = self.books, self.line
        self.ours = KnowOurBooks(self.engine, books, books, self.clock)
        self.view = ViewLease(line, books, books, books, self.records, books, self.clock, ours=self.ours)
        imports = ImportPayments(books, ReversePayment(books, books))
        self.send = SendStep(line, self.records, self.clock, quiet=QUIET)
        notice = NoticeByHand(self.records, self.work, self.work, self.clock)
        ingest = IngestLease(books, books, self.view, imports, notice)
        self.sync = SyncLease(ingest, self.send, CompareLease(self.view, self.records))
        self.judge = JudgeEngine(self.records, self.clock)
        self.watch = WatchEngine(CheckEngine(self.engine, self.ours), self.records, self.work, self.clock, self.judge)
        self.repair = RepairDifferences(self.sync)
        self.run_pass = RunFullPass(self.records, books, self.sync, page)
        self.receive = ReceiveHint(self.work, self.work, line, books, self.clock)
        self.keep = KeepHook(self.work, self.clock)
        route = HookRoute(RouteId("engine"), "killbill", None, None, self.clock.now())
        self.work.add_route(route, token_digest(TOKEN))
        handlers: dict[str, Handler] = {
            "engine-hook": self.receive,
            "engine-sync": SyncByJob(self.sync, self.work),
            ENGINE_PASSES: PassByJob(self.run_pass, self.work, self.clock),
        }
        self.run_next = RunNextJob(self.work, self.clock, handlers, lambda: 0.5)
        self.worker_id = self.work.enlist()
        self.hooks = 0

    def key(self, number: int = 1) -> AccountKey:
        """The key of a lease."""
        return AccountKey(self.life.portfolio_id, LeaseId(f"l{number}"))

    def all_keys(self) -> list[AccountKey]:
        """Every lease's."""
        own = self.life.portfolio_id
        return [AccountKey(own, it.lease_id) for it in self.books.leases(own)]

    def sync_all(self) -> list[LeaseSynced]:
        """Bring each lease together."""
        return [self.sync(key) for key in self.all_keys()]

    def settle(self, tries: int = 60) -> None:
        """Bring each lease together until nothing waits; what is late arrives within the quiet period."""
        for _ in range(tries):
            told = self.sync_all()
            if not any(it.again_at for it in told):
                return
            self.line.arrive()
            self.clock.instant += max(QUIET, self.send.patience)
        raise AssertionError("something waits for ever")

    def move_to(self, day: str) -> None:
        """Let days pass, here and there."""
        self.engine.move_to(date.fromisoformat(day))
        self.clock.instant = datetime.fromisoformat(f"{day}T09:00:00+00:00")

    def theirs(self, number: int = 1) -> TheirBooks:
        """What stands there of a lease."""
        found = self.engine.books_of(self.key(number))
        assert found is not None
        return found

    def full_pass(self) -> None:
        """A whole pass."""
        ended = self.run_pass(f"pass-{self.clock.now().isoformat()}-{len(self.records.passes(1000))}")
        assert ended.ended_at is not None

    def work_all(self) -> None:
        """Do every job that is due, and those that come to be due within an hour."""
        until = self.clock.now() + timedelta(hours=1)
        while self.clock.now() < until:
            if self.run_next(self.worker_id) is None:
                self.clock.instant += timedelta(minutes=1)

    def post(self, body: bytes) -> None:
        """The engine, or somebody who knows the address, posts."""
        self.hooks += 1
        self.keep(TOKEN, HookId(f"hook-{self.hooks}"), body, {})

    def books_hash(self) -> str:
        """One hash of what both books say of money, whatever the order in which it was recorded."""
        own = self.life.portfolio_id
        rows: list[object] = []
        for account in self.books.accounts(own):
            invoices = sorted(
                (it.invoice_id, it.amount.amount_minor, str(it.issue_date), account.is_void(it.invoice_id))
                for it in account.invoices
            )
            credits_ = sorted(
                (it.source, it.source_id, it.amount.amount_minor, str(it.ended_on)) for it in account.credits
            )
            rows.append([account.lease.lease_id, [list(it) for it in invoices], [list(it) for it in credits_]])
        rows += [[str(key), str(self.engine.books_of(key))] for key in self.all_keys()]
        return blake2b(canonical(rows).encode()).hexdigest()
