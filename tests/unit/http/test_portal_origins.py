"""Pages of the operator's own front end read ``/portal`` from browsers, and nothing else; never with credentials."""

from __future__ import annotations

import pytest
from tests.unit.http.house import make_house

from marketplace_core.errors import ConfigurationError
from marketplace_entrypoints.listing_settings import ListingSettings
from marketplace_entrypoints.settings import Settings

FRONT = "https://portal.example.org"
BACK = "https://office.example.org"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def _settings(*origins: str) -> Settings:
    return Settings(allowed_origins=(BACK,), listings=ListingSettings(origins=origins))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://portal.example.org.evil.example", BACK])
def test_another_origin_may_not_read(origin: str) -> None:
    """Not even the back office's, which would come with its credentials."""
    with make_house(settings=_settings(FRONT)).client() as client:
        for answer in (
            client.get("/portal/nothing", headers={"Origin": origin}),
            client.options("/portal/nothing", headers={"Origin": origin, **ASKS}),
        ):
            assert "access-control-allow-origin" not in answer.headers
            assert "access-control-allow-credentials" not in answer.headers


def test_the_front_end_may_read_and_ask_without_credentials() -> None:
    """Its origin is named and varied by; a preflight lets it post JSON."""
    with make_house(settings=_settings(FRONT)).client() as client:
        answer = client.get("/portal/nothing", headers={"Origin": FRONT})
        assert answer.headers["Access-Control-Allow-Origin"] == FRONT
        assert answer.headers["Vary"] == "Origin"
        asked = client.options("/portal/nothing", headers={"Origin": FRONT, **ASKS})
        assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, FRONT)
        assert "POST" in asked.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
        for it in (answer, asked):
            assert "access-control-allow-credentials" not in it.headers


def test_the_front_end_means_nothing_behind_the_sign_in() -> None:
    """There the back office's origins count, and only they."""
    with make_house(settings=_settings(FRONT, "*")).client() as client:
        assert "access-control-allow-origin" not in client.get("/api/health/live", headers={"Origin": FRONT}).headers
        assert client.get("/api/health/live", headers={"Origin": BACK}).headers["Access-Control-Allow-Origin"] == BACK


def test_any_page_may_read_where_that_is_set() -> None:
    """Then the answer is the same for all, so that caches in between may share it."""
    with make_house(settings=_settings("*")).client() as client:
        answer = client.get("/portal/nothing", headers={"Origin": "https://anywhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "vary" not in answer.headers
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    "origin", ["portal.example.org", "https://portal.example.org/page", "ftp://portal.example.org"]
)
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    """Else it would let nobody in and say nothing."""
    with pytest.raises(ConfigurationError, match=r"listings\.origins"):
        ListingSettings(origins=(origin,)).check()
