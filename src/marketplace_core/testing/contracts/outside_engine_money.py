"""What every outside engine must do with accounts, charges, credits and payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.outside_engine.records import AccountKey, TheirInvoiceStatus, TheirPaymentState
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, RecordPayment, Step, Subscribe, VoidInvoice
from marketplace_core.errors import NotFound, PartnerUnavailable, RuleViolation
from marketplace_core.ports.outside_engine.engine_reading import Page
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.contracts.outside_engine_base import (
    NEW_YEAR,
    EnginePlace,
    EngineSuite,
    kes,
    let,
    open_account,
)

T = TypeVar("T")


class EngineAccountsContract(EngineSuite):
    """Accounts, pages, and what looks after them."""

    def test_an_account_is_opened_once(self, engine_place: EnginePlace) -> None:
        """Eight at once and one more: one account; a race may leave one without an answer, but makes no second."""
        key = AccountKey(PortfolioId("p1"), LeaseId("l1"))
        found = at_once([partial(engine_place.writing.perform, key, "", open_account(key)) for _ in range(8)])
        again = engine_place.writing.perform(key, "", open_account(key))
        assert {it for it in found if isinstance(it, str)} <= {again}
        assert all(isinstance(it, PartnerUnavailable) for it in found if not isinstance(it, str))
        assert engine_place.reading.account_key_of(again) == str(key)
        assert [it.account_id for it in engine_place.reading.account_page(0, 10).rows] == [again]

    def test_what_is_not_there_is_not_found(self, engine_place: EnginePlace) -> None:
        """No account of a lease; no lease of an account."""
        lease = let(engine_place)
        assert engine_place.reading.books_of(AccountKey(PortfolioId("p1"), LeaseId("l2"))) is None
        assert engine_place.reading.books_of(AccountKey(PortfolioId("p"), LeaseId("l1"))) is None
        with pytest.raises(NotFound):
            engine_place.reading.account_key_of("7b3f1a52-9d3c-4c57-8c42-3a3d1f6f0a11")
        assert (lease.books().invoices, lease.books().payments, lease.balance) == ((), (), "0.00")

    def test_pages_hold_all_once(self, engine_place: EnginePlace) -> None:
        """Accounts, invoices with their items and payments, as the books of each lease say; void ones with them."""
        leases = [let(engine_place, f"l{n}") for n in range(5)]
        for n, lease in enumerate(leases):
            invoice = lease.invoice_of(lease.charge("100"))
            lease.pay(invoice.invoice_id, "40", f"mp/crd{n}/i")
            void = lease.invoice_of(lease.charge("7", "i2"))
            lease.do(VoidInvoice(lease.marker("void", "i2"), void.invoice_id))
        books = [lease.books() for lease in leases]
        reading = engine_place.reading
        assert _by_id(_all(reading.account_page), "account_id") == _by_id([it.account for it in books], "account_id")
        invoices, payments = _all(reading.invoice_page), _all(reading.payment_page)
        assert _by_id(invoices, "invoice_id") == _by_id([it for one in books for it in one.invoices], "invoice_id")
        expected = [(it.payment_id, it.account_id, it.key, it.paid, it.kept) for one in books for it in one.payments]
        told = [(it.payment_id, it.account_id, it.key, it.paid, it.kept) for it in payments]
        assert sorted(told, key=repr) == sorted(expected, key=repr)

    def test_pages_lose_nothing_while_more_is_made(self, engine_place: EnginePlace) -> None:
        """What stood when the reading began is read, and once, though accounts and invoices come meanwhile."""
        stood = [let(engine_place, f"l{n}") for n in range(4)]
        for lease in stood:
            lease.charge("100")
        new = iter(range(100))

        def meanwhile() -> None:
            let(engine_place, f"new{next(new)}").charge("5")

        accounts = [it.account_id for it in _all(engine_place.reading.account_page, meanwhile)]
        invoices = [it.invoice_id for it in _all(engine_place.reading.invoice_page, meanwhile)]
        assert len(set(accounts)) == len(accounts)
        assert len(set(invoices)) == len(invoices)
        assert {it.account_id for it in stood} <= set(accounts)
        assert {it.invoices()[0].invoice_id for it in stood} <= set(invoices)

    def test_it_says_what_time_it_is(self, engine_place: EnginePlace) -> None:
        """Within the day that it stands on, in whatever zone, and after it has moved on."""
        for day in (NEW_YEAR, NEW_YEAR + timedelta(days=3)):
            engine_place.move_to(day)
            assert abs(engine_place.care.time_there().date() - day) <= timedelta(days=1)

    def test_a_place_that_is_set_up_is_well(self, engine_place: EnginePlace) -> None:
        """Set up again, and first only said, it changes nothing that matters."""
        assert all(it.is_well for it in engine_place.care.check())
        lease = let(engine_place)
        lease.charge("100")
        before = lease.books()
        engine_place.care.set_up(dry_run=True)
        engine_place.care.set_up()
        assert all(it.is_well for it in engine_place.care.check())
        assert lease.books() == before


class EngineMoneyContract(EngineSuite):
    """Charges, credits, payments, voids, and what is refused."""

    def test_a_charge_asks_at_once(self, engine_place: EnginePlace) -> None:
        """On an invoice of its own, of the engine's day, known again by its marker however long its words are."""
        lease = let(engine_place)
        first, second = lease.charge("2500", words="Deposit " * 60), lease.charge("0.01", "i2", words="")
        found = lease.invoice_of(first)
        assert (found.amount, found.balance, found.status) == (kes("2500"), kes("2500"), TheirInvoiceStatus.COMMITTED)
        assert found.issued_on == NEW_YEAR
        assert lease.invoice_of(second).invoice_id != found.invoice_id
        assert lease.balance == "2500.01"

    def test_what_has_no_key_is_doubled(self, engine_place: EnginePlace) -> None:
        """The control: told twice, a charge and a credit stand twice under one marker. Nobody may tell them twice."""
        lease = let(engine_place)
        marker = lease.charge("100")
        lease.charge("100")
        lease.credit("30")
        lease.credit("30")
        markers = [item.marker for it in lease.invoices() for item in it.items]
        assert (markers.count(marker), lease.balance) == (2, "140.00")

    def test_credit_pays_the_oldest_first(self, engine_place: EnginePlace) -> None:
        """Rule C7: 75, 100 and 50 with 100 leave 0, 75 and 50; more than is owed waits for the next invoice."""
        lease = let(engine_place)
        markers: list[str] = []
        for n, amount in enumerate(("75", "100", "50")):
            engine_place.move_to(date(2026, 1, 1 + n))
            markers.append(lease.charge(amount, f"i{n}"))
        credit = lease.credit("100")
        assert [lease.invoice_of(it).balance.plain() for it in markers] == ["0.00", "75.00", "50.00"]
        assert [lease.invoice_of(it).amount.plain() for it in markers] == ["75.00", "100.00", "50.00"]
        (given,) = (it for it in lease.invoice_of(credit).items if it.marker)
        assert (given.amount, lease.balance, lease.unused_credit) == (kes("-100"), "125.00", "0.00")
        lease.credit("200", "crd2")
        assert (lease.balance, lease.unused_credit) == ("-75.00", "75.00")
        new = lease.charge("30", "i4")
        assert (lease.invoice_of(new).balance, lease.unused_credit) == (kes("0"), "45.00")

    def test_a_payment_is_recorded_once_a_key(self, engine_place: EnginePlace) -> None:
        """Eight at once and one more: one payment of one invoice, and the rest is open."""
        lease = let(engine_place)
        invoice = lease.invoice_of(lease.charge("1000"))
        found = at_once([partial(lease.pay, invoice.invoice_id, "400") for _ in range(8)])
        again = lease.pay(invoice.invoice_id, "400")
        assert {it for it in found if isinstance(it, str)} <= {again}
        assert all(isinstance(it, PartnerUnavailable) for it in found if not isinstance(it, str))
        (paid,) = lease.books().payments
        assert (paid.payment_id, paid.key, paid.paid, paid.kept) == (again, "mp/crd1/i1", kes("400"), kes("400"))
        assert (paid.state, paid.invoice_id) == (TheirPaymentState.SETTLED, invoice.invoice_id)
        assert lease.balance == "600.00"

    def test_what_stands_under_a_key_is_the_same(self, engine_place: EnginePlace) -> None:
        """Told with another amount, invoice, price or day it is refused, and stays as it is."""
        lease = let(engine_place)
        first, second = (lease.invoice_of(lease.charge("1000", it)) for it in ("i1", "i2"))
        lease.pay(first.invoice_id, "400")
        lease.subscribe("100")
        wrong: list[Callable[[], object]] = [
            lambda: lease.pay(first.invoice_id, "400.01"),
            lambda: lease.pay(second.invoice_id, "400"),
            lambda: lease.subscribe("100.01"),
            lambda: lease.subscribe("100", date(2026, 1, 2)),
        ]
        before = lease.books()
        for act in wrong:
            with pytest.raises(RuleViolation):
                act()
        assert lease.books() == before

    def test_a_key_belongs_to_one_account(self, engine_place: EnginePlace) -> None:
        """Another lease's payment of that key is refused, and nothing is recorded."""
        one, other = let(engine_place, "l1"), let(engine_place, "l2")
        one.pay(one.invoice_of(one.charge("100")).invoice_id, "100")
        invoice = other.invoice_of(other.charge("100"))
        with pytest.raises(RuleViolation):
            other.pay(invoice.invoice_id, "100")
        assert (other.books().payments, other.balance) == ((), "100.00")

    def test_more_than_is_open_is_refused(self, engine_place: EnginePlace) -> None:
        """A cent more, or anything for a paid, void or waiting invoice: nothing is recorded."""
        lease = let(engine_place)
        invoice = lease.invoice_of(lease.charge("1000"))
        void = lease.invoice_of(lease.charge("5", "i2"))
        lease.do(VoidInvoice(lease.marker("void", "i2"), void.invoice_id))
        draft = lease.invoice_of(lease.charge("6", "i3", rides=True))
        with pytest.raises(RuleViolation):
            lease.pay(invoice.invoice_id, "1000.01")
        lease.pay(invoice.invoice_id, "1000", "mp/crd2/i1")
        for n, full in enumerate((invoice, void, draft)):
            with pytest.raises(RuleViolation):
                lease.pay(full.invoice_id, "1", f"mp/more/{n}")
        assert [it.key for it in lease.books().payments] == ["mp/crd2/i1"]

    @pytest.mark.parametrize("is_chargeback", [False, True])
    def test_a_payment_is_taken_back_once(self, engine_place: EnginePlace, *, is_chargeback: bool) -> None:
        """Its invoice is open again, told again nothing more goes out, and a new key pays it again."""
        lease = let(engine_place)
        invoice = lease.invoice_of(lease.charge("1000"))
        payment = lease.pay(invoice.invoice_id, "400")
        with pytest.raises(RuleViolation):
            lease.take_back(payment, "400.01", is_chargeback=is_chargeback)
        assert lease.balance == "600.00"
        for _ in range(2):
            lease.take_back(payment, "400", is_chargeback=is_chargeback)
        (found,) = lease.books().payments
        assert (found.paid, found.kept, lease.balance) == (kes("400"), kes("0"), "1000.00")
        assert lease.pay(invoice.invoice_id, "400") == payment
        assert lease.balance == "1000.00"
        lease.pay(invoice.invoice_id, "1000", "mp/crd1/i1/1")
        assert lease.balance == "0.00"

    def test_money_taken_back_lets_credit_pay(self, engine_place: EnginePlace) -> None:
        """The invoice is open again, and credit that waited is used for it: the net is what counts."""
        lease = let(engine_place)
        payment = lease.pay(lease.invoice_of(lease.charge("100")).invoice_id, "100")
        lease.credit("30")
        lease.take_back(payment, "100")
        assert (lease.balance, lease.unused_credit) == ("70.00", "0.00")

    def test_a_void_invoice_counts_no_more(self, engine_place: EnginePlace) -> None:
        """Told twice; refused while a payment pays it; credit that it used pays others."""
        lease = let(engine_place)
        first = lease.invoice_of(lease.charge("100"))
        payment = lease.pay(first.invoice_id, "60")
        lease.credit("40")
        void = VoidInvoice(lease.marker("void", "i1"), first.invoice_id)
        with pytest.raises(RuleViolation):
            lease.do(void)
        assert lease.balance == "0.00"
        lease.take_back(payment, "60")
        for _ in range(2):
            lease.do(void)
        assert lease.invoice_of(lease.marker("charge", "i1")).status is TheirInvoiceStatus.VOID
        assert (lease.balance, lease.unused_credit) == ("-40.00", "40.00")
        assert lease.invoice_of(lease.charge("50", "i2")).balance == kes("10")

    def test_what_cannot_be_is_refused(self, engine_place: EnginePlace) -> None:
        """Nothing, less than nothing, another currency, an invoice of nobody or another lease: nothing is recorded."""
        lease, other = let(engine_place, "l1"), let(engine_place, "l2")
        mine, theirs = lease.invoice_of(lease.charge("100")), other.invoice_of(other.charge("100"))
        usd = Money.parse("5", Currency.of("USD"))
        pay = RecordPayment(lease.marker("pay", "k"), "mp/k/1", mine.invoice_id, kes("5"), NEW_YEAR)
        wrong: list[Step] = [
            *(Charge(lease.marker("charge", "x"), it, NEW_YEAR, "x") for it in (kes("0"), kes("-5"), usd)),
            *(GiveCredit(lease.marker("credit", "x"), it, NEW_YEAR, "x") for it in (kes("0"), kes("-5"), usd)),
            *(evolve(pay, amount=it) for it in (kes("0"), kes("-5"), usd)),
            evolve(pay, their_invoice_id=theirs.invoice_id),
            evolve(pay, their_invoice_id="7b3f1a52-9d3c-4c57-8c42-3a3d1f6f0a11"),
            VoidInvoice(lease.marker("void", "x"), "7b3f1a52-9d3c-4c57-8c42-3a3d1f6f0a11"),
        ]
        before = lease.books()
        for step in wrong:
            with pytest.raises(RuleViolation):
                lease.do(step)
        assert lease.books() == before
        assert other.balance == "100.00"

    def test_an_amount_that_does_not_fit_is_refused(self, engine_place: EnginePlace) -> None:
        """Before it is sent; a cent less fits."""
        if engine_place.holds_below is None:
            pytest.skip("this engine's columns are widened")
        lease = let(engine_place)
        most = kes(str(engine_place.holds_below))
        marker = lease.marker("charge", "big")
        key = f"{lease.key}/big"
        for step in (
            Charge(marker, most, NEW_YEAR, "x"),
            GiveCredit(marker, most, NEW_YEAR, "x"),
            Subscribe(marker, key, NEW_YEAR, most, 1),
        ):
            with pytest.raises(RuleViolation):
                engine_place.writing.require_holds(step)
            with pytest.raises(RuleViolation):
                lease.do(step)
        assert lease.balance == "0.00"
        less = (most - kes("0.01")).plain()
        assert lease.invoice_of(lease.charge(less)).balance.plain() == less


def _all(page: Callable[[int, int], Page[T]], meanwhile: Callable[[], None] = lambda: None, limit: int = 2) -> list[T]:
    rows: list[T] = []
    offset: int | None = 0
    while offset is not None:
        found = page(offset, limit)
        rows.extend(found.rows)
        offset = found.next_offset
        if len(rows) <= 2 * limit:
            meanwhile()
    return rows


def _by_id(rows: list[T], name: str) -> list[T]:
    return sorted(rows, key=lambda it: str(getattr(it, name)))
