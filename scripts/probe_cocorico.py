"""Ask the API whether what was imported from Cocorico is right: code 0 where it is, 1 where not, 2 where none can say.

Usage: scripts/probe_cocorico.py URL [--portfolio NAME] [--untold-hours N]; the access token is in MARKETPLACE_TOKEN. It
reads only, with the actions system.operate, inquiry.read, lease.read and property.read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

Row = Mapping[str, Any]
Get = Callable[[str, Mapping[str, str]], Any]
"""Asks for a path with query parameters; the JSON of the answer."""
SECONDS = 30.0
LAST_DAY = date.max.isoformat()
MOST_SHOWN = 20


def main(arguments: Sequence[str]) -> int:
    """Say each thing that is wrong, one a line, then what was looked at."""
    parser = argparse.ArgumentParser(prog="probe_cocorico", description="Whether imports from Cocorico are right.")
    parser.add_argument("url", help="where the API is, such as https://rent.example.org")
    parser.add_argument("--portfolio", default="", help="only this one; else every one that is read from there")
    parser.add_argument(
        "--untold-hours", type=float, default=1.0, help="how long a landlord may not know of an inquiry"
    )
    asked = parser.parse_args(arguments)
    token = os.environ.get("MARKETPLACE_TOKEN", "")
    if not token:
        print("set MARKETPLACE_TOKEN to an access token: see POST /oauth/token", file=sys.stderr)
        return 2
    try:
        looked, wrong = probe(getter(asked.url, token), asked.portfolio, datetime.now(UTC), asked.untold_hours)
    except (URLError, OSError, ValueError, KeyError) as problem:
        print(f"the API did not answer as it should: {problem}", file=sys.stderr)
        return 2
    for it in wrong[:MOST_SHOWN]:
        print(f"WRONG: {it}")
    counts = ", ".join(f"{count} {name}" for name, count in looked.items())
    print(f"{len(wrong)} wrong; looked at {counts or 'nothing'}")
    return 1 if wrong else 0


def getter(url: str, token: str) -> Get:
    """Asks the API at an address."""
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is no address of an API")

    def get(path: str, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        asked = Request(f"{url.rstrip('/')}{path}?{urlencode(query)}", headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - as above
        try:
            with urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310 - as above
                return json.load(answer)
        except HTTPError as problem:
            raise ValueError(f"{path}: {problem.code} {problem.read(300).decode('utf-8', 'replace')}") from problem

    return get


def probe(get: Get, portfolio: str, now: datetime, untold_hours: float = 1.0) -> tuple[Counter[str], list[str]]:
    """What was looked at, and everything that is wrong, in words."""
    state = get("/api/admin/cocorico", {})
    looked: Counter[str] = Counter()
    wrong = list(_streams(state, looked))
    if not state["system"]:
        wrong.append("no listing_portal is named in the settings: nothing is imported")
    for own in [portfolio] if portfolio else state["portfolios"]:
        leases = {it["lease_id"]: it for it in _all(get, "/api/leases", own, "leases")}
        bookings = list(_all(get, "/api/bookings", own, "bookings"))
        inquiries = list(_all(get, "/api/inquiries", own, "inquiries"))
        looked += Counter(bookings=len(bookings), leases=len(leases), inquiries=len(inquiries))
        wrong += [f"{own}: {it}" for it in _bookings(bookings, leases)]
        wrong += [f"{own}: {it}" for it in _let_twice(leases.values())]
        wrong += [f"{own}: {it}" for it in _untold(inquiries, now - timedelta(hours=untold_hours))]
    return looked, wrong


def _all(get: Get, path: str, portfolio: str, name: str) -> Iterator[Row]:
    query = {"portfolio": portfolio, "limit": "500"}
    while True:
        page = get(path, query)
        yield from page[name]
        if page["next"] is None:
            return
        query = {**query, "after": page["next"]}


def _streams(state: Row, looked: Counter[str]) -> Iterator[str]:
    """Every stream was read to its end not long ago."""
    for it in state["streams"]:
        looked["streams"] += 1
        if it["state"] != "well":
            yield f"stream {it['name']} of {it['portfolio_id']} is {it['state']}: {it['reason']}"


def _bookings(bookings: Sequence[Row], leases: Mapping[str, Row]) -> Iterator[str]:
    """Each accepted booking has exactly one lease of its unit, or a reason; what is over lets nothing."""
    owners = Counter(it["lease_id"] for it in bookings if it["lease_id"])
    for it in bookings:
        said = f"booking {it['external_id']} ({it['status']})"
        lease = leases.get(it["lease_id"] or "")
        if it["lease_id"] and owners[it["lease_id"]] > 1:
            yield f"{said}: lease {it['lease_id']} stands for {owners[it['lease_id']]} bookings"
        if it["lease_id"] and lease is None:
            yield f"{said}: lease {it['lease_id']} is not there"
        if it["status"] == "accepted":
            yield from _accepted(it, lease, said)
        elif lease is not None and lease["status"] != "cancelled" and not it["trouble"]:
            yield f"{said}: lease {lease['lease_id']} is {lease['status']}, and nobody was told"


def _accepted(it: Row, lease: Row | None, said: str) -> Iterator[str]:
    if it["lease_id"] is None and not it["trouble"]:
        yield f"{said}: it has no lease and no reason"
    if lease is None:
        return
    if lease["unit_id"] != it["unit_id"]:
        yield f"{said}: lease {lease['lease_id']} is of unit {lease['unit_id']}, not {it['unit_id']}"
    if lease["status"] == "cancelled" and not it["trouble"]:
        yield f"{said}: lease {lease['lease_id']} is cancelled, and no other stands for it"


def _let_twice(leases: Iterable[Row]) -> Iterator[str]:
    """No unit is let to two at once, drafts among them."""
    of_unit: dict[str, list[Row]] = defaultdict(list)
    for it in leases:
        if it["status"] != "cancelled":
            of_unit[it["unit_id"]].append(it)
    for unit, found in of_unit.items():
        found.sort(key=lambda it: (it["first_day"], it["lease_id"]))
        for before, after in pairwise(found):
            if after["first_day"] <= (before["last_day"] or LAST_DAY):
                both = f"{before['lease_id']} and {after['lease_id']}"
                yield f"unit {unit} is let twice from {after['first_day']}: {both}"


def _untold(inquiries: Sequence[Row], before: datetime) -> Iterator[str]:
    """Each landlord knows of who asks."""
    for it in inquiries:
        if it["status"] == "new" and datetime.fromisoformat(it["last_asked_at"]) < before:
            yield f"inquiry {it['inquiry_id']} of {it['last_asked_at']}: the landlord was not told"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
