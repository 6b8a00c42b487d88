"""What holds for every operation: who asks, what is read, what is refused and how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Event
from typing import Any

import pytest
from attrs import frozen
from litestar import Litestar
from litestar.testing import TestClient
from tests.unit.http.house import BOOK, House, bearer, make_house

from marketplace_core.domain.access import Action
from marketplace_core.errors import ConfigurationError, DepositExceeded, StoreUnavailable, TooManyAttempts
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.bounded import Amount, Name
from marketplace_entrypoints.http.identity import COOKIE, csrf_token
from marketplace_entrypoints.http.operation import Answer, Call, Operation, Public, operation
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.http.shapes.money import Money

Client = TestClient[Litestar]


@frozen
class Said:
    """A body for tests."""

    name: Name
    amount: Amount = "1.00"
    money: Money | None = None


@frozen
class Echo:
    """An answer for tests."""

    name: str
    command: str


DONE: list[str] = []
HOLD = Event()


@operation("POST", "/api/tests", Action.WRITE_LEASE, answers=Echo, body=Said, takes_key=True, plans=True)
def say(call: Call[Any, Said]) -> Answer:
    """Say something."""
    if call.body.name == "slow":
        HOLD.wait(5)
    command = call.command("test.say")
    if not call.dry_run:
        DONE.append(command.command_id)
    return Answer(Echo(call.body.name, command.command_id), HTTPStatus.CREATED, etag='"1"')


@operation("GET", "/api/tests/{kind}", Public("a test"), answers=Echo, limit="tests")
def fail(call: Call[Any, Any]) -> Answer:
    """Fail as asked."""
    errors = {
        "rule": DepositExceeded("more than is held"),
        "store": StoreUnavailable("away"),
        "bug": RuntimeError("a password is hunter2"),
        "often": TooManyAttempts("slow down", 30),
    }
    raise errors[call.path["kind"]]


@pytest.fixture
def house() -> House:
    """Give a house with the test operations beside all others."""
    DONE.clear()
    HOLD.clear()
    return make_house((*OPERATIONS, say, fail))


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    """Give its client."""
    with house.client() as found:
        yield found


def post(client: Client, content: bytes | dict[str, Any], who: str = "landlord", **headers: str) -> Any:  # noqa: ANN401 - a response
    """Post to the test operation."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/api/tests", content=raw, headers={**bearer(who), "Content-Type": "application/json", **named})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"Authorization": "Bearer nobody"}, 401),
        ({"Authorization": "Basic bGFuZGxvcmQ6"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Bearer landlord"}, 200),
        ({"Cookie": f"{COOKIE}=landlord"}, 200),
        ({"Cookie": "session=landlord"}, 401),
        ({"Cookie": f"{COOKIE}=nobody; a=b"}, 401),
        ({"Authorization": "Bearer nobody", "Cookie": f"{COOKIE}=landlord"}, 401),
    ],
)
def test_who_asks_must_be_known(client: Client, headers: dict[str, str], expected: int) -> None:
    """A wrong access token is not made good by a cookie."""
    found = client.get("/api/portfolios", headers=headers)
    assert found.status_code == expected
    if expected == HTTPStatus.UNAUTHORIZED:
        assert found.headers["WWW-Authenticate"] == "Bearer"
        assert found.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["", "wrong", csrf_token("tenant")])
def test_a_session_writes_nothing_without_its_own_csrf_token(client: Client, token: str) -> None:
    """Not without one, not with a made up one, not with that of another session."""
    headers = {"Cookie": f"{COOKIE}=landlord", "X-CSRF-Token": token}
    assert client.post("/api/tests", json={"name": "a"}, headers=headers).status_code == HTTPStatus.FORBIDDEN
    assert DONE == []
    good = {"Cookie": f"{COOKIE}=landlord", "X-CSRF-Token": csrf_token("landlord")}
    assert client.post("/api/tests", json={"name": "a"}, headers=good).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize(
    ("who", "portfolio", "expected"),
    [
        ("landlord", "", 201),
        ("landlord", "halima", 201),
        ("landlord", "kamau", 404),
        ("landlord", "nowhere", 404),
        ("landlord", "'; --", 404),
        ("stranger", "halima", 404),
        ("tenant", "halima", 403),
        ("reader", "halima", 403),
        ("operator", "", 422),
        ("operator", "kamau", 201),
    ],
)
def test_the_declared_rule_holds_before_the_handler(client: Client, who: str, portfolio: str, expected: int) -> None:
    """Another's portfolio is not found, a role that may not is told so, and nothing is done."""
    where = f"?portfolio={portfolio}" if portfolio else ""
    found = client.post(f"/api/tests{where}", json={"name": "a"}, headers=bearer(who))
    assert found.status_code == expected
    assert len(DONE) == (1 if expected == HTTPStatus.CREATED else 0)


@pytest.mark.parametrize(
    ("content", "expected", "words"),
    [
        (b"", 400, "empty"),
        (b"{", 400, "no JSON"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b'{"name": "a", "name": "b"}', 400, "twice"),
        (b'{"name": NaN}', 400, "NaN"),
        (b'{"name": -Infinity}', 400, "Infinity"),
        (b'{"name": "a", "amount": 1.5}', 400, "amounts as texts"),
        (b'{"name": "a", "amount": 15}', 400, "must be a text"),
        (b'{"name": "a", "amount": "1e3"}', 400, "amount"),
        ('{"name": "a", "amount": "\u0661\u0665"}'.encode(), 400, "amount"),
        (b'{"name": ["a"]}', 400, "must be a text"),
        (b'{"name": "' + b"a" * 201 + b'"}', 400, "name"),
        (b'{"name": ""}', 400, "name"),
        (b'{"nam": "a"}', 400, "unknown nam"),
        (b'{"name": "a", "portfolio_id": "kamau"}', 400, "unknown portfolio_id"),
        (b'{"name": "a", "money": {"amount": "1.00"}}', 400, "currency is missing"),
        (b'{"name": "a\\u0000"}', 400, "no text"),
        (b'{"name": "\\ud800"}', 400, "no text"),
        (b"[]", 400, ""),
        (b"null", 400, ""),
        (b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "deeper"),
        (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "deeper"),
        (b'{"name": ' + b"9" * 5000 + b"}", 400, "number of 5000 signs"),
        (b'{"name": "' + b"a" * 1_000_000 + b'"}', 413, "at most"),
    ],
)
def test_bad_bodies_are_refused_with_what_is_wrong(client: Client, content: bytes, expected: int, words: str) -> None:
    """Each as problem details, and nothing is done."""
    found = post(client, content)
    assert (found.status_code, found.headers["Content-Type"]) == (expected, "application/problem+json")
    told = found.json()
    assert words in told["detail"], told
    assert told["status"] == expected
    assert told["instance"] == f"urn:request:{found.headers['X-Request-Id']}"
    assert DONE == []


def test_a_body_of_another_kind_is_refused(client: Client) -> None:
    """A form is no JSON."""
    assert post(client, b"name=a", Content_Type="application/x-www-form-urlencoded").status_code == 415


@pytest.mark.parametrize(
    "query", ["?nothing=1", "?dry_run=yes", "?dry_run=true&dry_run=true", "?portfolio=halima&portfolio=halima"]
)
def test_bad_query_parameters_are_refused(client: Client, query: str) -> None:
    """Unknown, wrong or given twice."""
    assert client.post(f"/api/tests{query}", json={"name": "a"}, headers=bearer("landlord")).status_code == 400


def test_a_dry_run_is_passed_on(client: Client) -> None:
    """And keeps no answer."""
    found = client.post(
        "/api/tests?dry_run=true", json={"name": "a"}, headers={**bearer("landlord"), "Idempotency-Key": "k"}
    )
    assert (found.status_code, DONE) == (201, [])
    assert post(client, {"name": "b"}, Idempotency_Key="k").status_code == 201


def test_an_idempotency_key_has_one_effect_and_one_answer(client: Client) -> None:
    """The second time the first answer comes, byte for byte, and another body is refused."""
    first, second = (post(client, {"name": "a"}, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, first.content, first.headers["ETag"]) == (201, second.content, second.headers["ETag"])
    assert (second.status_code, second.headers["Idempotent-Replayed"]) == (201, "true")
    assert "Idempotent-Replayed" not in first.headers
    assert len(DONE) == 1
    assert post(client, {"name": "b"}, Idempotency_Key="k1").status_code == 422
    assert post(client, {"name": "a"}, "second", Idempotency_Key="k1").headers.get("Idempotent-Replayed") is None
    assert post(client, {"name": "a"}, Idempotency_Key="sp ace").status_code == 422


def test_a_key_that_was_forgotten_still_has_one_effect_for_one_request(client: Client, house: House) -> None:
    """The command is that of key and request: the same again is the same command, another request another one."""
    first = post(client, {"name": "a"}, Idempotency_Key="k9").json()["command"]
    house.parts.kept.forget_before(datetime(2030, 1, 1, tzinfo=UTC))
    assert post(client, {"name": "a"}, Idempotency_Key="k9").json()["command"] == first
    house.parts.kept.forget_before(datetime(2030, 1, 1, tzinfo=UTC))
    assert post(client, {"name": "b"}, Idempotency_Key="k9").json()["command"] != first


def test_fifty_at_once_with_one_key_have_one_effect(client: Client) -> None:
    """One is done, the others hear 409 while it runs and its answer afterwards."""
    with ThreadPoolExecutor(10) as threads:
        waiting = [threads.submit(post, client, {"name": "slow"}, Idempotency_Key="k2") for _ in range(50)]
        for _ in range(200):
            if sum(it.done() for it in waiting) >= 9:
                break
            HOLD.wait(0.02)
        HOLD.set()
        codes = sorted(it.result().status_code for it in waiting)
    assert set(codes) == {201, 409}
    assert codes.count(409) >= 9
    assert len(set(DONE)) == len(DONE) == 1


def test_a_refused_request_may_come_again_with_its_key(client: Client) -> None:
    """What was not done leaves the key free."""
    assert post(client, {"name": ""}, Idempotency_Key="k3").status_code == 400
    assert post(client, {"name": "a"}, Idempotency_Key="k3").status_code == 201


@pytest.mark.parametrize(
    ("kind", "expected", "header"),
    [("rule", 409, ""), ("store", 503, "Retry-After"), ("often", 429, "Retry-After"), ("bug", 500, "")],
)
def test_errors_have_their_statuses(client: Client, kind: str, expected: int, header: str) -> None:
    """One table; a fault of ours says nothing of its inside."""
    found = client.get(f"/api/tests/{kind}")
    assert found.status_code == expected
    assert not header or int(found.headers[header]) > 0
    assert "hunter2" not in found.text
    assert "RuntimeError" not in found.text


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("GET", "/api/nothing", 404), ("DELETE", "/api/portfolios", 405), ("GET", "/", 404)],
)
def test_what_is_not_there_is_told_as_a_problem_too(client: Client, method: str, path: str, expected: int) -> None:
    """Unknown paths and methods."""
    found = client.request(method, path)
    assert (found.status_code, found.headers["Content-Type"]) == (expected, "application/problem+json")


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://portal.example.org", True),
        ("https://evil.example", False),
        ("null", False),
        ("https://portal.example.org.evil.example", False),
        ("https://evilportal.example.org", False),
        ("http://portal.example.org", False),
    ],
)
def test_only_listed_origins_may_call_from_a_browser(client: Client, origin: str, *, is_allowed: bool) -> None:
    """Never a star with credentials, in preflights and in answers."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answers = (
        client.options("/api/portfolios", headers=asked),
        client.get("/api/portfolios", headers={"Origin": origin, **bearer("landlord")}),
    )
    for found in answers:
        assert found.headers.get("Access-Control-Allow-Origin") == (origin if is_allowed else None)
        assert "*" not in found.headers.get("Access-Control-Allow-Origin", "")


def test_every_answer_has_its_headers(client: Client) -> None:
    """Also those of errors."""
    for path in ("/api/health/live", "/api/nothing", "/api/tests/bug"):
        found = client.get(path).headers
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Cache-Control"] == "no-store"
        assert "default-src 'none'" in found["Content-Security-Policy"]
        assert found["X-Request-Id"]


def test_a_request_id_is_kept_where_it_is_one(client: Client) -> None:
    """What could break a log line is replaced."""
    assert client.get("/api/health/live", headers={"X-Request-Id": "abc-12345"}).headers["X-Request-Id"] == "abc-12345"
    assert client.get("/api/health/live", headers={"X-Request-Id": "a b{}"}).headers["X-Request-Id"] != "a b{}"


def test_an_app_with_two_operations_of_one_route_does_not_start() -> None:
    """Nor with two of one name."""
    house = make_house(())
    with pytest.raises(ConfigurationError):
        build_app(house.parts, (say, say))


def test_every_operation_declares_a_rule() -> None:
    """An action, or a reason why it needs none."""
    for it in OPERATIONS:
        assert isinstance(it, Operation)
        assert isinstance(it.access, Action) or it.access.reason, it.name


def test_portfolios_are_those_of_the_callers_roles(client: Client) -> None:
    """And no others."""

    def seen(who: str) -> list[str]:
        return [it["portfolio_id"] for it in client.get("/api/portfolios", headers=bearer(who)).json()["portfolios"]]

    assert seen("tenant") == [BOOK]
    assert seen("operator") == ["halima", "kamau"]
