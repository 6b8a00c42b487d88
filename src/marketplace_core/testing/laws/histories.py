"""One account's random history, and what statement, balance and postings must agree on, on both time axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain import account_decisions as decisions
from marketplace_core.domain import refund_decisions
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.billing import bill
from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.command import Command
from marketplace_core.domain.credit import Credit, CreditSource, Pin
from marketplace_core.domain.days import DateSpan, calendar_month
from marketplace_core.domain.deposit_decisions import deduct_from_deposit
from marketplace_core.domain.facts import AccountFact
from marketplace_core.domain.identifiers import (
    ChargeId,
    CommandId,
    CreditId,
    LeaseId,
    PersonId,
    PortfolioId,
    UnitId,
)
from marketplace_core.domain.late_fee import late_fees
from marketplace_core.domain.lease import LateFeeRule, Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.ledger import Posting, balances, deposit_held, receivable, unapplied
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.postings import postings_of
from marketplace_core.domain.statement import statement
from marketplace_core.errors import IllegalTransition, LawBroken, MarketplaceError
from marketplace_core.testing.strategies import Step

_LEASE: Final = Lease(
    LeaseId("l1"),
    PortfolioId("p1"),
    UnitId("u1"),
    (PersonId("t1"),),
    (LeaseTerm(date(2026, 1, 1)),),
    KES,
    (RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (Rate(date(2026, 1, 1), Money(1_000, KES)),)),),
    LeaseStatus.ACTIVE,
    grace_days=3,
    deposit=Money(700, KES),
    late_fee=LateFeeRule(basis_points=1_000, cap=Money(250, KES), every_months=1),
)
_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)


@frozen
class History:
    """An account after its steps, all its postings, and the account as it stood at each instant; ``done`` by name."""

    account: LeaseAccount
    postings: tuple[Posting, ...]
    past: tuple[tuple[datetime, LeaseAccount], ...]
    done: tuple[str, ...]


def lived(steps: Sequence[Step]) -> History:
    """Do the steps one hour after the other; those that the domain refuses change nothing."""
    account = LeaseAccount(_LEASE)
    postings: list[Posting] = []
    past: list[tuple[datetime, LeaseAccount]] = []
    done: list[str] = []
    for place, step in enumerate(steps, start=1):
        at = _BEGINNING + timedelta(hours=place)
        command = Command(CommandId(f"c{place}"), PortfolioId("p1"), step.what, "system", at, "why")
        try:
            facts = _DECISIONS[step.what](account, step, command)
        except (MarketplaceError, ZeroDivisionError):  # refused, or nothing is there to pick from
            continue
        account = account.applied(facts)
        postings += [posting for fact in facts for posting in postings_of(fact)]
        past.append((at, account))
        done.append(step.what)
    return History(account, tuple(postings), tuple(past), tuple(done))


def _money(step: Step) -> Money:
    return Money(step.amount_minor, KES)


def _bill(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    month = calendar_month(2026, step.pick % 5 + 1)
    return decisions.issue(account, bill(account.lease, month, command.recorded_at), command)


def _late_fees(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    fees = late_fees(account, step.day, command.recorded_at)
    return decisions.issue(account, fees, command) if fees else ()


def _pay(account: LeaseAccount, step: Step, command: Command, pins: tuple[Pin, ...] = ()) -> Sequence[AccountFact]:
    credit = Credit(
        CreditId(f"credit-{command.command_id}"),
        account.lease.portfolio_id,
        account.lease.lease_id,
        CreditSource.PAYMENT,
        f"payment-{command.command_id}",
        _money(step),
        step.day,
        command.recorded_at,
        f"TX{step.pick}",
        pins,
    )
    return decisions.add_credit(account, credit, command)


def _pin(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    invoice = account.invoices[step.pick % len(account.invoices)]
    part = Money(min(step.amount_minor, step.pick + 1), KES)
    return _pay(account, step, command, (Pin(invoice.invoice_id, part),))


def _void(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    invoice = account.invoices[step.pick % len(account.invoices)]
    return decisions.void(account, invoice.invoice_id, max(step.day, invoice.issue_date), "why", command)


def _note(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    invoice = account.invoices[step.pick % len(account.invoices)]
    on = max(step.day, invoice.issue_date)
    return decisions.credit_invoice(account, invoice.invoice_id, _money(step), on, "why", command)


def _write_off(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    invoice = account.invoices[step.pick % len(account.invoices)]
    return decisions.write_off(account, invoice.invoice_id, _money(step), step.day, "why", command)


def _tolerance(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    """A payment that pays an invoice but for a shilling, which is written off as long as the payment stands."""
    invoice = account.invoices[step.pick % len(account.invoices)]
    pins = (Pin(invoice.invoice_id, Money(min(step.amount_minor, 300), KES)),)
    paid = next(iter(_pay(account, step, command, pins)))
    on = max(step.day, invoice.issue_date)
    after = account.applied(decisions.settled(account, [paid], command))
    off = decisions.written_off(after, invoice.invoice_id, Money(1, KES), on, "rounded", command)
    linked = evolve(off, credit=evolve(off.credit, source_id=f"payment-{command.command_id}"))
    return decisions.settled(account, [paid, linked], command)


def _reverse(account: LeaseAccount, step: Step, command: Command, *, later: bool = True) -> Sequence[AccountFact]:
    paid = [it for it in account.credits if it.source is CreditSource.PAYMENT]
    credit = paid[step.pick % len(paid)]
    if not later:
        return decisions.end_credit(account, credit.credit_id, credit.value_date, command)
    if credit.ended_on is not None:
        raise IllegalTransition("reversed already")
    with_it = [it for it in account.credits if it.source_id == credit.source_id and it.ended_on is None]
    return refund_decisions.end_refunded_credits(account, with_it, max(step.day, credit.value_date), command)


def _undo(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    return _reverse(account, step, command, later=False)


def _refund(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    credit = account.credits[step.pick % len(account.credits)]
    return refund_decisions.refund(account, credit.credit_id, _money(step), step.day, "why", command)


def _refund_back(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    use = account.uses[step.pick % len(account.uses)]
    return refund_decisions.take_back_refund(account, use.use_id, step.day, "why", command)


def _deduct(account: LeaseAccount, step: Step, command: Command) -> Sequence[AccountFact]:
    part = Money(min(step.amount_minor, 100), KES)
    return deduct_from_deposit(account, part, step.day, "why", command)


_DECISIONS: Final[dict[str, Callable[[LeaseAccount, Step, Command], Sequence[AccountFact]]]] = {
    "bill": _bill,
    "pay": _pay,
    "pin": _pin,
    "void": _void,
    "note": _note,
    "write off": _write_off,
    "reverse": _reverse,
    "undo": _undo,
    "refund": _refund,
    "refund back": _refund_back,
    "tolerance": _tolerance,
    "deduct": _deduct,
    "late fees": _late_fees,
}


def require_one_story(history: History) -> None:
    """On each day, as known at each instant: statement = open invoices − unapplied = postings; else ``LawBroken``."""
    for day in (date(2026, 1, 1) + timedelta(days=9 * count) for count in range(19)):
        _require_day(history, day)
        for at, then in history.past:
            known = history.account.known(at)
            _require(known.outstanding(day) == then.outstanding(day), f"{day}, known at {at}: what is outstanding")
            _require(known.unapplied(day) == then.unapplied(day), f"{day}, known at {at}: what is unapplied")
            booked = balances(history.postings, as_of=day, known_on=at).get((receivable(_LEASE.lease_id), "KES"), 0)
            _require(booked == then.outstanding(day).amount_minor, f"{day}, known at {at}: the postings")


def _require_day(history: History, day: date) -> None:
    account = history.account
    outstanding, credit = account.outstanding(day).amount_minor, account.unapplied(day).amount_minor
    _require(credit >= 0, f"{day}: unapplied credit is {credit}")
    for it in account.open_invoices(day):
        most = it.invoice.amount.amount_minor
        _require(0 < it.outstanding.amount_minor <= most, f"{day}: of {most} are {it.outstanding} open")
    closing = statement(account, DateSpan(date(2025, 12, 1), day + timedelta(days=1))).closing.amount_minor
    _require(closing == outstanding - credit, f"{day}: the statement closes at {closing}, not {outstanding - credit}")
    sums = balances(history.postings, as_of=day)
    _require(sum(sums.values()) == 0, f"{day}: balances sum to {sum(sums.values())}")
    held = account.deposit(day).held.amount_minor
    for name, minor in (
        (receivable(_LEASE.lease_id), outstanding),
        (unapplied(_LEASE.lease_id), -credit),
        (deposit_held(_LEASE.lease_id), -held),
    ):
        booked = sums.get((name, "KES"), 0)
        _require(booked == minor, f"{day}: {name} is {booked} by postings, {minor} by the account")


def _require(holds: bool, detail: str) -> None:  # noqa: FBT001 - a claim and what to say where it fails
    if not holds:
        raise LawBroken(detail)
