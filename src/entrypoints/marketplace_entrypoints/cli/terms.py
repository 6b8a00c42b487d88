"""Changing a lease's terms: its status, end, rent and charges, with a word on invoices that no longer fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from marketplace_core.domain.charge import ChargeKind, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.identifiers import ChargeId, derive_id
from marketplace_core.domain.lease import LateFeeRule
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.lease_answers import answer_change, answer_lease
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Percent, Where
from marketplace_entrypoints.cli.session import opened

ByHand = Literal["rent", "service_charge", "water", "electricity", "garbage", "parking", "repair", "other"]
"""Kinds of charges that no rule of the books makes."""


def activate(lease: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Make a draft active: from now on it is billed."""
    with opened(where) as here:
        command = here.command("lease.activate", act)
        found = here.lease(lease)
        changed = here.container.change_lease().activate(command, found.lease_id, here.ports, dry_run=act.dry_run)
        return answer_change(here, act, found, changed, "activate")


def cancel(lease: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Cancel a draft: it comes to nothing."""
    with opened(where) as here:
        command = here.command("lease.cancel", act)
        changed = here.container.change_lease().cancel(command, here.lease(lease).lease_id, dry_run=act.dry_run)
        return answer_lease(here, act, changed, "cancel")


def notice(lease: str, *, end: Day, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Record notice: billed up to but without the end."""
    with opened(where) as here:
        found = here.lease(lease)
        command = here.command("lease.notice", act)
        changed = here.container.change_lease().give_notice(command, found.lease_id, end, dry_run=act.dry_run)
        return answer_change(here, act, found, changed, "record notice of")


def end_lease(lease: str, *, end: Day, where: Where = HERE, act: Act = PLAINLY) -> int:
    """End a lease: billed up to but without the end. It cannot be taken back."""
    with opened(where) as here:
        found = here.lease(lease)
        here.require_yes(act, f"End lease {found.lease_id} on {end}?")
        command = here.command("lease.end", act)
        changed = here.container.change_lease().end(command, found.lease_id, end, dry_run=act.dry_run)
        return answer_change(here, act, found, changed, "end")


def renew(lease: str, *, until: Day | None = None, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Add a further term right after the last one (without --until: open)."""
    with opened(where) as here:
        found = here.lease(lease)
        command = here.command("lease.renew", act)
        changed = here.container.change_lease().renew(command, found.lease_id, until, dry_run=act.dry_run)
        return answer_change(here, act, found, changed, "renew")


def change_rent(
    lease: str,
    amount: Amount,
    *,
    from_day: Annotated[Day, Parameter(name="--from", help="First day of the new rent.")],
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Change the rent from a day on, up to the next change agreed before; what was billed stays."""
    with opened(where) as here:
        found = here.lease(lease)
        command = here.command("lease.rent", act)
        changed = here.container.change_lease().change_rent(
            command, found.lease_id, here.amount(amount, found.currency), from_day, dry_run=act.dry_run
        )
        return answer_change(here, act, found, changed, "change the rent of")


def charge(
    lease: str,
    amount: Amount,
    *,
    kind: Annotated[ByHand, Parameter(help="What for.")] = "other",
    on: Annotated[Day | None, Parameter(help="Its day (default: today).")] = None,
    description: str = "",
    every_period: Annotated[
        bool, Parameter(negative=(), help="Of every billing period from its day on, not once.")
    ] = False,
    now: Annotated[bool, Parameter(negative=(), help="Bill it at once, by an invoice of its own.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Charge a lease for something: once, on its next invoice or at once, or every period."""
    if every_period and now:
        raise Refused("--every-period and --now exclude each other: what is of every period is billed with it")
    with opened(where) as here:
        found = here.lease(lease)
        command = here.command("lease.charge", act)
        given, day = here.amount(amount, found.currency), on or here.today
        charge_id = ChargeId(derive_id("chg", command.command_id, found.lease_id))
        added: OneOffCharge | RecurringCharge = (
            RecurringCharge(charge_id, ChargeKind(kind), (Rate(day, given),), description, starts_on=day)
            if every_period
            else OneOffCharge(charge_id, ChargeKind(kind), given, day, description)
        )
        changed = here.container.change_lease().charge(command, found.lease_id, added, at_once=now, dry_run=act.dry_run)
        return answer_change(here, act, found, changed, f"charge {given} for {kind.replace('_', ' ')} to")


def late_fee(
    lease: str,
    *,
    flat: Annotated[Amount | None, Parameter(help="So much each time.")] = None,
    percent: Annotated[Percent | None, Parameter(help="So much of what is overdue, such as 5 or 2.5.")] = None,
    cap: Annotated[Amount | None, Parameter(help="At most so much over all fees of one invoice.")] = None,
    every_months: Annotated[int | None, Parameter(help="Again after so many months (default: once).")] = None,
    from_day: Annotated[
        Day | None, Parameter(name="--from", help="First day that may cost a fee (default: today).")
    ] = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Agree on late fees of a lease (with neither --flat nor --percent: on none); `late-fees` charges them."""
    if flat is None and percent is None and any(it is not None for it in (cap, every_months, from_day)):
        raise Refused("say what a late fee is: --flat AMOUNT or --percent NUMBER")
    if flat is not None and percent is not None:
        raise Refused("--flat and --percent exclude each other: a late fee is one or the other")
    with opened(where) as here:
        found = here.lease(lease)
        limit = here.amount(cap, found.currency) if cap is not None else None
        rule = None
        if flat is not None or percent is not None:
            rule = LateFeeRule(
                flat=here.amount(flat, found.currency) if flat is not None else None,
                basis_points=percent or 0,
                cap=limit,
                every_months=every_months,
                since=from_day or here.today,
            )
        command = here.command("lease.late_fee", act)
        changed = here.container.change_lease().set_late_fee(command, found.lease_id, rule, dry_run=act.dry_run)
        return answer_lease(here, act, changed, "agree on late fees of")


STEPS: Final[dict[str, Callable[..., int]]] = {
    "activate": activate,
    "cancel": cancel,
    "notice": notice,
    "end": end_lease,
    "renew": renew,
    "rent": change_rent,
    "charge": charge,
    "late-fee": late_fee,
}
"""The commands by name, for the group of leases."""
