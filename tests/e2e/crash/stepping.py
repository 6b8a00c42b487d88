"""Runs the command line and kills it at a chosen step; a step is one exchange with PostgreSQL, or one post of an event.

Run as ``stepping.py REPORT KILL_AT PROGRAM ARGUMENT…``. Before step n the moment is 2 n, after it 2 n + 1; at the
moment KILL_AT the process gets SIGKILL, with -1 never; with KILL_AT as ``pause:MOMENT`` it gets SIGSTOP. A run that
ends writes into the file REPORT how many steps it took and which of them ended a transaction or post. What a worker's
thread that says that it lives exchanges is no step. PROGRAM is ``marketplace``, the same with its transactions split
(``marketplace-split``) or its cursors moved before the post (``marketplace-hasty``), or one of the naive ones of
``naive.py``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, current_thread
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

SMALL_CHUNK: Final = 5
"""Reports in a chunk of a payments import: a sample of forty then takes several transactions."""


class Steps:
    """Counts the exchanges of all connections and kills the process at one moment."""

    def __init__(self, kill_at: str) -> None:
        """Kill at this moment, or never (-1)."""
        pauses, _, moment = kill_at.rpartition(":")
        self.count, self.ends = 0, set[int]()
        self._signal = signal.SIGSTOP if pauses else signal.SIGKILL
        self._kill_at, self._lock = int(moment), Lock()

    def watch(self) -> None:
        """Count every exchange from now on: statements, COPY, fetches, commits and rollbacks."""
        exchange = psycopg.Connection.wait

        def counted(connection: psycopg.Connection[Any], *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            if current_thread().name == "beat":
                return exchange(connection, *arguments, **named)
            with self._lock:
                step, self.count = self.count, self.count + 1
            was_idle = connection.info.transaction_status is TransactionStatus.IDLE
            self._reach(2 * step)
            answer = exchange(connection, *arguments, **named)
            if not was_idle and connection.info.transaction_status is TransactionStatus.IDLE:
                self.ends.add(step)
            self._reach(2 * step + 1)
            return answer

        vars_of_class: Any = psycopg.Connection
        vars_of_class.wait = counted
        if find_spec("httpx") is not None:
            self._watch_posts()

    def _watch_posts(self) -> None:
        """Count each post of a webhook, and let this machine's own receivers be posted to."""
        from marketplace_adapters.webhooks import addresses, client  # noqa: PLC0415 - only where it is installed

        vars(addresses)["is_public"] = "127.0.0.1".__eq__
        vars_of_class: Any = client.GuardedClient
        post = vars_of_class.post

        def counted(one: Any, *arguments: Any) -> Any:  # noqa: ANN401 - passed on as they come
            step, self.count = self.count, self.count + 1
            self._reach(2 * step)
            answer = post(one, *arguments)
            self.ends.add(step)
            self._reach(2 * step + 1)
            return answer

        vars_of_class.post = counted

    def _reach(self, moment: int) -> None:
        if moment == self._kill_at:
            os.kill(os.getpid(), self._signal)


def load() -> None:
    """Load what the program's commands need, so that forks find it loaded."""
    for module in (
        *("marketplace_adapters.postgres.embedded", "marketplace_adapters.postgres.store", "psycopg_binary"),
        *("marketplace_adapters.statements", "marketplace_adapters.postgres.migrations.migrate"),
        *(f"marketplace_entrypoints.cli.{name}" for name in ("app", "billing", "first_system", "payments")),
        *(f"marketplace_entrypoints.cli.{name}" for name in ("reconciliation", "setup", "worker", "__main__")),
        *(f"marketplace_entrypoints.worker.{name}" for name in ("kinds", "logs", "loop", "stopping")),
        *("marketplace_adapters.postgres.jobs.work", "marketplace_adapters.webhooks", "structlog"),
        *("marketplace_adapters.condo", "marketplace_entrypoints.composition_condo"),
        *("marketplace_entrypoints.cli.sync_condo", "marketplace_entrypoints.outside_properties"),
    ):
        with suppress(ImportError):
            import_module(module)
    with suppress(ImportError):
        from marketplace_adapters.postgres.migrations.migrate import latest_revision  # noqa: PLC0415 - as above

        latest_revision()


def _program(name: str) -> Callable[[list[str]], int]:
    if name in ("marketplace", "marketplace-split", "marketplace-hasty"):
        from marketplace_adapters.postgres.bulk import inbox  # noqa: PLC0415 - only where it is the program
        from marketplace_entrypoints.cli.__main__ import run  # noqa: PLC0415 - the same

        vars(inbox)["CHUNK_SIZE"] = SMALL_CHUNK
        if name == "marketplace-split":
            _split_transactions()
        if name == "marketplace-hasty":
            _move_cursors_first()
        return run
    sys.path.insert(0, str(Path(__file__).parents[3]))
    from tests.e2e.crash import naive  # noqa: PLC0415 - the tree is found only now

    return {"naive-forgetful": naive.bill_forgetfully, "naive-hasty": naive.bill_hastily}[name]


def _split_transactions() -> None:
    """Break the store: commit a command's rows before the link of the log that makes them one command."""
    from marketplace_adapters.postgres import books  # noqa: PLC0415 - only where it is broken
    from marketplace_adapters.postgres.bulk import billing, inbox  # noqa: PLC0415 - the same
    from marketplace_adapters.postgres.bulk.driver import driver_of  # noqa: PLC0415 - the same
    from marketplace_adapters.postgres.writing.chain import append_link  # noqa: PLC0415 - the same

    def split(connection: Any, command: Any, facts: Any) -> int:  # noqa: ANN401 - passed on as they come
        driver_of(connection).commit()
        return append_link(connection, command, facts)

    for module in (books, billing, inbox):
        assert vars(module)["append_link"] is append_link
        vars(module)["append_link"] = split


def _move_cursors_first() -> None:
    """Break the delivery: say that an event was acknowledged before it is posted."""
    from marketplace_core.services import deliver  # noqa: PLC0415 - only where it is broken

    class Hasty(deliver.DeliverEvents):
        def __call__(self, portfolio_id: Any) -> Any:  # noqa: ANN401 - passed on as they come
            for told in self.subscriptions.subscriptions(portfolio_id):
                seen = told.sequence
                for event in self.log.events(portfolio_id, seen):
                    self.subscriptions.acknowledge(told.subscription_id, seen, event.sequence)
                    self.sink.post(self._message(told, event))
                    seen = event.sequence
            return {}

    from marketplace_entrypoints import work_services  # noqa: PLC0415 - only where it is broken

    vars(work_services)["DeliverEvents"] = Hasty


def main(report: str, kill_at: str, program: str, *arguments: str) -> int:
    """Run the program with its arguments; its exit code. Without a report's name nothing is counted."""
    run = _program(program)
    if not report:
        return run(list(arguments))
    steps = Steps(kill_at)
    steps.watch()
    code = run(list(arguments))
    Path(report).write_text(json.dumps({"steps": steps.count, "ends": sorted(steps.ends)}), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
