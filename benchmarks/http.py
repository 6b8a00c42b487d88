"""One authenticated read of an invoice and one post of a payment over HTTP, beside raw ASGI and FastAPI."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
from attrs import field, frozen
from psutil import Process  # pyright: ignore[reportMissingModuleSource]

from benchmarks.database import database
from benchmarks.database import server as postgres
from benchmarks.http_book import CASH_BOX, Asked, Served, open_book
from benchmarks.measure import Measured, Ratio, Report, Scale
from marketplace_adapters.postgres.server.dsn import Dsn

ROOT: Final = Path(__file__).parents[1]
OURS, RAW, FAST = "ours", "raw ASGI", "FastAPI"
_MODULES: Final = {OURS: "ours", RAW: "raw", FAST: "fastapi"}
READ, POST = "read of an invoice", "post of a payment"
CONCURRENCIES: Final = (1, 8, 32)
WARM_UP: Final = 100
MOST_REQUESTS: Final = 2000
ROWS: Final = ("inbox_transactions", "payments", "payment_reports", "postings", "events", "event_personal")
_START_SECONDS: Final = 60


@frozen
class _Serving:
    """A server: where it answers, its process, and what it was sent."""

    port: int
    process: Process
    sent: count[int] = field(factory=count)
    """How many requests it was sent: it gets the tokens in turns."""

    def busy_seconds(self) -> float:
        """How long it has computed: what others do on the machine counts little in it."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@frozen
class _Round:
    """What one round over one server found."""

    seconds: float
    busy_seconds: float
    latencies: list[float]


@frozen
class _Work:
    """One kind of request: its bytes anew each time, and the status of its answer."""

    name: str
    asked: Asked
    expected: int
    numbers: count[int] = field(factory=count)

    def requests(self, wanted: int, sent: Iterator[int]) -> list[str]:
        """So many requests, none like another before."""
        return [self._request(next(self.numbers), next(sent)) for _ in range(wanted)]

    def _request(self, number: int, turn: int) -> str:
        token = self.asked.tokens[turn % len(self.asked.tokens)]
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
        return self._read(number, head) if self.name == READ else self._post(number, head)

    def _read(self, number: int, head: str) -> str:
        known = self.asked.invoice_ids
        return f"GET /api/invoices/{known[number * 7919 % len(known)]} HTTP/1.1\r\n{head}\r\n"

    def _post(self, number: int, head: str) -> str:
        amount = {"amount": "15000.00", "currency": "KES"}
        told = {"amount": amount, "receipt": f"R{number:08d}", "day": "2026-11-01"}
        body = json.dumps({**told, "collection_account_id": CASH_BOX, "reference": "A1", "payer_name": "Jane Doe"})
        told_of = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"POST /api/payments HTTP/1.1\r\n{head}{told_of}\r\n{body}"


def run(scale: Scale) -> list[Report]:
    """Each server in a process of its own, asked in turns by another process."""
    reports: list[Report] = []
    reads = min(MOST_REQUESTS, max(40, scale.binding // 20))
    with ExitStack() as open_until_the_end:
        folder = Path(open_until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="marketplace-http-")))
        owner = open_until_the_end.enter_context(postgres())
        dsn = open_until_the_end.enter_context(database(owner))
        served, asked = open_book(dsn, min(scale.sizes[0], 10_000), folder)
        servers = {name: open_until_the_end.enter_context(_serving(name, served, folder)) for name in _MODULES}
        for work, wanted in ((_Work(READ, asked, 200), reads), (_Work(POST, asked, 201), max(40, reads // 5))):
            _require_alike(dsn, servers, work)
            report = Report(f"HTTP: one authenticated {work.name}, one server process, PostgreSQL with fsync on")
            for concurrency in CONCURRENCIES:
                _measure(report, servers, work, concurrency, wanted, scale.runs)
            report.notes.append(
                "sizes are requests on their way at once; every application verifies an Ed25519 token for each request"
                " (1,500 in turns, which is more than ours remembers: of one token sent again it would not), looks the"
                " client up and does the same query or writes the same rows; ours also logs each request and counts"
                " it for the metrics, the peers do not; FastAPI: functions in threads, pydantic, SQLAlchemy Core"
            )
            reports.append(report)
    return reports


def _measure(
    report: Report, servers: dict[str, _Serving], work: _Work, concurrency: int, wanted: int, rounds: int
) -> None:
    found: dict[str, list[_Round]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            _load(server, work, concurrency, min(wanted, WARM_UP))
            begun = server.busy_seconds()
            told = _load(server, work, concurrency, wanted)
            found[name].append(_Round(told["seconds"], server.busy_seconds() - begun, told["latencies"]))
    speeds: dict[str, float] = {}
    computing: dict[str, float] = {}
    for name, each in found.items():
        seconds = statistics.median(it.seconds for it in each)
        speeds[name] = report.add(Measured(name, concurrency, seconds, wanted, rounds)).rows_per_second
        latencies = sorted(1000 * it for one in each for it in one.latencies)
        middle, late = statistics.median(latencies), latencies[int(0.99 * (len(latencies) - 1))]
        report.ratios.append(Ratio(f"{name}: latency, median", concurrency, middle, None, unit=" ms"))
        report.ratios.append(Ratio(f"{name}: latency, p99", concurrency, late, None, unit=" ms"))
        computing[name] = busy = statistics.median(it.busy_seconds for it in each) * 1000 / wanted
        report.ratios.append(
            Ratio(f"{name}: computing a request, its own process", concurrency, busy, None, unit=" ms")
        )
        spread = (max(it.seconds for it in each) - min(it.seconds for it in each)) / seconds
        report.ratios.append(Ratio(f"{name}: slowest less fastest round / median", concurrency, spread, None))
    for peer, limit in ((FAST, 1.5), (RAW, 0.3)):
        asked = limit if work.name == READ else None
        value = speeds[OURS] / speeds[peer]
        report.ratios.append(Ratio(f"{OURS} / {peer}, requests/s", concurrency, value, asked, at_least=True))
        lighter = computing[peer] / computing[OURS] if computing[OURS] else 0.0
        report.ratios.append(Ratio(f"{peer} / {OURS}, computing a request", concurrency, lighter, None))


def _require_alike(dsn: Dsn, servers: dict[str, _Serving], work: _Work) -> None:
    """Refuse to compare servers that say or write different things."""
    said: set[str] = set()
    for name, server in servers.items():
        before = _counts(dsn)
        again = _Work(work.name, work.asked, work.expected) if work.name == READ else work
        answer: Any = json.loads(_load(server, again, 1, 1)["content"])
        written = [after - was for was, after in zip(before, _counts(dsn), strict=True)]
        told = sorted(answer) if work.name == POST else answer
        said.add(json.dumps([written, told], sort_keys=True))
        print(f"  {name}: {work.name}: rows written {written}", file=sys.stderr)
    if len(said) > 1:
        message = f"the servers do not do the same: {said}"
        raise AssertionError(message)


def _counts(dsn: Dsn) -> list[int]:
    with psycopg.connect(dsn.conninfo()) as connection:
        found = [connection.execute(f"SELECT count(*) FROM {it}".encode()).fetchone() for it in ROWS]  # noqa: S608 - our own tables
    return [row[0] for row in found if row]


def _load(server: _Serving, work: _Work, concurrency: int, wanted: int) -> dict[str, Any]:
    told = {
        "port": server.port,
        "requests": work.requests(wanted, server.sent),
        "concurrency": min(concurrency, wanted),
        "expected": work.expected,
    }
    command = [sys.executable, "-m", "benchmarks.http_load"]
    said = subprocess.run(command, cwd=ROOT, check=True, input=json.dumps(told), stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@contextmanager
def _serving(name: str, served: Served, folder: Path) -> Generator[_Serving]:
    """An application that answers until the block ends."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.http_serve", _MODULES[name], str(port)]
    with (folder / f"{_MODULES[name]}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=log, text=True)
        assert process.stdin is not None  # noqa: S101 - asked for above
        process.stdin.write(json.dumps(served.plain()))
        process.stdin.close()
        try:
            _wait(process, port, folder / f"{_MODULES[name]}.log")
            yield _Serving(port, Process(process.pid))
        finally:
            process.terminate()
            process.wait(timeout=_START_SECONDS)


def _wait(process: subprocess.Popen[str], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server does not start: {log.read_text('utf-8')[-2000:]}")
