"""Settings: what is read, what is refused, and that secrets stay secret."""

from pathlib import Path

import pytest

from marketplace_core.errors import ConfigurationError

pytest.importorskip("typed_settings")

from marketplace_entrypoints.settings import Secret, Settings, load_settings

ADDRESS = "postgresql://rent:hunter2@db.example/books"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MARKETPLACE_DSN", "MARKETPLACE_AGING_DAYS", "MARKETPLACE_PORTFOLIO"):
        monkeypatch.delenv(name, raising=False)


def test_a_mistyped_variable_is_refused_with_the_right_name() -> None:
    """A variable with our prefix that is no setting is named, with the setting that was meant."""
    with pytest.raises(ConfigurationError, match="did you mean MARKETPLACE_PORTFOLIO"):
        load_settings({"MARKETPLACE_PORTFOLOI": "halima"})


def test_an_unknown_key_of_the_file_is_refused(tmp_path: Path) -> None:
    """A mistyped key in marketplace.toml is named."""
    (tmp_path / "marketplace.toml").write_text("portfoilo = 'halima'\n", "utf-8")
    with pytest.raises(ConfigurationError, match="portfoilo"):
        load_settings({})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("QUIET", "1", r"^settings: killbill\.timeout must be above zero, and killbill\.quiet longer than it; see"),
        ("PAGE", "0", r"^settings: killbill\.page must be 1 to 1000; see"),
        ("MOST_AMOUNT", "many", r"^settings: killbill\.most_amount: amount 'many'"),
        ("MOST_AMOUNT", "-1", r"^settings: killbill\.most_amount must be above zero, not -1"),
    ],
)
def test_a_value_that_kill_bill_cannot_have_is_named(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with a setting of Kill Bill is said by its name, in our words."""
    monkeypatch.setenv(f"MARKETPLACE_KILLBILL_{name}", value)
    with pytest.raises(ConfigurationError, match=says):
        load_settings()


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What both name is taken from the environment."""
    (tmp_path / "marketplace.toml").write_text("portfolio = 'file'\naging_days = [0, 15]\n", "utf-8")
    monkeypatch.setenv("MARKETPLACE_PORTFOLIO", "environment")
    found = load_settings()
    assert (found.portfolio, found.buckets.labels) == ("environment", ("current", "1-15", "15+"))


def test_a_secret_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DSN can be revealed, and stands in no repr, text or error."""
    monkeypatch.setenv("MARKETPLACE_DSN", ADDRESS)
    found = load_settings()
    assert found.dsn.reveal() == ADDRESS
    assert "hunter2" not in f"{found!r} {found} {found.dsn!r} {found.dsn}"
    monkeypatch.setenv("MARKETPLACE_AGING_DAYS", "0,x")
    with pytest.raises(ConfigurationError, match="aging_days") as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


def test_the_demo_s_books_are_used_only_where_there_are_no_others(tmp_path: Path) -> None:
    """`demo-data` is the data folder where it is there and `marketplace-data` is not."""
    assert Settings().data_folder.name == "marketplace-data"
    (tmp_path / "demo-data").mkdir()
    assert Settings().data_folder.name == "demo-data"
    (tmp_path / "marketplace-data").mkdir()
    assert Settings().data_folder.name == "marketplace-data"
    assert not Secret()


def test_settings_of_identities_are_checked_at_once(tmp_path: Path) -> None:
    """Sessions that end before they begin, a way to the mail server that there is not, mail from nobody."""
    assert load_settings({}).signing_keys_file.name == "signing-keys.json"
    for text in ("session_hours = 0", "session_idle_minutes = 0", "smtp_security = 'perhaps'", "smtp_host = 'mail'"):
        (tmp_path / "marketplace.toml").write_text(f"{text}\n", "utf-8")
        with pytest.raises(ConfigurationError):
            load_settings({})


def test_kill_bill_s_settings_are_whole_or_refused(tmp_path: Path) -> None:
    """Where Kill Bill is to bill and something of it is not set, the error names all that is missing."""
    (tmp_path / "marketplace.toml").write_text(
        "billing = 'killbill'\n[killbill]\nurl = 'http://127.0.0.1:8080'\n", "utf-8"
    )
    found = load_settings({"MARKETPLACE_KILLBILL_USER": "admin"})
    with pytest.raises(ConfigurationError, match=r"killbill\.api_key, killbill\.api_secret"):
        found.killbill.require_whole()
    assert "engine-sync" in found.due_in_portfolios()
    assert {"engine-pass", "engine-watch"} <= set(found.due_in_installation())


def test_the_native_engine_has_no_second_books_to_keep() -> None:
    """Where the native engine bills, nothing of an outside engine is scheduled."""
    found = load_settings({})
    assert not found.bills_outside
    assert not {"engine-sync", "engine-pass", "engine-watch"} & {
        *found.due_in_portfolios(),
        *found.due_in_installation(),
    }


@pytest.mark.parametrize("words", ["quiet = 5", "timeout = 0", "oldest_pass = 0", "page = 2000", "most_amount = '1e6'"])
def test_times_with_which_kill_bill_could_be_told_twice_are_refused(tmp_path: Path, words: str) -> None:
    """A quiet period shorter than a call may take, and other values that fail only when they are used."""
    (tmp_path / "marketplace.toml").write_text(f"[killbill]\n{words}\n", "utf-8")
    with pytest.raises(ConfigurationError):
        load_settings({})


def test_condo_s_settings_are_whole_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Condo is named and something of it is not set, the error names all that is missing; nothing is shown."""
    (tmp_path / "marketplace.toml").write_text(
        "property_system = 'condo'\n[condo]\n"
        "organizations = ['63e0=nyumba', 'a=b=kilimani']\nroles = ['Mlinzi=guest']\n",
        "utf-8",
    )
    monkeypatch.setenv("MARKETPLACE_CONDO_PASSWORD", "hunter2")
    found = load_settings()
    with pytest.raises(ConfigurationError, match=r"condo\.url, condo\.token \(or condo\.password with"):
        found.condo.require_whole()
    assert dict(found.condo.portfolios) == {"nyumba": "63e0", "kilimani": "a=b"}
    assert found.condo.roles_by_name["Mlinzi"].value == "guest"
    assert not found.condo.link_verified
    assert {"condo-sync", "condo-whole", "condo-push", "condo-watch"} <= set(found.due_in_installation())
    monkeypatch.setenv("MARKETPLACE_CONDO_EMAIL", "sync@example.org")
    monkeypatch.setenv("MARKETPLACE_CONDO_URL", "http://127.0.0.1")
    load_settings().condo.require_whole()
    assert "hunter2" not in repr(found)


def test_the_token_of_the_probe_may_stand_beside_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """``MARKETPLACE_TOKEN`` is of ``scripts/probe_cocorico.py``: exported for it, it stops no command."""
    monkeypatch.setenv("MARKETPLACE_TOKEN", "of-the-probe")
    load_settings()
    monkeypatch.setenv("MARKETPLACE_TOKENS", "nobodys")
    with pytest.raises(ConfigurationError, match="MARKETPLACE_TOKENS, which is no setting"):
        load_settings()


def test_without_a_property_system_nothing_of_it_is_scheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    """No job of Condo is due where none is named; one that nobody offers is refused."""
    assert not any(it.startswith("condo") for it in load_settings({}).due_in_installation())
    monkeypatch.setenv("MARKETPLACE_PROPERTY_SYSTEM", "nobodys")
    with pytest.raises(ConfigurationError, match="nothing installed offers it"):
        load_settings()


@pytest.mark.parametrize(
    "words",
    [
        "quiet = 70",
        "timeout = 0",
        "timeout = 60",
        "page = 2000",
        "oldest = 0",
        "organizations = ['63e0']",
        "organizations = ['a=nyumba', 'b=nyumba']",
        "organizations = ['a=nyumba', 'a=kilimani']",
        "roles = ['Mlinzi=watchman']",
        "sync = 'often'",
    ],
)
def test_settings_of_condo_that_would_fail_later_are_refused(tmp_path: Path, words: str) -> None:
    """One organization is one portfolio, and what could be written twice or read by nobody is refused at once."""
    (tmp_path / "marketplace.toml").write_text(f"[condo]\n{words}\n", "utf-8")
    with pytest.raises(ConfigurationError):
        load_settings({})
