"""Leases live fifteen months, a leap February among them, in our books on PostgreSQL and in the real Kill Bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.conftest import Scale
from tests.fixtures.killbill_proofs import Proof, proven
from tests.fixtures.lives_of_leases import FIRST, play
from tests.fixtures.twenty_leases import LAST, twenty_leases

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.identifiers import InvoiceId
from marketplace_core.domain.outside_engine.markers import marker_of
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.laws import check_laws

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Server, Tenant
    from tests.fixtures.databases import Database

pytestmark = [pytest.mark.killbill, pytest.mark.postgres]

COPIES: dict[Scale, int] = {"smoke": 1, "slice": 1, "full": 3}
"""How often the script is played side by side."""
PASSES: dict[Scale, int] = {"smoke": 6, "slice": 3, "full": 1}
"""After every how many months a full pass looks at everything."""
LEASES = 24


@pytest.fixture
def proof(killbill_clock: Server, killbill_tenant: Tenant, fresh_database: Database) -> Iterator[Proof]:
    """Give both books on the day on which the script begins."""
    with proven(killbill_clock, killbill_tenant, fresh_database, FIRST) as given:
        given.life.opened(0)
        yield given


def test_fifteen_months_of_leases(proof: Proof, scale: Scale) -> None:
    """No drift; each balance and each invoice as Kill Bill itself says them; ours verify, and both bill alike."""
    passed: list[int] = []

    def after() -> None:
        passed.append(len(passed))
        if len(passed) % PASSES[scale] == 0:
            assert (proof.pass_until_told(), proof.drift()) == (0, []), proof.today

    last = date(2028, 3, 31) if scale == "smoke" else LAST
    play([twenty_leases(1 + LEASES * copy) for copy in range(COPIES[scale])], proof, last, after)
    assert (proof.pass_until_told(), proof.drift()) == (0, [])
    assert proof.engine.watch()().is_ok
    ports, own = proof.store.ports, proof.life.portfolio_id
    accounts = list(ports.accounts(own))
    assert len(accounts) == LEASES * COPIES[scale]
    for account in accounts:
        require_equal(proof, account)
    report = verify_books(ports, ports, own)
    assert (report.ok, report.findings, report.differences) == (True, (), ())
    check_laws(ports, own)
    compared = proof.engine.compare_engines()(own, DateSpan(date(2027, 8, 1), last))
    told = [f"{it.lease_id} {it.rule}: {it.words}" for it in compared.differences]
    assert (compared.unexplained, compared.without_account) == ((), ()), told


def require_equal(proof: Proof, account: LeaseAccount) -> None:
    """Net and invoices of one lease, asked from Kill Bill by a plain client and added up by the test itself."""
    key = proof.key(account.lease.lease_id)
    standing = {it.invoice_id: _units(it.amount.amount_minor) for it in account.standing_invoices()}
    net = sum(standing.values(), Decimal())
    net += sum((_units(it.amount.amount_minor) for it in account.uses if it.ended_on is None), Decimal())
    net -= sum((_units(it.amount.amount_minor) for it in account.credits if it.ended_on is None), Decimal())
    assert proof.asked.balance(key) == net, key
    theirs = {it["invoiceId"]: it for it in proof.asked.invoices(key)}
    items = [item for it in theirs.values() for item in it["items"]]
    links = proof.store.ports.external_of(key.portfolio_id, "killbill", "invoice", list(standing))
    for ours, bases in _together((InvoiceId(it.our_id), it.external_id.split("/")[0]) for it in links):
        asked = sum((theirs[it]["amount"] for it in bases if it in theirs), Decimal())
        assert asked == sum(standing.pop(it) for it in ours), (key, ours, bases)
    for invoice_id, amount in standing.items():
        marker = f"[{marker_of(key, 'charge', invoice_id)}]"
        assert sum(it["amount"] for it in items if marker in (it["description"] or "")) == amount, (key, invoice_id)


def _together(links: Iterable[tuple[InvoiceId, str]]) -> list[tuple[set[InvoiceId], set[str]]]:
    """Papers that stand for each other: one there may be several here, and several there one here."""
    found: list[tuple[set[InvoiceId], set[str]]] = []
    for our_id, base in links:
        met = [it for it in found if our_id in it[0] or base in it[1]]
        found = [it for it in found if it not in met]
        found.append(({our_id}.union(*(it[0] for it in met)), {base}.union(*(it[1] for it in met))))
    return found


def _units(minor: int) -> Decimal:
    return Decimal(minor) / 100
