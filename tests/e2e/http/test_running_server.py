"""The API as a process of its own over PostgreSQL: people, services, slow clients, its end, one key on two servers."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from tests.e2e.http.serving import Server, run_program, serving
from tests.fixtures.databases import Database, MakeTables

pytestmark = pytest.mark.postgres

EMAIL, PASSWORD = "halima@example.org", "seven quiet herons wade"
SLOW_CLIENTS = 200
FAST_SECONDS = 5.0


@frozen
class Place:
    """A book with somebody who may sign in, a service, and a way in for payments."""

    database: Database
    folder: Path
    secret: str
    hook: str

    def token(self, client: httpx.Client) -> dict[str, str]:
        """The header of the service."""
        form = {"grant_type": "client_credentials", "client_id": "sync", "client_secret": self.secret}
        return {"Authorization": f"Bearer {client.post('/oauth/token', data=form).json()['access_token']}"}


def _book(owner: Any) -> None:  # noqa: ANN401 - the shape of MakeTables without importing the adapter here
    database = Database(owner, owner)
    for words, given in (
        (("init", "halima", "--account", "paybill:600995"), ""),
        (("init", "halima", "--account", "cash:1"), ""),
        (("users", "invite", EMAIL, "--role", "landlord", "--portfolio", "halima"), ""),
        (("users", "set-password", EMAIL), f"{PASSWORD}\n"),
    ):
        done = run_program(database, *words, given=given)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def database_template() -> MakeTables:
    """Every test of this module begins with a book and somebody who may sign in."""
    return _book


@pytest.fixture
def place(fresh_database: Database, tmp_path: Path) -> Place:
    """Give a book."""

    def run(*words: str) -> dict[str, Any]:
        keys = {"MARKETPLACE_SIGNING_KEYS": str(tmp_path / "signing-keys.json")}
        done = run_program(fresh_database, *words, "--json", folder=tmp_path, more=keys)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    scopes = [word for it in ("payment.record", "money.read", "property.read") for word in ("--scope", it)]
    client = run("clients", "add", "sync", *scopes, "--role", "landlord", "--portfolio", "halima")
    route = run("hooks", "add", "--account", "paybill-600995", "--portfolio", "halima")
    return Place(fresh_database, tmp_path, client["secret"], route["path"].removesuffix("/confirmation"))


@pytest.fixture
def server(place: Place) -> Iterator[Server]:
    """Give a server over it."""
    with serving(place.database, place.folder) as found:
        yield found


def paid(receipt: str, amount: str = "1500.00") -> dict[str, Any]:
    """A payment in cash."""
    money = {"amount": amount, "currency": "KES"}
    return {"amount": money, "receipt": receipt, "day": "2026-10-20", "collection_account_id": "cash-1"}


def test_a_person_and_a_service_work_with_it(place: Place, server: Server) -> None:
    """Sign in, take the cookie and the CSRF token, write; get an access token, read what was written."""
    with server.client() as client:
        begun = client.post("/api/session", json={"email": EMAIL, "password": PASSWORD})
        cookie = begun.headers["Set-Cookie"].partition(";")[0]
        person = {"Cookie": cookie, "X-CSRF-Token": begun.json()["csrf_token"]}
        written = client.post("/api/properties", json={"property_id": "block-a", "name": "Block A"}, headers=person)
        assert (begun.status_code, written.status_code) == (201, 201)
        seen = client.get("/api/properties", headers=place.token(client)).json()["properties"]
        assert [it["property_id"] for it in seen] == ["block-a"]
        event = client.get("/api/admin/audit", headers={"Cookie": cookie}).json()["events"][-1]
        assert event["actor"].startswith("person:")


def _drip(port: int, sent: bytes) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), timeout=60)
    found.sendall(sent)
    return found


def test_slow_clients_stop_nobody_else(place: Place, server: Server) -> None:
    """200 of them drip their headers or bodies; others are answered, and a slow body is told so with 408."""
    head = b"POST /api/payments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    body = head + b"Authorization: Bearer x\r\nContent-Length: 500\r\n\r\n{"
    begun = time.monotonic()
    slow = [_drip(server.port, head if number % 2 else body) for number in range(SLOW_CLIENTS)]
    try:
        with server.client() as client:
            headers = place.token(client)
            for number in range(20):
                asked = time.monotonic()
                assert client.get("/api/portfolios", headers=headers).status_code == 200
                assert time.monotonic() - asked < FAST_SECONDS
                slow[number].sendall(b"X" if number % 2 else b" ")
        slow[0].settimeout(40)
        assert slow[0].recv(200).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - begun >= 14
    finally:
        for it in slow:
            it.close()


def test_what_runs_is_finished_when_it_is_told_to_stop(place: Place, server: Server) -> None:
    """A request whose body is still coming is answered, new ones are not taken, and the process ends with 0."""
    with server.client() as client:
        token = place.token(client)["Authorization"]
    content = json.dumps(paid("LATE-1")).encode()
    head = (
        f"POST /api/payments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Authorization: {token}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with closing(_drip(server.port, head.encode() + content[:10])) as waiting:
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        waiting.sendall(content[10:])
        assert waiting.recv(200).startswith(b"HTTP/1.1 201")
    begun = time.monotonic()
    assert server.process.wait(20) == 0
    assert time.monotonic() - begun < 10
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/api/health/live")


def test_one_key_on_two_servers_has_one_effect(place: Place, server: Server) -> None:
    """50 posts at once with one key, over two processes on one database."""
    with serving(place.database, place.folder) as other, server.client() as one, other.client() as two:
        headers = {**place.token(one), "Idempotency-Key": "november-rent"}

        def post(number: int) -> httpx.Response:
            return (one, two)[number % 2].post("/api/payments", json=paid("KEY-1"), headers=headers)

        with ThreadPoolExecutor(50) as threads:
            answers = list(threads.map(post, range(50)))
        assert {it.status_code for it in answers} <= {201, 409}
        assert len({it.content for it in answers if it.status_code == 201}) == 1
        again = [post(number) for number in range(2)]
        assert [(it.status_code, it.headers["Idempotent-Replayed"]) for it in again] == [(201, "true")] * 2
        payments = one.get("/api/payments", headers=headers).json()["payments"]
        assert [it["amount"]["amount"] for it in payments] == ["1500.00"]


def _callback(**changed: str) -> dict[str, str]:
    told = {
        "TransactionType": "Pay Bill",
        "TransID": "TK60708BHZ",
        "TransTime": "20261106230212",
        "TransAmount": "1500.00",
        "BusinessShortCode": "600995",
        "BillRefNumber": "UM001",
        "OrgAccountBalance": "41880264.80",
        "ThirdPartyTransID": "",
        "MSISDN": "254722000111",
        "FirstName": "JANE",
        "MiddleName": "",
        "LastName": "DOE",
    }
    return {**told, **changed}


def test_a_payment_by_mobile_money_comes_in_once(place: Place, server: Server) -> None:
    """Acknowledged at once, booked by the worker, harmless when repeated; a wrong token finds nothing."""
    off = {f"MARKETPLACE_SCHEDULES_{it}": "off" for it in ("BILLING", "RECONCILE", "LATE_FEES", "DELIVER", "RETENTION")}
    wrong = place.hook[:-8] + "wrongend"
    with server.client() as client:
        asked = client.post(f"{place.hook}/validation", json=_callback())
        begun = time.monotonic()
        told = [client.post(f"{place.hook}/confirmation", json=_callback()) for _ in range(3)]
        assert (time.monotonic() - begun) / 3 < FAST_SECONDS
        assert [it.json() for it in (asked, *told)] == [{"ResultCode": 0, "ResultDesc": "Accepted"}] * 4
        assert client.post(f"{wrong}/confirmation", json=_callback()).status_code == 404
        assert client.post(f"{place.hook}/confirmation", content=b"\xff not json").status_code == 200
        headers = place.token(client)
        assert client.get("/api/payments", headers=headers).json()["payments"] == []
        worked = run_program(place.database, "worker", "--once", folder=place.folder, more=off)
        assert worked.returncode in (0, 3), worked.stderr
        seen = client.get("/api/payments", headers=headers).json()["payments"]
        assert [(it["transaction_id"], it["amount"]["amount"]) for it in seen] == [("TK60708BHZ", "1500.00")], (
            worked.stderr
        )
        client.post(f"{place.hook}/confirmation", json=_callback())
        run_program(place.database, "worker", "--once", folder=place.folder, more=off)
        assert len(client.get("/api/payments", headers=headers).json()["payments"]) == 1
    refused = json.loads(run_program(place.database, "hooks", "kept", "--json", folder=place.folder).stdout)["hooks"]
    assert [it["bytes"] for it in refused] == [10]
    log = server.log.read_text("utf-8")
    assert "confirm_payment" in log
    for token in (place.hook.rpartition("/")[2], wrong.rpartition("/")[2]):
        assert token not in log
