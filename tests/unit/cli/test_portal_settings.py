"""Settings of listings and of Cocorico: read, refused by name, and the database's password shown nowhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from marketplace_core.domain.listings.work import IMPORT, PUBLISH, WATCH, WHOLE
from marketplace_core.errors import ConfigurationError
from marketplace_core.testing.memory import MemoryBooks

pytest.importorskip("typed_settings")
pytest.importorskip("dependency_injector")

from marketplace_entrypoints.composition import wired
from marketplace_entrypoints.composition_cocorico import listing_portal
from marketplace_entrypoints.our_listings import our_listings
from marketplace_entrypoints.settings import Settings, load_settings
from marketplace_entrypoints.store import Store

DSN = "mysql://marketplace:hunter2@db.example.org/cocorico"
GIVEN = {
    "LISTING_PORTAL": "cocorico",
    "COCORICO_DSN": DSN,
    "COCORICO_PORTFOLIOS": "nyumba,kamau",
    "COCORICO_CATEGORIES": "flat=3,studio=12",
    "COCORICO_COUNTRIES": "KE=Kenya",
    "COCORICO_CURRENCY": "KES",
    "COCORICO_IMAGES": "images",
    "LISTINGS_LOCALES": "en,sw",
}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _loaded(monkeypatch: pytest.MonkeyPatch, **other: str) -> Settings:
    for name, text in {**GIVEN, **other}.items():
        monkeypatch.setenv(f"MARKETPLACE_{name}", text)
    return load_settings()


def test_all_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists by commas, pairs by their signs; the portal's jobs are due beside the others."""
    told = _loaded(monkeypatch, COCORICO_IMPORTS="off", COCORICO_DUE_DAY="5")
    cocorico = told.cocorico
    assert cocorico.portfolio_ids == ("nyumba", "kamau")
    assert (cocorico.category_ids, cocorico.country_names) == ({"flat": 3, "studio": 12}, {"KE": "Kenya"})
    assert (cocorico.draft_rule.due_day, cocorico.draft_rule.needs_verified) == (5, True)
    assert cocorico.oldest_good_run == timedelta(hours=26)
    assert told.listings.rules.locales == ("en", "sw")
    assert {PUBLISH, WHOLE, WATCH} <= told.due_in_installation().keys()
    assert IMPORT not in told.due_in_installation()


def test_without_a_portal_none_of_its_jobs_is_due() -> None:
    """Its schedules have defaults, and mean nothing."""
    assert not {PUBLISH, IMPORT, WHOLE, WATCH} & Settings().due_in_installation().keys()


def test_the_password_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by repr of the settings, nor of the portal that is made of them."""
    told = _loaded(monkeypatch)
    outside = listing_portal(told)
    assert told.cocorico.dsn.reveal() == DSN
    for it in (told, told.cocorico, outside, outside.portal, outside.care):
        assert "hunter2" not in repr(it)


def test_a_wrong_address_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another database's address is refused, and what was given is not repeated."""
    with pytest.raises(ConfigurationError, match=r"cocorico\.dsn") as problem:
        listing_portal(_loaded(monkeypatch, COCORICO_DSN="postgresql://marketplace:hunter2@db/cocorico"))
    assert "hunter2" not in str(problem.value)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("LISTING_PORTAL", "airbnb", "listing_portal is 'airbnb'"),
        ("COCORICO_PAGE", "0", "page must be 1 to 1000"),
        ("COCORICO_BILLING_DAY", "31", "billing_day is 1 to 28"),
        ("COCORICO_CATEGORIES", "flat", "OURS=ID"),
        ("COCORICO_CATEGORIES", "flat=flats", "give its id there"),
        ("COCORICO_CATEGORIES", "flat=1,flat=2", "names flat twice"),
        ("COCORICO_PORTFOLIOS", "nyumba,nyumba", "names a portfolio twice"),
        ("COCORICO_CURRENCY", "shillings", r"cocorico\.currency"),
        ("COCORICO_LANDLORD", "the landlady", r"cocorico\.landlord"),
        ("COCORICO_WATCH", "often", "often"),
        ("LISTINGS_LOCALES", "", r"listings\.locales|language"),
        ("LISTINGS_MAX_AGE", "86400", "max_age"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, says: str
) -> None:
    """At the start, before anything is opened."""
    with pytest.raises(ConfigurationError, match=says):
        _loaded(monkeypatch, **{name: text})


@pytest.mark.parametrize("name", ["DSN", "PORTFOLIOS", "IMAGES"])
def test_what_is_missing_is_named_when_it_is_needed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever needs no portal works without it."""
    told = _loaded(monkeypatch, **{f"COCORICO_{name}": ""})
    with pytest.raises(ConfigurationError, match=rf"cocorico\.{name.lower()} is not set"):
        listing_portal(told)


def test_a_portal_that_shows_nobodys_listings_is_refused_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``cocorico.portfolios`` there would be no stream, and all of none would seem well."""
    told = _loaded(monkeypatch, COCORICO_PORTFOLIOS="")
    container = wired(told, MemoryBooks())
    with pytest.raises(ConfigurationError, match=r"cocorico\.portfolios is not set"):
        our_listings(Store(container.ports()), container).overview()
