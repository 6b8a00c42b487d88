"""Users and clients from the command line: the first operator, roles, secrets that are shown once and nowhere else."""

from __future__ import annotations

import io
import json
import logging
import stat
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.e2e.cli.conftest import Marketplace
from tests.fixtures.databases import Database

from marketplace_core.domain.access import Action
from marketplace_core.errors import MarketplaceError
from marketplace_core.testing.clocks import A_MONDAY
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.composition import open_store
from marketplace_entrypoints.composition_identity import wired_identity
from marketplace_entrypoints.settings import load_settings

pytestmark = pytest.mark.postgres
EMAIL = "amina@example.org"
PASSWORD = "canary mti mrefu kisima"
INVITE = ("users", "invite", EMAIL, "--name", "Amina", "--role", "admin")


def _typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_the_first_operator_is_made_on_the_machine(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invited with the code shown once, given a password by standard input, and able to sign in."""
    dry = marketplace(*INVITE, "--dry-run", "--json").told
    assert (dry["status"], dry["dry_run"], dry["letters"]) == ("invited", True, [])
    assert marketplace("users", "list", "--json").told == {"users": []}
    made = marketplace(*INVITE, "--json").told
    assert (made["email"], made["status"], len(made["letters"])) == (EMAIL, "invited", 1)
    assert made["grants"][0]["portfolio"] is None
    _typed(monkeypatch, f"{PASSWORD}\n")
    done = marketplace("users", "set-password", EMAIL)
    assert (done.code, PASSWORD in done.out + done.err) == (Exit.DONE, False)
    settings = load_settings()
    with open_store(settings) as store:
        use = wired_identity(settings, store)
        session = use.sign_in()(EMAIL, PASSWORD, "127.0.0.1", A_MONDAY)
        assert use.authenticate().by_session(session.token, A_MONDAY).user_id == made["user"]
    (shown,) = marketplace("users", "list", "--json").told["users"]
    assert shown["status"] == "active"
    assert "amina" in marketplace("users", "list").out
    assert marketplace("users", "sessions", EMAIL, "--end", "--json").told["ended"]
    assert marketplace("users", "sessions", EMAIL, "--json").told["sessions"] == []
    assert marketplace("verify").code == Exit.DONE


def test_roles_are_given_and_taken(marketplace: Marketplace) -> None:
    """By address or id; a dry run changes nothing, the same command id again has no effect, all of it is in the log."""
    made = marketplace(*INVITE, "--portfolio", "sample", "--json").told
    given = ("users", "grant", EMAIL, "--role", "landlord", "--portfolio", "sample", "--command-id", "g1")
    assert len(marketplace(*given, "--dry-run", "--json").told["grants"]) == 2
    assert len(marketplace(*given, "--json").told["grants"]) == 2
    again = marketplace(*given, "--json")
    assert (again.told["repeated"], again.told["version"]) == (True, 2)
    assert marketplace("users", "disable", EMAIL, "--command-id", "g1").code == Exit.FAILED
    assert marketplace("users", "revoke", made["user"], made["grants"][0]["grant"]).code == Exit.DONE
    (left,) = marketplace("users", "list", "--portfolio", "sample", "--json").told["users"]
    assert [it["role"] for it in left["grants"]] == ["landlord"]
    assert marketplace("users", "disable", EMAIL, "--json").told["status"] == "disabled"
    assert marketplace("users", "enable", EMAIL, "--json").told["status"] == "invited"
    assert marketplace("verify", "--json").told["identities"] == {"links": 5, "findings": []}
    assert marketplace("doctor").code == Exit.DONE


def test_what_is_wrong_is_said(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user, role, person or property; a weak password; no standard input."""
    tenant = ("users", "invite", EMAIL, "--role", "tenant")
    assert marketplace(*tenant).code == Exit.FAILED
    ghost = marketplace(*tenant, "--person", "ghost")
    assert (ghost.code, "ghost" in ghost.err) == (Exit.FAILED, True)
    assert marketplace("users", "invite", "no address", "--role", "admin").code == Exit.FAILED
    assert marketplace("users", "invite", EMAIL, "--role", "king").code == Exit.USAGE
    assert marketplace("users", "disable", "nobody@example.org").code == Exit.FAILED
    assert marketplace(*INVITE).code == Exit.DONE
    _typed(monkeypatch, "short\n")
    refused = marketplace("users", "set-password", EMAIL)
    assert (refused.code, "12" in refused.err, "short" in refused.err) == (Exit.FAILED, True, False)
    _typed(monkeypatch, "")
    assert marketplace("users", "set-password", EMAIL).code == Exit.USAGE


def test_a_client_gets_its_secret_once(marketplace: Marketplace, tmp_path: Path) -> None:
    """Added, given another secret, its key rotated, disabled; tokens count as long as they should."""
    words = ("clients", "add", "sync", "--scope", "lease.read", "--scope", "money.bill", "--role", "landlord")
    assert marketplace(*words, "--dry-run", "--json").told["secret"] == ""
    unknown = marketplace("clients", "add", "x", "--scope", "everything", "--role", "admin")
    assert (unknown.code, "lease.read" in unknown.err) == (Exit.USAGE, True)
    made = marketplace(*words, "--command-id", "c1", "--json").told
    assert (made["scopes"], len(made["secrets"])) == (["lease.read", "money.bill"], 1)
    assert marketplace(*words, "--command-id", "c1", "--json").told["secret"] == ""
    assert marketplace(*words).code == Exit.FAILED
    second = marketplace("clients", "rotate-secret", "sync", "--json").told["secret"]
    assert made["secret"] not in marketplace("clients", "list", "--json").out
    settings = load_settings()
    with open_store(settings) as store:
        use = wired_identity(settings, store)
        issued = use.issue_access_token()("sync", made["secret"], [Action.BILL], A_MONDAY)
        for token in (issued, use.issue_access_token()("sync", second, [Action.BILL], A_MONDAY)):
            assert use.authenticate().by_bearer(token.access_token, A_MONDAY).client_id == "sync"
        keys = tmp_path / "marketplace-data" / "signing-keys.json"
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        assert marketplace("clients", "rotate-key", "--json").told["key"] in keys.read_text("utf-8")
        assert use.authenticate().by_bearer(issued.access_token, A_MONDAY).client_id == "sync"
        assert marketplace("clients", "disable", "sync").code == Exit.USAGE
        assert marketplace("clients", "disable", "sync", "--yes").code == Exit.DONE
        with pytest.raises(MarketplaceError):
            use.authenticate().by_bearer(issued.access_token, A_MONDAY)


def test_a_role_given_by_hand_is_found(marketplace: Marketplace, fresh_database: Database) -> None:
    """Whoever writes to the tables makes themselves an operator, and ``verify`` and ``doctor`` say so."""
    marketplace(*INVITE, "--portfolio", "sample")
    with psycopg.connect(fresh_database.owner.conninfo(), autocommit=True) as connection:
        connection.execute("""UPDATE users SET grants = '[{"role": "admin", "portfolio_id": null}]'""")
    for command in ("verify", "doctor"):
        found = marketplace(command)
        assert (found.code, "altered" in " ".join(found.out.split())) == (Exit.FAILED, True)


def test_no_secret_is_shown_but_once(
    marketplace: Marketplace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fresh_database: Database,
) -> None:
    """Passwords, tokens and secrets are in no repr, log, error, list or table."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    made = marketplace(*INVITE, "--json").told
    invitation = made["letters"][0].partition("code: ")[2].strip()
    client = marketplace("clients", "add", "sync", "--scope", "lease.read", "--role", "landlord", "--json").told
    _typed(monkeypatch, f"{PASSWORD}\n")
    monkeypatch.setenv("MARKETPLACE_SMTP_PASSWORD", "canary-of-the-mail")
    said += [f"{it.out}{it.err}" for it in (marketplace("users", "set-password", EMAIL), marketplace("users", "list"))]
    said += [f"{it.out}{it.err}" for it in (marketplace("users", "list", "--json"), marketplace("clients", "list"))]
    settings = load_settings()
    with open_store(settings) as store:
        use = wired_identity(settings, store)
        session = use.sign_in()(EMAIL, PASSWORD, "127.0.0.1", A_MONDAY)
        issued = use.issue_access_token()("sync", client["secret"], [], A_MONDAY)
        assert store.identities is not None
        kept: list[Any] = [*store.identities.users(), *store.identities.clients(), *store.identities.identity_events()]
        kept += [settings, session, issued, use.sign_in(), use.access_tokens(), use.signing_keys()]
        kept += store.identities.sessions_of(session.user.user_id)
        said += [f"{it!r} {it}" for it in kept]
        for attempt in (
            lambda: use.sign_in()(EMAIL, PASSWORD + "x", "127.0.0.1", A_MONDAY),
            lambda: use.authenticate().by_bearer(issued.access_token + "x", A_MONDAY),
            lambda: use.authenticate().by_session(session.token + "x", A_MONDAY),
            lambda: use.issue_access_token()("sync", client["secret"] + "x", [], A_MONDAY),
        ):
            with pytest.raises(MarketplaceError) as refused:
                attempt()
            said.append(f"{refused.value!r}")
    said.append(caplog.text)
    said += _tables(fresh_database)
    secrets = [PASSWORD, invitation, client["secret"], session.token, issued.access_token, "canary-of-the-mail"]
    key = json.loads(settings.signing_keys_file.read_text("utf-8"))["keys"][0]["d"]
    for secret in (*secrets, key):
        assert len(secret) > 12
        assert [text for text in said if secret in text] == []
    hashed = [text for text in said[:-1] if "$argon2id$" in text and "password_hash" in text]
    assert hashed == []


def _tables(database: Database) -> list[str]:
    tables = ("users", "api_clients", "login_sessions", "one_time_tokens", "identity_events", "attempt_counts")
    with psycopg.connect(database.owner.conninfo()) as connection:
        return [str(connection.execute(f"TABLE {table}".encode()).fetchall()) for table in tables]
