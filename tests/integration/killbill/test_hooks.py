"""What the real Kill Bill posts is a hint: repeated, reordered, forged or dropped, our books come to the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Final

import pytest
from tests.fixtures.bulk_books import make_tables
from tests.fixtures.killbill_proofs import Proof, proven
from typing_extensions import override

from marketplace_core.domain.codec import canonical
from marketplace_core.domain.hooks import HookId, HookRoute, RouteId, token_digest
from marketplace_core.services.payment_hooks import KeepHook
from marketplace_core.services.run_jobs import RunNextJob
from marketplace_entrypoints.composition import wired
from marketplace_entrypoints.worker.engine_kinds import EngineKinds

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Server, Tenant
    from tests.fixtures.databases import Database

pytestmark = [pytest.mark.killbill, pytest.mark.postgres]

TODAY: Final = date(2026, 8, 1)
NEXT: Final = date(2026, 9, 1)
TOKEN: Final = "e" * 43
CALLBACK: Final = "/tenants/registerNotificationCallback"


@contextmanager
def heard(proof: Proof) -> Generator[list[bytes]]:
    """Bodies as Kill Bill posts them of the tenant, while the block runs."""
    bodies: list[bytes] = []

    class Hearing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hearing)
    Thread(target=server.serve_forever, daemon=True).start()
    before = proof.place.client.get(CALLBACK).fields().texts("values")
    proof.asked.post(CALLBACK, None, "DELETE")
    proof.engine.care().set_up(f"http://127.0.0.1:{server.server_port}/hooks/killbill/{TOKEN}")
    try:
        yield bodies
    finally:
        proof.asked.post(CALLBACK, None, "DELETE")
        proof.engine.care().set_up(before[0])
        server.shutdown()
        server.server_close()


@pytest.fixture
def proofs(
    killbill_clock: Server, make_killbill_tenant: Callable[[], Tenant], postgres_server: Database
) -> Iterator[list[Proof]]:
    """Give three tenants with books of ours, and the same two leases in each."""
    from tests.fixtures.databases import new_database  # noqa: PLC0415 - needs psycopg

    with ExitStack() as stack:
        given: list[Proof] = []
        for _ in range(3):
            database = stack.enter_context(new_database(postgres_server, make_tables))
            given.append(stack.enter_context(proven(killbill_clock, make_killbill_tenant(), database, TODAY)))
        for proof in given:
            proof.life.opened(2)
            for n in (1, 2):
                proof.life.let(n, 10_000 + n, TODAY.isoformat())
            proof.settle(["l1", "l2"])
            route = HookRoute(RouteId("engine"), "killbill", None, None, proof.clock.now())
            proof.work.add_route(route, token_digest(TOKEN))
        yield given


def test_hints_in_any_order_and_none_at_all_give_one_books_hash(proofs: list[Proof]) -> None:
    """Heard in order; repeated, reordered and forged; dropped for 40 hours and then one polling pass: one hash."""
    in_order, disturbed, dropped = proofs
    told: list[list[bytes]] = []
    for proof in proofs:
        with heard(proof) as bodies:
            proof.move_to(NEXT)
            proof.pay_there("l1", 4_000)
            proof.charge_there("l2", 500)
            proof.place.wait()
        told.append(bodies)
        assert {json.loads(it)["eventType"] for it in bodies} >= {"INVOICE_CREATION", "INVOICE_PAYMENT_SUCCESS"}
    before = books_hash(dropped)
    assert books_hash(in_order) == books_hash(disturbed) == before
    posted(in_order, told[0])
    mixed = [*told[1], *told[1], *told[1], *forged(disturbed)]
    random.Random(7).shuffle(mixed)
    posted(disturbed, mixed)
    after = books_hash(in_order)
    assert (after != before, books_hash(disturbed)) == (True, after)
    dropped.show(dropped.clock.now() + timedelta(hours=40))
    assert books_hash(dropped) == before
    found: list[int] = []
    for proof in proofs:
        found.append(proof.full_pass())
        assert (books_hash(proof), proof.drift()) == (after, [])
    assert found == [0, 0, 2], "the payment and the charge of which no hook told, and nothing else"


def test_a_forged_paid_changes_nothing(proofs: list[Proof]) -> None:
    """Whoever knows the address and an account's id says "paid": nobody is credited, neither here nor there."""
    proof = proofs[0]
    before = books_hash(proof), [proof.asked.balance(key) for key in proof.lease_keys()]
    posted(proof, forged(proof))
    assert (books_hash(proof), [proof.asked.balance(key) for key in proof.lease_keys()]) == before


def forged(proof: Proof) -> list[bytes]:
    """Payments that never were, of true accounts, unknown ones and none; and what is no hint at all."""
    accounts = [proof.asked.account(key)["accountId"] for key in proof.lease_keys()]
    paid = {"paymentId": "0" * 36, "amount": 10_001, "currency": "KES", "status": "SUCCESS"}
    told = [
        {
            "eventType": event,
            "accountId": account,
            "objectType": "PAYMENT",
            "objectId": "0203b8f8-682c-4b06-9829-c4b8b9857cc8",
            "metaData": json.dumps(paid),
        }
        for event in ("INVOICE_PAYMENT_SUCCESS", "PAYMENT_SUCCESS")
        for account in (*accounts, "0203b8f8-682c-4b06-9829-c4b8b9857cc8", "../../x", None)
    ]
    return [*(json.dumps(it).encode() for it in told), b"", b"{", b"[]", b"\xff"]


def posted(proof: Proof, bodies: Sequence[bytes]) -> None:
    """Bodies that arrive, and every job that follows, done by a worker."""
    keep = KeepHook(proof.work, proof.clock)
    for n, body in enumerate(bodies):
        keep(TOKEN, HookId(f"hook-{proof.clock.now().isoformat()}-{n}"), body, {})
    container = wired(proof.settings, proof.store.ports, proof.clock)
    handlers = EngineKinds(proof.store, container, proof.engine).handlers()
    run_next = RunNextJob(proof.work, proof.clock, handlers, lambda: 0.5)
    worker = proof.work.enlist()
    while run_next(worker) is not None:
        pass


def books_hash(proof: Proof) -> str:
    """One hash of what our books say of money: numbers in the order of recording and ids of theirs are left out."""
    rows: list[object] = []
    for account in proof.store.ports.accounts(proof.life.portfolio_id):
        invoices = sorted(
            [it.kind, str(it.period), it.amount.amount_minor, str(it.due_date), account.is_void(it.invoice_id)]
            for it in account.invoices
        )
        credits_ = sorted(
            [it.source, it.amount.amount_minor, str(it.value_date), str(it.ended_on)] for it in account.credits
        )
        paid = sorted([it.amount.amount_minor, str(it.value_date)] for it in account.standing_allocations())
        rows.append([account.lease.lease_id, invoices, credits_, paid])
    return blake2b(canonical(rows).encode()).hexdigest()
