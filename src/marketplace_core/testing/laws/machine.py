"""A machine that lives a whole portfolio's life in random steps and checks the laws after each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar, Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from marketplace_core.domain import facts as fact_classes
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CollectionAccountId, MatchId, PaymentId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.lease import LateFeeRule
from marketplace_core.domain.payment import Payer, ReportSource
from marketplace_core.domain.reconciliation import DEFAULT_RULES, PureMatcher
from marketplace_core.services.billing import ChargeLateFees
from marketplace_core.services.payments import DismissReversal, open_reversals
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.review import RejectProposal
from marketplace_core.testing.laws.following import FollowedLaws
from marketplace_core.testing.laws.laws import LAWS, check_laws
from marketplace_core.testing.laws.listing_steps import ListingSteps
from marketplace_core.testing.laws.term_steps import AMOUNTS, DAYS, MONTHS, PICKS, SMALL, UNITS
from marketplace_core.testing.life import PAYBILL, BookStore, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

TEXTS = st.sampled_from(["A1", "A2", "A3", "REF1", "hello", ""])
PAYERS = st.sampled_from([Payer(), *(Payer(f"Tenant {n}", f"2547000000{n:02d}") for n in range(1, UNITS + 1))])

NEVER_MADE: Final[Mapping[str, str]] = {
    "PaymentRouted": "no command makes it: a shared account's payment is received by the book that it belongs to",
}
"""Kinds of facts that no use case makes, and why."""


def facts_missing(reached: Mapping[str, int]) -> set[str]:
    """The kinds of facts that lives should have reached and did not."""
    kinds = (it for it in vars(fact_classes).values() if isinstance(it, type) and issubclass(it, Fact))
    return {kind.__name__ for kind in kinds if kind is not Fact} - set(NEVER_MADE) - set(reached)


class LawMachine(ListingSteps):
    """Signs, bills, pays, matches, undoes and corrects in any order; what the domain refuses must change nothing.

    Subclass it and override ``new_store`` to run it on another store.
    """

    reached: ClassVar[Counter[str]] = Counter()
    """How many facts of each kind the lives' logs hold."""
    counted: ClassVar[Counter[str]] = Counter()
    """``steps`` after which the laws held, and ``lives`` at whose end all of them held over everything."""

    def new_store(self) -> BookStore:
        """A fresh, empty store."""
        return MemoryBooks()

    @initialize()
    def open(self) -> None:
        """Open the book, beside another portfolio's with the same ids."""
        self.store = self.new_store()
        self.is_open, self.laws_held = False, False
        other = evolve(PAYBILL, collection_account_id=CollectionAccountId("till"), number="500300")
        self.other = PortfolioLife(self.store, "p2", other).opened(UNITS)
        self.other.let(1)
        self.other.bill(MONTHS[0])
        self.others_rows = self.other.state()
        self.life = PortfolioLife(self.store).opened(UNITS)
        self.followed = FollowedLaws(self.store, self.life.portfolio_id)
        self.payments: list[PaymentId] = []
        self.matches: list[MatchId] = []
        self.signed = {1}
        self.life.let(1, deposit=self.life.money(10_000), late_fee=LateFeeRule(basis_points=500), grace_days=5)
        self.life.bill(MONTHS[0])
        first = self.life.pay("T0", 30_000, "2026-01-09")
        self.payments.append(first)
        self.matches.append(self.life.give(first, {"l1": 28_000}))

    @rule(month=st.sampled_from(MONTHS))
    def bill(self, month: str) -> None:
        """Bill a month; at once again, which must change nothing."""
        self.life.bill(month)
        before = self.life.state()
        assert self.life.bill(month).invoices == 0
        assert self.life.state() == before

    @rule(amount=AMOUNTS, on=DAYS, source=st.sampled_from(ReportSource), number=PICKS, text=TEXTS, payer=PAYERS)
    def pay(self, amount: int, on: date, source: ReportSource, number: int, text: str, payer: Payer) -> None:
        """A report arrives: new, told again by another source, repeated, or of another amount."""
        report = self.life.report(f"T{number % 25}", amount, on.isoformat(), source)
        report = evolve(report, reference_text=text, payer=payer)
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
        match_id = self.attempt("give", lambda: self.life.give(standing.payment.payment_id, {lease_id: amount}))
        if match_id is None:
            return
        if at_once:
            self.attempt("undo", lambda: self.life.undo(match_id))
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
            self.attempt("undo", lambda: self.life.undo(self.matches[pick % len(self.matches)]))

    @rule(pick=PICKS, later=st.integers(0, 60))
    def reverse(self, pick: int, later: int) -> None:
        """The provider takes a payment back, some days later."""
        payment_id = self.payments[pick % len(self.payments)]
        paid = self.store.payment(self.life.portfolio_id, payment_id).payment.value_date
        day = (paid + timedelta(days=later)).isoformat()
        self.attempt("reverse", lambda: self.life.reverse(payment_id, day))

    @rule(number=PICKS, amount=AMOUNTS, on=DAYS, pick=PICKS)
    def provider_takes_back(self, number: int, amount: int, on: date, pick: int) -> None:
        """A statement says of a transaction that it was taken back: one that is here, or not, or of another amount."""
        told = self.life.reversal(f"R{pick % 7}", f"T{number % 30}", amount, on.isoformat())
        self.attempt("reversal", lambda: self.life.imported(told))
        waiting = list(open_reversals(self.store, self.life.portfolio_id))
        if waiting and pick % 5 == 0:
            dismiss, command = DismissReversal(self.store, self.store), self.life.command(reason="not ours")
            self.attempt("dismiss", lambda: dismiss(command, waiting[pick % len(waiting)].reversal_id))

    @rule(source=st.sampled_from(ReportSource), more=st.booleans())
    def tell_again(self, source: ReportSource, *, more: bool) -> None:
        """Another source tells of the first payment, as it was or with more money."""
        self.life.receive(self.life.report("T0", 30_001 if more else 30_000, "2026-01-09", source))

    @rule(as_of=DAYS)
    def reconcile(self, as_of: date) -> None:
        """The rules decide on what waits; decided at once again, nothing changes."""
        view = ReconciliationView(self.store, self.store, self.store, self.store)
        decide = ReconcilePayments(self.store, self.store, PureMatcher(), view)
        done = decide(self.life.command("reconcile"), as_of, DEFAULT_RULES)
        self.accepted["reconcile"] += len(done.applied)
        before = self.life.state()
        assert not decide(self.life.command("reconcile"), as_of, DEFAULT_RULES).applied
        assert self.life.state() == before, "a second reconcile changed the books"
        known = set(self.matches)
        standing = (it for it in self.store.matches(self.life.portfolio_id) if it.undone_at is None)
        self.matches += [it.match_id for it in standing if it.match_id not in known]

    @rule(pick=PICKS)
    def reject(self, pick: int) -> None:
        """A person says of a proposal that it is none of these."""
        waiting = [it.payment_id for it in self.store.proposals(self.life.portfolio_id)]
        if waiting:
            reject = RejectProposal(self.store, self.store)
            payment_id, command = waiting[pick % len(waiting)], self.life.command(reason="nobody we know")
            self.attempt("reject", lambda: reject(command, payment_id))

    @rule(as_of=DAYS)
    def charge_late_fees(self, as_of: date) -> None:
        """Fees fall due; charged at once again, none is."""
        charge = ChargeLateFees(self.store, self.store)
        self.accepted["late fee"] += len(charge(self.life.command("fees"), as_of))
        assert charge(self.life.command("fees"), as_of) == ()

    @rule(minutes=st.sampled_from([0, 0, 3, 40, 600]))
    def set_clock(self, minutes: int) -> None:
        """Whoever gives the next commands has a clock that lags, or one that is right."""
        self.life.lag = timedelta(minutes=minutes)

    @rule(pick=PICKS, amount=SMALL, day=DAYS, what=st.sampled_from(["void", "credit note", "write off"]))
    def correct_invoice(self, pick: int, amount: int, day: date, what: str) -> None:
        """Void an invoice, credit part of it, or write part of it off."""
        account = self.account(pick)
        found = [it for it in account.invoices if what == "void" or it.kind is not InvoiceKind.DEPOSIT]
        if not found:
            return
        command, money, it = self.life.command(reason="test"), self.life.money(amount), self.life.correct
        lease_id, invoice_id = account.lease.lease_id, found[pick // 3 % len(found)].invoice_id
        steps: dict[str, Callable[[], Any]] = {
            "void": lambda: it.void_invoice(command, lease_id, invoice_id, day),
            "credit note": lambda: it.credit_invoice(command, lease_id, invoice_id, money, day),
            "write off": lambda: it.write_off(command, lease_id, invoice_id, money, day),
        }
        self.attempt(what, steps[what])

    @rule(pick=PICKS, amount=SMALL, day=DAYS)
    def refund(self, pick: int, amount: int, day: date) -> None:
        """Unapplied credit goes back to the payer; now and then it bounces at once."""
        account = self.account(pick)
        if account.credits:
            lease_id, credit_id = account.lease.lease_id, account.credits[pick // 3 % len(account.credits)].credit_id
            command, money = self.life.command(reason="test"), self.life.money(amount)
            give = self.life.correct.refund
            if self.attempt("refund", lambda: give(command, lease_id, credit_id, money, day)) and pick % 4 == 0:
                self._take_back(pick, day)

    @rule(pick=PICKS, day=DAYS)
    def take_back_refund(self, pick: int, day: date) -> None:
        """A refund comes back."""
        self._take_back(pick, day)

    def _take_back(self, pick: int, day: date) -> None:
        found = [use for account in self.store.accounts(self.life.portfolio_id) for use in account.uses]
        if found:
            use, command = found[pick % len(found)], self.life.command(reason="test")
            again = self.life.correct.take_back_refund
            self.attempt("refund back", lambda: again(command, use.lease_id, use.use_id, day))

    @rule(pick=PICKS, amount=SMALL, day=DAYS, how=st.sampled_from(["back", "deducted", "over"]))
    def move_deposit(self, pick: int, amount: int, day: date, how: str) -> None:
        """Part of a deposit is deducted, goes back, or over to another lease."""
        lease_id = self.account(pick).lease.lease_id
        command, money, it = self.life.command(reason="test"), self.life.money(amount), self.life.correct
        if how == "over":
            others = [it.lease_id for it in self.store.leases(self.life.portfolio_id) if it.lease_id != lease_id]
            to = others[pick % len(others)] if others else lease_id
            self.attempt("transfer", lambda: it.transfer_deposit(command, lease_id, to, money, day))
        elif how == "back":
            self.attempt("refund deposit", lambda: it.refund_deposit(command, lease_id, money, day))
        else:
            self.attempt("deduct", lambda: it.deduct_from_deposit(command, lease_id, money, day))

    @invariant()
    def laws_hold(self) -> None:
        """Every law holds after every step."""
        if hasattr(self, "life"):
            self.laws_held = False
            self.require_laws()
            self.laws_held = True
            self.counted["steps"] += self.is_open  # opening the book is no step
            self.is_open = True

    def require_laws(self) -> None:
        """After a step, ``LawBroken`` names the first law that does not hold; the log is followed."""
        self.followed.require()

    def require_laws_at_the_end(self) -> None:
        """At the end of a life, ``LawBroken`` names the first law that does not hold of all that the books hold."""
        check_laws(self.store, self.life.portfolio_id, LAWS)

    def teardown(self) -> None:
        """The laws hold over everything, the other portfolio is as it was; what the life's log holds is counted."""
        if not hasattr(self, "life") or not self.laws_held:
            return  # the law that broke already is what is to be seen
        self.require_laws_at_the_end()
        assert self.other.state() == self.others_rows, "another portfolio's books changed"
        for event in self.store.events(self.life.portfolio_id):
            self.reached.update(fact["fact"] for fact in json.loads(event.payload))
        self.counted["lives"] += 1
