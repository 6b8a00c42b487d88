"""What other terms or rules would change, before anything is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from attrs import evolve
from cyclopts import Parameter

from marketplace_core.domain.days import DateSpan, add_months
from marketplace_core.domain.reconciliation import ReconciliationInput, what_if
from marketplace_core.domain.what_if import what_if_lease
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Exit, Refused
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, Amount, Day, Month, Where
from marketplace_entrypoints.cli.reconciliation import goes_to, plain_sides
from marketplace_entrypoints.cli.session import opened
from marketplace_entrypoints.second_books import second_books

app = group("what-if", "What other terms or rules would change, before anything is.")


@app.command(name="lease")
def lease(
    name: Annotated[str, Parameter(help="Lease id, unit code or payment reference.")],
    *,
    rent: Annotated[Amount | None, Parameter(help="Another rent.")] = None,
    billing_day: Annotated[int | None, Parameter(help="Another billing day, 1 to 31.")] = None,
    from_day: Annotated[Day | None, Parameter(name="--from", help="First day (default: this month's first).")] = None,
    to_day: Annotated[Day | None, Parameter(name="--to", help="Last day (default: a year on).")] = None,
    where: Where = HERE,
) -> int:
    """Which invoices and amounts another rent or billing day would change. Nothing is written."""
    if rent is None and billing_day is None:
        raise Refused("say what would be other: --rent AMOUNT or --billing-day DAY")
    with opened(where) as here:
        found = here.lease(name)
        first = from_day or here.today.replace(day=1)
        if to_day is not None and to_day < first:
            raise Refused(f"--to {to_day} is before the first day, {first}")
        window = DateSpan(first, to_day + timedelta(days=1) if to_day else add_months(first, 12))
        changed = found.with_rent(here.amount(rent, found.currency), max(first, found.start)) if rent else found
        changed = evolve(changed, billing_day=billing_day) if billing_day else changed
        account = here.ports.account(here.portfolio_id, found.lease_id)
        issued = [it for it in account.invoices if not account.is_void(it.invoice_id)]
        result = what_if_lease(found, changed, window, here.container.clock().now(), issued)
        told = {
            "lease": found.lease_id,
            "from": plain.day(window.start),
            "to": plain.day(window.last_day),
            "changes": [
                {
                    "before": plain.invoice(it.before) if it.before else None,
                    "after": plain.invoice(it.after) if it.after else None,
                }
                for it in result.changes
            ],
            "difference": plain.money(result.difference),
        }
        rows = (
            (
                str((it.before or it.after).period if (it.before or it.after) else ""),  # type: ignore[union-attr]
                it.before.number if it.before else "",
                it.before.amount if it.before else "",
                it.after.amount if it.after else "",
            )
            for it in result.changes
        )
        return here.answer(
            told,
            f"{len(result.changes)} invoices would change, {result.difference} in all",
            table(("period", "number", "now", "then"), rows),
        )


@app.command(name="rules")
def rules(
    file: Path,
    *,
    as_of: Annotated[Day | None, Parameter(help="Day (default: today).")] = None,
    where: Where = HERE,
) -> int:
    """Which matches other rules would make otherwise: of every payment, as if none had been matched. Writes nothing."""
    from marketplace_entrypoints.composition import rules_of
    from marketplace_entrypoints.unmatched_view import unmatched_input

    with opened(where) as here:
        now = rules_of(here.settings)
        given: ReconciliationInput = unmatched_input(here.ports, here.portfolio_id, as_of or here.today, now)
        result = what_if(rules_of(here.settings, file), given, here.container.matcher().decide(given))
        labels = here.labels()
        transactions = {it.payment_id: it.transaction_id for it in here.ports.payments(here.portfolio_id)}
        told = {
            "payments": len(given.payments),
            "changes": [
                {
                    "payment": it.payment_id,
                    "transaction": transactions[it.payment_id],
                    "moved": plain.money(it.moved),
                    "before": {"outcome": it.before.outcome.value, "sides": plain_sides(it.before, labels)},
                    "after": {"outcome": it.after.outcome.value, "sides": plain_sides(it.after, labels)},
                }
                for it in result.changes
            ],
            "moved": [plain.money(it) for it in result.moved],
        }
        rows = (
            (
                transactions[it.payment_id],
                f"{it.before.outcome.value}: {goes_to(it.before, labels)}",
                f"{it.after.outcome.value}: {goes_to(it.after, labels)}",
                it.moved,
            )
            for it in result.changes
        )
        moved = ", ".join(str(it) for it in result.moved) or "nothing"
        words = (
            f"{len(result.changes)} of {len(given.payments)} payments would be decided otherwise; {moved} would move"
        )
        return here.answer(told, words, table(("transaction", "now", "then", "moved"), rows))


@app.command(name="engine")
def engine(
    *,
    period: Annotated[Month, Parameter(help="Month such as 2026-11: its billing periods are compared.")],
    native: Annotated[bool, Parameter(negative=(), help="The engine within the books.")] = False,
    killbill: Annotated[
        bool, Parameter(negative=(), help="Kill Bill: what it billed, and what it would bill.")
    ] = False,
    where: Where = HERE,
) -> int:
    """What two billing engines make of the same leases, each difference named with its rule. Writes nothing."""
    if not (native and killbill):
        raise Refused("say which engines to compare: --native --killbill")
    with opened(where) as here:
        found = second_books(here.store, here.container).compare_engines()(here.portfolio_id, period)
        labels = here.labels()
        told = {
            "period": f"{period.start:%Y-%m}",
            "leases": found.leases,
            "without_account": list(found.without_account),
            "native": plain.money(found.native),
            "killbill": plain.money(found.engine),
            "unexplained": len(found.unexplained),
            "differences": [
                {
                    "lease": it.lease_id,
                    "from": plain.day(it.period_start),
                    "charge": it.charge,
                    "native": plain.money(it.native),
                    "killbill": plain.money(it.engine),
                    "rule": it.rule.value,
                    "words": it.words,
                }
                for it in found.differences
            ],
        }
        rows = (
            (labels.unit(it.lease_id), it.period_start, it.charge, it.native, it.engine, it.rule.value, it.words)
            for it in found.differences
        )
        sums = f"native {found.native}, Kill Bill {found.engine}"
        counts = f"{len(found.differences)} differences, {len(found.unexplained)} unexplained"
        words = [f"{period.start:%Y-%m}: {found.leases} leases, {sums}; {counts}"]
        if found.without_account:
            words.append(f"{len(found.without_account)} leases have no account there yet: marketplace sync killbill")
        code = Exit.FAILED if found.unexplained else Exit.DONE
        shown = table(("unit", "from", "charge", "native", "kill bill", "rule", ""), rows)
        return here.answer(told, *words, shown, code=code)
