"""Workers on two machines against one PostgreSQL on a third: both work, and nothing is done twice."""

from __future__ import annotations

import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("structlog", reason="structlog is not installed")

from tests.e2e.crash.crashing import environment
from tests.e2e.crash.machines import inside, machines, program, why_not
from tests.e2e.crash.working import SOON, queue_of, told_of, wait_until
from tests.integration.postgres.books_support import make_tables

from marketplace_adapters.postgres.store import PostgresStore
from marketplace_core.domain.identifiers import CollectionAccountId, LeaseId
from marketplace_core.domain.jobs import JobRequest, JobState
from marketplace_core.domain.money import KES
from marketplace_core.domain.payment import CollectionAccount, CollectionKind
from marketplace_core.testing.life import PortfolioLife

pytestmark = [pytest.mark.crash, pytest.mark.postgres, pytest.mark.xdist_group("crash")]

PORTFOLIOS: Final = 40
DUE: Final = datetime(2026, 1, 1, 3, tzinfo=UTC)
SETTINGS: Final = {**SOON, "MARKETPLACE_WORKER_SILENT": "20", "MARKETPLACE_WORKER_BEAT": "1"}


def test_two_machines_share_the_work(tmp_path: Path) -> None:
    """Two workers in two network namespaces, a server in a third: each bills some portfolios, none is billed twice."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with machines() as made:
        make_tables(made.here.owner)
        store = PostgresStore.connect(made.here.application)
        lives = [PortfolioLife(store, f"p{n}", account_of(n)).opened() for n in range(PORTFOLIOS)]
        for life in lives:
            life.let()
        logs = [tmp_path / name for name in made.workers]
        started: list[subprocess.Popen[bytes]] = []
        try:
            for namespace, log in zip(made.workers, logs, strict=True):
                with log.open("wb") as words:
                    command = inside(namespace, *program(), "worker")
                    started.append(subprocess.Popen(command, env=environment(made.there, SETTINGS), stderr=words))
            wait_until(lambda: all("begun" in log.read_text("utf-8") for log in logs))
            with queue_of(made.here) as queue:
                for life in lives:
                    queue.enqueue(JobRequest("bill", f"bill/{life.portfolio_id}", DUE, life.portfolio_id))
                wait_until(lambda: len(queue.jobs(JobState.DONE, 1000)) == PORTFOLIOS)
                attempts = {it.attempts for it in queue.jobs(JobState.DONE, 1000)}
            for process in started:
                process.send_signal(signal.SIGTERM)
            assert [process.wait(30) for process in started] == [0, 0]
        finally:
            for process in started:
                process.kill()
        done = [[it["portfolio"] for it in told_of(log) if it.get("outcome") == "done"] for log in logs]
        invoices = [len(store.account(life.portfolio_id, LeaseId("l1")).invoices) for life in lives]
        store.close()
    assert all(done), "one of the machines did nothing"
    assert sorted(done[0] + done[1]) == sorted(life.portfolio_id for life in lives)
    assert attempts == {1}
    assert invoices == [1] * PORTFOLIOS


def account_of(number: int) -> CollectionAccount:
    """A paybill of a portfolio's own."""
    return CollectionAccount(
        CollectionAccountId(f"paybill-{number}"), CollectionKind.PAYBILL, f"{600000 + number}", KES
    )
