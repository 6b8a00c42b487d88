"""What an import does with rows that are no payments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from marketplace_core.domain.feed import FeedRow, ReversalReport, Skipped, SkipReason
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.errors import AlreadyExists
from marketplace_core.services.corrections import ReversePayment
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.payments import ImportPayments, PaymentImport
from marketplace_core.testing.life import PortfolioLife
from marketplace_core.testing.memory import MemoryBooks


@pytest.fixture
def life() -> PortfolioLife:
    """A lease that has paid 20,000 for a rent of 15,000, of which 3,000 went back."""
    life = PortfolioLife(MemoryBooks()).opened()
    lease_id = life.let()
    life.bill("2026-01")
    life.give(life.pay("T1", 20_000, "2026-01-05"), {"l1": 20_000})
    life.correct.refund_lease(life.command(reason="too much"), lease_id, life.money(3_000), date(2026, 1, 10))
    return life


def imported(life: PortfolioLife, rows: Iterable[FeedRow]) -> PaymentImport:
    """The rows as a statement."""
    kept = list(rows)
    do = ImportPayments(life.store, ReversePayment(life.store, life.store))
    return do(life.command("payments.import"), lambda: kept, life.currency)


def test_a_reversal_of_a_refunded_payment_is_imported(life: PortfolioLife) -> None:
    """The rest of the statement too; the lease owes its rent and what was refunded; the same again adds nothing."""
    account, at = life.account_of_collection.collection_account_id, datetime(2026, 1, 20, 9, tzinfo=UTC)
    taken = ReversalReport(account, "R1", "T1", life.money(20_000), at, date(2026, 1, 20))
    rows: list[FeedRow] = [taken, life.report("T2", 1_000, "2026-01-21")]
    done = imported(life, rows)
    assert (done.reversed, done.outcome.received, done.is_whole) == (1, 1, True)
    assert sorted(life.open_amounts().values()) == [300_000, 1_500_000]
    before = life.state()
    assert imported(life, rows).outcome.received == 0
    assert life.state() == before


def test_money_out_under_the_id_of_a_payment_is_said(life: PortfolioLife) -> None:
    """A bank that takes a transfer back may book it as any other debit; once reversed, there is nothing to say."""
    out: list[FeedRow] = [
        Skipped(SkipReason.OUTGOING, "bank.csv", 7, life.money(20_000), "t1"),
        Skipped(SkipReason.OUTGOING, "bank.csv", 8, life.money(20_000), "T9"),
        Skipped(SkipReason.CHARGE, "bank.csv", 9, life.money(20), "T1"),
        life.report("T2", 1_000, "2026-01-21"),
    ]
    (caution,) = imported(life, out).cautions
    assert (caution.file, caution.line) == ("bank.csv", 7)
    assert "KES 20,000.00 came in" in caution.reason
    assert "payments reverse t1" in caution.reason
    life.reverse(life.report("T1", 20_000, "2026-01-05").payment_id, "2026-01-20")
    assert imported(life, out).cautions == ()


def test_the_id_of_a_command_is_of_one_kind(life: PortfolioLife) -> None:
    """The same command again is known; another kind under its id is refused, and nothing is written."""
    command, lease_id = life.command("lease.rent"), LeaseId("l1")
    ChangeLease(life.store).change_rent(command, lease_id, life.money(16_000), date(2026, 2, 1))
    event = life.store.event_of(life.portfolio_id, command.command_id)
    assert event is not None
    assert event.kind == "lease.rent"
    before = life.state()
    again = ChangeLease(life.store).change_rent(command, lease_id, life.money(17_000), date(2026, 2, 1))
    assert again.charges[0].rates[-1].amount == life.money(16_000)
    with pytest.raises(AlreadyExists, match=r"was that of lease\.rent"):
        life.correct.refund_lease(
            evolve(command, kind="credit.refund", reason="x"), lease_id, life.money(1), date(2026, 1, 23)
        )
    assert life.state() == before
    assert life.store.event_of(life.portfolio_id, life.command().command_id) is None
