"""The security lines of the design as the API keeps them, with real credentials; ``TESTED_BY`` says which has which.

``scripts/security_mutations.py`` takes each defence away in turn and sees its test fail.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve, frozen
from dependency_injector import providers
from litestar import Litestar
from litestar.testing import TestClient
from scripts.forged_tokens import forged_tokens
from tests.unit.http.furnished import FOUR_EYES_LIMIT, PEOPLE
from tests.unit.http.house import BOOK, NOW, PASSWORD, House, bearer, callers, make_house

from marketplace_adapters.credentials import KeyFile, RandomTokens, SignedAccessTokens
from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.hooks import HookRoute, RouteId, token_digest
from marketplace_core.domain.identifiers import CollectionAccountId, CommandId, UserId
from marketplace_core.domain.identity.grants import StoredGrant
from marketplace_core.domain.identity.log import identity_command
from marketplace_core.domain.party import Role
from marketplace_core.services.verify import verify_books
from marketplace_entrypoints.http.app import build_app
from marketplace_entrypoints.http.description import describe
from marketplace_entrypoints.http.examples import body_example
from marketplace_entrypoints.http.identity import COOKIE
from marketplace_entrypoints.http.operation import Form, Nothing, Operation, Raw
from marketplace_entrypoints.http.rates import LIMITS, CountedRates
from marketplace_entrypoints.http.resources.all import OPERATIONS
from marketplace_entrypoints.settings import Secret, Settings

TESTED_BY: Final[Mapping[str, str]] = {
    "object access": "tests/unit/http/test_role_matrix.py::test_nobody_reaches_what_is_not_theirs",
    "a route without a declared rule": "tests/unit/http/test_frame.py::test_every_operation_declares_a_rule",
    "function access": "tests/unit/http/test_frame.py::test_the_declared_rule_holds_before_the_handler",
    "mass assignment": "tests/unit/http/test_trust.py::test_no_body_sets_what_is_not_its_own",
    "field exposure": "tests/unit/http/test_trust.py::test_what_is_nobodys_business_is_in_no_answer",
    "session cookie": "tests/unit/http/test_trust.py::test_a_session_is_a_cookie_of_this_host_alone",
    "rotation at login": "tests/unit/http/test_trust.py::test_signing_in_again_ends_the_session_of_before",
    "CSRF": "tests/unit/http/test_frame.py::test_a_session_writes_nothing_without_its_own_csrf_token",
    "access tokens": "tests/unit/http/test_trust.py::test_a_forged_access_token_is_refused",
    "CORS": "tests/unit/http/test_frame.py::test_only_listed_origins_may_call_from_a_browser",
    "path tokens in logs": "tests/unit/http/test_trust.py::test_no_log_has_the_token_of_a_path",
    "bodies": "tests/unit/http/test_frame.py::test_bad_bodies_are_refused_with_what_is_wrong",
    "CSV cells": "tests/unit/http/test_resources.py::test_lists_come_as_csv_that_no_spreadsheet_runs",
    "rate limit on login": "tests/unit/http/test_trust.py::test_guessing_a_password_is_soon_over",
    "rate limits on operations": "tests/unit/http/test_trust.py::test_limited_operations_are_limited",
    "secrets": "tests/unit/http/test_trust.py::test_no_secret_is_said_anywhere",
    "four eyes": "tests/unit/http/test_trust.py::test_above_the_limit_another_person_confirms",
    "erasure": "tests/unit/http/test_trust.py::test_an_erased_person_is_nowhere_and_the_money_stays",
    "audit chain": "tests/e2e/cli/test_tampering.py::test_an_altered_link_is_found",
}
ROOT = Path(__file__).parents[3]
FIELDS = ("role", "amount_paid", "portfolio_id", "version", "status", "actor", "recorded_at")
WITH_JSON = [it for it in OPERATIONS if it.body not in (Nothing, Form, Raw)]
CANARY = "canary-of-the-settings"
Client = TestClient[Litestar]
ROOT_ACTOR = Actor("person:root", (Grant(Role.ADMIN, None),))


@frozen
class Real:
    """The house with users, sessions, clients and access tokens as they are in production."""

    house: House
    client: Client
    keys: Path
    secret: str

    def token(self) -> str:
        """An access token of the client."""
        form = {"grant_type": "client_credentials", "client_id": "sync", "client_secret": self.secret}
        return str(self.client.post("/oauth/token", data=form).json()["access_token"])

    def sign_in(self, cookie: str = "") -> str:
        """The cookie's value after signing in."""
        headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        body = {"email": "halima@example.org", "password": PASSWORD}
        found = self.client.post("/api/session", json=body, headers=headers)
        assert found.status_code == 201, found.text
        return found.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    """Give the house."""
    settings = Settings(public_url="https://rent.example.org", smtp_password=Secret(CANARY))
    house, keys = make_house(settings=settings), tmp_path / "keys.json"
    identity = house.parts.identity
    tokens = SignedAccessTokens(KeyFile(keys), issuer=settings.public_url, audience="marketplace-api")
    identity.override_providers(access_tokens=providers.Object(tokens), tokens=providers.Object(RandomTokens()))
    identities = identity.identities()
    rates = CountedRates(identities)
    parts = evolve(house.parts, authenticator=identity.authenticate(), rates=rates)
    grant = identity_command(CommandId("grant"), "user.grant", "system", NOW)
    identity.grant_role()(grant, ROOT_ACTOR, UserId("halima"), StoredGrant(Role.LANDLORD, BOOK))
    command = identity_command(CommandId("client"), "client.add", "system", NOW)
    granted = [StoredGrant(Role.LANDLORD, BOOK)]
    made = identity.make_client()(command, ROOT_ACTOR, "sync", "Sync", [Action.READ_LEASE], granted)
    with TestClient(build_app(parts, OPERATIONS), raise_server_exceptions=False) as client:
        yield Real(evolve_house(house, parts), client, keys, made.secret)


def evolve_house(house: House, parts: Any) -> House:  # noqa: ANN401 - parts of the house
    """The house with other parts."""
    house.parts = parts
    return house


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a client of the house with a low limit of four eyes."""
    settings = Settings(public_url="https://rent.example.org", four_eyes_limit=FOUR_EYES_LIMIT)
    with make_house(settings=settings).client() as found:
        yield found


@pytest.fixture(scope="module")
def refusing() -> Iterator[tuple[Client, dict[str, Any]]]:
    """Give one client and the description for all that is refused, since it changes nothing."""
    with make_house().client() as found:
        yield found, describe(OPERATIONS)


def test_every_line_names_a_test_that_is_there() -> None:
    """A line without its test would be a promise alone."""
    for line, place in TESTED_BY.items():
        path, _, name = place.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {it.name for it in tree.body if isinstance(it, ast.FunctionDef)}, line


FORGED = (
    *("expired", "future", "audience", "audiences", "issuer", "scope", "client", "kid", "kid_path", "type"),
    *("other_key", "own_jwk", "no_expiry", "none", "none_capitals", "hs256_raw", "hs256_jwk", "altered"),
    "no_signature",
)


@pytest.mark.parametrize("how", [*FORGED, "well_made"])
def test_a_forged_access_token_is_refused(real: Real, how: str) -> None:
    """Each for its one fault: the same token without a fault is taken."""
    now = real.house.parts.clock.now()
    forged = forged_tokens(
        real.keys, real.token(), issuer="https://rent.example.org", audience="marketplace-api", now=now
    )
    assert set(forged) == {*FORGED, "well_made"}
    found = real.client.get("/api/leases", headers=bearer(forged[how]))
    assert found.status_code == (200 if how == "well_made" else 401)


def test_a_session_is_a_cookie_of_this_host_alone(real: Real) -> None:
    """Out of reach of scripts, other hosts, other sites and plain HTTP; its token stands nowhere else."""
    body = {"email": "halima@example.org", "password": PASSWORD}
    found = real.client.post("/api/session", json=body)
    cookie = found.headers["Set-Cookie"]
    name, _, rest = cookie.partition("=")
    token, *attributes = [it.strip() for it in rest.split(";")]
    assert name == "__Host-session"
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(attributes)
    assert not any(it.lower().startswith("domain") for it in attributes)
    assert token not in found.text
    assert real.client.get("/api/session", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 200


def test_signing_in_again_ends_the_session_of_before(real: Real) -> None:
    """So that a token that was planted or seen before counts no more."""
    first = real.sign_in()
    second = real.sign_in(first)
    assert first != second
    codes = [
        real.client.get("/api/session", headers={"Cookie": f"{COOKIE}={it}"}).status_code for it in (first, second)
    ]
    assert codes == [401, 200]


@pytest.mark.parametrize("operation", WITH_JSON, ids=lambda it: it.name)
def test_no_body_sets_what_is_not_its_own(refusing: tuple[Client, dict[str, Any]], operation: Operation) -> None:
    """A role, what was paid, another book, a version, a status: unknown fields are refused, never ignored."""
    client, described = refusing
    told = described["paths"][operation.path][operation.method.lower()]
    body = body_example(told, described["components"]["schemas"])
    known = described["components"]["schemas"][operation.body.__name__]["properties"]
    path = operation.path.replace("{", "").replace("}", "")
    query = {"portfolio": BOOK} if operation.in_portfolio else {}
    for name in (it for it in FIELDS if it not in known):
        sent = {**body, name: "kamau"}
        found = client.request(operation.method, path, params=query, json=sent, headers=bearer("operator"))
        assert found.status_code == 400, (name, found.text)
        assert f"unknown {name}" in found.json()["detail"]


def test_what_is_nobodys_business_is_in_no_answer(client: Client) -> None:
    """National ids, hashes of passwords and secrets: not even for the operator."""
    _, phone, national = PEOPLE["A1"]
    person = {"person_id": "t-A1", "name": "Wanjiku", "phones": [phone], "national_id": national}
    assert client.post("/api/people", json=person, headers=bearer("landlord")).status_code == 201
    made: dict[str, Any] = {"client_id": "sync", "name": "S", "scopes": ["lease.read"]}
    made |= {"grants": [{"role": "landlord", "portfolio_id": BOOK}]}
    query = {"portfolio": BOOK}
    secret = client.post("/api/admin/clients", params=query, json=made, headers=bearer("operator")).json()["secret"]
    for path in ("/api/people", "/api/people/t-A1", "/api/leases", "/api/admin/users", "/api/admin/clients"):
        params = {} if path == "/api/admin/users" else query
        found = client.get(path, params=params, headers=bearer("operator"))
        assert found.status_code == 200
        for hidden in (national, "quick$", "password", secret, "hash"):
            assert hidden not in found.text, (path, hidden)


def test_no_log_has_the_token_of_a_path(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither of a hook, nor of what is not there, nor of a query; operations are logged by their name."""
    told = "token-that-is-in-a-path-0123456789"
    for path in (
        f"/hooks/payments/{told}/confirmation",
        f"/hooks/{told}",
        f"/api/leases/{told}",
        f"/api/leases?x={told}",
    ):
        client.post(path, json={})
        client.get(path, headers=bearer("landlord"))
    logged = capsys.readouterr().err
    assert '"operation": "confirm_payment"' in logged
    ours = [it for it in logged.splitlines() if it.startswith("{")]
    assert len(ours) == 8
    assert not any(told in it for it in ours)


def test_guessing_a_password_is_soon_over(real: Real) -> None:
    """Ten tries; then the right one waits too."""
    codes = [
        real.client.post(
            "/api/session", json={"email": "halima@example.org", "password": f"guess {number}"}
        ).status_code
        for number in range(12)
    ]
    assert codes == [401] * 10 + [429] * 2
    right = {"email": "halima@example.org", "password": PASSWORD}
    found = real.client.post("/api/session", json=right)
    assert (found.status_code, int(found.headers["Retry-After"]) > 0) == (429, True)


LIMITED = {
    "exports": {"export_person"},
    "inquiries": {"ask_about_listing"},
    "portal": {"read_portal_listing", "read_portal_picture", "search_portal"},
    "hooks": {"confirm_payment", "hint_of_condo", "hint_of_engine", "validate_payment"},
    "letters": {"invite_user"},
    "papers": {"print_receipt", "print_statement"},
    "runs": {"bill_month", "charge_late_fees", "reconcile"},
}


def test_limited_operations_are_limited() -> None:
    """What is dear, tells much or sends mail has its limit, and above it says for how long to wait."""
    declared: dict[str, set[str]] = {}
    for it in OPERATIONS:
        if it.limit:
            declared.setdefault(it.limit, set()).add(it.name)
    assert declared == LIMITED
    assert declared.keys() <= LIMITS.keys()
    house = make_house()
    house.rates.most = 2
    with house.client() as limited:
        for method, path in (("GET", "/api/people/t-A1/export"), ("POST", "/hooks/payments/x/confirmation")):
            found = [limited.request(method, path, headers=bearer("admin")) for _ in range(3)]
            assert [it.status_code == 429 for it in found] == [False, False, True]
            assert int(found[-1].headers["Retry-After"]) > 0


def test_no_secret_is_said_anywhere(real: Real, capsys: pytest.CaptureFixture[str]) -> None:
    """Passwords, sessions, access tokens, secrets, hook tokens, settings: in no log, error, repr, answer or metric."""
    hook = "hook-token-canary-0123456789abcdef"
    work = real.house.parts.store.work
    assert work is not None
    account = CollectionAccountId(f"paybill-{BOOK}")
    work.add_route(HookRoute(RouteId("r"), "mpesa-c2b", BOOK, account, NOW), token_digest(hook))
    session, access = real.sign_in(), real.token()
    said: list[str] = []
    requests: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("POST", "/api/session", {"json": {"email": "halima@example.org", "password": PASSWORD + "x"}}),
        ("POST", "/api/session", {"json": {"email": "halima@example.org", "password": [PASSWORD]}}),
        ("GET", "/api/leases", {"headers": bearer(access)}),
        ("GET", "/api/leases", {"headers": bearer(access + "x")}),
        ("GET", "/api/session", {"headers": {"Cookie": f"{COOKIE}={session}"}}),
        ("GET", "/api/session", {"headers": {"Cookie": f"{COOKIE}={session}x"}}),
        ("POST", f"/hooks/payments/{hook}/confirmation", {"content": b"garbage"}),
        ("POST", f"/hooks/payments/{hook}x/confirmation", {"content": b"garbage"}),
        ("POST", "/oauth/token", {"data": {"grant_type": "client_credentials", "client_secret": real.secret}}),
        ("GET", "/api/openapi.json", {}),
    )
    for method, path, told in requests:
        answer = real.client.request(method, path, **told)
        assert answer.status_code < 500
        said += [answer.text, str({name: it for name, it in answer.headers.items() if name != "set-cookie"})]
    said += [it for it in capsys.readouterr().err.splitlines() if it.startswith("{")]
    said += [repr(real.house.parts), str(real.house.parts.settings), real.house.parts.metrics.text().decode()]
    key = json.loads(real.keys.read_text("utf-8"))["keys"][0]["d"]
    for secret in (PASSWORD, session, access, real.secret, hook, CANARY, key):
        assert len(secret) > 12
        assert [it[:200] for it in said if secret in it] == []


def test_above_the_limit_another_person_confirms(client: Client) -> None:
    """Who asks is never the second, nor is a role without the right; then it is done once."""
    assert client.post("/api/billing-runs", json={"month": "2026-11"}, headers=bearer("landlord")).status_code == 200
    invoice = client.get("/api/invoices?lease_id=L-A1", headers=bearer("landlord")).json()["invoices"][0]
    body = {"amount": {"amount": "900.00", "currency": "KES"}, "reason": "agreed"}
    path = f"/api/invoices/{invoice['invoice_id']}"
    asked = client.post(f"{path}/write-off", json=body, headers=bearer("landlord"))
    assert (asked.status_code, asked.json()["done"]) == (202, None)

    def outstanding() -> str:
        return str(client.get(path, headers=bearer("landlord")).json()["outstanding"]["amount"])

    confirm = f"/api/approvals/{asked.json()['waits']['act_id']}/confirm"
    refused = {who: client.post(confirm, headers=bearer(who)).status_code for who in ("landlord", "tenant", "stranger")}
    assert refused == {"landlord": 403, "tenant": 403, "stranger": 404}
    assert outstanding() == "15000.00"
    done = [client.post(confirm, headers=bearer("second")).status_code for _ in range(2)]
    assert (done[0], outstanding()) == (200, "14100.00")


def test_an_erased_person_is_nowhere_and_the_money_stays() -> None:
    """Name, phone and national id are gone from every answer and from the log; the invoice and the chain stand."""
    house = make_house()
    name, phone, national = PEOPLE["A1"]
    with house.client() as client:
        person = {"person_id": "t-A1", "name": name, "phones": [phone], "national_id": national}
        assert client.post("/api/people", json=person, headers=bearer("landlord")).is_success
        assert client.post("/api/billing-runs", json={"month": "2026-11"}, headers=bearer("landlord")).is_success
        assert (
            client.post("/api/people/t-A1/erase", json={"reason": "asked"}, headers=bearer("landlord")).status_code
            == 403
        )
        erased = client.post("/api/people/t-A1/erase", json={"reason": "asked"}, headers=bearer("admin"))
        assert erased.status_code == 200, erased.text
        said = [
            client.get(path, headers=bearer("admin")).text
            for path in ("/api/people", "/api/leases", "/api/invoices", "/api/people/t-A1/export", "/api/admin/audit")
        ]
    said += [str(house.books.personal(BOOK, it.sequence)) for it in house.books.events(BOOK)]
    for hidden in (name, phone, national):
        assert [it[:200] for it in said if hidden in it] == []
    assert "15000.00" in said[2]
    assert verify_books(house.books, house.books, BOOK).ok


def test_the_callers_of_the_tests_are_those_of_the_design() -> None:
    """Each role of the domain is one of them."""
    held = {it.role for one in callers().values() for it in one.actor.grants}
    assert held == set(Role)
