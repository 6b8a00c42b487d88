"""Each law has a broken twin: books or a function with one defect, which the law must find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from typing_extensions import override

from marketplace_core.domain import allocation, match_decisions
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.account_decisions import end_credits
from marketplace_core.domain.aging import AgingReport, age_accounts
from marketplace_core.domain.command import Command
from marketplace_core.domain.deposit import DepositStanding
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import InvoiceId, LeaseId, PortfolioId
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.matching import Match
from marketplace_core.domain.money import Currency, Money, round_half_up
from marketplace_core.domain.payment import Payment
from marketplace_core.domain.proration import Part
from marketplace_core.domain.reconciliation import DEFAULT_RULES, PureMatcher
from marketplace_core.domain.state import StateRow
from marketplace_core.errors import LawBroken
from marketplace_core.ports.books import Recorded
from marketplace_core.services.erasure import ErasePerson
from marketplace_core.services.memory_books.tables import Workplace
from marketplace_core.services.reconcile import ReconcilePayments
from marketplace_core.services.reconciliation_view import ReconciliationView
from marketplace_core.services.verify import verify_books
from marketplace_core.testing.contracts.state import a_busy_year
from marketplace_core.testing.laws import LAWS, LawSuite, check_laws
from marketplace_core.testing.laws import laws as laws_module
from marketplace_core.testing.laws.following import FollowedLaws
from marketplace_core.testing.life import BookStore, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

pytestmark = pytest.mark.laws

P1 = PortfolioId("p1")
LAW = {law.number: law for law in LAWS}


class Twin(MemoryBooks):
    """Books that tell what they hold through defects that a test puts in."""

    of_row: Callable[[StateRow], StateRow | None] = staticmethod(lambda row: row)
    of_account: Callable[[LeaseAccount], LeaseAccount] = staticmethod(lambda account: account)
    of_payments: Callable[[Iterator[Payment]], Iterator[Payment]] = staticmethod(lambda payments: payments)
    of_events: Callable[[Iterator[Event]], Iterator[Event]] = staticmethod(lambda events: events)
    of_match: Callable[[Match], Match] = staticmethod(lambda match: match)

    @override
    def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        return (it for row in super().state(portfolio_id) if (it := self.of_row(row)) is not None)

    @override
    def accounts(self, portfolio_id: PortfolioId) -> Iterator[LeaseAccount]:
        return (self.of_account(account) for account in super().accounts(portfolio_id))

    @override
    def payments(self, portfolio_id: PortfolioId) -> Iterator[Payment]:
        return self.of_payments(super().payments(portfolio_id))

    @override
    def events(self, portfolio_id: PortfolioId, after_sequence: int = 0) -> Iterator[Event]:
        return self.of_events(super().events(portfolio_id, after_sequence))

    @override
    def matches(self, portfolio_id: PortfolioId) -> Iterator[Match]:
        return (self.of_match(match) for match in super().matches(portfolio_id))


@pytest.fixture
def twin() -> Twin:
    """Books after a busy year, in which every law holds."""
    store = Twin()
    a_busy_year(PortfolioLife(store).opened())
    check_laws(store, P1)
    return store


@pytest.fixture
def followed(twin: Twin) -> FollowedLaws:
    """The laws as they follow the books step by step, up to the end of that year."""
    followed = FollowedLaws(twin, P1)
    followed.require()
    return followed


def _edited(kind: str, old: str, new: str) -> Callable[[StateRow], StateRow]:
    """The rows of a kind with a text of their body replaced."""

    def edit(row: StateRow) -> StateRow:
        return row._replace(body=row.body.replace(old, new)) if row.kind == kind else row

    return edit


def _first_posting_dropped() -> Callable[[StateRow], StateRow | None]:
    dropped: list[str] = []

    def drop(row: StateRow) -> StateRow | None:
        if row.kind == "posting" and not dropped:
            dropped.append(row.key)
        return None if row.kind == "posting" and row.key in dropped else row

    return drop


def _with_more_allocated(account: LeaseAccount) -> LeaseAccount:
    """Each allocation gives ten times as much."""
    more = (evolve(it, amount=Money(it.amount.amount_minor * 10, it.amount.currency)) for it in account.allocations)
    return evolve(account, allocations=tuple(more))


def _with_a_double(account: LeaseAccount) -> LeaseAccount:
    first = account.invoices[:1]
    return evolve(account, invoices=account.invoices + tuple(evolve(it, invoice_id=InvoiceId("x")) for it in first))


def _with_dollars(account: LeaseAccount) -> LeaseAccount:
    dollars = tuple(
        evolve(it, amount=Money(it.amount.amount_minor, Currency("USD")), pins=()) for it in account.credits
    )
    return evolve(account, credits=dollars)


def _expect_broken(number: int, store: BookStore, followed: FollowedLaws | None = None) -> None:
    """The law finds it in the whole books; so does following them from before the defect, after one more step."""
    with pytest.raises(LawBroken):
        LAW[number].check(store, P1)
    if followed is not None:
        PortfolioLife(store, first_step=1_000).bill("2026-12")
        assert f"law {number}" in [str(broken).partition(" (")[0] for broken in followed.broken()]


def test_law_1_finds_a_posting_that_moves_nothing(twin: Twin, followed: FollowedLaws) -> None:
    """A posting from an account to itself is found."""
    twin.of_row = _edited("posting", '"credit":"unmatched"', '"credit":"cash:paybill"')
    _expect_broken(1, twin, followed)


def test_law_2_finds_a_missing_posting(twin: Twin, followed: FollowedLaws) -> None:
    """A posting that was deleted is found."""
    twin.of_row = _first_posting_dropped()
    _expect_broken(2, twin, followed)


def test_law_3_finds_a_reversal_that_does_not_turn_around(
    twin: Twin, followed: FollowedLaws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reversal that moves the same way again is found."""
    monkeypatch.setattr(Posting, "reversal", lambda self, *_: evolve(self, posting_id=f"{self.posting_id}~"))
    _expect_broken(3, twin, followed)


def test_law_4_finds_an_over_allocation(twin: Twin, followed: FollowedLaws) -> None:
    """Allocations beyond the invoice are found."""
    twin.of_account = _with_more_allocated
    _expect_broken(4, twin, followed)


def test_law_5_finds_money_that_went_nowhere(twin: Twin, followed: FollowedLaws) -> None:
    """A payment of one cent more than its parts is found."""
    twin.of_payments = lambda payments: (
        evolve(it, amount=Money(it.amount.amount_minor + 1, it.amount.currency)) for it in payments
    )
    _expect_broken(5, twin, followed)


def test_law_6_finds_a_store_that_forgets_commands() -> None:
    """A store that writes a repeated command again is found by its rows."""

    class Forgetful(MemoryBooks):
        def _known(self, _: Workplace, __: Command) -> Recorded | None:
            return None

    for store, same in ((MemoryBooks(), True), (Forgetful(), False)):
        life = PortfolioLife(store).opened()
        command, facts = life.command(), [laws_fact(life)]
        store.record(command, facts)
        before = len(list(store.events(P1)))
        store.record(command, facts)
        assert (len(list(store.events(P1))) == before) is same


def laws_fact(life: PortfolioLife) -> Any:  # noqa: ANN401 - any fact that can be written twice
    """A fact that no constraint refuses the second time."""
    from marketplace_core.domain.facts import PersonRecorded  # noqa: PLC0415 - used here alone
    from marketplace_core.domain.identifiers import PersonId  # noqa: PLC0415 - used here alone
    from marketplace_core.domain.party import Person  # noqa: PLC0415 - used here alone

    return PersonRecorded(life.portfolio_id, Person(PersonId("t9"), "Nine"))


def test_law_7_finds_an_allocation_by_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credits taken in order of their arrival instead of their value date are found."""

    class Suite(LawSuite):
        def new_store(self) -> BookStore:
            return MemoryBooks()

    monkeypatch.setattr(allocation, "_credit_order", lambda credit: (credit.recorded_at, "", credit.credit_id))
    with pytest.raises(AssertionError):
        Suite().test_arrival_order_does_not_matter()


def test_law_8_finds_a_bucket_that_is_left_out(
    twin: Twin, followed: FollowedLaws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report whose last used bucket is dropped is found."""

    def short(*args: Any, **kwargs: Any) -> AgingReport:  # noqa: ANN401 - those of age_accounts
        report = age_accounts(*args, **kwargs)
        total = report.total
        zeros = tuple(Money(0, report.currency) for _ in total.buckets)
        return evolve(report, total=evolve(total, buckets=zeros))

    monkeypatch.setattr(laws_module, "age_accounts", short)
    _expect_broken(8, twin, followed)


def test_law_9_finds_a_second_invoice_and_a_used_number(twin: Twin, followed: FollowedLaws) -> None:
    """Two standing invoices of one key, with one number, are found."""
    twin.of_account = _with_a_double
    _expect_broken(9, twin, followed)


def test_law_10_finds_parts_that_are_rounded_one_by_one(
    twin: Twin, followed: FollowedLaws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounding each part up by itself loses the whole."""

    def rounded_apart(period: Any, stretches: Any, _: object) -> tuple[Part, ...]:  # noqa: ANN401 - those of prorate
        return tuple(
            Part(span, rate, Money(round_half_up(rate.amount_minor * span.days, period.days) + 1, rate.currency))
            for span, rate in stretches
        )

    monkeypatch.setattr(laws_module, "prorate", rounded_apart)
    _expect_broken(10, twin, followed)


def test_law_11_finds_a_past_that_knows_the_future(
    twin: Twin, followed: FollowedLaws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading an earlier knowledge as if it were today's is found."""
    monkeypatch.setattr(LeaseAccount, "known", lambda self, _: self)
    _expect_broken(11, twin, followed)


@pytest.mark.parametrize("written", ["[NaN,", "[-0,", "[1.5,", "[Infinity,"])
def test_law_12_finds_what_is_no_exact_amount(twin: Twin, followed: FollowedLaws, written: str) -> None:
    """NaN, minus zero, a fraction and infinity are found."""
    twin.of_row = _edited("invoice", '"amount":[', f'"amount":{written}')
    _expect_broken(12, twin, followed)


def test_law_13_finds_a_row_of_another_portfolio(twin: Twin, followed: FollowedLaws) -> None:
    """A credit of another portfolio is found."""
    twin.of_row = _edited("credit", '"portfolio_id":"p1"', '"portfolio_id":"p2"')
    _expect_broken(13, twin, followed)


def test_law_14_finds_another_currency(twin: Twin, followed: FollowedLaws) -> None:
    """A credit in dollars of a lease in shillings is found."""
    twin.of_account = _with_dollars
    _expect_broken(14, twin, followed)


def test_law_16_finds_an_undo_that_leaves_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """An undo that ends the credit a day later than it began leaves an allocation behind."""

    def late(account: Any, ends: Any, command: Any) -> Any:  # noqa: ANN401 - those of end_credits
        return end_credits(account, [(credit_id, day + timedelta(days=1)) for credit_id, day in ends], command)

    def traces() -> int:
        life = PortfolioLife(MemoryBooks()).opened()
        life.let()
        life.bill("2026-01")
        life.undo(life.give(life.pay("T1", 15_000, "2026-01-05"), {"l1": 15_000}))
        return len(list(life.store.account(P1, LeaseId("l1")).standing_allocations()))

    assert traces() == 0
    monkeypatch.setattr(match_decisions, "end_credits", late)
    assert traces() == 1


def test_law_17_finds_a_deposit_that_forgets_refunds(
    twin: Twin, followed: FollowedLaws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deposit that still holds what was refunded is found."""
    monkeypatch.setattr(DepositStanding, "held", property(lambda it: it.received - it.deducted - it.transferred))
    _expect_broken(17, twin, followed)


def test_law_18_finds_a_transaction_that_came_twice(twin: Twin, followed: FollowedLaws) -> None:
    """A payment that stands twice is found."""
    twin.of_payments = lambda payments: (it for payment in payments for it in (payment, payment))
    _expect_broken(18, twin, followed)


@pytest.mark.parametrize(
    "defect",
    [
        lambda events: (it for it in events if it.sequence != 5),
        lambda events: (evolve(it, payload=it.payload.replace("15", "16")) for it in events),
        lambda events: (it for it in events if it.sequence < 9),
    ],
    ids=["a link is missing", "a payload is altered", "the end is cut off"],
)
def test_law_19_finds_another_log(twin: Twin, defect: Callable[[Iterator[Event]], Iterator[Event]]) -> None:
    """A log that lost a link, was altered or was cut off does not give the live books."""
    twin.of_events = defect
    _expect_broken(19, twin)
    assert not verify_books(twin, twin, P1).ok


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("allocation", '"amount":[', '"amount":[1'),
        ("invoice", '"amount":[', '"amount":[1'),
        ("payment", '"amount":[', '"amount":[1'),
        ("posting", '"amount":[', '"amount":[1'),
        ("receipt", "RCT-000001", "RCT-000009"),
        ("lease", '"billing_day":', '"billing_dax":'),
    ],
)
def test_verify_finds_a_row_that_was_changed_by_hand(twin: Twin, kind: str, old: str, new: str) -> None:
    """Any row of money that differs from the log makes the verification fail, and names the row."""
    assert verify_books(twin, twin, P1).ok
    twin.of_row = _edited(kind, old, new) if kind != "lease" else _edited("lease", '"l1"', '"l9"')
    report = verify_books(twin, twin, P1)
    assert not report.ok
    assert {it.kind for it in report.differences} == {kind}


def test_law_20_finds_an_altered_certificate() -> None:
    """A certificate whose amounts were changed no longer fits its digest; erased evidence is no fault."""
    store = Twin()
    life = PortfolioLife(store).opened()
    life.let()
    life.bill("2026-01")
    life.pay("T1", 15_000, "2026-01-05")
    reconcile = ReconcilePayments(store, store, PureMatcher(), ReconciliationView(store, store, store, store))
    command = life.command("reconcile")
    outcome = reconcile(command, command.recorded_at.date() + timedelta(days=9), DEFAULT_RULES)
    assert len(outcome.applied) == 1
    check_laws(store, P1)
    assert verify_books(store, store, P1).certificates == 1
    followed = FollowedLaws(store, P1)
    followed.require()
    store.of_match = lambda match: evolve(match, certificate=match.certificate.replace("1500000", "1400000"))
    _expect_broken(20, store, followed)


def test_erasing_a_person_breaks_nothing(twin: Twin) -> None:
    """After an erasure the books still verify; the erased parts are counted."""
    assert verify_books(twin, twin, P1).evidence_erased == 0
    command = PortfolioLife(twin, first_step=1000).command(reason="they asked")
    erased = ErasePerson(twin)(command, next(iter(twin.people(P1)))).parts
    report = verify_books(twin, twin, P1)
    assert (report.ok, report.evidence_erased) == (True, erased)
    assert erased > 1
