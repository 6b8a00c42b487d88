"""What every event log must do."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from marketplace_core.domain.event_log import verify_chain
from marketplace_core.errors import AlreadyExists
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.replay import replay
from marketplace_core.testing.contracts.base import StoreContract
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.life import PortfolioLife


class EventLogContract(StoreContract):
    """A chain without gaps, personal parts apart, and the books again from it."""

    def test_the_chain_holds(self, life: PortfolioLife) -> None:
        """Every link follows from the one before it, and the stream can begin after any of them."""
        a_busy_year(life)
        events = list(life.store.events(life.portfolio_id))
        assert verify_chain(events) == (len(events), events[-1].hash)
        assert list(life.store.events(life.portfolio_id, 3)) == events[3:]

    def test_personal_data_stands_outside_the_chain(self, life: PortfolioLife) -> None:
        """Names, phones and reference texts are in no payload, but in the personal parts."""
        a_busy_year(life)
        own, store = life.portfolio_id, life.store
        payloads = "".join(event.payload for event in store.events(own))
        personal = str([store.personal(own, event.sequence) for event in store.events(own)])
        for text in ("Tenant 1", "254700000001", "Wanjiku", "254712345678"):
            assert text not in payloads
            assert text in personal

    def test_the_log_gives_the_books_again(self, life: PortfolioLife) -> None:
        """Replayed into empty books, the log gives the same rows, to the byte."""
        a_busy_year(life)
        replayed = replay(life.store, life.portfolio_id)
        assert list(replayed.books.state(life.portfolio_id)) == life.state()

    def test_a_command_is_found_by_its_id(self, life: PortfolioLife) -> None:
        """The link that it wrote; done again it is known, and its id is not that of a command of another kind."""
        lease_id, change = life.let(), ChangeLease(life.store)
        command = life.command("lease.rent")
        change.change_rent(command, lease_id, life.money(16_000), date(2026, 2, 1))
        found = life.store.event_of(life.portfolio_id, command.command_id)
        assert found is not None
        assert (found.kind, found.command_id) == ("lease.rent", command.command_id)
        assert found == list(life.store.events(life.portfolio_id))[-1]
        assert life.store.event_of(life.portfolio_id, life.command().command_id) is None
        before = life.state()
        change.change_rent(command, lease_id, life.money(17_000), date(2026, 2, 1))
        with pytest.raises(AlreadyExists, match=r"was that of lease\.rent"):
            change.give_notice(evolve(command, kind="lease.notice"), lease_id, date(2026, 3, 1))
        assert life.state() == before
