"""Keep schedules: at each due instant one job a portfolio, from however many workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

from attrs import define, field

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.jobs import JobRequest
from marketplace_core.domain.schedule import Schedule
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.jobs import Jobs

LINES_OF_THEIR_OWN: Final = frozenset(["deliver", "engine-sync"])
"""Kinds of jobs that wait for others' servers: what writes to the portfolio's book must not wait behind them."""

Slot = tuple[str, PortfolioId | None]


def scheduled_job(kind: str, portfolio_id: PortfolioId | None, due_at: datetime) -> JobRequest:
    """The job of a schedule; one that waits still does the work of the next instant too, but for billing."""
    whose = portfolio_id or "installation"
    key = f"{kind}/{whose}/{due_at.isoformat()}" if kind == "bill" else f"{kind}/{whose}"
    line = f"{kind}/{whose}" if kind in LINES_OF_THEIR_OWN else ""
    return JobRequest(kind, key, due_at, portfolio_id, line=line)


@define
class KeepSchedules:
    """Enqueues what has come due since it was last asked; of instants that were missed, the latest.

    ``of_portfolios`` and ``of_installation`` give the schedule of each kind of job, the latter read in UTC. What was
    due before a portfolio was first seen is not made up for.
    """

    jobs: Jobs
    directory: Directory
    of_portfolios: Mapping[str, Schedule]
    of_installation: Mapping[str, Schedule]
    _seen: dict[Slot, datetime] = field(factory=dict[Slot, datetime], init=False)

    def __call__(self, now: datetime) -> int:
        """How many jobs this worker enqueued."""

        @cache
        def last_due(schedule: Schedule, zone: str) -> datetime | None:
            return schedule.last_due(now, zone)

        count = 0
        for portfolio in self.directory.portfolios() if self.of_portfolios else ():
            for kind, schedule in self.of_portfolios.items():
                count += self._keep((kind, portfolio.portfolio_id), last_due(schedule, portfolio.zone))
        for kind, schedule in self.of_installation.items():
            count += self._keep((kind, None), last_due(schedule, "UTC"))
        return count

    def _keep(self, slot: Slot, due_at: datetime | None) -> bool:
        kind, portfolio_id = slot
        seen = self._seen.get(slot)
        if due_at is None or seen == due_at:
            return False
        is_begun = seen is None and self.jobs.begin_schedule(kind, portfolio_id, due_at)
        is_kept = not is_begun and self.jobs.enqueue_once(kind, scheduled_job(kind, portfolio_id, due_at))
        self._seen[slot] = due_at
        return is_kept
