"""What a provider posts is kept whatever it is, and read once into the inbox of payments."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import RLock
from typing import Any

import pytest

from marketplace_adapters.statements import MpesaC2bHooks
from marketplace_core.domain.hooks import HookId, HookRoute, HookState, RouteId, token_digest
from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId
from marketplace_core.domain.jobs import Job, JobState
from marketplace_core.domain.reference import issue_reference
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.services.corrections import ReversePayment
from marketplace_core.services.memory_work import MemoryWork
from marketplace_core.services.payment_hooks import (
    ACCEPTED,
    REJECTED,
    AnswerValidation,
    KeepHook,
    ReceivePaymentHook,
    ValidationRule,
)
from marketplace_core.services.payments import ImportPayments
from marketplace_core.services.routing import RouteReports
from marketplace_core.services.run_jobs import JobOutcome, RunNextJob
from marketplace_core.testing.clocks import StepClock
from marketplace_core.testing.life import PAYBILL, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

TOKEN = "t" * 43
READERS = {"mpesa-c2b": MpesaC2bHooks()}


def callback(**changed: Any) -> bytes:  # noqa: ANN401 - a body may have anything
    """A confirmation as M-Pesa posts it."""
    body = {
        "TransactionType": "Pay Bill",
        "TransID": "TK60708BHZ",
        "TransTime": "20251106230212",
        "TransAmount": "1.00",
        "BusinessShortCode": PAYBILL.number,
        "BillRefNumber": "UM001",
        "OrgAccountBalance": "41880264.80",
        "ThirdPartyTransID": "",
        "MSISDN": "254722000111",
        "FirstName": "JANE",
        "MiddleName": "",
        "LastName": "DOE",
    }
    return json.dumps({**body, **changed}).encode()


class Desk:
    """A book with a route, a queue, and a worker."""

    def __init__(self) -> None:
        """Open a portfolio that collects in a paybill."""
        self.books = MemoryBooks()
        self.life = PortfolioLife(self.books).opened()
        self.clock = StepClock(datetime(2025, 11, 7, tzinfo=UTC))
        self.work = MemoryWork(self.clock, RLock())
        own, account = self.life.portfolio_id, CollectionAccountId(PAYBILL.collection_account_id)
        self.work.add_route(HookRoute(RouteId("r1"), "mpesa-c2b", own, account, self.clock.now()), token_digest(TOKEN))
        self.keep = KeepHook(self.work, self.clock)
        books = self.books
        route = RouteReports(books, books, books)
        imports = ImportPayments(books, ReversePayment(books, books), route)
        self.receive = ReceivePaymentHook(self.work, self.work, books, imports, READERS, self.clock, "service:worker")
        self.worker_id = self.work.enlist()

    def post(self, name: str, body: bytes) -> JobOutcome:
        """Post a body and let the worker read it."""
        self.keep(TOKEN, HookId(name), body, {"Cookie": "secret", "User-Agent": "x"})
        return self.read()

    def read(self) -> JobOutcome:
        """Let the worker do the next job of a payment hook."""
        run = RunNextJob(self.work, self.clock, {"payment-hook": self.receive}, lambda: 0.0)
        found = run(self.worker_id, ["payment-hook"])
        assert found is not None
        return found.outcome

    def amounts(self) -> list[str]:
        """What the book has received."""
        return [str(it.amount) for it in self.books.payments(self.life.portfolio_id)]

    def dead(self) -> tuple[Job, ...]:
        """The dead letters."""
        return self.work.jobs(JobState.DEAD)


@pytest.fixture
def desk() -> Desk:
    """Give a desk."""
    return Desk()


def test_a_confirmation_becomes_a_payment_once(desk: Desk) -> None:
    """However often it is posted; a reconciliation waits afterwards, once."""
    for n in range(3):
        assert desk.post(f"h{n}", callback()) is JobOutcome.DONE
    assert desk.amounts() == ["KES 1.00"]
    assert {it.reason for it in desk.work.hooks(HookState.PROCESSED)} == {"TK60708BHZ"}
    assert [it.request.kind for it in desk.work.jobs(JobState.WAITING)] == ["reconcile"]


def test_another_amount_of_a_known_transaction_is_a_contradiction(desk: Desk) -> None:
    """It is recorded and said, and stands among what was refused; the payment stays as it was first told."""
    desk.post("h1", callback())
    assert desk.post("h2", callback(TransAmount="2.00")) is JobOutcome.DONE
    assert desk.amounts() == ["KES 1.00"]
    assert [it.hook_id for it in desk.work.hooks(HookState.REFUSED)] == ["h2"]
    assert "contradicts" in desk.work.hook(HookId("h2"))[0].reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        callback(TransAmount="NaN"),
        callback(OrgAccountBalance=""),
        callback(BusinessShortCode="1"),
    ],
)
def test_what_cannot_be_used_is_kept_and_refused(desk: Desk, body: bytes) -> None:
    """The body stays to the byte, its reason is said, the job is a dead letter, no money is written."""
    assert desk.post("h1", body) is JobOutcome.DEAD
    (hook,) = desk.work.hooks(HookState.REFUSED)
    assert hook.body == body
    assert hook.reason
    assert len(desk.dead()) == 1
    assert desk.amounts() == []


def test_a_refused_hook_can_be_read_again(desk: Desk) -> None:
    """By a new job, as soon as what was wrong is mended."""
    desk.post("h1", callback(BusinessShortCode="1"))
    desk.receive.replay(HookId("h1"))
    assert desk.read() is JobOutcome.DEAD


def test_only_some_headers_are_kept(desk: Desk) -> None:
    """Never cookies."""
    desk.post("h1", callback())
    assert dict(desk.work.hook(HookId("h1"))[0].headers) == {"user-agent": "x"}


@pytest.mark.parametrize("token", ["", "x", "u" * 43])
def test_an_unknown_token_lets_nothing_in(desk: Desk, token: str) -> None:
    """Neither for keeping nor for asking."""
    with pytest.raises(NotFound):
        desk.keep(token, HookId("h1"), callback(), {})
    with pytest.raises(NotFound):
        AnswerValidation(desk.work, READERS, desk.books, desk.books)(token, callback())


def test_a_body_above_the_bound_is_refused(desk: Desk) -> None:
    """Before it is kept."""
    with pytest.raises(InvalidInput, match="at most"):
        desk.keep(TOKEN, HookId("h1"), b"x" * 1_000_001, {})


def test_validation_follows_the_rule(desk: Desk) -> None:
    """All is let pass by default; with the other rule only what names a lease's reference, or cannot be read."""
    reference = issue_reference(desk.life.portfolio_id, LeaseId("l1"))
    desk.life.let(reference=reference)
    known, other = (callback(BillRefNumber=it, OrgAccountBalance="") for it in (reference, "UM001"))
    before = desk.life.state()
    everything = AnswerValidation(desk.work, READERS, desk.books, desk.books)
    strict = AnswerValidation(desk.work, READERS, desk.books, desk.books, ValidationRule.KNOWN_REFERENCES)
    assert [everything(TOKEN, it) for it in (known, other, b"{")] == [ACCEPTED] * 3
    assert [strict(TOKEN, it) for it in (known, other, b"{")] == [ACCEPTED, REJECTED, ACCEPTED]
    assert desk.life.state() == before
