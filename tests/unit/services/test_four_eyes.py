"""Above the limit two people are needed, and what they agree on is done once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

import pytest
from attrs import evolve, frozen
from typing_extensions import override

from marketplace_core.domain.access import Action, Actor, Grant
from marketplace_core.domain.command import Command
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CommandId, LeaseId, PaymentId, PersonId, PropertyId, UnitId
from marketplace_core.domain.money import Money
from marketplace_core.domain.party import Role
from marketplace_core.domain.pending_acts import ActKind, ActState, PendingAct, WantedAct
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import (
    ConcurrentChange,
    IllegalTransition,
    InvalidAmount,
    InvalidInput,
    MarketplaceError,
    NotFound,
    NotPermitted,
    OverAllocation,
    RuleViolation,
    SecondPersonRequired,
)
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.services.corrections import CorrectAccount, ReversePayment
from marketplace_core.services.four_eyes import FourEyes
from marketplace_core.services.gate import Gate
from marketplace_core.testing.contracts.base import at_once
from marketplace_core.testing.life import BEGINNING, PortfolioLife
from marketplace_core.testing.memory import MemoryBooks

ON = date(2026, 2, 20)
LATER = BEGINNING + timedelta(days=2)
EXPIRED = BEGINNING + timedelta(days=30)


def landlord(name: str) -> Actor:
    """Somebody who may do all of the acts."""
    return Actor(name, (Grant(Role.LANDLORD, PortfolioLife(MemoryBooks()).portfolio_id),))


ASHA, JUMA, MARY = landlord("person:asha"), landlord("person:juma"), landlord("person:mary")
CLIENT = landlord("service:portal")


@pytest.fixture
def life() -> PortfolioLife:
    """A lease with a deposit of 50,000 held, 60,000 of credit, and a month open."""
    life = PortfolioLife(MemoryBooks()).opened()
    life.let(1, deposit=life.money(50_000))
    life.let(2)
    life.bill("2026-01")
    life.give(life.pay("T1", 125_000, "2026-01-05"), {"l1": 125_000})
    return life


def four_eyes(life: PortfolioLife, limit: int = 10_000) -> FourEyes:
    """The service over a life's books."""
    store = life.store
    return FourEyes(
        Gate(store, store),
        store,
        CorrectAccount(store),
        ReversePayment(store, store),
        lambda currency: Money(limit * currency.scale, currency),
    )


def wanted(life: PortfolioLife, kind: ActKind, amount: int = 15_000) -> WantedAct:
    """An act of a kind on what the life has."""
    account = life.store.account(life.portfolio_id, LeaseId("l1"))
    money, lease = life.money(amount), LeaseId("l1")
    credit = account.credits[0].credit_id
    if kind is ActKind.REFUND:
        return WantedAct(kind, money, ON, lease, credit_id=credit)
    if kind is ActKind.WRITE_OFF:
        return WantedAct(kind, money, ON, LeaseId("l2"), invoice_id=life.invoices("l2")[0].invoice_id)
    if kind is ActKind.REVERSE_PAYMENT:
        (payment,) = life.store.payments(life.portfolio_id)
        return WantedAct(kind, payment.amount, ON, payment_id=payment.payment_id)
    return WantedAct(kind, money, ON, lease)


def command(life: PortfolioLife, who: Actor = ASHA) -> Command:
    """The next command of somebody."""
    return evolve(life.command("anything", "moved out"), actor=who.name)


def asked(life: PortfolioLife, kind: ActKind = ActKind.REFUND_DEPOSIT, who: Actor = ASHA) -> PendingAct:
    """An act that waits."""
    pending = four_eyes(life).ask(who, command(life, who), wanted(life, kind)).pending
    assert pending is not None
    return pending


def confirm(life: PortfolioLife, who: Actor, act: PendingAct) -> Recorded:
    """Confirm an act two days later."""
    return four_eyes(life).confirm(who, life.portfolio_id, act.act_id, LATER)


@pytest.mark.parametrize("kind", ActKind)
def test_above_the_limit_an_act_waits_and_is_done_when_a_second_person_confirms(
    life: PortfolioLife, kind: ActKind
) -> None:
    """Nothing is written before; then in the name of who asked, with who confirmed in the reason."""
    before = life.state()
    act = asked(life, kind)
    assert life.state() == before
    assert four_eyes(life).waiting(JUMA, life.portfolio_id, LATER) == (act,)
    recorded = confirm(life, JUMA, act)
    event = life.store.event_of(life.portfolio_id, act_command(life, act))
    assert event is not None
    assert recorded.facts
    assert (event.actor, event.kind, event.reason) == (
        "person:asha",
        kind.value,
        "moved out (confirmed by person:juma)",
    )
    assert four_eyes(life).waiting(JUMA, life.portfolio_id, LATER) == ()


def act_command(life: PortfolioLife, act: PendingAct) -> CommandId:
    """The id of the command that does an act."""
    return life.store.act(life.portfolio_id, act.act_id).command().command_id


@pytest.mark.parametrize("kind", [ActKind.REFUND, ActKind.REFUND_LEASE, ActKind.REFUND_DEPOSIT, ActKind.WRITE_OFF])
def test_up_to_the_limit_an_act_is_done_at_once(life: PortfolioLife, kind: ActKind) -> None:
    """To the cent at the limit; nothing waits."""
    outcome = four_eyes(life).ask(ASHA, command(life), wanted(life, kind, 10_000))
    assert outcome.pending is None
    assert outcome.recorded is not None
    assert outcome.recorded.facts
    assert life.store.acts(life.portfolio_id) == ()


def test_confirmed_twice_it_is_done_once(life: PortfolioLife) -> None:
    """The second time gives what the first one wrote."""
    act = asked(life)
    first, again = confirm(life, JUMA, act), confirm(life, MARY, act)
    assert (again.facts, again.sequence, again.repeated) == (first.facts, first.sequence, True)
    assert held(life) == 35_000_00


def held(life: PortfolioLife) -> int:
    """What the deposit holds."""
    return life.store.account(life.portfolio_id, LeaseId("l1")).deposit(ON).held.amount_minor


def test_confirmed_by_eight_at_once_it_is_done_once(life: PortfolioLife) -> None:
    """Whoever is first."""
    act = asked(life)
    people = [landlord(f"person:{number}") for number in range(8)]
    done = at_once([partial(confirm, life, who, act) for who in people])
    assert all(isinstance(it, Recorded) for it in done), done
    assert sum(not it.repeated for it in done if isinstance(it, Recorded)) == 1
    assert held(life) == 35_000_00


def test_what_was_confirmed_and_not_done_is_done_when_it_is_confirmed_again(life: PortfolioLife) -> None:
    """As after a crash between the two."""
    act = asked(life)
    life.store.decide(life.portfolio_id, act.act_id, lambda it: it.confirmed("person:juma", LATER))
    assert not confirm(life, MARY, act).repeated
    assert held(life) == 35_000_00


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (ASHA, SecondPersonRequired),
        (landlord("person:ASHA"), SecondPersonRequired),
        (CLIENT, NotPermitted),
        (landlord("system"), NotPermitted),
        (Actor("person:t", (Grant(Role.TENANT, ASHA.grants[0].portfolio_id, PersonId("t1")),)), NotFound),
        (Actor("person:x", ()), NotFound),
    ],
    ids=lambda it: getattr(it, "name", None),
)
def test_nobody_but_a_second_person_confirms(life: PortfolioLife, who: Actor, error: type[MarketplaceError]) -> None:
    """Not who asked, however it is written; not a service; not who may not do it or may not see it."""
    act, before = asked(life), life.state()
    with pytest.raises(error):
        confirm(life, who, act)
    assert life.state() == before
    assert life.store.act(life.portfolio_id, act.act_id).state is ActState.WAITING


def test_a_service_may_ask(life: PortfolioLife) -> None:
    """And a person confirms."""
    assert confirm(life, JUMA, asked(life, who=CLIENT)).facts


def test_one_who_may_not_do_an_act_cannot_ask_for_it(life: PortfolioLife) -> None:
    """A landlord of another property neither asks for it nor sees it wait."""
    other = frozenset([PropertyId("elsewhere")])
    who = Actor("person:other", (Grant(Role.LANDLORD, life.portfolio_id, property_ids=other),))
    with pytest.raises(NotFound):
        four_eyes(life).ask(who, command(life, who), wanted(life, ActKind.REFUND_DEPOSIT))
    act = asked(life)
    assert four_eyes(life).waiting(who, life.portfolio_id, LATER) == ()
    for question in (four_eyes(life).confirm, partial(four_eyes(life).refuse, reason="x")):
        ask: Callable[..., object] = question
        with pytest.raises(NotFound, match=f"no act {act.act_id}, or it is not visible to you"):
            ask(who, life.portfolio_id, act.act_id, LATER)


def test_a_reversal_cannot_be_made_small_to_stay_below_the_limit(life: PortfolioLife) -> None:
    """Its amount is the payment's."""
    small = evolve(wanted(life, ActKind.REVERSE_PAYMENT), amount=life.money(1))
    with pytest.raises(InvalidAmount):
        four_eyes(life).ask(ASHA, command(life), small)


def test_what_the_books_would_refuse_is_refused_when_it_is_asked_for(life: PortfolioLife) -> None:
    """Nothing waits for what cannot be done."""
    with pytest.raises(MarketplaceError, match="held"):
        four_eyes(life).ask(ASHA, command(life), wanted(life, ActKind.REFUND_DEPOSIT, 90_000))
    assert life.store.acts(life.portfolio_id) == ()


def test_what_the_books_refuse_when_it_is_confirmed_waits_on(life: PortfolioLife) -> None:
    """The refusal comes out, and the act can still be refused."""
    act = asked(life, ActKind.REFUND_LEASE)
    free = Money(life.unapplied("l1"), life.currency)
    life.correct.refund_lease(command(life), LeaseId("l1"), free, ON)
    with pytest.raises(OverAllocation):
        confirm(life, JUMA, act)
    assert life.store.act(life.portfolio_id, act.act_id) == act


@frozen
class RefusedMeanwhile(Books):
    """Books under which something else comes to pass while they refuse."""

    inner: Books
    meanwhile: Callable[[], object]

    @override
    def record(self, command: Command, facts: Sequence[Fact], *, dry_run: bool = False) -> Recorded:
        return self.inner.record(command, facts, dry_run=dry_run)

    @override
    def change(
        self,
        command: Command,
        decide: Callable[[Locked], Sequence[Fact]],
        *,
        leases: Sequence[LeaseId] = (),
        payments: Sequence[PaymentId] = (),
        units: Sequence[UnitId] = (),
        dry_run: bool = False,
    ) -> Recorded:
        try:
            return self.inner.change(command, decide, leases=leases, payments=payments, units=units, dry_run=dry_run)
        except RuleViolation:
            if not dry_run:
                self.meanwhile()
            raise


def test_what_is_done_while_another_is_refused_stays_confirmed(life: PortfolioLife) -> None:
    """Money comes and somebody else confirms just after the books refused: what is paid out waits for nobody."""
    service = four_eyes(life)
    act = service.ask(ASHA, command(life), wanted(life, ActKind.REFUND_LEASE)).pending
    assert act is not None
    CorrectAccount(life.store).refund_lease(command(life), LeaseId("l1"), life.money(60_000), ON)

    def paid_and_confirmed() -> None:
        life.give(life.pay("T2", 80_000, "2026-02-01"), {"l1": 80_000})
        service.confirm(MARY, life.portfolio_id, act.act_id, LATER)

    late = evolve(service, correct=CorrectAccount(RefusedMeanwhile(life.store, paid_and_confirmed)))
    assert late.confirm(JUMA, life.portfolio_id, act.act_id, LATER).repeated
    assert life.store.act(life.portfolio_id, act.act_id).state is ActState.CONFIRMED
    with pytest.raises(IllegalTransition):
        service.refuse(ASHA, life.portfolio_id, act.act_id, LATER, "no longer wanted")


def test_what_others_kept_from_being_done_stays_in_sight(life: PortfolioLife) -> None:
    """Confirmed and not done, it would be in nobody's list; it waits, and is done when it is confirmed again."""
    service = four_eyes(life)
    act = service.ask(ASHA, command(life), wanted(life, ActKind.REFUND_LEASE)).pending
    assert act is not None
    CorrectAccount(life.store).refund_lease(command(life), LeaseId("l1"), life.money(60_000), ON)

    def too_many_at_once() -> None:
        raise ConcurrentChange("others changed the same rows again and again")

    busy = evolve(service, correct=CorrectAccount(RefusedMeanwhile(life.store, too_many_at_once)))
    with pytest.raises(ConcurrentChange):
        busy.confirm(JUMA, life.portfolio_id, act.act_id, LATER)
    assert service.waiting(MARY, life.portfolio_id, LATER) == (act,)
    life.give(life.pay("T2", 80_000, "2026-02-01"), {"l1": 80_000})
    assert not service.confirm(MARY, life.portfolio_id, act.act_id, LATER).repeated


def test_refused_or_too_late_it_is_not_done(life: PortfolioLife) -> None:
    """Neither is confirmed any more; who asked may take it back, with a reason."""
    act, late = asked(life), asked(life)
    service = four_eyes(life)
    with pytest.raises(InvalidInput):
        service.refuse(ASHA, life.portfolio_id, act.act_id, LATER, " ")
    assert service.refuse(ASHA, life.portfolio_id, act.act_id, LATER, "a mistake").state is ActState.REFUSED
    with pytest.raises(IllegalTransition, match="refused"):
        confirm(life, JUMA, act)
    assert service.waiting(JUMA, life.portfolio_id, EXPIRED) == ()
    with pytest.raises(IllegalTransition, match="expired"):
        service.confirm(JUMA, life.portfolio_id, late.act_id, EXPIRED)
    assert held(life) == 50_000_00


def test_asked_for_twice_by_one_command_it_waits_once(life: PortfolioLife) -> None:
    """A retry gives the same act, decided or not; a dry run keeps nothing."""
    service, ask = four_eyes(life), command(life)
    what = wanted(life, ActKind.REFUND_DEPOSIT)
    assert service.ask(ASHA, ask, what, dry_run=True).pending is not None
    assert life.store.acts(life.portfolio_id) == ()
    first = service.ask(ASHA, ask, what).pending
    assert first is not None
    confirm(life, JUMA, first)
    again = service.ask(ASHA, ask, what).pending
    assert again is not None
    assert (again.act_id, again.state) == (first.act_id, ActState.CONFIRMED)
    assert wanted(life, ActKind.WRITE_OFF).action is Action.WRITE_OFF
