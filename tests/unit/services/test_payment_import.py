"""What an import does with rows that are no payments."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from marketplace_core.domain.feed import FeedRow, Skipped, SkipReason
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.errors import AlreadyExists, InvalidInput, NotFound
from marketplace_core.services.leases import ChangeLease
from marketplace_core.services.payments import DismissReversal, open_reversals
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


def test_a_reversal_of_a_refunded_payment_is_imported(life: PortfolioLife) -> None:
    """The rest of the statement too; the lease owes its rent and what was refunded; the same again adds nothing."""
    rows: list[FeedRow] = [life.reversal("R1", "T1", 20_000, "2026-01-20"), life.report("T2", 1_000, "2026-01-21")]
    done = life.imported(*rows)
    assert (done.reversed, done.outcome.received, done.is_whole) == (1, 1, True)
    assert sorted(life.open_amounts().values()) == [300_000, 1_500_000]
    before = life.state()
    assert life.imported(*rows).outcome.received == 0
    assert life.state() == before


def test_money_out_under_the_id_of_a_payment_is_said(life: PortfolioLife) -> None:
    """A bank that takes a transfer back may book it as any other debit; once reversed, there is nothing to say."""
    out: list[FeedRow] = [
        Skipped(SkipReason.OUTGOING, "bank.csv", 7, life.money(20_000), "t1"),
        Skipped(SkipReason.OUTGOING, "bank.csv", 8, life.money(20_000), "T9"),
        Skipped(SkipReason.CHARGE, "bank.csv", 9, life.money(20), "T1"),
        life.report("T2", 1_000, "2026-01-21"),
    ]
    (caution,) = life.imported(*out).cautions
    assert (caution.file, caution.line) == ("bank.csv", 7)
    assert "KES 20,000.00 came in" in caution.reason
    assert "payments reverse t1" in caution.reason
    life.reverse(life.report("T1", 20_000, "2026-01-05").payment_id, "2026-01-20")
    assert life.imported(*out).cautions == ()


def test_a_reversal_waits_for_its_payment(life: PortfolioLife) -> None:
    """Told first, it takes the payment back when a later statement brings it; it waits no more then."""
    told = life.reversal("R9", "T9", 2_000, "2026-01-23")
    first = life.imported(told, told)
    assert (len(first.reversals_waiting), first.is_whole) == (2, False)
    (waiting,) = open_reversals(life.store, life.portfolio_id)
    assert (waiting.report, waiting.place) == (told, "statement.csv line 9")
    before = life.state()
    assert len(life.imported(told).reversals_waiting) == 1
    assert life.state() == before, "the same again changes nothing"
    done = life.imported(life.report("T9", 2_000, "2026-01-22"))
    assert (done.reversed, done.outcome.received) == (1, 1)
    payment = life.store.payment(life.portfolio_id, life.report("T9", 2_000, "2026-01-22").payment_id).payment
    assert payment.reversed_on == date(2026, 1, 23)
    assert list(open_reversals(life.store, life.portfolio_id)) == []


def test_a_dry_run_says_of_reversals_what_the_import_does(life: PortfolioLife) -> None:
    """Of a payment of the same statement, of one that waited for it, and of one of another amount."""
    life.imported(life.reversal("R9", "T9", 2_000, "2026-01-23"))
    rows: list[FeedRow] = [
        life.reversal("R4", "T4", 700, "2026-01-24"),
        life.reversal("R5", "T5", 800, "2026-01-24"),
        life.report("T4", 700, "2026-01-22"),
        life.report("T5", 900, "2026-01-22"),
        life.report("t9", 2_000, "2026-01-22"),
        life.reversal("R9", "T9", 2_000, "2026-01-23"),
    ]
    before = life.state()
    planned = life.imported(*rows, dry_run=True)
    assert life.state() == before
    done = life.imported(*rows)
    assert (planned.reversed, planned.reversals_waiting) == (done.reversed, done.reversals_waiting)
    assert (done.reversed, [it.transaction_id for it in done.reversals_waiting]) == (2, ["R5"])


def test_a_reversal_of_another_amount_waits_for_a_person(life: PortfolioLife) -> None:
    """Dismissed with a reason, it is said no more, also when the same statement comes again."""
    part = life.reversal("R8", "T1", 1_000, "2026-01-23")
    nameless = life.reversal("R7", "", 1_000, "2026-01-23")
    assert len(life.imported(part, nameless).reversals_waiting) == 2
    dismiss = DismissReversal(life.store, life.store)
    with pytest.raises(InvalidInput, match="say why"):
        dismiss(life.command("reversal.dismiss", " "), "R8")
    dismiss(life.command("reversal.dismiss", "settled in cash"), "R8")
    with pytest.raises(NotFound, match="no reversal R8 waits"):
        dismiss(life.command("reversal.dismiss", "again"), "R8")
    assert [it.transaction_id for it in open_reversals(life.store, life.portfolio_id)] == ["R7"]
    assert [it.transaction_id for it in life.imported(part, nameless).reversals_waiting] == ["R7"]
    assert life.store.payment(life.portfolio_id, life.report("T1", 1, "2026-01-05").payment_id).unapplied_minor == 0


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
