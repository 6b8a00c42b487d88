"""What every store of books must do when it writes."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from threading import Barrier

import pytest
from attrs import evolve

from marketplace_core.domain.account_decisions import issue
from marketplace_core.domain.billing import invoice_one_off
from marketplace_core.domain.charge import ChargeKind, OneOffCharge
from marketplace_core.domain.days import calendar_month
from marketplace_core.domain.facts import InvoiceIssued, LeaseRecorded, PropertyRecorded, UnitRecorded
from marketplace_core.domain.identifiers import ChargeId, LeaseId, PaymentId, PortfolioId, PropertyId, UnitId
from marketplace_core.domain.lease import LeaseStatus, LeaseTerm
from marketplace_core.domain.party import Property, Unit
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import (
    AlreadyExists,
    ConcurrentChange,
    LeaseOverlap,
    MarketplaceError,
    NotFound,
    OverAllocation,
    PortfolioMismatch,
)
from marketplace_core.ports.books import Recorded
from marketplace_core.services.billing import BillPeriod
from marketplace_core.services.native_billing import NativeBilling
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.laws.laws import LAWS, check_laws
from marketplace_core.testing.life import PortfolioLife

_HOURS = timedelta(hours=5)


def charge_once(life: PortfolioLife, lease_id: LeaseId, name: str) -> Recorded:
    """Issue an invoice of its own for one charge of 100."""
    charge = OneOffCharge(ChargeId(name), ChargeKind.WATER, life.money(100), date(2026, 1, 10))
    command = life.command("charge")

    def decide(locked: Locked) -> tuple[InvoiceIssued, ...]:
        account = locked.accounts[lease_id]
        return issue(account, [invoice_one_off(account.lease, charge, command.recorded_at)], command)  # type: ignore[return-value]

    return life.store.change(command, decide, leases=[lease_id])


class BooksContract(StoreContract):
    """Whole or not at all, each command once, every constraint kept."""

    def test_nothing_is_known_before_what_it_rests_on(self, life: PortfolioLife) -> None:
        """A command of a clock that lags, or that waited for others, is recorded when the last of those was."""
        lease_id = life.let()
        ahead = life.command("bill")
        bill, ahead = BillPeriod(life.store, NativeBilling()), evolve(ahead, recorded_at=ahead.recorded_at + _HOURS)
        bill(ahead, calendar_month(2026, 1))
        life.give(life.pay("T1", 15_000, "2026-01-05"), {lease_id: 15_000})
        bill(life.command("bill"), calendar_month(2026, 2))
        check_laws(life.store, life.portfolio_id, LAWS)
        account = life.store.account(life.portfolio_id, lease_id)
        known = [it.recorded_at for it in account.invoices] + [it.recorded_at for it in account.credits]
        known += [it.recorded_at for it in account.allocations]
        assert set(known) == {ahead.recorded_at}
        assert [it.recorded_at for it in life.store.events(life.portfolio_id)][-3:].count(ahead.recorded_at) == 2

    def test_a_repeated_command_has_one_effect(self, life: PortfolioLife) -> None:
        """The same command again changes nothing and gives back the facts of the first time."""
        command, lease = life.command(), life.lease()
        first = life.store.record(command, [LeaseRecorded(lease)])
        before = life.state()
        again = life.store.record(command, [LeaseRecorded(lease)])
        assert (first.repeated, again.repeated) == (False, True)
        assert again.facts == first.facts
        assert life.state() == before

    def test_a_dry_run_writes_nothing(self, life: PortfolioLife) -> None:
        """A dry run gives the facts and leaves rows and log as they were, so that the command can still run."""
        before, command = life.state(), life.command()
        tried = life.store.record(command, [LeaseRecorded(life.lease())], dry_run=True)
        assert life.state() == before
        assert not life.store.record(command, [LeaseRecorded(life.lease())]).repeated
        assert len(tried.facts) == 1

    def test_what_decide_raises_leaves_nothing_behind(self, life: PortfolioLife) -> None:
        """A decision that raises is passed on, and neither rows nor log change."""
        life.let()
        before, events = life.state(), len(list(life.store.events(life.portfolio_id)))

        def decide(_: Locked) -> tuple[InvoiceIssued, ...]:
            raise OverAllocation("no")

        with pytest.raises(OverAllocation, match="no"):
            life.store.change(life.command(), decide, leases=[LeaseId("l1")])
        assert life.state() == before
        assert len(list(life.store.events(life.portfolio_id))) == events

    def test_a_later_fact_that_is_refused_takes_the_earlier_ones_with_it(self, life: PortfolioLife) -> None:
        """Two facts, the second refused: the first is not written either, and no number was used up."""
        before = life.state()
        bad = evolve(life.lease(2), unit_id=UnitId("nowhere"))
        with pytest.raises(NotFound):
            life.store.record(life.command(), [LeaseRecorded(life.lease()), LeaseRecorded(bad)])
        assert life.state() == before

    def test_no_facts_make_no_link(self, life: PortfolioLife) -> None:
        """A decision for nothing writes nothing, not even a link."""
        events = len(list(life.store.events(life.portfolio_id)))
        life.store.change(life.command(), lambda _: ())
        assert len(list(life.store.events(life.portfolio_id))) == events

    def test_unknown_leases_and_payments_are_not_found(self, life: PortfolioLife) -> None:
        """To lock what is not there is refused."""
        with pytest.raises(NotFound):
            life.store.change(life.command(), lambda _: (), leases=[LeaseId("nobody")])
        with pytest.raises(NotFound):
            life.store.change(life.command(), lambda _: (), payments=[PaymentId("nothing")])

    def test_an_overlapping_lease_is_refused(self, life: PortfolioLife) -> None:
        """A unit never has two active leases on one day; the day on which one ends is free."""
        life.let(1, terms=(LeaseTerm(date(2026, 1, 1), date(2026, 6, 1)),))
        second = evolve(life.lease(2), unit_id=UnitId("u1"))
        early = evolve(second, terms=(LeaseTerm(date(2026, 5, 31)),))
        with pytest.raises(LeaseOverlap):
            life.store.record(life.command(), [LeaseRecorded(early)])
        on_time = evolve(second, terms=(LeaseTerm(date(2026, 6, 1)),))
        life.store.record(life.command(), [LeaseRecorded(on_time)])
        assert life.store.lease(life.portfolio_id, LeaseId("l2")).start == date(2026, 6, 1)

    def test_who_locks_a_unit_sees_every_lease_of_it(self, life: PortfolioLife) -> None:
        """Drafts too, by id, and no other unit's; an unknown unit is not found."""
        own = UnitId("u1")
        life.let(1, terms=(LeaseTerm(date(2026, 1, 1), date(2026, 6, 1)),))
        life.let(2)
        life.store.record(life.command(), [LeaseRecorded(evolve(life.lease(3), unit_id=own, status=LeaseStatus.DRAFT))])
        seen: list[str] = []

        def decide(locked: Locked) -> tuple[LeaseRecorded, ...]:
            seen.extend(it.lease_id for it in locked.units[own])
            return ()

        life.store.change(life.command(), decide, units=[own])
        assert seen == ["l1", "l3"]
        with pytest.raises(NotFound):
            life.store.change(life.command(), lambda _: (), units=[UnitId("nowhere")])

    def test_eight_threads_that_lock_a_unit_draft_one_lease_of_it(self, life: PortfolioLife) -> None:
        """Drafts may overlap, so no constraint keeps them apart: each looks while the unit is locked.

        Those that look before they write, and lock nothing, draft more than one: that is the control.
        """
        ready = Barrier(8)

        def draft(number: int, unit_id: UnitId, *, locks: bool) -> Recorded:
            lease = evolve(life.lease(number), unit_id=unit_id, status=LeaseStatus.DRAFT, reference="")
            before = [it for it in life.store.leases(life.portfolio_id) if it.unit_id == unit_id]
            ready.wait(30)

            def decide(locked: Locked) -> tuple[LeaseRecorded, ...]:
                return () if (locked.units[unit_id] if locks else before) else (LeaseRecorded(lease),)

            command = PortfolioLife(life.store, first_step=1000 * number).command()
            return life.store.change(command, decide, units=[unit_id] if locks else [])

        for unit_id, locks, drafts in ((UnitId("u1"), True, 1), (UnitId("u2"), False, 8)):
            first = 10 if locks else 20
            done = at_once([partial(draft, n, unit_id, locks=locks) for n in range(first, first + 8)])
            assert [it for it in done if isinstance(it, Exception)] == []
            assert sum(it.unit_id == unit_id for it in life.store.leases(life.portfolio_id)) == drafts

    def test_a_stale_version_is_refused(self, life: PortfolioLife) -> None:
        """A lease is written in its next version only, a new one in its first."""
        life.let(status=LeaseStatus.DRAFT)
        with pytest.raises(ConcurrentChange):
            life.store.record(life.command(), [LeaseRecorded(evolve(life.lease(), version=1))])
        with pytest.raises(ConcurrentChange):
            life.store.record(life.command(), [LeaseRecorded(evolve(life.lease(2), version=2))])
        life.store.record(life.command(), [LeaseRecorded(evolve(life.lease(), version=2))])
        assert life.store.lease(life.portfolio_id, LeaseId("l1")).version == 2

    def test_codes_and_references_name_one_thing(self, life: PortfolioLife) -> None:
        """A unit's code and a lease's reference that another one has are refused."""
        block = PropertyId("block")
        with pytest.raises(AlreadyExists):
            life.store.record(life.command(), [UnitRecorded(Unit(life.portfolio_id, UnitId("u9"), block, "A1"))])
        life.let(1)
        with pytest.raises(AlreadyExists):
            life.store.record(life.command(), [LeaseRecorded(evolve(life.lease(2), reference="REF1"))])

    def test_a_fact_of_another_portfolio_is_refused(self, life: PortfolioLife) -> None:
        """A command of one portfolio writes nothing into another's book."""
        PortfolioLife(life.store, "p2").opened()
        foreign = PropertyRecorded(Property(PortfolioId("p2"), PropertyId("x"), "Elsewhere"))
        with pytest.raises((PortfolioMismatch, NotFound)):
            life.store.record(life.command(), [foreign])

    def test_eight_threads_issue_gapless_numbers(self, life: PortfolioLife) -> None:
        """Eight at once on one lease: eight invoices, eight consecutive numbers, nothing lost."""
        lease_id = life.let()
        lives = [PortfolioLife(life.store, first_step=1000 * n) for n in range(1, 9)]
        done = at_once([partial(charge_once, one, lease_id, f"water{n}") for n, one in enumerate(lives)])
        assert [it for it in done if isinstance(it, Exception)] == []
        assert [invoice.number for invoice in life.invoices()] == [f"INV-{n:06d}" for n in range(1, 9)]

    def test_eight_threads_with_one_command_have_one_effect(self, life: PortfolioLife) -> None:
        """The same command from eight threads at once is written once and repeated seven times."""
        command, lease = life.command(), life.lease()
        done = at_once([lambda: life.store.record(command, [LeaseRecorded(lease)]) for _ in range(8)])
        assert sorted(it.repeated for it in done if isinstance(it, Recorded)) == [False] + [True] * 7

    def test_eight_threads_cannot_give_a_payment_twice(self, life: PortfolioLife) -> None:
        """Eight matches of the whole payment at once: one stands, the others are refused."""
        life.let()
        life.bill("2026-01")
        payment_id = life.pay("T1", 15_000, "2026-01-05")
        lives = [PortfolioLife(life.store, first_step=1000 * n) for n in range(1, 9)]
        done = at_once([partial(one.give, payment_id, {"l1": 15_000}) for one in lives])
        refused = [it for it in done if isinstance(it, Exception)]
        assert len(refused) == 7
        assert all(isinstance(it, MarketplaceError) for it in refused)
        assert life.open_amounts() == {}
