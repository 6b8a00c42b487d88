"""Say what the ledger says: every account's two sides, or what each lease, tenant or property owes by it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.aging import AgingGroup
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, Day, Instant, Where
from marketplace_entrypoints.cli.session import opened


def balances(
    *,
    as_of: Annotated[Day | None, Parameter(help="Day (default: today).")] = None,
    known_on: Annotated[Instant | None, Parameter(help="As it was known at this instant (default: now).")] = None,
    by: Annotated[AgingGroup | None, Parameter(help="What owes (default: every account of the ledger).")] = None,
    where: Where = HERE,
) -> int:
    """The trial balance, whose sides must be equal; with --by what is owed, less unapplied credit."""
    with opened(where) as here:
        known_on = here.instant(known_on)
        day = as_of or here.today
        told: plain.Plain = {
            "portfolio": here.portfolio_id,
            "as_of": plain.day(day),
            "known_on": plain.instant(known_on),
        }
        if by is not None:
            owed = here.ports.owed(here.portfolio_id, by=by, as_of=day, known_on=known_on)
            told["owed"] = [{by.value: it.key, "balance": plain.money(it.balance)} for it in owed]
            return here.answer(told, table((by.value, "balance"), ((it.key, it.balance) for it in owed)))
        trial = here.ports.trial_balance(here.portfolio_id, as_of=day, known_on=known_on)
        lines = (*trial.lines, *trial.totals())
        told["is_balanced"] = trial.is_balanced
        told["accounts"] = [
            {"account": it.account, "debits": plain.money(it.debits), "credits": plain.money(it.credits)}
            for it in trial.lines
        ]
        told["totals"] = [
            {"debits": plain.money(it.debits), "credits": plain.money(it.credits)} for it in trial.totals()
        ]
        rows = ((it.account, it.debits, it.credits, it.balance) for it in lines)
        code = Exit.DONE if trial.is_balanced else Exit.FAILED
        return here.answer(told, table(("account", "debits", "credits", "balance"), rows), code=code)
