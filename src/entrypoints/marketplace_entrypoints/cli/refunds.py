"""Unapplied credit given back to its payer, and refunds that came back."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Action
from marketplace_core.domain.credit import CreditUse
from marketplace_core.domain.facts import CreditUsed
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.finding import find_refund
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.session import opened

app = group("refunds", "Unapplied credit given back; refunds that came back.")


@app.default
@app.command(name="list")
def list_refunds(*, where: Where = HERE) -> int:
    """Every refund of credit, with the day on which it came back if it did."""
    with opened(where) as here:
        labels = here.labels()
        found = [use for account in here.ports.accounts(here.portfolio_id) for use in account.uses]
        found.sort(key=lambda use: (use.value_date, use.use_id))
        told = {"refunds": [{**_plain(use), "unit": labels.unit(use.lease_id)} for use in found]}
        rows = (
            (use.use_id, labels.unit(use.lease_id), use.value_date, use.amount, use.reason, use.ended_on or "")
            for use in found
        )
        return here.answer(told, table(("refund", "unit", "on", "amount", "reason", "came back"), rows))


@app.command(name="give")
def give(
    lease: str,
    amount: Amount,
    *,
    on: Day | None = None,
    confirmed_by: Annotated[str, Parameter(help="The second person, above the four-eyes limit.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give unapplied credit of a lease back, the oldest first."""
    with opened(where) as here:
        here.require_reason(act, "refund")
        found = here.lease(lease)
        given = here.amount(amount, found.currency)
        command = here.command("credit.refund", act)
        here.require_second_person(Action.REFUND, given, command, confirmed_by)
        here.require_yes(act, f"Refund {given} of the credit of {found.lease_id}?")
        recorded = here.container.correct_account().refund_lease(
            command, found.lease_id, given, on or here.today, dry_run=act.dry_run
        )
        uses = [fact.use for fact in recorded.facts if isinstance(fact, CreditUsed)]
        told = {
            "lease": found.lease_id,
            "amount": plain.money(given),
            "refunds": [_plain(use) for use in uses],
            "dry_run": act.dry_run,
        }
        verb = "Would refund" if act.dry_run else "Refunded"
        names = ", ".join(use.use_id for use in uses)
        return here.answer(told, f"{verb} {given} of the credit of {found.lease_id}: {names}")


@app.command(name="take-back")
def take_back(refund: str, *, on: Day | None = None, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Record that a refund came back; dated on its own day, it never was."""
    with opened(where) as here:
        here.require_reason(act, "take back")
        account, use = find_refund(here, refund)
        here.require_yes(act, f"Take back the refund of {use.amount} to {account.lease.lease_id}?")
        day = on or max(here.today, use.value_date)
        command = here.command("credit.refund_back", act)
        here.container.correct_account().take_back_refund(
            command, account.lease.lease_id, use.use_id, day, dry_run=act.dry_run
        )
        told = {**_plain(use), "came_back": plain.day(day), "dry_run": act.dry_run}
        verb = "Would take back" if act.dry_run else "Took back"
        return here.answer(told, f"{verb} the refund of {use.amount}: it stands to the lease's credit again")


def _plain(use: CreditUse) -> plain.Plain:
    return {
        "refund": use.use_id,
        "lease": use.lease_id,
        "on": plain.day(use.value_date),
        "amount": plain.money(use.amount),
        "reason": use.reason,
        "came_back": plain.day(use.ended_on),
    }
