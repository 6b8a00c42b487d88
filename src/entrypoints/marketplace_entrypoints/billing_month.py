"""Bill a month by whichever engine the settings name: one way for the command line, HTTP and workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.ports.billing_engine import BillingEngine
from marketplace_core.ports.billing_runs import BillingRun
from marketplace_core.services.billing import BillPeriod
from marketplace_core.services.outside_engine.jobs import come_again

if TYPE_CHECKING:
    from marketplace_entrypoints.composition import Container
    from marketplace_entrypoints.composition_engine import EngineContainer


def bill_month(
    books: EngineContainer | None,
    container: Container,
    command: Command,
    window: DateSpan,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> BillingRun:
    """What was billed, or with ``dry_run`` would be.

    Where an outside engine bills (``books``), each lease that needs it is brought together with its account there;
    ``standing`` then counts the leases that needed nothing, what waits there is looked at again by jobs, and no numbers
    are told.
    """
    if books is None:
        return container.bill_period()(command, window, dry_run=dry_run, progress=progress)
    if dry_run:
        prepared = engine_to_try(books, container, command, window)
        return BillPeriod(container.ports(), prepared)(command, window, dry_run=True, progress=progress)
    run = books.bill()(command.portfolio_id, window, progress)
    come_again(books.work(), run.later)
    return BillingRun(run.invoices, run.skipped, run.amount)


def engine_to_try(
    books: EngineContainer | None, container: Container, command: Command, window: DateSpan
) -> BillingEngine:
    """The engine that a dry run asks: an outside one was asked already, for nothing remote happens in a run."""
    if books is None:
        return container.engine()
    prepared: BillingEngine = books.preview()(command.portfolio_id, window)
    return prepared
