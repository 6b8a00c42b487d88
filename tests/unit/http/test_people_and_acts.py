"""Who signs in, who lets others in, what four eyes see, and what partners post."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, NOW, PASSWORD, House, bearer, make_house
from tests.unit.http.test_resources import bill, get, post

from marketplace_core.domain.hooks import HookRoute, HookState, RouteId, token_digest
from marketplace_core.domain.identifiers import CollectionAccountId, UserId
from marketplace_core.domain.jobs import JobState
from marketplace_entrypoints.http.identity import COOKIE, csrf_token
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.work_services import receive_payment_hook, work_of
from marketplace_entrypoints.work_settings import HookSettings

Client = TestClient[Litestar]
TOKEN = "t" * 43
CONFIRMATION = {
    "TransactionType": "Pay Bill",
    "TransID": "TK60708BHZ",
    "TransTime": "20261120230212",
    "TransAmount": "15000.00",
    "BusinessShortCode": "600995",
    "BillRefNumber": "A1",
    "InvoiceNumber": "",
    "OrgAccountBalance": "41880264.80",
    "ThirdPartyTransID": "",
    "MSISDN": "254712345678",
    "FirstName": "TENANT",
    "MiddleName": "",
    "LastName": "A1",
}


@pytest.fixture
def house() -> House:
    """Give a house whose tenants pay by M-Pesa too."""
    found = make_house()
    route = HookRoute(RouteId("r1"), "mpesa-c2b", BOOK, CollectionAccountId("paybill-halima"), NOW)
    work_of(found.parts.store).add_route(route, token_digest(TOKEN))
    return found


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    """Give its client."""
    with house.client() as found:
        yield found


def money(amount: str) -> dict[str, str]:
    """An amount in shillings."""
    return {"amount": amount, "currency": "KES"}


def sign_in(client: Client, email: str = "halima@example.org", password: str = PASSWORD, **headers: str) -> Any:  # noqa: ANN401 - a response
    """Sign in."""
    return client.post("/api/session", json={"email": email, "password": password}, headers=headers)


def cookie_of(answer: Any) -> str:  # noqa: ANN401 - a response
    """The session's token in an answer's cookie."""
    return str(answer.headers["Set-Cookie"]).partition("=")[2].partition(";")[0]


def test_a_session_is_a_cookie_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    """With the prefix that binds it to this host, and a token for its writes."""
    found = sign_in(client)
    assert found.status_code == 201
    said = found.headers["Set-Cookie"]
    assert said.startswith(f"{COOKIE}=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= {it.strip() for it in said.split(";")}
    assert found.json()["csrf_token"] == csrf_token(cookie_of(found))
    assert cookie_of(found) not in found.text


def test_signing_in_again_ends_the_session_before(client: Client, house: House) -> None:
    """A token that somebody had before is of no use after it."""
    first = cookie_of(sign_in(client))
    second = cookie_of(sign_in(client, Cookie=f"{COOKIE}={first}"))
    identities = house.parts.identity.identities()
    assert first != second
    assert len(identities.sessions_of(UserId("halima"))) == 1


@pytest.mark.parametrize(("email", "password"), [("halima@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_who_guesses_learns_nothing_and_is_made_to_wait(client: Client, email: str, password: str) -> None:
    """Unknown address and wrong password are answered alike; after ten tries nobody is let in."""
    answers = [sign_in(client, email, password) for _ in range(11)]
    assert [it.status_code for it in answers] == [401] * 10 + [429]
    assert answers[0].json()["detail"] == "the address or the password is wrong"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_signing_out_ends_the_session_and_its_cookie(client: Client) -> None:
    """Both in the browser and here."""
    token = cookie_of(sign_in(client))
    headers = {"Cookie": f"{COOKIE}={token}", "X-CSRF-Token": csrf_token(token)}
    found = client.delete("/api/session", headers=headers)
    assert found.status_code == 204
    assert "Max-Age=0" in found.headers["Set-Cookie"]
    assert client.get("/api/session", headers=headers).status_code == 401


def test_somebody_is_invited_chooses_a_password_and_sees_what_the_role_reaches(client: Client, house: House) -> None:
    """From the letter to the first read, through the real authenticator."""
    grant = {"role": "tenant", "portfolio_id": "halima", "person_id": "t-A1"}
    body = {"email": "Wanjiku.New@example.org", "name": "Wanjiku", "grant": grant}
    user = post(client, "/api/admin/users?portfolio=halima", body, "admin", 201)
    assert user["status"] == "invited"
    token = house.outbox.token_to("wanjiku.new@example.org")
    post(client, "/api/invitations/accept", {"token": token, "password": "short"}, status=422)
    accepted = client.post("/api/invitations/accept", json={"token": token, "password": "a new pass phrase"})
    assert accepted.status_code == 201
    post(client, "/api/invitations/accept", {"token": token, "password": "a new pass phrase"}, status=401)
    headers = {"Cookie": f"{COOKIE}={cookie_of(accepted)}"}
    leases = client.get("/api/leases", headers=headers).json()["leases"]
    assert [it["lease_id"] for it in leases] == ["L-A1"]
    assert client.get("/api/leases/L-A2", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("who", "grant", "expected"),
    [
        ("admin", {"role": "admin", "portfolio_id": None}, 404),
        ("admin", {"role": "landlord", "portfolio_id": "kamau"}, 404),
        ("admin", {"role": "landlord", "portfolio_id": "halima"}, 201),
        ("landlord", {"role": "tenant", "portfolio_id": "halima", "person_id": "t-A1"}, 403),
        ("tenant", {"role": "landlord", "portfolio_id": "halima"}, 403),
        ("operator", {"role": "admin", "portfolio_id": None}, 201),
    ],
)
def test_nobody_gives_more_than_they_have(client: Client, who: str, grant: dict[str, Any], expected: int) -> None:
    """An admin of one book makes no admin of the installation, and none of another book."""
    where = "" if who == "operator" else "?portfolio=halima"
    body = {"email": "new@example.org", "name": "New", "grant": grant}
    post(client, f"/api/admin/users{where}", body, who, expected)


def test_a_password_reset_answers_the_same_for_everybody(client: Client, house: House) -> None:
    """A letter goes to whom has a login, and to nobody else; its token works once and ends every session."""
    known = client.post("/api/password-resets", json={"email": "halima@example.org"})
    unknown = client.post("/api/password-resets", json={"email": "nobody@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    assert [it.recipient for it in house.outbox.sent] == ["halima@example.org"]
    session = cookie_of(sign_in(client))
    token = house.outbox.token_to("halima@example.org")
    body = {"token": token, "password": "another pass phrase"}
    assert client.post("/api/password-resets/complete", json=body).status_code == 204
    assert client.post("/api/password-resets/complete", json=body).status_code == 401
    assert sign_in(client).status_code == 401
    assert sign_in(client, password="another pass phrase").status_code == 201
    assert session not in {it.token_hash for it in house.parts.identity.identities().sessions_of(UserId("halima"))}


def test_a_service_gets_a_token_for_its_secret_and_acts_within_its_scopes(client: Client) -> None:
    """Client credentials by Basic or form; a wrong secret, scope or grant type is refused as RFC 6749 says."""
    grants = [{"role": "landlord", "portfolio_id": "halima"}]
    body = {"client_id": "reports", "name": "Reports", "scopes": ["lease.read"], "grants": grants}
    made = post(client, "/api/admin/clients?portfolio=halima", body, "admin", 201)
    basic = base64.b64encode(f"reports:{made['secret']}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    found = client.post("/oauth/token", data=form, headers={"Authorization": f"Basic {basic}"})
    assert found.status_code == 200, found.text
    told = found.json()
    assert (told["token_type"], told["scope"], told["expires_in"]) == ("Bearer", "lease.read", 300)
    assert len(get(client, "/api/leases", told["access_token"])["leases"]) == 3
    get(client, "/api/invoices", told["access_token"], 403)
    wrong = client.post("/oauth/token", data={**form, "client_id": "reports", "client_secret": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    other = client.post("/oauth/token", data={"grant_type": "password"})
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
    scope = {**form, "client_id": "reports", "client_secret": made["secret"], "scope": "money.refund"}
    assert client.post("/oauth/token", data=scope).json()["error"] == "invalid_scope"


def pay(client: Client, amount: str, receipt: str) -> None:
    """Pay in cash for lease A1."""
    box = {"collection_account_id": "cash-halima", "day": "2026-11-20", "receipt": receipt}
    paid = post(client, "/api/payments", {**box, "amount": money(amount)}, status=201)
    body = {"slices": [{"lease_id": "L-A1", "amount": money(amount)}]}
    post(client, f"/api/payments/{paid['payment_id']}/matches", body)


def test_above_the_limit_a_second_person_does_what_the_first_asked_for(client: Client) -> None:
    """The first cannot confirm, nor can a service; the second does, once; the trail names both."""
    pay(client, "80000.00", "C-1")
    body = {"amount": money("60000.00"), "reason": "paid twice"}
    small = post(client, "/api/leases/L-A1/refunds", {"amount": money("5000.00"), "reason": "paid twice"})
    assert small["done"]["facts"] > 0
    asked = post(client, "/api/leases/L-A1/refunds", body, status=202)
    act = asked["waits"]["act_id"]
    assert asked["done"] is None
    assert [it["act_id"] for it in get(client, "/api/approvals")["acts"]] == [act]
    post(client, f"/api/approvals/{act}/confirm", status=403)
    post(client, f"/api/approvals/{act}/confirm", who="stranger", status=404)
    post(client, f"/api/approvals/{act}/confirm", who="tenant", status=403)
    assert post(client, f"/api/approvals/{act}/confirm", who="second")["facts"] > 0
    assert post(client, f"/api/approvals/{act}/confirm", who="second")["repeated"]
    last = get(client, "/api/admin/audit?limit=500")["events"][-1]
    assert last["actor"] == "person:halima"
    assert "second" in last["reason"]


def test_an_act_is_refused_or_taken_back(client: Client) -> None:
    """Then nothing is done."""
    pay(client, "80000.00", "C-1")
    body = {"amount": money("60000.00"), "reason": "paid twice"}
    act = post(client, "/api/leases/L-A1/refunds", body, status=202)["waits"]["act_id"]
    assert post(client, f"/api/approvals/{act}/refuse", {"reason": "no"}, "second")["state"] == "refused"
    post(client, f"/api/approvals/{act}/confirm", who="second", status=409)
    assert get(client, "/api/statements/L-A1")["closing"]["amount"] == "-80000.00"


def test_a_deposit_is_deducted_transferred_and_refunded(client: Client, house: House) -> None:
    """No more than is held."""
    body = {"amount": money("100.00"), "reason": "broken window"}
    post(client, "/api/deposits/L-A1/deduct", body, status=409)
    post(client, "/api/deposits/L-A1/transfer", {**body, "to_lease_id": "L-A2"}, status=409)
    post(client, "/api/deposits/L-A1/refund", body, status=409)
    post(client, "/api/deposits/L-Z1/refund", body, status=404)
    assert get(client, "/api/deposits")["deposits"] == []
    assert list(house.books.waiting(BOOK)) == []


def test_a_person_gets_everything_and_is_erased(client: Client) -> None:
    """Only by an admin; the sums stay."""
    bill(client)
    post(client, "/api/people/t-A1/erase", {"reason": "asked to"}, "landlord", 403)
    get(client, "/api/people/t-A1/export", "landlord", 403)
    assert "Tenant A1" in json.dumps(get(client, "/api/people/t-A1/export", "admin"))
    before = get(client, "/api/aging")["total"]
    assert post(client, "/api/people/t-A1/erase", {"reason": "asked to"}, "admin")["parts"] > 0
    assert get(client, "/api/people/t-A1")["name"] == ""
    assert get(client, "/api/aging")["total"] == before


def test_a_confirmation_is_kept_to_the_byte_acknowledged_and_read_by_its_job(client: Client, house: House) -> None:
    """Once, however often it comes; the reply is M-Pesa's."""
    raw = json.dumps(CONFIRMATION).encode()
    path = f"/hooks/payments/{TOKEN}/confirmation"
    for _ in range(3):
        found = client.post(path, content=raw, headers={"Content-Type": "application/json"})
        assert (found.status_code, found.json()) == (200, {"ResultCode": 0, "ResultDesc": "Accepted"})
    work = work_of(house.parts.store)
    assert [it.body for it in work.hooks(HookState.KEPT)] == [raw] * 3
    receive = receive_payment_hook(house.parts.store, house.parts.container, "service:worker")
    for job in work.jobs(JobState.WAITING):
        receive(job)
    assert [it.transaction_id for it in house.books.payments(BOOK)] == ["TK60708BHZ"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"TransID": "x"}', b"[" * 5000])
def test_what_cannot_be_read_is_kept_all_the_same(client: Client, house: House, content: bytes) -> None:
    """It is acknowledged, and waits for a person."""
    assert client.post(f"/hooks/payments/{TOKEN}/confirmation", content=content).status_code == 200
    assert [it.body for it in work_of(house.parts.store).hooks(HookState.KEPT)] == [content]


def test_a_hook_without_its_token_is_not_found(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    """And the path, which holds a token, is in no log."""
    for token in ("wrong-token-of-some-length", TOKEN[:-1], "x"):
        for kind in ("confirmation", "validation"):
            assert client.post(f"/hooks/payments/{token}/{kind}", json=CONFIRMATION).status_code == 404
    client.post(f"/hooks/payments/{TOKEN}/confirmation", json=CONFIRMATION)
    said = "\n".join(it for it in capfd.readouterr().err.splitlines() if it.startswith("{"))
    assert "confirm_payment" in said
    assert TOKEN not in said
    assert "wrong-token" not in said


@pytest.mark.parametrize(
    ("address", "expected"), [("196.201.214.200", 200), ("196.201.215.1", 404), ("nonsense", 404), ("", 404)]
)
def test_partners_post_from_their_own_addresses(address: str, expected: int) -> None:
    """As the proxy's own header says them, and only where the proxy is one of ours."""
    hooks = HookSettings(addresses=("196.201.214.0/24",))
    trusting = Settings(hooks=hooks, client_address_header="cf-connecting-ip", trusted_proxies=("testclient",))
    for settings, status in ((trusting, expected), (evolve(trusting, trusted_proxies=("10.0.0.1",)), 404)):
        house = make_house(settings=settings)
        route = HookRoute(RouteId("r1"), "mpesa-c2b", BOOK, CollectionAccountId("paybill-halima"), NOW)
        work_of(house.parts.store).add_route(route, token_digest(TOKEN))
        with house.client() as client:
            headers = {"CF-Connecting-IP": address} if address else {}
            found = client.post(f"/hooks/payments/{TOKEN}/confirmation", json=CONFIRMATION, headers=headers)
            assert found.status_code == status


def test_a_validation_request_writes_nothing(client: Client, house: House) -> None:
    """It is let pass, by default."""
    body = {**CONFIRMATION, "OrgAccountBalance": ""}
    assert client.post(f"/hooks/payments/{TOKEN}/validation", json=body).json()["ResultCode"] == 0
    assert work_of(house.parts.store).hooks(HookState.KEPT) == ()


def test_the_operator_sees_the_state_of_everything(client: Client) -> None:
    """The queue, each adapter, and that there are no second books; nobody else does."""
    told = get(client, "/api/system/status", "operator")
    assert told["billing_sync_ok"] is None
    assert {it["name"]: it["state"] for it in told["adapters"]}["store:postgres"] == "well"
    for who in ("admin", "landlord", "tenant", "caretaker", "reader"):
        get(client, "/api/system/status", who, 404)
    metrics = client.get("/metrics", headers=bearer("operator"))
    assert metrics.status_code == 200
    assert 'marketplace_http_requests_total{operation="read_status",status="200"} 1.0' in metrics.text
    assert client.get("/metrics").status_code == 401


def test_papers_are_pdf_of_what_is_in_reach(client: Client) -> None:
    """A receipt and a statement; another's is not found."""
    bill(client)
    pay(client, "15000.00", "C-1")
    receipt = get(client, "/api/receipts")["receipts"][0]["receipt_id"]
    for path in (f"/api/receipts/{receipt}/pdf", "/api/statements/L-A1/pdf"):
        found = client.get(path, headers=bearer("tenant"))
        assert (found.status_code, found.headers["Content-Type"], found.content[:5]) == (
            200,
            "application/pdf",
            b"%PDF-",
        )
    assert client.get("/api/statements/L-A2/pdf", headers=bearer("tenant")).status_code == 404


@pytest.mark.parametrize("content", [b'{"accountId": "a"}', b"", b"\xff"])
def test_a_hint_of_the_billing_engine_is_kept_for_the_installation(
    client: Client, house: House, content: bytes
) -> None:
    """Whatever it says, by a route of no book; no payment comes by its address."""
    token = "e" * 43
    work = work_of(house.parts.store)
    work.add_route(HookRoute(RouteId("r-engine"), "killbill", None, None, NOW), token_digest(token))
    assert client.post(f"/hooks/killbill/{token}", content=content).status_code == 200
    assert client.post("/hooks/killbill/wrong-token-of-some-length", content=content).status_code == 404
    assert client.post(f"/hooks/payments/{token}/validation", json=CONFIRMATION).status_code == 404
    (kept,) = work.hooks(HookState.KEPT)
    assert (kept.route_id, kept.body) == (RouteId("r-engine"), content)
    (job,) = work.jobs(JobState.WAITING)
    assert (job.request.kind, job.request.portfolio_id) == ("engine-hook", None)
