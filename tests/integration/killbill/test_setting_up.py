"""Setting a tenant of the real Kill Bill up, and what a check says of one that is not as we need it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from tests.fixtures.killbill_places import HOOK, KillBillPlace, connection

from marketplace_adapters.killbill import Client, KillBillCare, KillBillReading, KillBillServer, KillBillWriting
from marketplace_adapters.killbill.catalog import catalog_xml
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import ConfigurationError, NotFound, PartnerUnavailable
from marketplace_core.ports.outside_engine.engine_care import EngineFinding
from marketplace_core.testing.contracts.outside_engine_base import kes, let, open_account

if TYPE_CHECKING:
    from scripts.killbill_sandbox import Server, Tenant

pytestmark = pytest.mark.killbill

KEY = AccountKey(PortfolioId("p1"), LeaseId("l1"))
Connect = Callable[[KillBillServer], Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Give what makes clients, and close them afterwards."""
    made: list[Client] = []

    def connected(server: KillBillServer) -> Client:
        made.append(Client(server))
        return made[-1]

    yield connected
    for client in made:
        client.close()


@pytest.fixture
def settings(killbill_server: Server, killbill_tenant: Tenant) -> KillBillServer:
    """Give the settings of a tenant in which nothing is set up."""
    return connection(killbill_server, killbill_tenant)


def _wrong(care: KillBillCare) -> dict[str, EngineFinding]:
    return {it.name: it for it in care.check() if not it.is_well}


def test_everything_is_made_once(settings: KillBillServer, connect: Connect) -> None:
    """The tenant with it, which only said makes nothing; made again, nothing changes; then all is well."""
    care = KillBillCare(connect(evolve(settings, api_key=f"{settings.api_key}-new")))
    assert [it.name for it in care.set_up(HOOK, dry_run=True) if not it.is_well] == ["tenant"]
    assert list(_wrong(care)) == ["tenant"]
    for _ in range(2):
        assert [it.name for it in care.set_up(HOOK)] == ["reachable", "tenant", "catalog", "settings", "callback"]
        assert _wrong(care) == {}
    assert "a-token-of-the-hook" not in repr(care.check())


def test_a_dry_run_makes_nothing(settings: KillBillServer, connect: Connect) -> None:
    """In a tenant that is there: it says what it would make."""
    care = KillBillCare(connect(settings))
    told = care.set_up(HOOK, dry_run=True)
    assert [it.name for it in told if not it.is_well] == ["catalog", "settings", "callback"]
    assert sorted(_wrong(care)) == ["callback", "catalog", "settings"]


def test_a_catalog_of_others_is_left_alone(settings: KillBillServer, connect: Connect) -> None:
    """Other prices, period, alignment or plan: what differs is said, set-up stops, and the catalog stays."""
    client = connect(settings)
    other = (
        catalog_xml(settings)
        .replace("<value>0.00</value>", "<value>1000.00</value>")
        .replace("<alignment>ACCOUNT</alignment>", "<alignment>SUBSCRIPTION</alignment>")
    )
    client.done("POST", "/catalog/xml", other)
    care = KillBillCare(client)
    with pytest.raises(ConfigurationError, match=r"costs KES 1000\.00 .* billingAlignment is SUBSCRIPTION and not ACC"):
        care.set_up()
    assert "1000" in _wrong(care)["catalog"].says
    assert client.get("/catalog/xml").text.count("<effectiveDate>") == 1
    for wanted, words in (
        (evolve(settings, plan_name="other-plan"), "there is no plan other-plan"),
        (evolve(settings, currencies=("KES", "UGX")), "no price in UGX"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            KillBillCare(connect(wanted)).set_up()


def test_a_callback_of_others_is_left_alone(settings: KillBillServer, connect: Connect) -> None:
    """Our own address with a new token takes the old one's place; another's address is not taken away."""
    client = connect(settings)
    care = KillBillCare(client)
    care.set_up(HOOK)
    care.set_up(f"{HOOK}-new")
    held = client.get("/tenants/registerNotificationCallback").fields().texts("values")
    assert held == [f"{HOOK}-new"]
    with pytest.raises(ConfigurationError, match=r"books\.example\.org/hooks/killbill what happens"):
        care.set_up("https://elsewhere.example.org/hook")


def test_a_token_in_the_path_is_told_to_nobody(settings: KillBillServer, connect: Connect) -> None:
    """Set up again with a new one it takes the old one's place, and neither shows in what is said."""
    client = connect(settings)
    care = KillBillCare(client)
    for token in ("first-token-of-the-hook", "second-token-of-the-hook"):
        told = care.set_up(f"https://books.example.org/hooks/killbill/{token}")
        assert token not in repr(told)
        assert token not in repr(care.check())
    held = client.get("/tenants/registerNotificationCallback").fields().texts("values")
    assert held == ["https://books.example.org/hooks/killbill/second-token-of-the-hook"]


def test_settings_of_others_stay(settings: KillBillServer, connect: Connect) -> None:
    """Ours are added to them; one that says otherwise than ours stops the set-up."""
    client = connect(settings)
    client.done("POST", "/tenants/uploadPerTenantConfig", json.dumps({"org.killbill.payment.retry.days": "8,8"}))
    care = KillBillCare(client)
    care.set_up()
    held = client.get("/tenants/uploadPerTenantConfig").fields().texts("values")
    assert "org.killbill.payment.retry.days" in held[-1]
    bound = {"org.killbill.invoice.maxDailyNumberOfItemsSafetyBound": "3"}
    client.done("POST", "/tenants/uploadPerTenantConfig", json.dumps(bound))
    assert "is 3" in _wrong(care)["settings"].says
    with pytest.raises(ConfigurationError, match="SafetyBound"):
        care.set_up()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "guessed"}, "look at killbill.user and killbill.password"),
        ({"api_secret": "guessed"}, "look at killbill.api_key and killbill.api_secret"),
    ],
)
def test_wrong_credentials_are_named(
    settings: KillBillServer, connect: Connect, wrong: dict[str, str], words: str
) -> None:
    """By every part: the check says it, set-up, reading and writing raise it, and nothing is told of the secret."""
    client = connect(evolve(settings, **wrong))  # type: ignore[arg-type]
    care, reading, writing = KillBillCare(client), KillBillReading(client), KillBillWriting(client)
    (found,) = _wrong(care).values()
    assert words in found.says
    for act in (care.set_up, lambda: reading.books_of(KEY), lambda: writing.perform(KEY, "", open_account(KEY))):
        with pytest.raises(ConfigurationError, match=words) as caught:
            act()
        assert "guessed" not in str(caught.value)


def test_another_tenant_is_not_seen(
    killbill_server: Server, make_killbill_tenant: Callable[[], Tenant], connect: Connect
) -> None:
    """A lease of ours is not there, and an account's id of theirs is not found."""
    places = [KillBillPlace.of(killbill_server, make_killbill_tenant()) for _ in range(2)]
    mine, other = (it.engine_place for it in places)
    mine.care.set_up()
    account_id = let(mine).account_id
    with pytest.raises(NotFound):
        other.reading.account_key_of(account_id)
    assert other.reading.books_of(KEY) is None
    with pytest.raises(NotFound):
        mine.reading.account_key_of("no-id-of-kill-bills")
    for place in places:
        place.client.close()
    del connect


def test_a_server_that_is_down_is_said(settings: KillBillServer, connect: Connect) -> None:
    """At the start too: the check says so and raises nothing; what is asked of it may be tried again."""
    client = connect(evolve(settings, url="http://127.0.0.1:9", attempts=1))
    (found,) = KillBillCare(client).check()
    assert (found.name, found.is_well) == ("reachable", False)
    assert "could not be reached" in found.says
    for act in (
        lambda: KillBillReading(client).books_of(KEY),
        lambda: KillBillWriting(client).perform(KEY, "", open_account(KEY)),
        lambda: KillBillCare(client).set_up(),
    ):
        with pytest.raises(PartnerUnavailable):
            act()


def test_an_account_that_is_parked_is_said(killbill_clock: Server, killbill_tenant: Tenant) -> None:
    """The control of our settings: without them a lease that began two years ago is billed no more, and told so."""
    place = KillBillPlace.of(killbill_clock, killbill_tenant)
    place.show(date(2026, 1, 1))
    place.client.done("POST", "/catalog/xml", catalog_xml(place.client.server))
    lease = let(place.engine_place)
    lease.subscribe("100", date(2024, 1, 1))
    place.wait()
    assert "stopped to bill 1 accounts" in _wrong(KillBillCare(place.client))["parked"].says
    place.client.close()


def test_a_long_lease_is_billed_to_the_end(killbill_clock: Server, killbill_tenant: Tenant) -> None:
    """With our settings every period of two years stands, and no account is parked."""
    place = KillBillPlace.of(killbill_clock, killbill_tenant)
    place.set_up()
    lease = let(place.engine_place)
    lease.subscribe("100", date(2024, 1, 1))
    place.wait()
    assert len(lease.billed()) == 25
    assert lease.books().account.balance == kes("2500")
    assert _wrong(KillBillCare(place.client)) == {}
    place.client.close()
