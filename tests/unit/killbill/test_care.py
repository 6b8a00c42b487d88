"""What makes Kill Bill unfit to bill leases is told by name, and what others set is not written over."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.fixtures.killbill_answers import SERVER, UUIDS, Line, client_over, said

from marketplace_adapters.killbill import KillBillCare, catalog
from marketplace_adapters.killbill.accounts import PARKED
from marketplace_core.errors import ConfigurationError

BOUND = "org.killbill.invoice.maxDailyNumberOfItemsSafetyBound"
HOOK = "https://books.example.org/hooks/killbill/" + "t" * 43
CALLBACK, CONFIG = "GET /tenants/registerNotificationCallback", "GET /tenants/uploadPerTenantConfig"


def routes(**more: object) -> dict[str, list[httpx.Response | Exception]]:
    """A tenant that is well, but for what is given by name."""
    told: dict[str, Any] = {
        "GET /1.0/healthcheck": {},
        "GET /nodesInfo": [{"kbVersion": "0.22.26"}],
        CALLBACK: {"values": [HOOK]},
        CONFIG: {"values": [json.dumps({BOUND: "-1"})]},
        "GET /overdue": {"overdueStates": []},
        "GET /tags/search": [],
        "GET /tenants": {"tenantId": UUIDS[0]},
        "POST": {},
    }
    xml = httpx.Response(200, text=catalog.catalog_xml(SERVER))
    found: dict[str, list[httpx.Response | Exception]] = {"GET /catalog/xml": [xml], "GET /catalog": [said([{}])]}
    return found | {name: [said(body)] for name, body in {**told, **more}.items()}


def test_what_is_well_is_told_as_well() -> None:
    """The control: nothing is wrong."""
    assert all(it.is_well for it in KillBillCare(client_over(Line(routes()))).check())


@pytest.mark.parametrize(
    ("changed", "name", "says"),
    [
        ({CONFIG: {"values": []}}, "settings", "is not set"),
        ({CONFIG: {"values": [json.dumps({BOUND: "15"})]}}, "settings", "is 15"),
        ({"GET /overdue": {"overdueStates": [{"name": "LATE", "isBlockChanges": True}]}}, "overdue", "LATE"),
        ({"GET /overdue": {"overdueStates": [{"name": "OFF", "isDisableEntitlement": True}]}}, "overdue", "OFF"),
        ({"GET /tags/search": [{"objectId": UUIDS[3], "tagDefinitionId": PARKED}]}, "parked", UUIDS[3]),
        ({CALLBACK: {"values": []}}, "callback", "nobody"),
    ],
)
def test_each_thing_that_stops_billing_is_named(changed: dict[str, object], name: str, says: str) -> None:
    """One at a time, and nothing else with it."""
    found = [it for it in KillBillCare(client_over(Line(routes(**changed)))).check() if not it.is_well]
    assert [it.name for it in found] == [name]
    assert says in found[0].says


def test_the_bound_on_items_a_day_is_taken_away() -> None:
    """As delivered a lease that is told two years late is parked; settings of others stay."""
    line = Line(routes(**{CONFIG: {"values": [json.dumps({"other": "x"})]}}))
    KillBillCare(client_over(line)).set_up()
    (sent,) = (it for it in line.asked if it.method == "POST")
    assert json.loads(sent.content) == {"other": "x", BOUND: "-1"}


def test_an_address_that_others_registered_is_not_replaced() -> None:
    """Kill Bill can tell one address only: somebody listens there."""
    line = Line(routes(**{CALLBACK: {"values": ["https://others.example.org/heard"]}}))
    with pytest.raises(ConfigurationError, match="others"):
        KillBillCare(client_over(line)).set_up(HOOK)
    assert not [it for it in line.asked if it.method == "POST"]
