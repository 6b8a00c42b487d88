"""A machine that lives a whole portfolio's life in random steps and checks the laws after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId
from marketplace_core.domain.payment import ReportSource
from marketplace_core.errors import MarketplaceError
from marketplace_core.services.leases import ChangeLease
from marketplace_core.testing.laws.laws import LAWS, check_laws
from marketplace_core.testing.life import BookStore, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

UNITS = 3
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
NUMBERS = st.integers(1, UNITS)
DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))
AMOUNTS = st.sampled_from([1, 333, 5_000, 15_000, 20_000, 47_000])
PICKS = st.integers(0, 1_000)


class LawMachine(RuleBasedStateMachine):
    """Signs, bills, pays, matches, undoes and corrects in any order; what the domain refuses must change nothing.

    Subclass it and override ``new_store`` to run it on another store.
    """

    accepted: ClassVar[Counter[str]] = Counter()
    """How many steps of each name were not refused, over all lives."""

    def new_store(self) -> BookStore:
        """A fresh, empty store."""
        return MemoryBooks()

    @initialize()
    def open(self) -> None:
        """Open the book."""
        self.store = self.new_store()
        self.life = PortfolioLife(self.store).opened(UNITS)
        self.payments: list[PaymentId] = []
        self.matches: list[MatchId] = []
        self.signed = {1}
        self.life.let(1, deposit=self.life.money(10_000))
        self.life.bill(MONTHS[0])
        first = self.life.pay("T0", 30_000, "2026-01-09")
        self.payments.append(first)
        self.matches.append(self.life.give(first, {"l1": 20_000}))

    def _try(self, name: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the step gives
        """Do a step; one that is refused must leave everything as it was."""
        before = self.life.state()
        try:
            done = step()
            self.accepted[name] += 1
            return done
        except MarketplaceError:
            assert self.life.state() == before, "a refused step changed the books"
            return None

    @rule(number=NUMBERS, rent=AMOUNTS, start=DAYS, billing_day=st.sampled_from([1, 15, 31]), deposit=st.booleans())
    def let(self, number: int, rent: int, start: date, billing_day: int, *, deposit: bool) -> None:
        """Sign a lease; one that is signed gets another rent from that day."""
        if number in self.signed:
            change = ChangeLease(self.store)
            lease_id, command = LeaseId(f"l{number}"), self.life.command("lease.rent")
            self._try("rent", lambda: change.change_rent(command, lease_id, self.life.money(rent), start))
            return
        terms: dict[str, Any] = {"billing_day": billing_day}
        if deposit:
            terms["deposit"] = self.life.money(10_000)
        self._try("let", lambda: self.life.let(number, rent, start.isoformat(), **terms))
        self.signed.add(number)

    @rule(month=st.sampled_from(MONTHS))
    def bill(self, month: str) -> None:
        """Bill a month; at once again, which must change nothing."""
        self.life.bill(month)
        before = self.life.state()
        assert self.life.bill(month).invoices == 0
        assert self.life.state() == before

    @rule(amount=AMOUNTS, on=DAYS, source=st.sampled_from(ReportSource), number=st.integers(1, 30))
    def pay(self, amount: int, on: date, source: ReportSource, number: int) -> None:
        """A report arrives: new, told again by another source, repeated, or of another amount."""
        report = self.life.report(f"T{number}", amount, on.isoformat(), source)
        self.life.receive(report)
        before = self.life.state()
        self.life.receive(report)
        assert self.life.state() == before, "a repeated report changed the books"
        if report.payment_id not in self.payments:
            self.payments.append(report.payment_id)

    @rule(pick=PICKS, part=st.sampled_from([1, 2, 3]), at_once=st.booleans())
    def match(self, pick: int, part: int, *, at_once: bool) -> None:
        """Give a waiting payment, or a part of it, to a lease; taken back at once, it never happened."""
        waiting = list(self.store.waiting(self.life.portfolio_id))
        if not waiting:
            return
        standing = waiting[pick % len(waiting)]
        lease_ids = [it.lease_id for it in self.store.leases(self.life.portfolio_id)]
        lease_id = lease_ids[pick // 7 % len(lease_ids)]
        amount = max(1, standing.unapplied_minor // self.life.currency.scale // part)
        before = self._allocations()
        match_id = self._try("give", lambda: self.life.give(standing.payment.payment_id, {lease_id: amount}))
        if match_id is None:
            return
        if at_once:
            self._try("undo", lambda: self.life.undo(match_id))
            assert self._allocations() == before, "an undone match left a trace in the allocations"
        else:
            self.matches.append(match_id)

    def _allocations(self) -> set[tuple[Any, ...]]:
        return {
            (it.credit_id, it.invoice_id, it.amount, it.value_date, it.ended_on)
            for account in self.store.accounts(self.life.portfolio_id)
            for it in account.standing_allocations()
        }

    @rule(pick=PICKS)
    def undo(self, pick: int) -> None:
        """Take an earlier match back."""
        if self.matches:
            self._try("undo", lambda: self.life.undo(self.matches[pick % len(self.matches)]))

    @rule(pick=PICKS, later=st.integers(0, 60))
    def reverse(self, pick: int, later: int) -> None:
        """The provider takes a payment back, some days later."""
        payment_id = self.payments[pick % len(self.payments)]
        paid = self.store.payment(self.life.portfolio_id, payment_id).payment.value_date
        day = (paid + timedelta(days=later)).isoformat()
        if pick % 3 == 0:
            self._try("reverse", lambda: self.life.reverse(payment_id, day))

    @rule(
        number=NUMBERS,
        pick=PICKS,
        amount=st.sampled_from([1, 333, 2_000, 9_000]),
        later=st.integers(0, 80),
        what=st.sampled_from(range(6)),
    )
    def correct(self, number: int, pick: int, amount: int, later: int, what: int) -> None:
        """Void, credit, write off, refund, deduct, refund the deposit."""
        lease_id = LeaseId(f"l{number}")
        with suppress(MarketplaceError):
            account = self.store.account(self.life.portfolio_id, lease_id)
            command, money, it = self.life.command(reason="test"), self.life.money(amount), self.life.correct
            day = date(2026, 2, 1) + timedelta(days=later)
            invoice = account.invoices[pick % len(account.invoices)].invoice_id if account.invoices else None
            credit = account.credits[pick % len(account.credits)].credit_id if account.credits else None
            steps: list[tuple[str, Callable[[], Any]]] = [
                ("deduct", lambda: it.deduct_from_deposit(command, lease_id, money, day)),
                ("refund deposit", lambda: it.refund_deposit(command, lease_id, money, day)),
            ]
            if invoice is not None:
                steps.append(("void", lambda: it.void_invoice(command, lease_id, invoice, day)))
                steps.append(("credit note", lambda: it.credit_invoice(command, lease_id, invoice, money, day)))
                steps.append(("write off", lambda: it.write_off(command, lease_id, invoice, money, day)))
            if credit is not None:
                steps.append(("refund", lambda: it.refund(command, lease_id, credit, money, day)))
            name, step = steps[what % len(steps)]
            self._try(name, step)

    @invariant()
    def laws_hold(self) -> None:
        """Every law holds after every step."""
        if hasattr(self, "life"):
            check_laws(self.store, self.life.portfolio_id, LAWS)
