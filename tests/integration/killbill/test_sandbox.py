"""The sandbox is the real Kill Bill: healthy, with a clock that moves, tenants apart, and able to go down."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace_core.errors import PartnerUnavailable

pytest.importorskip("psycopg", reason="psycopg is not installed")

from scripts.killbill_sandbox import Sandbox, Server, Tenant
from tests.fixtures.faults import Fault, Rule

if TYPE_CHECKING:
    from tests.fixtures.fault_proxy import FaultProxy

pytestmark = pytest.mark.killbill

MINUTE = timedelta(minutes=1)


def made_account(server: Server, tenant: Tenant) -> str:
    """The external key of a new account in Kenyan shillings."""
    account = {"name": "Wanjiku", "externalKey": "lease-L1", "currency": "KES", "timeZone": "Africa/Nairobi"}
    server.call("POST", "/1.0/kb/accounts", body=json.dumps(account), headers=tenant.headers)
    return account["externalKey"]


def charge(server: Server, tenant: Tenant, key: str, amount: str) -> str:
    """Kill Bill's answer to one charge on the account."""
    account = json.loads(server.call("GET", f"/1.0/kb/accounts?externalKey={key}", headers=tenant.headers))
    body = f'[{{"accountId": "{account["accountId"]}", "amount": {amount}, "currency": "KES", "description": "rent"}}]'
    path = f"/1.0/kb/invoices/charges/{account['accountId']}?autoCommit=true"
    return server.call("POST", path, body=body, headers=tenant.headers)


def test_it_is_the_version_that_was_measured(killbill_server: Server, killbill_tenant: Tenant) -> None:
    """It answers, calls itself healthy and is Kill Bill 0.22.26."""
    assert killbill_server.is_healthy()
    nodes = json.loads(killbill_server.call("GET", "/1.0/kb/nodesInfo", headers=killbill_tenant.headers))
    assert [node["kbVersion"] for node in nodes] == ["0.22.26"]


def test_the_clock_moves_and_comes_back(killbill_clock: Server) -> None:
    """The clock can be put forward and back to the second, and to the real time."""
    for now in (datetime(2027, 2, 28, 12, tzinfo=UTC), datetime(2024, 2, 29, 6, 30, tzinfo=UTC)):
        killbill_clock.set_clock(now)
        assert now <= killbill_clock.clock() < now + MINUTE
    killbill_clock.reset_clock()
    assert abs(killbill_clock.clock() - datetime.now(UTC)) < MINUTE


def test_tenants_do_not_see_each_other(killbill_server: Server, make_killbill_tenant: Callable[[], Tenant]) -> None:
    """An account stands in the tenant that made it; another tenant may use the same key for one of its own."""
    one, other = make_killbill_tenant(), make_killbill_tenant()
    key = made_account(killbill_server, one)
    with pytest.raises(PartnerUnavailable, match="404"):
        killbill_server.call("GET", f"/1.0/kb/accounts?externalKey={key}", headers=other.headers)
    made_account(killbill_server, other)
    found = [
        json.loads(killbill_server.call("GET", f"/1.0/kb/accounts?externalKey={key}", headers=tenant.headers))
        for tenant in (one, other)
    ]
    assert found[0]["accountId"] != found[1]["accountId"]


def test_a_wrong_secret_is_refused(killbill_server: Server, killbill_tenant: Tenant) -> None:
    """A tenant's key without its secret opens nothing."""
    forged = {**killbill_tenant.headers, "X-Killbill-ApiSecret": "guessed"}
    with pytest.raises(PartnerUnavailable, match="401"):
        killbill_server.call("GET", "/1.0/kb/accounts/pagination", headers=forged)


def test_a_repeated_charge_is_a_second_invoice(
    killbill_server: Server, killbill_tenant: Tenant, killbill_proxy: FaultProxy
) -> None:
    """Whoever sends a charge again because its reply was lost charges twice: Kill Bill has no key for charges."""
    key = made_account(killbill_server, killbill_tenant)
    through = Server(killbill_proxy.url)
    killbill_proxy.script.replace(Rule(Fault.LOST_REPLY, "POST", "/invoices/charges/", nth={1}))
    with pytest.raises(PartnerUnavailable, match="no Kill Bill answers"):
        charge(through, killbill_tenant, key, "100.00")
    charge(through, killbill_tenant, key, "100.00")
    assert [it.upstream_status for it in killbill_proxy.injected(Fault.LOST_REPLY)] == [200]
    path = f"/1.0/kb/accounts?externalKey={key}&accountWithBalance=true"
    account = json.loads(through.call("GET", path, headers=killbill_tenant.headers))
    assert account["accountBalance"] == 200


def test_what_was_made_outlives_a_crash(killbill_sandbox: Sandbox) -> None:
    """A Kill Bill that is killed answers nobody; brought back at the same address it still has its books."""
    server = killbill_sandbox.server
    tenant = server.make_tenant()
    key = made_account(server, tenant)
    killbill_sandbox.crash()
    assert not server.is_healthy()
    with pytest.raises(PartnerUnavailable, match="no Kill Bill answers"):
        server.call("GET", f"/1.0/kb/accounts?externalKey={key}", headers=tenant.headers)
    killbill_sandbox.come_back()
    again = json.loads(server.call("GET", f"/1.0/kb/accounts?externalKey={key}", headers=tenant.headers))
    assert again["name"] == "Wanjiku"


def test_columns_hold_a_million_only_when_widened(killbill_sandbox: Sandbox) -> None:
    """As made, Kill Bill fails at 1,000,000.00 and takes 999,999.99; with wider columns it takes both."""
    server = killbill_sandbox.server
    tenant = server.make_tenant()
    key = made_account(server, tenant)
    assert json.loads(charge(server, tenant, key, "999999.99"))[0]["amount"] == 999999.99
    with pytest.raises(PartnerUnavailable, match="500"):
        charge(server, tenant, key, "1000000.00")
    killbill_sandbox.widen_amounts()
    try:
        assert json.loads(charge(server, tenant, key, "1000000.00"))[0]["amount"] == 1000000
        assert json.loads(charge(server, tenant, key, "123456789.12"))[0]["amount"] == 123456789.12
    finally:
        killbill_sandbox.narrow_amounts()
    with pytest.raises(PartnerUnavailable, match="500"):
        charge(server, tenant, key, "1000000.00")
