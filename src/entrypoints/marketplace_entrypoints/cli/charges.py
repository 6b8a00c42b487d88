"""The charges of a lease: listed with their ids, and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated, Final

from cyclopts import Parameter

from marketplace_core.domain.charge import OneOffCharge, RecurringCharge
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.lease import Lease
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.lease_answers import answer_change
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Day, Where
from marketplace_entrypoints.cli.session import opened


def charges(lease: str, *, where: Where = HERE) -> int:
    """What a lease is charged: every period, each rate with its first day, and once."""
    with opened(where) as here:
        found = here.lease(lease)
        billed = here.ports.account(here.portfolio_id, found.lease_id).billed_charges()
        told: plain.Plain = {
            "lease": found.lease_id,
            "charges": [
                {
                    "charge": it.charge_id,
                    "kind": it.kind.value,
                    "every_period": True,
                    "from": plain.day(it.starts_on or found.start),
                    "to": plain.day(it.ends_on),
                    "rates": [
                        {"from": plain.day(rate.effective_from), "amount": plain.money(rate.amount)}
                        for rate in it.rates
                    ],
                    "description": it.description,
                }
                for it in found.charges
            ]
            + [
                {
                    "charge": it.charge_id,
                    "kind": it.kind.value,
                    "every_period": False,
                    "on": plain.day(it.charged_on),
                    "amount": plain.money(it.amount),
                    "billed": it.charge_id in billed,
                    "description": it.description,
                }
                for it in found.one_off_charges
            ],
        }
        header = ("charge", "kind", "how often", "from", "to", "amount", "description")
        return here.answer(told, table(header, [*_recurring(found), *_once(found, billed)]))


def stop_charge(
    lease: str,
    charge: str,
    *,
    from_day: Annotated[
        Day | None, Parameter(name="--from", help="Of one that is of every period: the first day without it.")
    ] = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Stop a charge: one of every period from a day on, one that is once before it is billed."""
    with opened(where) as here:
        found = here.lease(lease)
        command = here.command("lease.stop_charge", act)
        changed = here.container.change_lease().stop_charge(
            command, found.lease_id, ChargeId(charge), from_day, dry_run=act.dry_run
        )
        return answer_change(here, act, found, changed, f"stop charge {charge} of")


STEPS: Final[dict[str, Callable[..., int]]] = {"charges": charges, "stop-charge": stop_charge}
"""The commands by name, for the group of leases."""

_Row = tuple[object, ...]


def _recurring(lease: Lease) -> Iterator[_Row]:
    for it in lease.charges:
        for index, rate in enumerate(it.rates):
            begins = (it.starts_on or lease.start) if index == 0 else rate.effective_from
            yield (*_named(it), "every period", begins, _stop(it, index) or "", rate.amount, it.description)


def _stop(charge: RecurringCharge, index: int) -> date | None:
    """The first day on which a rate no longer holds."""
    following = charge.rates[index + 1].effective_from if index + 1 < len(charge.rates) else None
    known = [day for day in (following, charge.ends_on) if day is not None]
    return min(known) if known else None


def _once(lease: Lease, billed: frozenset[ChargeId]) -> Iterator[_Row]:
    for it in lease.one_off_charges:
        often = "once, billed" if it.charge_id in billed else "once, not billed"
        yield (*_named(it), often, it.charged_on, "", it.amount, it.description)


def _named(charge: RecurringCharge | OneOffCharge) -> tuple[str, str]:
    return charge.charge_id, charge.kind.value
