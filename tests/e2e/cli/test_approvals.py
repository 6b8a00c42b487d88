"""What waits for a second person, on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.e2e.cli.conftest import Marketplace
from tests.fixtures.databases import Database

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CommandId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.pending_acts import ActKind, PendingAct, WantedAct

pytestmark = pytest.mark.postgres


def ask(database: Database, amount: int) -> PendingAct:
    """Keep a write-off of part of an open invoice that Asha asked for."""
    store = PostgresStore.connect(database.application)
    own = PortfolioId("sample")
    lease_id, invoice = next(
        (account.lease.lease_id, it)
        for account in store.accounts(own)
        for it in account.standing_invoices()
        if it.amount.amount_minor > amount and account.open_invoices(date(2026, 12, 31))
        if it in [one.invoice for one in account.open_invoices(date(2026, 12, 31))]
    )
    command = Command(CommandId(f"ask-{amount}"), own, "write_off", "person:asha", datetime.now(UTC), "gone")
    what = WantedAct(ActKind.WRITE_OFF, Money(amount, KES), date(2026, 11, 20), lease_id, invoice_id=invoice.invoice_id)
    act = store.ask(PendingAct.asked(command, what))
    store.close()
    return act


def test_an_act_is_listed_confirmed_once_and_not_by_who_asked(
    marketplace: Marketplace, fresh_database: Database
) -> None:
    """Who asked is refused; a second person does it; the second time says so and does nothing."""
    act = ask(fresh_database, 100)
    (listed,) = marketplace("approvals", "--json").told["approvals"]
    assert (listed["approval"], listed["asked_by"], listed["reason"]) == (act.act_id, "person:asha", "gone")
    own = marketplace("approvals", "confirm", act.act_id, "--yes", "--actor", "asha")
    assert own.code != 0
    assert "another one confirms it" in own.err
    confirmed = ("approvals", "confirm", act.act_id, "--yes", "--actor", "juma", "--json")
    first, again = marketplace(*confirmed), marketplace(*confirmed)
    assert (first.code, first.told["state"], first.told["repeated"]) == (0, "confirmed", False)
    assert again.told["repeated"] is True
    assert marketplace("approvals", "list", "--json").told["approvals"] == []
    assert marketplace("verify").code == 0


def test_a_refused_act_is_not_done(marketplace: Marketplace, fresh_database: Database) -> None:
    """With a reason; afterwards nobody confirms it."""
    act = ask(fresh_database, 200)
    assert marketplace("approvals", "refuse", act.act_id, "--actor", "juma").code != 0
    told = marketplace("approvals", "refuse", act.act_id, "--reason", "pays", "--actor", "juma", "--json").told
    assert (told["state"], told["decided_by"], told["decision_reason"]) == ("refused", "person:juma", "pays")
    late = marketplace("approvals", "confirm", act.act_id, "--yes", "--actor", "mary")
    assert late.code != 0
    assert "is refused" in late.err
