"""Checks of the billing engine for the doctor: what it says of itself, and whether its clock is ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from marketplace_core.errors import MarketplaceError
from marketplace_entrypoints.cli.session import Session
from marketplace_entrypoints.second_books import second_books_if_any
from marketplace_entrypoints.store import Finding

_SLACK: Final = timedelta(minutes=5)


def second_books_checks(here: Session) -> Iterator[Finding]:
    """What the outside engine's own check finds, where one bills, and whether both clocks show the same time."""
    name = here.settings.billing
    try:
        books = second_books_if_any(here.store, here.container)
    except MarketplaceError as problem:
        yield Finding(name, is_well=False, says=str(problem), fix=f"see [{name}] in the settings")
        return
    if books is None:
        return
    found = books.check()()
    yield from (Finding(f"{name}: {it.name}", it.is_well, it.says, it.fix) for it in found)
    if all(it.is_well for it in found[:1]):
        yield clock_check(name, books.care().time_there, here.container.clock().now)


def clock_check(name: str, there: Callable[[], datetime], here: Callable[[], datetime]) -> Finding:
    """It bills by its own clock, and what it billed by another day than ours is of another period here."""
    fix = "set both machines' clocks by the same source of time"
    try:
        before, shown, after = here(), there(), here()
    except MarketplaceError as problem:
        return Finding(f"{name}: clock", is_well=False, says=str(problem), fix="see whether it runs")
    behind, ahead = before - shown, shown - after
    off = max(behind, ahead, timedelta())
    says = f"it shows {shown.isoformat(timespec='seconds')}, {off.total_seconds():.0f} seconds from ours"
    return Finding(f"{name}: clock", off <= _SLACK, says, fix)
