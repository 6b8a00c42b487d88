"""Look after the installation: doctor, backup, restore."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.event_log import verify_chain
from marketplace_core.errors import AdapterMissing, AlreadyExists, ConfigurationError, MarketplaceError
from marketplace_core.services.identity.proof import verify_identities
from marketplace_core.services.outside_property.overview import PropertyOverview
from marketplace_entrypoints.cli.checks import checks_table, plain_check
from marketplace_entrypoints.cli.engine_checks import second_books_checks
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.store import Finding, Keeper

_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 500 * 1024 * 1024
_CLOCK_SLACK = timedelta(minutes=5)


def doctor(*, where: Where = HERE) -> int:
    """Check Python, disk, server, schema, rights, clock, chain and billing engine; what to do where one is not well."""
    with opened(where, may_begin=True) as here:
        found = [
            *_machine(here),
            *_store(here),
            *_books(here),
            *_identities(here),
            *second_books_checks(here),
            *_properties(here),
            *_portal(here),
        ]
        is_well = all(it.is_well for it in found)
        told = {
            "ok": is_well,
            "checks": [plain_check(it) for it in found],
        }
        return here.answer(told, checks_table(found), code=Exit.DONE if is_well else Exit.FAILED)


def backup(file: Path, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Write everything into one file that proves itself; it never overwrites."""
    with opened(where) as here:
        says = "nothing written" if act.dry_run else _keeper(here).backup(file, here.container.clock().now())
        words = f"{'Would back up to' if act.dry_run else 'Backed up to'} {file}: {says}"
        return here.answer({"file": str(file), "says": says, "dry_run": act.dry_run}, words)


def restore(
    file: Path,
    *,
    replace: Annotated[bool, Parameter(negative=(), help="Replace the books that are there.")] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Put a backup back, all of it or nothing, in place of the books that are there."""
    with opened(where, may_begin=True) as here:
        keeper = _keeper(here)
        is_empty = not here.ports.portfolios()
        says = keeper.look_into(file)
        if not (is_empty or replace):
            raise AlreadyExists(
                "there are books already: restore into another folder (--data) or an empty database,"
                " or add --replace to lose what is there"
            )
        here.require_yes(act, f"Restore {file} ({says}) in place of what is there?")
        if not act.dry_run:
            says = keeper.restore(file, replace=replace or is_empty)
        words = f"{'Would restore' if act.dry_run else 'Restored'} {file}: {says}"
        return here.answer({"file": str(file), "says": says, "dry_run": act.dry_run}, words)


def _keeper(here: Session) -> Keeper:
    if here.store.keeper is None:
        raise AdapterMissing(f"the store {here.settings.store!r} keeps no backups; use its own tools")
    return here.store.keeper


def _machine(here: Session) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("python", sys.version_info >= _OLDEST_PYTHON, version, "install Python 3.11 or later")
    folder = here.settings.data_folder if here.settings.data_folder.exists() else Path()
    free = shutil.disk_usage(folder).free
    fix = f"make room on the disk of {folder}, or move the data folder"
    yield Finding("disk", free >= _LEAST_FREE_BYTES, f"{free // 1024**2} MiB free", fix)


def _store(here: Session) -> Iterator[Finding]:
    if here.store.keeper is not None:
        yield from here.store.keeper.check()


def _identities(here: Session) -> Iterator[Finding]:
    if here.store.identities is None:
        return
    report = verify_identities(here.store.identities)
    says = "; ".join(report.findings[:3]) or f"{report.links} links follow each other, and users and clients are theirs"
    yield Finding("users and clients", report.ok, says, "run marketplace verify, and restore a backup")


def _properties(here: Session) -> Iterator[Finding]:
    """How far a property manager's system is read, by our own books; nobody outside is asked."""
    from marketplace_core.services.outside_property.stranding import stranded_words
    from marketplace_entrypoints.outside_properties import outside_properties_if_any

    outside = outside_properties_if_any(here.store, here.container)
    if outside is None:
        return
    fix = "run marketplace condo check and marketplace sync condo"
    if not (yield from _streams(outside.name, outside.overview, fix)):
        return
    known = {it.portfolio_id for it in here.ports.portfolios()}
    for own in (it for it in outside.portfolios if it in known):
        units = here.container.find_stranded()(own)
        if units:
            fix = "say which units they are now: marketplace condo link-unit THEIRS OURS; or end the leases"
            is_well = not any(it.leases for it in units)
            yield Finding(f"archived units of {own}", is_well, stranded_words(units), fix)


def _portal(here: Session) -> Iterator[Finding]:
    """How far a portal outside is read, by our own books; nobody outside is asked."""
    from marketplace_entrypoints.our_listings import our_listings

    ours = our_listings(here.store, here.container)
    if ours.name:
        fix = "run marketplace cocorico check and marketplace sync cocorico"
        yield from _streams(ours.name, ours.overview, fix)


def _streams(system: str, overview: Callable[[], PropertyOverview], fix: str) -> Generator[Finding, None, bool]:
    """A finding a stream, or what the settings lack; whether there is an overview."""
    try:
        found = overview()()
    except ConfigurationError as problem:
        yield Finding(system, is_well=False, says=str(problem), fix="name it in the settings")
        return False
    for it in (*found.streams, *(it for it in found.looks if it.latest is not None)):
        name = f"{system} {it.stream.name} of {it.stream.portfolio_id}"
        good = f", last read {it.last_good_at:%Y-%m-%d %H:%M} UTC" if it.last_good_at else ""
        says = f"{it.state.value}{good}" + (f": {it.reason}" if it.reason else "")
        yield Finding(name, it.is_well, says, fix)
    return True


def _books(here: Session) -> Iterator[Finding]:
    now = here.container.clock().now()
    for portfolio in here.ports.portfolios():
        name, last = portfolio.portfolio_id, None
        try:
            for event in here.ports.events(name):
                last = event
            links, _ = verify_chain(here.ports.events(name))
            yield Finding(f"chain of {name}", is_well=True, says=f"{links} links follow each other")
        except MarketplaceError as problem:
            yield Finding(f"chain of {name}", is_well=False, says=str(problem), fix="run marketplace verify")
        behind = last is not None and last.recorded_at > now + _CLOCK_SLACK
        fix = f"the last act on {name} was at {last.recorded_at if last else ''}: set the machine's clock"
        yield Finding(f"clock for {name}", not behind, now.isoformat(timespec="seconds"), fix)
