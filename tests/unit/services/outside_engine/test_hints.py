"""What the engine posts is a hint: repeated, reordered, forged or lost, both books come to the same in the end."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from tests.unit.services.outside_engine.desk import Desk, away

from marketplace_core.domain.hooks import HookState
from marketplace_core.domain.jobs import JobRequest, JobState
from marketplace_core.domain.outside_engine.agreement import PassStage
from marketplace_core.services.outside_engine.jobs import ENGINE_PASSES
from marketplace_core.testing.outside_engine.faults import no_faults


def hint(account: object, event: str = "INVOICE_CREATION") -> bytes:
    """A body as Kill Bill posts it."""
    told = {"eventType": event, "accountId": account, "objectType": "INVOICE", "objectId": "x", "metaData": None}
    return json.dumps(told).encode()


def lived() -> Desk:
    """Three leases whose books agreed; then the engine billed a month: two were paid there, one is void there."""
    desk = Desk(3)
    desk.settle()
    desk.move_to("2026-02-01")
    for number in (1, 2):
        unpaid = next(it for it in desk.theirs(number).invoices if it.balance.is_positive)
        desk.engine.by_hand.pay(unpaid.invoice_id, unpaid.balance, f"till {number}")
    desk.engine.by_hand.void(max(desk.theirs(3).invoices, key=lambda it: int(it.number)).invoice_id)
    return desk


def bodies(desk: Desk) -> list[bytes]:
    """What is posted of it, and what somebody forges who knows the address."""
    true = [hint(desk.theirs(n).account.account_id, event) for n in (1, 2, 3) for event in ("A", "B", "C")]
    stranger = desk.engine.by_hand.open_account("no lease/of/ours")
    forged = [hint(it) for it in ("nobody", stranger, "../../x", 7, None, "x" * 500)]
    return [
        *true,
        *true,
        *forged,
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 3000,
        hint("account-000001", "INVOICE_PAYMENT_SUCCESS"),
    ]


def test_hints_in_any_order_give_one_books_hash() -> None:
    """In 200 orders, each with repeats and forged ones; the same as one full pass gives when every hint is lost."""
    lost = lived()
    bodies(lost)
    lost.clock.instant += timedelta(hours=40)
    before = lost.books_hash()
    lost.full_pass()
    lost.settle()
    expected = lost.books_hash()
    assert expected != before
    dice = random.Random(5)
    for _ in range(200):
        desk = lived()
        found = bodies(desk)
        dice.shuffle(found)
        for body in found:
            desk.post(body)
            if dice.random() < 0.2:
                desk.run_next(desk.worker_id)
        desk.work_all()
        assert desk.books_hash() == expected


def test_hints_of_a_lease_ask_for_one_look() -> None:
    """However many came before it."""
    desk = lived()
    for _ in range(20):
        desk.post(hint(desk.theirs(1).account.account_id))
    for _ in range(20):
        desk.run_next(desk.worker_id, ["engine-hook"])
    waiting = [it.request for it in desk.work.jobs(JobState.WAITING) if it.request.kind == "engine-sync"]
    assert [(it.key, it.line) for it in waiting] == [("engine-sync/p1/l1/hint", "book/p1")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", hint("nobody"), hint(5), hint("a/b"), hint("x" * 100)])
def test_what_is_forged_is_refused_and_asks_for_nothing(body: bytes) -> None:
    """It is kept with the reason, and is no dead job."""
    desk = lived()
    before = desk.books_hash()
    desk.post(body)
    desk.work_all()
    assert len(desk.work.hooks(HookState.REFUSED)) == 1
    assert desk.work.jobs(JobState.DEAD) == ()
    assert desk.books_hash() == before


def test_an_account_that_looks_like_a_lease_of_ours_is_refused() -> None:
    """Its key has the right form, and no such lease is here."""
    desk = lived()
    desk.post(hint(desk.engine.by_hand.open_account("p1/l99")))
    desk.work_all()
    assert len(desk.work.hooks(HookState.REFUSED)) == 1


def test_a_hint_about_no_account_is_read_and_forgotten() -> None:
    """Such as one of the tenant's settings."""
    desk = lived()
    desk.post(hint(None, "TENANT_CONFIG_CHANGE"))
    desk.work_all()
    assert [it.reason for it in desk.work.hooks(HookState.PROCESSED)] == ["about no account"]


def test_a_hint_waits_while_the_engine_does_not_answer() -> None:
    """It is tried again, and nothing of it is lost."""
    desk = lived()
    desk.post(hint(desk.theirs(1).account.account_id))
    desk.line.reading = away
    desk.run_next(desk.worker_id)
    assert len(desk.work.hooks(HookState.KEPT)) == 1
    desk.line.reading = no_faults
    desk.work_all()
    assert desk.work.hooks(HookState.KEPT) == ()
    assert not [it for it in desk.sync.compare(desk.key(1)) if it.is_drift]


def test_a_pass_by_jobs_goes_on_in_the_next_job() -> None:
    """Until it is at its end."""
    desk = lived()
    desk.work.enqueue(JobRequest(ENGINE_PASSES, ENGINE_PASSES, desk.clock.now()))
    desk.work_all()
    (found,) = desk.records.passes()
    assert (found.stage, found.checked) == (PassStage.DONE, 3)
