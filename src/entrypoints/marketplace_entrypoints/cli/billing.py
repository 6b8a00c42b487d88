"""Bill a month; charge late fees."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Annotated

from attrs import define, field
from cyclopts import Parameter

from marketplace_core.domain.days import DateSpan, add_months
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import total
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.billing_runs import BillingRun
from marketplace_core.services.billing import BillPeriod
from marketplace_entrypoints.billing_month import bill_month, engine_to_try
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Day, Month, Where
from marketplace_entrypoints.cli.session import Labels, opened
from marketplace_entrypoints.second_books import second_books_if_any

SHOWN = 40
MONTHS_AHEAD = 12


def bill(
    *,
    period: Annotated[Month, Parameter(help="Month such as 2026-11: its billing periods are billed.")],
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Bill every lease for the billing periods that begin in a month; a second time makes nothing."""
    with opened(where) as here, here.output.progress("Billing") as progress:
        if period.start > add_months(here.today, MONTHS_AHEAD):
            here.require_yes(act, f"Bill {period.start:%Y-%m}, more than a year ahead?")
        command = here.command("bill", act)
        books = second_books_if_any(here.store, here.container)
        if act.dry_run:
            watched = _Watched(engine_to_try(books, here.container, command, period))
            run = BillPeriod(here.ports, watched)(command, period, dry_run=True, progress=progress)
            planned = tuple(watched.said)
        else:
            run = bill_month(books, here.container, command, period, progress=progress)
            planned = ()
        told = _plain_run(run, period, dry_run=act.dry_run)
        told["plan"] = [plain.invoice(invoice) for invoice in planned]
        parts = _words(run, period, dry_run=act.dry_run)
        return here.answer(told, *parts, *_plan_table(planned, here.labels() if planned else None))


def late_fees(
    *,
    as_of: Annotated[Day | None, Parameter(help="Day up to which fees are due (default: today).")] = None,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Charge each late fee that is due by a day and does not stand yet."""
    with opened(where) as here:
        day = as_of or here.today
        fees = here.container.charge_late_fees()(here.command("bill.late_fees", act), day, dry_run=act.dry_run)
        amount = total((fee.amount for fee in fees), here.portfolio.currency)
        told = {
            "as_of": plain.day(day),
            "fees": [plain.invoice(fee) for fee in fees],
            "total": plain.money(amount),
            "dry_run": act.dry_run,
        }
        verb = "would be charged" if act.dry_run else "charged"
        return here.answer(
            told, f"{len(fees)} late fees {verb} as of {day}: {amount}", *_plan_table(fees, here.labels())
        )


@define
class _Watched(BillingEngine):
    """The engine, keeping what it says, so that a dry run can show each invoice."""

    _engine: BillingEngine
    said: list[Invoice] = field(factory=list[Invoice])

    def invoices(
        self,
        lease: Lease,
        window: DateSpan,
        recorded_at: datetime,
        billed_charges: AbstractSet[ChargeId] = frozenset(),
        standing: AbstractSet[StandingKey] = frozenset(),
    ) -> tuple[Invoice, ...]:
        found = self._engine.invoices(lease, window, recorded_at, billed_charges, standing)
        self.said.extend(found)
        return found


def _plain_run(run: BillingRun, period: DateSpan, *, dry_run: bool) -> plain.Plain:
    return {
        "period": f"{period.start:%Y-%m}",
        "from": plain.day(period.start),
        "to": plain.day(period.last_day),
        "invoices": run.invoices,
        "standing": run.standing,
        "total": plain.money(run.amount),
        "first_number": run.first_number,
        "last_number": run.last_number,
        "dry_run": dry_run,
    }


def _words(run: BillingRun, period: DateSpan, *, dry_run: bool) -> list[str]:
    month = f"{period.start:%Y-%m}"
    if dry_run:
        return [f"{month}: would bill {run.invoices} invoices, {run.amount} ({run.standing} stand already)"]
    numbers = f", {run.first_number} to {run.last_number}" if run.invoices else ""
    return [f"{month}: billed {run.invoices} invoices, {run.amount}{numbers} ({run.standing} stood already)"]


def _plan_table(invoices: Sequence[Invoice], labels: Labels | None) -> list[Table | str]:
    if not invoices or labels is None:
        return []
    rows = (
        (labels.unit(it.lease_id), labels.tenant(it.lease_id), it.kind.value, str(it.period), it.due_date, it.amount)
        for it in invoices[:SHOWN]
    )
    shown: list[Table | str] = [table(("unit", "tenant", "kind", "period", "due", "amount"), rows)]
    return [*shown, f"… and {len(invoices) - SHOWN} more; all of them with --json"] if len(invoices) > SHOWN else shown
