"""Random lives of leases that an outside engine bills, synchronised now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from tests.unit.outside_engine.pair import Pair

from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import MatchId, PaymentId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.outside_engine.agreement import DifferenceKind
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoiceStatus
from marketplace_core.errors import RuleViolation
from marketplace_core.services.billing import ChargeLateFees
from marketplace_core.testing.laws.term_steps import AMOUNTS, DAYS, MONTHS, PICKS, SMALL, TermSteps
from marketplace_core.testing.life import PortfolioLife


class TwoBooks(TermSteps):
    """What people, payers and time do to a portfolio that is billed elsewhere; both books agree after each look."""

    signed: set[int]
    broken: ClassVar[Callable[[Pair], None] | None] = None
    """What a twin breaks of the pair."""

    @initialize(native=st.sampled_from([0, 0, 1, 2]))
    def open(self, native: int) -> None:
        """An open book; now and then the native engine billed its first months."""
        self.pair = Pair()
        self.life: PortfolioLife = self.pair.life
        self.store = self.life.store
        self.signed = set()
        self.matches: list[MatchId] = []
        self.payments: list[PaymentId] = []
        self.transactions = 0
        if native:
            self.life.let(1, 15_000, "2025-12-15", deposit=self.life.money(10_000), billing_day=15)
            self.life.let(2, 9_000, "2026-01-20")
            self.signed |= {1, 2}
            for month in ("2025-12", *MONTHS[: native - 1]):
                self.life.bill(month)
        else:
            self.life.let(1, 15_000, "2026-01-01", deposit=self.life.money(10_000))
            self.signed.add(1)
        if type(self).broken is not None:
            type(self).broken(self.pair)  # type: ignore[misc]

    @rule()
    def sync(self) -> None:
        """Every lease is synchronised; both books agree then."""
        for lease in list(self.store.leases(self.life.portfolio_id)):
            self.pair.sync(lease.lease_id)
            if self._was_given_by_hand(lease.lease_id):
                self._repair_what_is_too_much(lease.lease_id)
            self.pair.require_agreement(lease.lease_id)

    def _was_given_by_hand(self, lease_id: str) -> bool:
        """True where people credited or gave up what the engine may take back too: then it may be too much."""
        account = self.pair.account(lease_id)
        by_hand = {it.credit_note_id for it in account.credit_notes} - set(self.pair.notes.values())
        return any(it.source_id in by_hand or it.source is CreditSource.WRITE_OFF for it in account.credits)

    def _repair_what_is_too_much(self, lease_id: str) -> None:
        kinds = {kind for kind, _ in self.pair.drift(lease_id)}
        assert kinds <= {DifferenceKind.INVOICE_AMOUNT, DifferenceKind.INVOICE_VOID, DifferenceKind.BALANCE}
        self.accepted["repaired"] += bool(kinds)
        self.pair.repair(lease_id)

    @rule(days=st.sampled_from([1, 3, 15, 31]), looks=st.booleans())
    def pass_time(self, days: int, *, looks: bool) -> None:
        """Days pass there, and somebody looks, or not."""
        self.pair.engine.move_to(min(self.pair.engine.today + timedelta(days=days), date(2026, 9, 1)))
        if looks:
            self.sync()

    @rule(amount=AMOUNTS, on=DAYS, pick=PICKS, part=st.sampled_from([1, 1, 2, 3]))
    def pay(self, amount: int, on: date, pick: int, part: int) -> None:
        """Money comes in and is given to a lease, or a part of it."""
        self.transactions += 1
        payment_id = self.life.pay(f"T{self.transactions}", amount, on.isoformat())
        self.payments.append(payment_id)
        lease_id = self.account(pick).lease.lease_id
        match_id = self.attempt("give", lambda: self.life.give(payment_id, {lease_id: max(1, amount // part)}))
        if match_id is not None:
            self.matches.append(match_id)

    @rule(pick=PICKS)
    def undo(self, pick: int) -> None:
        """A match is taken back."""
        if self.matches:
            self.attempt("undo", lambda: self.life.undo(self.matches[pick % len(self.matches)]))

    @rule(pick=PICKS, later=st.integers(0, 40))
    def reverse(self, pick: int, later: int) -> None:
        """The provider takes a payment back."""
        if self.payments:
            payment_id = self.payments[pick % len(self.payments)]
            paid = self.store.payment(self.life.portfolio_id, payment_id).payment.value_date
            day = (paid + timedelta(days=later)).isoformat()
            self.attempt("reverse", lambda: self.life.reverse(payment_id, day))

    @rule(pick=PICKS, amount=SMALL, day=DAYS, what=st.sampled_from(["void", "void", "credit note", "write off"]))
    def correct_invoice(self, pick: int, amount: int, day: date, what: str) -> None:
        """An invoice is voided, credited in part, or written off in part."""
        account = self.account(pick)
        found = [it for it in account.invoices if what == "void" or it.kind is not InvoiceKind.DEPOSIT]
        if not found:
            return
        command, money, it = self.life.command(reason="test"), self.life.money(amount), self.life.correct
        lease_id, invoice = account.lease.lease_id, found[pick // 3 % len(found)]
        on = max(day, invoice.issue_date)
        steps: dict[str, Callable[[], Any]] = {
            "void": lambda: it.void_invoice(command, lease_id, invoice.invoice_id, on),
            "credit note": lambda: it.credit_invoice(command, lease_id, invoice.invoice_id, money, on),
            "write off": lambda: it.write_off(command, lease_id, invoice.invoice_id, money, on),
        }
        self.attempt(what, steps[what])

    @rule(pick=PICKS, amount=SMALL, day=DAYS, back=st.booleans())
    def refund(self, pick: int, amount: int, day: date, *, back: bool) -> None:
        """Credit goes back to the payer; some of it comes back."""
        account = self.account(pick)
        lease_id, command, it = account.lease.lease_id, self.life.command(reason="test"), self.life.correct
        if back and account.uses:
            use = account.uses[pick // 3 % len(account.uses)]
            self.attempt("refund back", lambda: it.take_back_refund(command, lease_id, use.use_id, day))
        elif account.credits:
            credit_id = account.credits[pick // 3 % len(account.credits)].credit_id
            money = self.life.money(amount)
            self.attempt("refund", lambda: it.refund(command, lease_id, credit_id, money, day))

    @rule(pick=PICKS, amount=SMALL, day=DAYS, how=st.sampled_from(["back", "deducted", "over"]))
    def move_deposit(self, pick: int, amount: int, day: date, how: str) -> None:
        """Part of a deposit is deducted, goes back, or over to another lease."""
        lease_id = self.account(pick).lease.lease_id
        command, money, it = self.life.command(reason="test"), self.life.money(amount), self.life.correct
        others = [it.lease_id for it in self.store.leases(self.life.portfolio_id) if it.lease_id != lease_id]
        to = others[pick % len(others)] if others else lease_id
        steps: dict[str, Callable[[], Any]] = {
            "back": lambda: it.refund_deposit(command, lease_id, money, day),
            "deducted": lambda: it.deduct_from_deposit(command, lease_id, money, day),
            "over": lambda: it.transfer_deposit(command, lease_id, to, money, day),
        }
        self.attempt(f"deposit {how}", steps[how])

    @rule(as_of=DAYS)
    def charge_late_fees(self, as_of: date) -> None:
        """Fees fall due."""
        ChargeLateFees(self.store, self.store)(self.life.command("fees"), as_of)

    @rule(pick=PICKS, amount=SMALL, what=st.sampled_from(["charge", "pay", "pay", "take back", "void"]))
    def somebody_works_there(self, pick: int, amount: int, what: str) -> None:
        """A charge or payment is made there by hand and adopted here; what the engine billed is voided there."""
        lease_id = self.account(pick).lease.lease_id
        theirs = self.pair.engine.books_of(self.pair.key(lease_id))
        if theirs is None:
            return
        money, hand = self.life.money(amount), self.pair.engine.by_hand
        committed = [it for it in theirs.invoices if it.status is TheirInvoiceStatus.COMMITTED]
        made_there = [it for it in theirs.payments if not it.key.startswith("mp/") and it.kept]
        try:
            if what == "charge":
                hand.charge(self.pair.key(lease_id), money)
            elif what == "pay" and (still := [it for it in committed if it.balance >= money]):
                self.transactions += 1
                hand.pay(still[pick // 3 % len(still)].invoice_id, money, f"till {self.transactions}")
            elif what == "take back" and made_there:
                hand.take_back(made_there[pick // 3 % len(made_there)].payment_id)
            elif what == "void":
                billed = [it for it in committed if any(item.kind is ItemKind.RECURRING for item in it.items)]
                given_up = any(it.source is CreditSource.WRITE_OFF for it in self.account(pick).credits)
                if billed and not given_up and not self.account(pick).uses:
                    hand.void(billed[pick // 3 % len(billed)].invoice_id)
        except RuleViolation:
            return
        self.accepted[f"there: {what}"] += 1

    def teardown(self) -> None:
        """At the end both books agree."""
        if hasattr(self, "pair"):
            self.sync()
