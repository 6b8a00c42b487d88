"""The billing dashboard's data and the hooks of an outside engine, over HTTP and by jobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import bearer, make_house
from tests.unit.http.second_house import SecondHouse, make_second_house

from marketplace_core.domain.hooks import HookRoute, HookState, RouteId, token_digest
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import AccountKey, ItemKind

TOKEN = "t" * 40
LEASE = AccountKey(PortfolioId("halima"), LeaseId("L-A1"))


@pytest.fixture
def second() -> SecondHouse:
    """A house that an outside engine bills."""
    return make_second_house()


def _read(client: TestClient[Litestar], path: str, who: str = "operator") -> dict[str, Any]:
    answer = client.get(path, headers=bearer(who))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_without_an_outside_engine_there_is_nothing_to_agree() -> None:
    """The native engine: null, in words, and nothing can be brought together."""
    house = make_house()
    with house.client() as client:
        told = _read(client, "/api/admin/billing")
        assert (told["engine"], told["billing_sync_ok"], told["portfolios"]) == ("native", None, [])
        refused = client.post("/api/admin/billing/passes", headers=bearer("operator"))
        assert (refused.status_code, "native engine" in refused.text) == (409, True)


def test_a_full_pass_makes_it_true_and_its_age_counts(second: SecondHouse) -> None:
    """Before any pass no; after the job of one yes, with the instant at which it began; status and metrics say so."""
    with second.house.client() as client:
        before = _read(client, "/api/system/status")
        assert (before["billing_sync_ok"], "no full pass" in before["billing_sync_reason"]) == (False, True)
        job = client.post("/api/admin/billing/passes", headers=bearer("operator"))
        assert (job.status_code, job.json()["kind"]) == (200, "engine-pass")
        assert second.work() == []
        told = _read(client, "/api/admin/billing")
        assert (told["billing_sync_ok"], told["reasons"], told["differences"]) == (True, [], [])
        (book,) = [it for it in told["portfolios"] if it["portfolio_id"] == "halima"]
        assert (book["leases"], book["synced"]) == (3, 3)
        assert book["net_ours"] == book["net_theirs"] != {"amount": "0.00", "currency": "KES"}
        status = _read(client, "/api/system/status")
        assert status["billing_sync_ok"] is True
        assert status["billing_sync_verified_at"] == told["last_pass"]["begun_at"]
        metrics = client.get("/metrics", headers=bearer("operator")).text
        assert "marketplace_billing_sync_ok 1.0" in metrics
        assert "marketplace_billing_drift 0.0" in metrics


def test_what_somebody_did_there_is_told_to_the_cent_and_repaired(second: SecondHouse) -> None:
    """A credit given by hand in the engine: drift after one pass, in the dashboard; gone after a repair."""
    with second.house.client() as client:
        client.post("/api/admin/billing/passes", headers=bearer("operator"))
        second.work()
        second.engine.by_hand.credit(LEASE, Money(12_345, KES))
        client.post("/api/admin/billing/passes", headers=bearer("operator"))
        second.work()
        told = _read(client, "/api/admin/billing")
        assert told["billing_sync_ok"] is False
        (balance,) = [it for it in told["differences"] if it["kind"] == "balance"]
        ours, theirs = (int(balance[side]["amount"].replace(".", "")) for side in ("ours", "theirs"))
        assert (balance["lease_id"], ours - theirs) == ("L-A1", 12_345)
        second.books.repair()()
        client.post("/api/admin/billing/passes", headers=bearer("operator"))
        second.work()
        assert _read(client, "/api/admin/billing")["billing_sync_ok"] is True


def _route(second: SecondHouse) -> None:
    work = second.house.parts.store.work
    assert work is not None
    made = datetime(2026, 11, 1, tzinfo=UTC)
    work.add_route(HookRoute(RouteId("hook-kb"), "killbill", None, None, made), token_digest(TOKEN))


def test_a_hook_is_a_hint_and_a_forged_one_changes_nothing(second: SecondHouse) -> None:
    """Posted with the token it has the account looked at; what it says of a payment is not believed."""
    _route(second)
    account_id = _synced_account(second)
    before = second.house.books.account(LEASE.portfolio_id, LEASE.lease_id)
    forged = {"eventType": "INVOICE_PAYMENT_SUCCESS", "accountId": account_id, "objectType": "INVOICE", "metaData": "x"}
    with second.house.client() as client:
        assert client.post(f"/hooks/killbill/{TOKEN}", json=forged).status_code == 200
        assert client.post(f"/hooks/killbill/{'x' * 40}", json=forged).status_code == 404
        assert client.post(f"/hooks/killbill/{TOKEN}", content=b"\xff{").status_code == 200
        assert client.post(f"/hooks/killbill/{TOKEN}", json={**forged, "accountId": "no-such"}).status_code == 200
    assert second.work() == []
    assert second.house.books.account(LEASE.portfolio_id, LEASE.lease_id) == before
    work = second.house.parts.store.work
    assert work is not None
    assert len(work.hooks(HookState.REFUSED)) == 2


def test_a_payment_made_there_comes_by_its_hook(second: SecondHouse) -> None:
    """Paid there by a person: after the hint the payment stands here, given to the lease."""
    _route(second)
    account_id = _synced_account(second)
    books = second.engine.books_of(LEASE)
    assert books is not None
    invoice = next(it for it in books.invoices if it.balance.is_positive)
    second.engine.by_hand.pay(invoice.invoice_id, Money(100_000, KES))
    hint = {"eventType": "PAYMENT_SUCCESS", "accountId": account_id, "objectType": "PAYMENT", "objectId": "x"}
    with second.house.client() as client:
        client.post(f"/hooks/killbill/{TOKEN}", content=json.dumps(hint))
    second.work()
    account = second.house.books.account(LEASE.portfolio_id, LEASE.lease_id)
    assert sum(it.amount.amount_minor for it in account.credits) == 100_000


def test_links_pair_our_invoices_with_theirs(second: SecondHouse) -> None:
    """Page by page, each of their invoices with ours; only for who operates the installation."""
    with second.house.client() as client:
        client.post("/api/admin/billing/passes", headers=bearer("operator"))
        second.work()
        path = "/api/admin/billing/links?portfolio=halima&kind=invoice&limit=1"
        seen: list[dict[str, str]] = []
        told = _read(client, path)
        while True:
            seen += told["links"]
            if told["next"] is None:
                break
            told = _read(client, f"{path}&after={told['next']}")
        ours = {it["our_id"] for it in seen}
        invoices = _read(client, "/api/invoices?portfolio=halima")["invoices"]
        assert ours == {it["invoice_id"] for it in invoices}
        assert client.get(path, headers=bearer("landlord")).status_code in (403, 404)


def test_a_payment_is_traced_to_what_it_is_there(second: SecondHouse) -> None:
    """Received here and more than is open: its keys and markers there sum to the receipt, to the cent."""
    house = second.house
    second.books.sync_lease()(LEASE)
    with house.client() as client:
        paid = {"amount": "100000.55", "currency": "KES"}
        body = {"amount": paid, "receipt": "R-1", "day": "2026-11-20", "collection_account_id": "cash-halima"}
        asked = client.post("/api/payments?portfolio=halima", json=body, headers=bearer("operator"))
        payment_id = asked.json()["payment_id"]
        path = f"/api/payments/{payment_id}/matches?portfolio=halima"
        given = {"slices": [{"lease_id": "L-A1", "amount": paid}], "reason": "it says so"}
        assert client.post(path, json=given, headers=bearer("operator")).status_code == 200
        assert _traced(client, payment_id)["credits"][0]["given"] == []
        assert second.books.sync_lease()(LEASE).drift == 0
        (credit,) = _traced(client, payment_id)["credits"]
        (receipt,) = _read(client, "/api/receipts?portfolio=halima")["receipts"]
    books = second.engine.books_of(LEASE)
    assert books is not None
    assert credit["account"] == books.account.key
    slices = [it.kept.amount_minor for it in books.payments if it.key.startswith(credit["payment_keys"])]
    items = (it for invoice in books.invoices for it in invoice.items if it.kind is ItemKind.CREDIT_GIVEN)
    rests = [-it.amount.amount_minor for it in items if it.marker in credit["given"]]
    assert slices
    assert rests
    assert Money(sum(slices) + sum(rests), KES) == Money.parse(receipt["amount"]["amount"], KES)


def test_an_invoice_is_traced_to_what_it_is_there(second: SecondHouse) -> None:
    """A recurring one by their id, which we follow; a charge billed at once by its marker, which we sent."""
    _synced_account(second)
    with second.house.client() as client:
        (first, *_) = _read(client, "/api/invoices?portfolio=halima")["invoices"]
        path = "/api/admin/billing/invoices/{}?portfolio=halima"
        told = _read(client, path.format(first["invoice_id"]))
        assert (len(told["linked"]), told["charged"], told["total"]) == (1, [], first["total"])
        asked = path.format(first["invoice_id"])
        assert client.get(asked, headers=bearer("landlord")).status_code in (403, 404)
        assert client.get(path.format("inv_none"), headers=bearer("operator")).status_code == 404


def test_a_payment_made_there_is_traced_by_their_id(second: SecondHouse) -> None:
    """Paid there by a person: the trace names it, and nobody but who operates the installation sees it."""
    _synced_account(second)
    books = second.engine.books_of(LEASE)
    assert books is not None
    invoice = next(it for it in books.invoices if it.balance.is_positive)
    made = second.engine.by_hand.pay(invoice.invoice_id, Money(100_000, KES))
    second.books.sync_lease()(LEASE)
    with second.house.client() as client:
        (payment,) = _read(client, "/api/payments?portfolio=halima")["payments"]
        assert _traced(client, payment["payment_id"])["made_there"] == [made]
        path = f"/api/admin/billing/payments/{payment['payment_id']}?portfolio=halima"
        assert client.get(path, headers=bearer("landlord")).status_code in (403, 404)
        assert client.get(path.replace("pay", "no"), headers=bearer("operator")).status_code == 404


def _traced(client: TestClient[Litestar], payment_id: str) -> dict[str, Any]:
    return _read(client, f"/api/admin/billing/payments/{payment_id}?portfolio=halima")


def test_a_lease_is_brought_together_when_asked(second: SecondHouse) -> None:
    """By a job; asked twice, one job waits."""
    with second.house.client() as client:
        body = {"lease_id": "L-A1"}
        asked = [
            client.post("/api/admin/billing/sync?portfolio=halima", json=body, headers=bearer("operator")).json()
            for _ in range(2)
        ]
        assert asked[0]["job_id"] == asked[1]["job_id"]
    assert second.work() == []
    assert second.engine.books_of(LEASE) is not None


def _synced_account(second: SecondHouse) -> str:
    second.books.sync_lease()(LEASE)
    books = second.engine.books_of(LEASE)
    assert books is not None
    return books.account.account_id


def test_a_month_is_billed_by_the_engine_and_a_dry_run_says_how(second: SecondHouse) -> None:
    """The run follows what the engine bills; before it, and for a month to come, the dry run says the same sums."""
    with second.house.client() as client:

        def run(month: str, *, dry_run: bool) -> tuple[int, str]:
            path = f"/api/billing-runs?portfolio=halima&dry_run={str(dry_run).lower()}"
            answer = client.post(path, json={"month": month}, headers=bearer("admin"))
            assert answer.status_code == 200, answer.text
            return answer.json()["invoices"], answer.json()["total"]["amount"]

        assert run("2026-11", dry_run=True) == (3, "63000.00")
        # The engine bills from the leases' first day on: October and November.
        assert run("2026-11", dry_run=False) == (6, "126000.00")
        assert run("2026-11", dry_run=True) == (0, "0.00")
        assert run("2026-12", dry_run=True) == (3, "63000.00")
        assert run("2026-11", dry_run=False) == (0, "0.00")


@pytest.mark.parametrize("who", ["admin", "landlord", "owner", "tenant", "caretaker", "stranger", "reader"])
def test_who_does_not_operate_the_installation_sees_nothing_of_the_engine(second: SecondHouse, who: str) -> None:
    """Neither the dashboard nor a trace, a link, a look at a lease or a pass; an admin has those of their own book."""
    second.books.sync_lease()(LEASE)
    invoice = second.house.books.account(LEASE.portfolio_id, LEASE.lease_id).invoices[0].invoice_id
    installation = [("GET", "/api/admin/billing"), ("POST", "/api/admin/billing/passes")]
    of_book = [
        ("POST", "/api/admin/billing/sync"),
        ("GET", "/api/admin/billing/links"),
        ("GET", f"/api/admin/billing/invoices/{invoice}"),
    ]
    with second.house.client() as client:

        def status(method: str, path: str, portfolio: str | None, caller: str = who) -> int:
            body = {"lease_id": "L-A1"} if path.endswith("/sync") else None
            params = {"portfolio": portfolio} if portfolio else {}
            return client.request(method, path, params=params, json=body, headers=bearer(caller)).status_code

        assert all(status(*it, None) in (403, 404) for it in installation)
        assert all(status(*it, None, "operator") == 200 for it in installation)
        for it in of_book:
            assert status(*it, "halima", "operator") == 200
            assert (status(*it, "halima") == 200) is (who == "admin"), it
            assert status(*it, "kamau") in (200 if who == "admin" and "links" in it[1] else 404, 403, 404), it
        assert status("GET", of_book[2][1], "kamau", "operator") == 404
