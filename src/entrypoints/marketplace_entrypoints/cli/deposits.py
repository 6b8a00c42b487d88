"""Deposits held; deduct from them, give them back."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Action
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.money import Money
from marketplace_core.domain.money import total as sum_of
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.session import opened

app = group("deposits", "Deposits held; deduct from them, give them back.")


@app.default
@app.command(name="list")
def list_deposits(
    *, as_of: Annotated[Day | None, Parameter(help="Day (default: today).")] = None, where: Where = HERE
) -> int:
    """Each lease's deposit on a day: received, deducted, refunded, transferred, held."""
    with opened(where) as here:
        day = as_of or here.today
        labels = here.labels()
        found = list(here.container.deposits()(here.portfolio_id, day))
        held = sum_of((it.held for _, it in found), here.portfolio.currency)
        told = {
            "as_of": plain.day(day),
            "deposits": [
                {
                    "lease": lease_id,
                    "unit": labels.unit(lease_id),
                    "tenant": labels.tenant(lease_id),
                    "received": plain.money(it.received),
                    "deducted": plain.money(it.deducted),
                    "refunded": plain.money(it.refunded),
                    "transferred": plain.money(it.transferred),
                    "held": plain.money(it.held),
                }
                for lease_id, it in found
            ],
            "total": plain.money(held),
        }
        rows = (
            (
                labels.unit(lease_id),
                labels.tenant(lease_id),
                it.received,
                it.deducted,
                it.refunded,
                it.transferred,
                it.held,
            )
            for lease_id, it in found
        )
        header = ("unit", "tenant", "received", "deducted", "refunded", "transferred", "held")
        return here.answer(told, f"Deposits held on {day}: {held}", table(header, rows))


@app.command(name="deduct")
def deduct(lease: str, amount: Amount, *, on: Day | None = None, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Take part of a deposit with a reason; it pays what is open."""
    with opened(where) as here:
        here.require_reason(act, "deduct")
        found = here.lease(lease)
        given, day = here.amount(amount, found.currency), on or here.today
        is_open = here.ports.account(here.portfolio_id, found.lease_id).outstanding(day)
        idle = given - is_open if given > is_open else Money.zero(found.currency)
        command = here.command("deposit.deduct", act)
        here.container.correct_account().deduct_from_deposit(command, found.lease_id, given, day, dry_run=act.dry_run)
        told = {**_told(found.lease_id, given, act), "unapplied": plain.money(idle)}
        words = [f"{_verb(act, 'deduct')} {given} of {found.lease_id}"]
        if idle.is_positive:
            words.append(
                f"needs a person: {idle} of it pays nothing, since no more was open on {day}, and stands to the lease's"
                f" credit; for damage, charge it too: marketplace leases charge {lease} {idle.plain()} --kind repair"
                f" --on {day} --now"
            )
        return here.answer(told, *words)


@app.command(name="transfer")
def transfer(
    lease: str,
    amount: Amount,
    *,
    to: Annotated[str, Parameter(help="The lease that holds it from then on.")],
    on: Day | None = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Move part of a deposit to another lease, or all; whose lease has a deposit's invoice is still asked to pay it."""
    with opened(where) as here:
        here.require_reason(act, "transfer")
        found, other = here.lease(lease), here.lease(to)
        given, day = here.amount(amount, found.currency), on or here.today
        command = here.command("deposit.transfer", act)
        here.container.correct_account().transfer_deposit(
            command, found.lease_id, other.lease_id, given, day, dry_run=act.dry_run
        )
        account = here.ports.account(here.portfolio_id, other.lease_id)
        asked = [it.invoice for it in account.open_invoices(day) if it.invoice.kind is InvoiceKind.DEPOSIT]
        told = {
            **_told(found.lease_id, given, act),
            "to": other.lease_id,
            "deposit_invoices_open": [it.number for it in asked],
        }
        words = [f"{_verb(act, 'transfer')} {given} of {found.lease_id} to {other.lease_id}"]
        words.extend(
            f"needs a person: invoice {it.number} asks {other.lease_id} for a deposit of {it.amount} still; where the "
            f"transfer is that deposit, marketplace invoices void {it.number} --on {day} --reason TEXT"
            for it in asked
        )
        return here.answer(told, *words)


@app.command(name="refund")
def refund(
    lease: str,
    amount: Amount,
    *,
    on: Day | None = None,
    confirmed_by: Annotated[str, Parameter(help="The second person, above the four-eyes limit.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give part of a deposit back, or all."""
    with opened(where) as here:
        here.require_reason(act, "refund")
        found = here.lease(lease)
        given = here.amount(amount, found.currency)
        command = here.command("deposit.refund", act)
        here.require_second_person(Action.REFUND, given, command, confirmed_by)
        here.require_yes(act, f"Refund {given} of the deposit of {found.lease_id}?")
        here.container.correct_account().refund_deposit(
            command, found.lease_id, given, on or here.today, dry_run=act.dry_run
        )
        return here.answer(_told(found.lease_id, given, act), f"{_verb(act, 'refund')} {given} of {found.lease_id}")


def _told(lease_id: str, amount: Money, act: Act) -> plain.Plain:
    return {"lease": lease_id, "amount": plain.money(amount), "reason": act.reason, "dry_run": act.dry_run}


def _verb(act: Act, verb: str) -> str:
    return f"Would {verb}" if act.dry_run else f"{verb.capitalize()}ed"
