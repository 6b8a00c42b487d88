"""What cannot work is refused when it is set, and nothing secret is shown."""

from __future__ import annotations

import pytest

from marketplace_adapters.condo import Condo, CondoServer
from marketplace_adapters.condo.operations import MOST_BYTES, OF_STREAM, Operation
from marketplace_core.errors import ConfigurationError


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "condo.test"},
        {"url": "https://user:pw@condo.test"},
        {"url": "https://condo.test/?token=x"},
        {"organization_id": ""},
        {"token": ""},
        {"token": "", "email": "sync@example.org"},
        {"token": "", "password": "x"},
        {"fingerprint": "abcd"},
        {"fingerprint": "a" * 43},
        {"timeout_seconds": 0.0},
        {"attempts": 0},
    ],
)
def test_settings_that_cannot_work(wrong: dict[str, str]) -> None:
    """They are named."""
    settings: dict[str, str] = {"url": "https://condo.test", "organization_id": "o1", "token": "t"} | wrong
    with pytest.raises(ConfigurationError, match="condo\\."):
        CondoServer(**settings)  # type: ignore[arg-type]


def test_nothing_secret_is_shown() -> None:
    """Not in the words of any object that holds it."""
    server = CondoServer("https://condo.test", "o1", "canary-1", "canary-2", "canary-3", "canary-4")
    condo = Condo(server)
    assert "canary" not in f"{server!r} {server} {condo!r} {condo.tickets!r}"
    assert server.secrets == ("canary-1", "canary-4")


def test_a_query_that_condo_would_refuse_is_not_made() -> None:
    """Eight kibibytes are the most; ours are far below."""
    with pytest.raises(ValueError, match="longer"):
        Operation("Long", "x" * (MOST_BYTES + 1))
    assert max(len(it.text) for of in OF_STREAM.values() for it in of) < MOST_BYTES / 4
