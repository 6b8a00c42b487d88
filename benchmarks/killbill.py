"""Leases brought together with the real Kill Bill, and all money checked, beside the same calls by httpx alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import httpx
import psycopg
from attrs import evolve
from scripts.killbill_sandbox import Sandbox

from benchmarks.billing import bill_once
from benchmarks.book import PORTFOLIO, lease_id_of, make_book
from benchmarks.database import database, server
from benchmarks.killbill_books import Pair, edit_silently, engine_of_tenant, fill, key_of, paired
from benchmarks.killbill_replay import Recording, Said, plain_client, replay
from benchmarks.measure import Measured, Ratio, Report, Scale, medians_in_turn
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.services.outside_engine.check_money import MoneyChecked
from marketplace_core.services.outside_engine.full_pass import PassBudget

NEW, SAME, PASS = "ours: new leases", "ours: unchanged leases", "ours: full pass"
CALLS_NEW, CALLS_SAME = "httpx: the same calls of new leases", "httpx: the same calls of unchanged leases"
CHECK, PLAIN = "ours: CheckMoney", "httpx: the same pages, sums by SQL"
LEASES: Final = {200: 6, 1_000: 36}
"""How many are brought together, by the first size of a scale; of larger scales `MOST_LEASES`."""
MOST_LEASES: Final = 150
MOST_ACCOUNTS: Final = 10_000
WARM_UP: Final = 3
PAGE: Final = 200
EDITS: Final = (1, -1, 99, 100, 12_345, -50_000, 123_456)
"""What is changed in Kill Bill by SQL, in minor units: the smallest there is, and more."""
_PLAIN_SUMS: Final = """
    SELECT lease_id, COALESCE(i.minor, 0) + COALESCE(u.minor, 0) - COALESCE(c.minor, 0)
    FROM leases
    LEFT JOIN (SELECT lease_id, sum(amount_minor) AS minor FROM invoices WHERE voided_on IS NULL GROUP BY 1) AS i
        USING (lease_id)
    LEFT JOIN (SELECT lease_id, sum(amount_minor) AS minor FROM credits WHERE ended_on IS NULL GROUP BY 1) AS c
        USING (lease_id)
    LEFT JOIN (SELECT lease_id, sum(amount_minor) AS minor FROM credit_uses WHERE ended_on IS NULL GROUP BY 1) AS u
        USING (lease_id)
"""


def run(scale: Scale) -> list[Report]:
    """One Kill Bill for all; each work in a tenant and a database of its own."""
    with ExitStack() as until_the_end:
        folder = Path(until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="marketplace-killbill-")))
        owner = until_the_end.enter_context(server())
        sandbox = Sandbox.start(folder)
        until_the_end.callback(sandbox.stop)
        with database(owner) as dsn:
            checked = _check(dsn, sandbox, scale)
        with database(owner) as dsn:
            synced = _sync(dsn, sandbox, scale)
    return [checked, synced]


def _sync(dsn: Dsn, sandbox: Sandbox, scale: Scale) -> Report:
    report = Report("Kill Bill: leases brought together; PostgreSQL with fsync on, Kill Bill's own without")
    count = LEASES.get(scale.sizes[0], MOST_LEASES)
    make_book(dsn, WARM_UP + count, start=datetime.now(UTC).date().replace(day=1))
    ours, peer = sandbox.server.make_tenant(), sandbox.server.make_tenant()
    keys = [key_of(lease_id_of(it)) for it in range(WARM_UP + count)]
    groups = [keys[WARM_UP:][it :: scale.runs] for it in range(scale.runs)]
    with paired(dsn, sandbox, ours) as pair, plain_client(sandbox.url, peer) as client:
        theirs = engine_of_tenant(sandbox.url, peer, Recording())
        _take_turns(pair, client, [keys[:WARM_UP]])
        _take_turns(pair, client, [keys[:WARM_UP]])
        new = _take_turns(pair, client, groups)
        same = _take_turns(pair, client, groups)
        _require_billed(pair, theirs.reading, keys)
        for words, beside, found in ((NEW, CALLS_NEW, new), (SAME, CALLS_SAME, same)):
            seconds, plain, calls, waited = found
            size = len(groups[0])
            mine = report.add(Measured(words, size, seconds, size, scale.runs))
            peers = report.add(Measured(beside, size, plain, size, scale.runs))
            report.ratios.append(
                Ratio(
                    f"{words} / {beside}, leases/s",
                    size,
                    mine.rows_per_second / peers.rows_per_second,
                    None,
                )
            )
            report.ratios.append(Ratio(f"{words}: part of the time that is calls", size, waited, None))
            report.ratios.append(Ratio(f"{words}: leases a second", size, mine.rows_per_second, None, unit=""))
            report.ratios.append(Ratio(f"{words}: calls a lease", size, calls, None, unit=""))
        _full_pass(report, pair, len(keys))
    report.notes.append(
        "a new lease: account, tags, two subscriptions, its first invoice billed there and recorded here; rows are"
        " leases; the same requests are made again in another tenant by httpx, which must answer with the same statuses"
    )
    return report


def _take_turns(
    pair: Pair, client: httpx.Client, groups: Sequence[Sequence[AccountKey]]
) -> tuple[float, float, float, float]:
    """Ours and the same calls in turns.

    The median seconds of a group of each, how many calls a lease takes, and which part of our time they are.
    """
    mine: list[float] = []
    peer: list[float] = []
    calls = leases = 0
    waited = 0.0
    sync = pair.books.sync_lease()
    for group in groups:
        said: list[list[Said]] = []
        begun = perf_counter()
        for key in group:
            before = pair.calls()
            found = sync(key)
            if found.drift or found.waiting or found.refused or found.problem:
                raise AssertionError(f"{key} does not come together: {found}")
            said.append(pair.recording.calls[before:])
        mine.append(perf_counter() - begun)
        waited += sum(pair.recording.waited[-sum(map(len, said)) :])
        begun = perf_counter()
        for one in said:
            replay(client, one)
        peer.append(perf_counter() - begun)
        calls, leases = calls + sum(map(len, said)), leases + len(group)
    return median(mine), median(peer), calls / leases, waited / sum(mine)


def _require_billed(pair: Pair, theirs: EngineReading, keys: Sequence[AccountKey]) -> None:
    """Refuse to compare what was not done: each lease's first invoice must stand here and there to the cent."""
    accounts = pair.books.ports().account
    missing = [key for key in keys if len(accounts(key.portfolio_id, key.lease_id).invoices) != 1]
    mine = pair.books.check_money()()
    peer = evolve(pair.books.check_money(), reading=theirs)()
    found = {(it.accounts, it.leases, it.differences) for it in (mine, peer)}
    if missing or found != {(len(keys), len(keys), ())}:
        raise AssertionError(f"not brought together: {missing} {mine} {peer}")


def _full_pass(report: Report, pair: Pair, leases: int) -> None:
    before, begun = pair.calls(), perf_counter()
    budget = PassBudget(time=timedelta(hours=1))
    found = pair.books.full_pass()("pass-of-the-benchmark", budget)
    seconds = perf_counter() - begun
    if not found.is_clean or found.checked != leases:
        raise AssertionError(f"the pass is not clean: {found}")
    report.add(Measured(PASS, leases, seconds, leases))
    calls = (pair.calls() - before) / leases
    report.ratios.append(Ratio(f"{PASS}: calls an account", leases, calls, None, unit=""))
    report.ratios.append(Ratio(f"{PASS}: time an account", leases, 1000 * seconds / leases, None, unit=" ms"))


def _check(dsn: Dsn, sandbox: Sandbox, scale: Scale) -> Report:
    report = Report("Kill Bill: the money of every account against every lease")
    count = scale.sizes[0] if scale.sizes[0] >= MOST_ACCOUNTS else scale.sizes[0] // 2
    make_book(dsn, count)
    bill_once(dsn, "bill")
    tenant = sandbox.server.make_tenant()
    with paired(dsn, sandbox, tenant) as pair, plain_client(sandbox.url, tenant) as client:
        nets = {str(it.lease_id): it.net_minor for it in pair.books.ports().nets(PORTFOLIO)}
        fill(sandbox, pair.engine, nets)
        check = pair.books.check_money()
        _require_found(check(), plain_check(client, dsn), count, {})
        places = range(count // 10, count, count // 10)
        edits = {str(lease_id_of(place)): minor for place, minor in zip(places, EDITS, strict=False)}
        edit_silently(sandbox, tenant, edits)
        _require_found(check(), plain_check(client, dsn), count, edits)
        before = pair.calls()
        works: dict[str, Callable[[], object]] = {CHECK: check, PLAIN: lambda: plain_check(client, dsn)}
        seconds = medians_in_turn(works, scale.runs)
        calls = (pair.calls() - before) // scale.runs
        mine, peer = (report.add(Measured(it, count, seconds[it], count, scale.runs)) for it in (CHECK, PLAIN))
    value = mine.rows_per_second / peer.rows_per_second
    report.ratios.append(Ratio(f"{CHECK} / {PLAIN}, accounts/s", count, value, None))
    report.notes.append(
        f"{calls} pages of {PAGE}; accounts, invoices and items are copies by SQL of one that the API made, and the API"
        f" gives each its balance; {len(edits)} silent edits by SQL, from 0.01 up, are found by both to the cent"
    )
    return report


def _require_found(mine: MoneyChecked, peer: dict[str, int], count: int, edits: dict[str, int]) -> None:
    """Refuse to compare unless both find the edits and nothing else."""
    found = {
        it.subject: it.theirs.amount_minor - it.ours.amount_minor for it in mine.differences if it.theirs and it.ours
    }
    if (mine.accounts, mine.leases, len(mine.differences)) != (count, count, len(edits)):
        raise AssertionError(f"not every account was checked: {mine}")
    if found != edits or peer != edits:
        raise AssertionError(f"found {found} and {peer} instead of {edits}")


def plain_check(client: httpx.Client, dsn: Dsn) -> dict[str, int]:
    """By lease, how many minor units more it owes there: a loop as one writes it for one book and one currency."""
    with psycopg.connect(dsn.conninfo()) as connection:
        nets: dict[str, int] = {lease: int(minor) for lease, minor in connection.execute(_PLAIN_SUMS).fetchall()}
    found: dict[str, int] = {}
    offset = "0"
    while offset:
        asked = {"offset": offset, "limit": str(PAGE), "accountWithBalanceAndCBA": "true"}
        answer = client.get("/1.0/kb/accounts/pagination", params=asked)
        for it in json.loads(answer.raise_for_status().content, parse_float=Decimal):
            lease = it["externalKey"].partition("/")[2]
            more = int(it["accountBalance"] * 100) - nets[lease]
            if more:
                found[lease] = more
        offset = answer.headers.get("x-killbill-pagination-nextoffset", "")
    return found
