"""``marketplace sync condo`` and its neighbours, over a Condo to test against."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from tests.e2e.cli.conftest import Marketplace

pytest.importorskip("graphql", reason="graphql-core is not installed")

from marketplace_adapters.condo.testing import CondoStandIn, FaultKind, furnish

pytestmark = [pytest.mark.postgres, pytest.mark.condo]


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def condo(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> Generator[CondoStandIn]:
    """A furnished Condo that is named in the settings of the sample's book."""
    assert marketplace is not None
    standin = CondoStandIn()
    standin.books.tick = _now
    furnish(standin.hand, properties=3, units=60, residents=50, tickets=40)
    with standin:
        for name, text in {
            "PROPERTY_SYSTEM": "condo",
            "CONDO_URL": standin.url,
            "CONDO_ORGANIZATIONS": f"{standin.books.organization_id}=sample",
            "CONDO_TOKEN": standin.token_of(),
            "CONDO_TIMEOUT": "5",
            "CONDO_PAGE": "10",
        }.items():
            monkeypatch.setenv(f"MARKETPLACE_{name}", text)
        yield standin


def test_a_first_sync_brings_everything_and_the_second_nothing(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """Three houses, sixty units, forty tickets; then no difference, and the same again writes nothing."""
    del condo
    assert marketplace("sync", "condo", "--status").code == 1
    before = marketplace("sync", "condo", "--diff", "--json")
    assert (before.code, before.told["differences"]) == (1, 3 + 60 + 40), before.err
    done = marketplace("sync", "condo", "--json")
    assert done.code == 0, done.out + done.err
    counts = {it["stream"]: it["counts"] for it in done.told["streams"]}
    assert counts["properties"] == {"property_new": 3, "unit_new": 60}
    assert counts["tickets"] == {"new": 40}
    after = marketplace("sync", "condo", "--diff", "--json")
    assert (after.code, after.told["differences"]) == (0, 0), after.out
    again = marketplace("sync", "condo", "--json")
    for it in again.told["streams"]:
        assert set(it["counts"]) <= {"unchanged"}, it
    status = marketplace("sync", "condo", "--status", "--json")
    print(status.out)
    print(marketplace("condo", "check").out)
    print(marketplace("doctor").out)
    print(marketplace("sync", "condo").out)


def test_a_stream_that_stands_still_leaves_the_others(marketplace: Marketplace, condo: CondoStandIn) -> None:
    """A field of tickets is gone: properties are read, tickets are degraded with the reason, code 3; nothing of them."""
    condo.drift.drop("Ticket", "statusUpdatedAt")
    done = marketplace("sync", "condo", "--json")
    print(done.out)
    assert done.code == 3
    del FaultKind
