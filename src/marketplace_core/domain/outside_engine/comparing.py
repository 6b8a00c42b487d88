"""Whether an outside engine's books of a lease say what ours say, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import InvoiceId, PaymentId
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind
from marketplace_core.domain.outside_engine.matters import (
    Matter,
    Reading,
    differing,
    own_matters,
    payments_made_there,
)
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.domain.outside_engine.plan_account import needs_account, open_account
from marketplace_core.domain.outside_engine.plan_terms import plan_terms, subscriptions_of, wanted_end, wanted_of
from marketplace_core.domain.outside_engine.records import TheirBooks, charge_of_subscription
from marketplace_core.domain.outside_engine.repair_steps import repair_of
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.sight import Sight, key_of, look
from marketplace_core.domain.outside_engine.step_words import words_of
from marketplace_core.domain.outside_engine.their_matters import billed_there, unknown_there


def compare(
    account: LeaseAccount,
    theirs: TheirBooks | None,
    links: Links,
    setting: PlanSetting,
    cash: Mapping[PaymentId, Money] | None = None,
    sent: Sent | None = None,
) -> tuple[Difference, ...]:
    """Each thing on which they differ, with what a repair would do; empty or only told things where they agree.

    ``cash``: what was received of each payment that credits of the lease name, nothing where it was reversed (None:
    not asked).
    """
    told = tuple(_cash(account, cash)) if cash is not None else ()
    if theirs is None:
        return (*_no_account(account, setting), *told)
    sight = look(account, theirs, links, setting, sent)
    found = (*(_difference(sight, it) for it in matters_of(sight)), *_terms(sight), *_balance(sight), *told)
    return (*(found or _paid_otherwise(sight)), *_ended_later(sight))


def matters_of(sight: Sight) -> tuple[Matter, ...]:
    """The matters of which both books say different things."""
    reading = Reading(sight)
    known = [*own_matters(reading), *payments_made_there(reading), *billed_there(reading)]
    return tuple(differing([*known, *unknown_there(reading)]))


def _difference(sight: Sight, matter: Matter) -> Difference:
    kind = DifferenceKind.DUPLICATE_THERE if matter.repeated else matter.kind
    step = repair_of(sight, matter)
    repair = "the next synchronisation records it, else a person decides" if step is None else words_of(step)
    return _said(sight, kind, matter.subject, (matter.ours, matter.theirs), matter.words, repair)


def _said(
    sight: Sight, kind: DifferenceKind, subject: str, minor: tuple[int, int], words: str, repair: str
) -> Difference:
    """Sizes without a sign where neither side gives what the other asks for."""
    ours, theirs = minor
    if ours <= 0 and theirs <= 0:
        ours, theirs = -ours, -theirs
    currency = sight.account.lease.currency
    here, there = Money(ours, currency), Money(theirs, currency)
    return Difference(sight.key, kind, subject, here, there, f"{words}: {here} here, {there} there", repair)


def _no_account(account: LeaseAccount, setting: PlanSetting) -> Iterator[Difference]:
    if needs_account(account):
        words = f"Lease {account.lease.lease_id} has no account there"
        repair = words_of(open_account(account, setting))
        key = key_of(account)
        net, lease_id = net_of(account).net, account.lease.lease_id
        yield Difference(key, DifferenceKind.NO_ACCOUNT, lease_id, net, None, words, repair)


def _terms(sight: Sight) -> Iterator[Difference]:
    """What is still to be said of the terms there, and what cannot be said any more."""
    for step in plan_terms(sight):
        words = words_of(step)
        yield Difference(sight.key, DifferenceKind.TERMS, step.marker, None, None, f"Not there yet: {words}", words)
    charges = sorted(it.charge_id for it in sight.account.lease.charges)
    for there in sight.theirs.subscriptions:
        if charge_of_subscription(there.key) not in charges and not _is_over(there.ends_on, sight.setting.today):
            words = f"Subscription {there.key} bills what the lease is not charged"
            yield Difference(
                sight.key, DifferenceKind.TERMS, there.subscription_id, None, None, words, "a person ends it"
            )


def _ended_later(sight: Sight) -> Iterator[Difference]:
    """Charges that ended there by an end agreed before, and by now should have ended earlier.

    An end that has passed moves no more there, and nothing is billed after it. The days between are asked for in both
    books; who pays them is a person's decision, as it is where the books are billed within ours.
    """
    wanted = {it.charge_id: it for it in wanted_of(sight)}
    for charge_id in sorted(it.charge_id for it in sight.account.lease.charges):
        subscriptions = subscriptions_of(sight, charge_id)
        last = subscriptions[-1].ends_on if subscriptions else None
        if last is None or last > sight.setting.today:
            continue
        ends_on = wanted_end(sight, subscriptions[-1], wanted.get(charge_id))
        if ends_on is not None and ends_on < last:
            words = f"Charge {charge_id} ends on {ends_on}, but was billed there up to {last}"
            yield Difference(sight.key, DifferenceKind.ENDED_LATER, charge_id, None, None, words, "a person credits it")


def _is_over(ends_on: date | None, today: date) -> bool:
    return ends_on is not None and ends_on <= today


def _balance(sight: Sight) -> Iterator[Difference]:
    ours, theirs = net_of(sight.account).net, sight.theirs.account.balance
    if ours != theirs:
        words = f"Owed less credit: {ours} here, {theirs} there"
        repair = "follows from the other differences"
        yield Difference(sight.key, DifferenceKind.BALANCE, sight.key.lease_id, ours, theirs, words, repair)


def _cash(account: LeaseAccount, cash: Mapping[PaymentId, Money]) -> Iterator[Difference]:
    """Payments of which more is credited to the lease than came in."""
    credited: dict[str, int] = {}
    for credit in account.credits:
        if credit.source is CreditSource.PAYMENT and credit.ended_on is None:
            credited[credit.source_id] = credited.get(credit.source_id, 0) + credit.amount.amount_minor
    for source_id, minor in sorted(credited.items()):
        received = cash.get(PaymentId(source_id), Money.zero(account.lease.currency))
        if received.amount_minor < minor:
            here = Money(minor, account.lease.currency)
            words = f"Payment {source_id}: {here} is credited here, but {received} came in"
            key, kind = key_of(account), DifferenceKind.CASH
            yield Difference(key, kind, source_id, here, received, words, "a person undoes the match")


def _paid_otherwise(sight: Sight) -> Iterator[Difference]:
    """Invoices of which another part is open there: told, for credit pays by another order there."""
    open_here = {it.invoice.invoice_id: it.outstanding for it in sight.account.open_invoices(date.max)}
    zero = Money.zero(sight.account.lease.currency)
    asked: dict[str, list[InvoiceId]] = {}
    for invoice in sight.account.standing_invoices():
        there = sight.invoice_of(invoice.invoice_id)
        if there is not None:
            asked.setdefault(there.invoice_id, []).append(invoice.invoice_id)
    for their_id, ours in sorted(asked.items()):
        here = sum(open_here.get(it, zero).amount_minor for it in ours)
        there_open = sight.invoice_by_id[their_id].balance
        if here != there_open.amount_minor:
            still = Money(here, zero.currency)
            words = f"Invoice {sight.invoice_by_id[their_id].number} there: {still} is open here, {there_open} there"
            yield Difference(sight.key, DifferenceKind.PAID_OTHERWISE, ours[0], still, there_open, words)
