"""Do the jobs that are due."""

from __future__ import annotations

import random
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.errors import InvalidInput
from marketplace_core.services.keep_schedules import KeepSchedules
from marketplace_core.services.run_jobs import RunNextJob
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import opened
from marketplace_entrypoints.json_log import open_log
from marketplace_entrypoints.work_services import retentions_of, work_of


def worker(
    *,
    only: Annotated[
        list[str] | None,
        Parameter(help="Only jobs of this kind, or all of condo or cocorico; may be given several times."),
    ] = None,
    once: Annotated[bool, Parameter(negative=(), help="Do what is due now, then end.")] = False,
    where: Where = HERE,
) -> int:
    """Keep the schedules and do the jobs that are due, until SIGTERM or Ctrl-C; the log goes to standard error."""
    from marketplace_entrypoints.worker.groups import kinds_of
    from marketplace_entrypoints.worker.kinds import JobKinds
    from marketplace_entrypoints.worker.loop import Worker
    from marketplace_entrypoints.worker.stopping import Stopping

    with opened(where, may_begin=True) as here:
        work, settings = work_of(here.store), here.settings
        retentions = retentions_of(settings, here.store)
        handlers = JobKinds(here.store, here.container).handlers(retentions)
        kinds = kinds_of(only)
        unknown = sorted(set(kinds or ()) - handlers.keys())
        if unknown:
            raise InvalidInput(f"there is no job {', '.join(unknown)}: there is {', '.join(sorted(handlers))}")
        stopping = Stopping(settings.worker.grace)
        chance = random.SystemRandom().random
        one = Worker(
            queue=work,
            run_next=RunNextJob(work, here.container.clock(), handlers, chance, settings.worker.tries),
            keep_schedules=KeepSchedules(
                work, here.ports, settings.due_in_portfolios(), settings.due_in_installation()
            ),
            settings=settings.worker,
            log=open_log("timestamp"),
            should_stop=lambda: stopping.is_asked,
        )
        with stopping.heeded():
            failed = one.run(kinds, once=once)
        return int(Exit.PARTLY if once and failed else Exit.DONE)
