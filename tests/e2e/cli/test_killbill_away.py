"""What the program says where Kill Bill is away, or nobody said where it is: nothing is lost, nothing half done."""

from __future__ import annotations

import json
import socket

import pytest
from tests.e2e.cli.conftest import Marketplace

pytestmark = pytest.mark.postgres

SECRETS = {"API_KEY": "rent", "API_SECRET": "s3cret-of-the-tenant", "USER": "admin", "PASSWORD": "s3cret-of-the-admin"}


@pytest.fixture
def _away(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Say that Kill Bill bills, at an address where nobody listens; after the program's own surroundings are made."""
    assert marketplace is not None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("MARKETPLACE_BILLING", "killbill")
    monkeypatch.setenv("MARKETPLACE_KILLBILL_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("MARKETPLACE_KILLBILL_TIMEOUT", "2")
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"MARKETPLACE_KILLBILL_{name}", value)


@pytest.mark.usefixtures("_away")
@pytest.mark.parametrize(
    "words",
    [
        ("killbill", "check"),
        ("killbill", "setup"),
        ("sync", "killbill"),
        ("sync", "killbill", "--diff"),
        ("bill", "--period", "2026-12"),
        ("what-if", "engine", "--native", "--killbill", "--period", "2026-12"),
    ],
    ids=" ".join,
)
def test_a_kill_bill_that_is_away_is_named_and_nothing_is_written(
    marketplace: Marketplace, words: tuple[str, ...]
) -> None:
    """Code 1, its address in the words, no secret, and the books as they were."""
    before = marketplace("balances", "--json").told
    ran = marketplace(*words)
    assert ran.code == 1, ran.err
    said = ran.out + ran.err
    assert "127.0.0.1" in said or "Kill Bill" in said
    assert not any(it in said for it in ("s3cret-of-the-tenant", "s3cret-of-the-admin"))
    assert marketplace("balances", "--json").told == before


@pytest.mark.usefixtures("_away")
def test_the_doctor_names_an_engine_that_is_away(marketplace: Marketplace) -> None:
    """Beside everything else, which is well; no clock of somebody who is away is judged."""
    ran = marketplace("doctor", "--json")
    assert ran.code == 1
    checks = {it["check"]: it for it in json.loads(ran.out)["checks"]}
    assert [name for name, it in checks.items() if not it["ok"]] == ["killbill: reachable"]
    assert "could not be reached" in checks["killbill: reachable"]["says"]
    assert checks["killbill: reachable"]["fix"]
    assert "killbill: clock" not in checks


@pytest.mark.usefixtures("_away")
def test_the_doctor_names_a_setting_that_is_missing(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And checks the rest."""
    monkeypatch.delenv("MARKETPLACE_KILLBILL_API_SECRET")
    ran = marketplace("doctor", "--json")
    checks = {it["check"]: it for it in json.loads(ran.out)["checks"]}
    assert (ran.code, checks["python"]["ok"], checks["killbill"]["ok"]) == (1, True, False)
    assert "killbill.api_secret" in checks["killbill"]["says"]


@pytest.mark.usefixtures("_away")
def test_nobody_trusts_books_that_nobody_saw(marketplace: Marketplace) -> None:
    """The status is no, with reasons; so says the program for machines."""
    ran = marketplace("sync", "killbill", "--status", "--json")
    assert ran.code == 1
    told = json.loads(ran.out)
    assert (told["billing_sync_ok"], told["verified_at"]) == (False, None)
    assert any("no full pass" in it for it in told["reasons"])


def test_without_kill_bill_there_are_no_second_books(marketplace: Marketplace) -> None:
    """The native engine bills: code 2, and what to set."""
    ran = marketplace("sync", "killbill")
    assert ran.code == 2
    assert "set billing to killbill" in ran.err


@pytest.mark.usefixtures("_away")
def test_a_secret_that_is_missing_is_named(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which setting, and where to write it; before anything is opened there."""
    monkeypatch.delenv("MARKETPLACE_KILLBILL_API_SECRET")
    ran = marketplace("killbill", "check")
    assert ran.code == 2
    assert "killbill.api_secret is not set" in ran.err
