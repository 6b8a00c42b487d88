"""Between us and the real Kill Bill calls fail in every way: nothing is done twice, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve
from tests.conftest import Scale
from tests.fixtures.faults import Fault, Rule
from tests.fixtures.killbill_places import connection
from tests.fixtures.killbill_proofs import Proof, proven

from marketplace_adapters.killbill import Client, KillBillWriting
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.days import add_months
from marketplace_core.domain.identifiers import ChargeId, LeaseId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.outside_engine.markers import marker_in, marker_of
from marketplace_core.domain.outside_engine.steps import Charge
from marketplace_core.errors import PartnerUnavailable
from marketplace_core.services.leases import ChangeLease

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Server, Tenant
    from tests.fixtures.databases import Database
    from tests.fixtures.fault_proxy import FaultProxy

pytestmark = [pytest.mark.killbill, pytest.mark.postgres]

TODAY: Final = date(2027, 8, 1)
TIMEOUT_SECONDS, QUIET_SECONDS, LATE_SECONDS = 1.0, 2.5, 0.8
FAULTS: Final = tuple(Fault)
WRITES: Final = {
    "open": ("POST", r"/accounts$"),
    "tag": ("POST", r"/accounts/[^/]+/tags"),
    "resume": ("DELETE", r"/accounts/[^/]+/tags"),
    "subscribe": ("POST", r"/subscriptions\?"),
    "price": ("PUT", r"/subscriptions/[^/]+\?requestedDate"),
    "drop": ("PUT", r"/undoChangePlan"),
    "end": ("DELETE", r"/subscriptions/"),
    "reopen": ("PUT", r"/uncancel"),
    "charge": ("POST", r"/invoices/charges/"),
    "credit": ("POST", r"/credits"),
    "pay": ("POST", r"/invoices/[^/]+/payments"),
    "refund": ("POST", r"/refunds"),
    "charge back": ("POST", r"/chargebacks"),
    "void": ("PUT", r"/voidInvoice"),
}
READS: Final = {
    "account": ("GET", r"/accounts\?externalKey"),
    "subscriptions": ("GET", r"/accounts/[^/]+/bundles"),
    "invoices": ("GET", r"/accounts/[^/]+/invoices"),
    "payments": ("GET", r"/accounts/[^/]+/invoicePayments"),
}
"""Each kind of call: its method and what its address holds."""


@pytest.fixture
def proof(
    killbill_clock: Server, killbill_tenant: Tenant, fresh_database: Database, killbill_proxy: FaultProxy
) -> Iterator[Proof]:
    """Give both books with the proxy between them, in which nothing fails at first."""
    way = evolve(
        connection(killbill_clock, killbill_tenant),
        url=killbill_proxy.url,
        timeout_seconds=TIMEOUT_SECONDS,
        failures_to_open=1_000,
    )
    told = {"timeout": TIMEOUT_SECONDS, "quiet": QUIET_SECONDS}
    with proven(killbill_clock, killbill_tenant, fresh_database, TODAY, way, **told) as given:
        yield given


def rule(fault: Fault, call: tuple[str, str], nth: int | None = None, probability: float = 1.0, seed: int = 0) -> Rule:
    """A fault for calls of a kind; what is late or slow is so beyond the client's patience, not beyond the quiet."""
    method, path = call
    numbers = None if nth is None else (nth,)
    return Rule(fault, method, path, numbers, probability, seed, seconds=LATE_SECONDS)


def test_charges_and_payments_are_counted_once(proof: Proof, killbill_proxy: FaultProxy, scale: Scale) -> None:
    """Half of all charges and payments meet a fault: Kill Bill itself has each of them once. A naive sender doubles."""
    number, leases = {"smoke": (14, 2), "slice": (40, 4), "full": (500, 10)}[scale]
    proof.life.opened(leases)
    ids = [proof.life.let(n, charges=(), start=TODAY.isoformat()) for n in range(1, leases + 1)]
    proof.settle(ids)
    killbill_proxy.script.replace(
        *(rule(fault, WRITES[call], None, 0.1, seed=n) for call in ("charge", "pay") for n, fault in enumerate(FAULTS))
    )
    for n in range(number):
        once = OneOffCharge(ChargeId(f"once-{n}"), ChargeKind.REPAIR, proof.life.money(100), TODAY, "Lock")
        change = ChangeLease(proof.store.ports)
        change.charge(proof.life.command("charge"), ids[n % leases], once, at_once=True)
    proof.settle(ids, tries=200)
    for n in range(number):
        proof.life.give(proof.life.pay(f"T{n}", 100, TODAY.isoformat()), {ids[n % leases]: 100})
    proof.settle(ids, tries=200)
    met = Counter(it.fault for it in killbill_proxy.injected())
    assert set(met) == set(FAULTS), met
    killbill_proxy.settle()
    killbill_proxy.script.replace()
    assert (proof.full_pass(), proof.drift()) == (0, [])
    charges, payments, balance = counted(proof, ids)
    assert (len(charges), set(charges.values())) == (number, {1})
    assert (len(payments), set(payments.values()), balance) == (number, {1}, Decimal())
    doubled = naively(proof, killbill_proxy, number, ids[0])
    assert doubled > 0, "the naive sender did not double: the faults show nothing"


def counted(proof: Proof, ids: list[LeaseId]) -> tuple[Counter[str], Counter[str], Decimal]:
    """How often Kill Bill itself has each marker and each payment's key, and what is owed."""
    charges: Counter[str] = Counter()
    payments: Counter[str] = Counter()
    balance = Decimal()
    for key in map(proof.key, ids):
        balance += proof.asked.balance(key)
        items = [item for it in proof.asked.invoices(key) for item in it["items"]]
        charges.update(marker_in(it["description"]) for it in items if it["itemType"] == "EXTERNAL_CHARGE")
        rows = [row for it in proof.asked.payments(key) for row in it["transactions"]]
        payments.update(it["paymentExternalKey"] for it in rows if it["status"] == "SUCCESS")
        assert all(row["transactionType"] == "PURCHASE" for row in rows)
    return charges, payments, balance


def naively(proof: Proof, proxy: FaultProxy, number: int, lease_id: LeaseId) -> int:
    """The control: charges sent again at once where no answer came; how many Kill Bill then has too much."""
    proxy.script.replace(*(rule(it, WRITES["charge"], None, 0.1, seed=n) for n, it in enumerate(FAULTS)))
    key = proof.key(lease_id)
    account_id = proof.asked.account(key)["accountId"]
    client = Client(evolve(proof.place.client.server, url=proxy.url, timeout_seconds=TIMEOUT_SECONDS))
    for n in range(number):
        step = Charge(marker_of(key, "naive", str(n)), proof.life.money(1), TODAY, "naive")
        for _ in range(5):
            with suppress(PartnerUnavailable):
                KillBillWriting(client).perform(key, account_id, step)
                break
    client.close()
    proxy.settle()
    charges, _, _ = counted(proof, [lease_id])
    return sum(charges[marker_of(key, "naive", str(n))] > 1 for n in range(number))


def test_each_call_meets_each_fault(proof: Proof, killbill_proxy: FaultProxy) -> None:
    """Each kind of call, reading and writing, meets each fault in the lives of leases: in the end both books agree."""
    ids = [f"l{n}" for n in range(1, len(FAULTS) + 1)]
    proof.life.opened(len(ids))
    killbill_proxy.script.replace(
        *(rule(it, call, n) for call in {**WRITES, **READS}.values() for n, it in enumerate(FAULTS, 1))
    )
    for n, lease_id in enumerate(ids, 1):
        proof.life.let(n, 10_000, TODAY.isoformat(), deposit=proof.life.money(5_000))
        assert lease_id == f"l{n}"
    proof.settle(ids, tries=100)
    matches = [_second(proof, it) for it in ids]
    proof.settle(ids, tries=100)
    for lease_id, (undone, reversed_) in zip(ids, matches, strict=True):
        _third(proof, lease_id, undone, reversed_)
    proof.settle(ids, tries=25)
    struck = {
        (name, it.fault)
        for name, (method, path) in {**WRITES, **READS}.items()
        for it in killbill_proxy.injected()
        if Rule(Fault.RESET, method, path).fits(it.method, it.path)
    }
    missing = [(name, it) for name in {**WRITES, **READS} for it in FAULTS if (name, it) not in struck]
    assert missing == []
    killbill_proxy.settle()
    killbill_proxy.script.replace()
    assert (proof.full_pass(), proof.drift()) == (0, [])
    for lease_id in ids:
        items = [item for it in proof.asked.invoices(proof.key(lease_id)) for item in it["items"]]
        markers = Counter(marker_in(it["description"] or "") for it in items if it["itemType"] != "CBA_ADJ")
        assert {count for marker, count in markers.items() if marker} == {1}


def _second(proof: Proof, lease_id: str) -> tuple[str, str]:
    """Prices and an end to come, a charge that rides, money for more than is owed: matches to be taken back later."""
    lease, life, change = LeaseId(lease_id), proof.life, ChangeLease(proof.store.ports)
    change.change_rent(life.command(), lease, life.money(12_000), add_months(TODAY, 2))
    change.give_notice(life.command(), lease, add_months(TODAY, 4))
    riding = OneOffCharge(ChargeId("riding"), ChargeKind.WATER, life.money(300), TODAY + timedelta(days=1), "Water")
    change.charge(life.command(), lease, riding)
    once = OneOffCharge(ChargeId("once"), ChargeKind.REPAIR, life.money(700), TODAY, "Lock")
    change.charge(life.command(), lease, once, at_once=True)
    kept: list[str] = []
    for n in (1, 2):
        payment = life.pay(f"T{lease_id}-{n}", 9_000, (TODAY - timedelta(days=1)).isoformat())
        kept = [*kept, life.give(payment, {lease_id: 9_000}) if n == 1 else payment]
        if n == 2:
            life.give(payment, {lease_id: 9_000})
    return kept[0], kept[1]


def _third(proof: Proof, lease_id: str, undone: str, reversed_: str) -> None:
    """Another price, another end, a match undone, a payment reversed, an invoice voided and one credited."""
    from marketplace_core.domain.identifiers import MatchId, PaymentId  # noqa: PLC0415

    lease, life, change = LeaseId(lease_id), proof.life, ChangeLease(proof.store.ports)
    life.undo(MatchId(undone))
    life.reverse(PaymentId(reversed_), TODAY.isoformat())
    change.change_rent(life.command(), lease, life.money(11_000), add_months(TODAY, 1))
    change.give_notice(life.command(), lease, add_months(TODAY, 5))
    standing = list(proof.store.ports.account(life.portfolio_id, lease).standing_invoices())
    once = next(it for it in standing if it.kind is InvoiceKind.ONE_OFF)
    rent = next(it for it in standing if it.kind is InvoiceKind.RECURRING)
    life.correct.void_invoice(life.command(), lease, once.invoice_id, TODAY)
    life.correct.credit_invoice(life.command(), lease, rent.invoice_id, life.money(250), TODAY)
