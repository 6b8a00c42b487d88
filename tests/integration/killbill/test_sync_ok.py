"""`billing_sync_ok` on the real Kill Bill: false for each fault and each silent edit, true again once it is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve
from tests.fixtures.faults import Fault, Rule
from tests.fixtures.killbill_places import connection
from tests.fixtures.killbill_proofs import Proof, engine_by, proven

from marketplace_adapters.killbill.catalog import catalog_xml
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.domain.jobs import Failure, JobRequest
from marketplace_core.domain.outside_engine.agreement import Verdict
from marketplace_core.ports.outside_engine.engine import OutsideEngine
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.outside_engine.checking import CheckEngine
from marketplace_core.services.outside_engine.watch import WatchEngine

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Server, Tenant
    from tests.fixtures.databases import Database
    from tests.fixtures.fault_proxy import FaultProxy

pytestmark = [pytest.mark.killbill, pytest.mark.postgres]

TODAY: Final = date(2027, 8, 1)
MINUTE: Final = timedelta(minutes=1)
CATALOG: Final = "/catalog/xml"


@pytest.fixture
def proof(
    killbill_clock: Server, killbill_tenant: Tenant, fresh_database: Database, killbill_proxy: FaultProxy
) -> Iterator[Proof]:
    """Give two leases whose books agree, as a clean full pass has seen, and the proxy on the way."""
    way = evolve(
        connection(killbill_clock, killbill_tenant), url=killbill_proxy.url, timeout_seconds=5.0, cooldown_seconds=0.01
    )
    with proven(killbill_clock, killbill_tenant, fresh_database, TODAY, way, timeout=5.0, quiet=6.0) as given:
        given.life.opened(2)
        for n in (1, 2):
            given.life.let(n, 10_000, TODAY.isoformat())
        given.settle(["l1", "l2"])
        assert given.full_pass() == 0
        assert given.engine.watch()().is_ok
        yield given


def watched(proof: Proof, way: OutsideEngine | None = None) -> Verdict:
    """What is said after the watch has run twice, a minute apart: two minutes after a fault at most."""
    watch = proof.engine.watch()
    if way is not None:
        assert isinstance(watch, WatchEngine)
        watch = evolve(watch, check=CheckEngine(way.care, watch.check.ours))
    proof.clock.show(proof.clock.now() + MINUTE)
    watch()
    proof.clock.show(proof.clock.now() + MINUTE)
    return watch()


def test_a_server_that_is_down(proof: Proof, killbill_proxy: FaultProxy) -> None:
    """False while nobody answers, naming it; true once it answers again."""
    with killbill_proxy.refusing():
        found = watched(proof)
        assert not found.is_ok
        assert "reachable" in found.reason
    assert watched(proof).is_ok


@pytest.mark.parametrize("wrong", [{"password": "guessed"}, {"api_secret": "guessed"}])
def test_credentials_that_are_refused(proof: Proof, wrong: dict[str, str]) -> None:
    """False for a wrong password and for another tenant's secret; true with the right ones."""
    way = engine_by(evolve(proof.place.client.server, **wrong))  # type: ignore[arg-type]
    found = watched(proof, way)
    assert (found.is_ok, "guessed" in found.reason) == (False, False)
    assert "killbill." in found.reason
    way.reading.client.close()  # type: ignore[attr-defined]
    assert watched(proof).is_ok


def test_a_catalog_that_was_changed(proof: Proof) -> None:
    """False once a version of the catalog has a price of its own; true once ours is the last again."""
    ours = catalog_xml(proof.place.client.server)
    other = ours.replace("2000-01-01", "2000-01-02").replace("<value>0.00</value>", "<value>1000.00</value>")
    proof.place.client.done("POST", CATALOG, other)
    found = watched(proof)
    assert not found.is_ok
    assert "costs KES 1000.00" in found.reason
    proof.place.client.done("POST", CATALOG, ours.replace("2000-01-01", "2000-01-03"))
    assert watched(proof).is_ok


def test_a_callback_that_is_gone(proof: Proof) -> None:
    """False where Kill Bill tells nobody any more; true once it is registered again."""
    held = proof.place.client.get("/tenants/registerNotificationCallback").fields().texts("values")
    proof.asked.post("/tenants/registerNotificationCallback", None, "DELETE")
    found = watched(proof)
    assert not found.is_ok
    assert "callback" in found.reason
    proof.engine.care().set_up(held[0])
    assert watched(proof).is_ok


def test_something_sent_that_is_not_known_to_be_done(proof: Proof, killbill_proxy: FaultProxy) -> None:
    """False once it has been open for longer than the patience, within two minutes; true once it is settled."""
    killbill_proxy.script.replace(Rule(Fault.SERVER_ERROR, "POST", r"/invoices/charges/"))
    once = OneOffCharge(ChargeId("once"), ChargeKind.REPAIR, proof.life.money(100), TODAY, "Lock")
    ChangeLease(proof.store.ports).charge(proof.life.command(), LeaseId("l1"), once, at_once=True)
    proof.sync("l1")
    found = watched(proof)
    assert not found.is_ok
    assert "not known to be done" in found.reason
    killbill_proxy.script.replace()
    proof.settle(["l1"])
    assert proof.full_pass() == 0
    assert watched(proof).is_ok


def test_a_job_that_died(proof: Proof) -> None:
    """False while a job of the engine is a dead letter; true once somebody has seen to it."""
    work, due = proof.work, datetime.now(UTC) - MINUTE
    job_id = work.enqueue(JobRequest("engine-sync", "engine-sync/x", due, proof.life.portfolio_id))
    attempt = work.claim(work.enlist(), ["engine-sync"])
    assert attempt is not None
    work.bury(attempt, Failure("RuleViolation", "no such lease"))
    found = watched(proof)
    assert not found.is_ok
    assert "failed for good" in found.reason
    work.discard(job_id)
    assert watched(proof).is_ok


Edit = Callable[[Proof], None]


def adjusted(proof: Proof) -> None:
    """A person takes 40 shillings off an item."""
    invoice = next(it for it in proof.asked.invoices(proof.key("l1")) if it["amount"])
    item = invoice["items"][0]
    row = {"accountId": invoice["accountId"], "invoiceItemId": item["invoiceItemId"], "amount": 40, "currency": "KES"}
    proof.asked.post(f"/invoices/{invoice['invoiceId']}", row)


def credited(proof: Proof) -> None:
    """A person gives credit."""
    account_id = proof.asked.account(proof.key("l1"))["accountId"]
    row = {"accountId": account_id, "amount": 55, "currency": "KES", "description": "goodwill"}
    proof.asked.post("/credits?autoCommit=true", [row])


@pytest.mark.parametrize("edit", [adjusted, credited], ids=["adjusted", "credited"])
def test_what_was_given_silently(proof: Proof, edit: Edit) -> None:
    """Nobody here decided it: false within one pass, to the cent; repaired and passed again, true."""
    edit(proof)
    assert proof.full_pass() > 0
    assert not proof.engine.judge()().is_ok
    assert proof.drift()
    proof.engine.repair()()
    assert (proof.full_pass(), proof.drift()) == (0, [])
    assert proof.engine.judge()().is_ok
    assert proof.asked.balance(proof.key("l1")) == 10_000


def charged(proof: Proof) -> None:
    """A person charges the lease."""
    proof.charge_there("l1", 70)


def paid(proof: Proof) -> None:
    """A person records money."""
    proof.pay_there("l1", 90)


def voided(proof: Proof) -> None:
    """A person voids the rent."""
    invoice = next(it for it in proof.asked.invoices(proof.key("l1")) if it["amount"])
    proof.asked.post(f"/invoices/{invoice['invoiceId']}/voidInvoice", None, "PUT")


SILENT: Final = [
    (charged, 10_070, "a charge of KES 70.00 made by hand in the billing engine on lease {} (by hand)"),
    (paid, 9_910, "a payment of KES 90.00 made by hand in the billing engine on lease {}"),
    (voided, 0, "a void of KES 10,000.00 made by hand in the billing engine on lease {}"),
]


@pytest.mark.parametrize(("edit", "owed", "words"), SILENT)
def test_what_is_followed(proof: Proof, edit: Edit, owed: int, words: str) -> None:
    """A charge, a payment and a void by hand are the engine's to make: one pass follows them, both books agree.

    No hook told of it (none reaches us here), so that pass is red and names it; the next one is green.
    """
    edit(proof)
    assert proof.full_pass() == 1
    found = watched(proof)
    assert not found.is_ok
    assert words.format(proof.key("l1")) in found.reason
    assert (proof.full_pass(), proof.drift()) == (0, [])
    assert watched(proof).reason == ""
    assert proof.asked.balance(proof.key("l1")) == owed
    nets = {it.lease_id: it.net_minor for it in proof.store.ports.nets(proof.life.portfolio_id)}
    assert nets[LeaseId("l1")] == owed * 100


def test_a_pass_that_is_too_old(proof: Proof) -> None:
    """True up to the configured age of the last clean pass, false a second later, true after the next one."""
    proof.clock.show(proof.clock.now() + timedelta(hours=25, minutes=50))
    assert proof.engine.watch()().is_ok
    proof.clock.show(proof.clock.now() + timedelta(minutes=11))
    found = proof.engine.watch()()
    assert not found.is_ok
    assert "longer ago" in found.reason
    assert proof.full_pass() == 0
    assert proof.engine.watch()().is_ok
