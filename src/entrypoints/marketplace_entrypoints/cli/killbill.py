"""Kill Bill: set our place in it up, and say whether it is well."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.hooks import HookRoute, RouteId, token_digest
from marketplace_core.ports.outside_engine.engine_care import EngineFinding
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.checks import checks_table, plain_check
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.plain import Plain
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.second_books import second_books
from marketplace_entrypoints.work_services import work_of

app = group("killbill", "Kill Bill, the outside billing engine: set it up, check it.")
PARTNER = "killbill"


@app.command
def setup(
    *,
    callback_url: Annotated[
        str, Parameter(help="Where it posts hints to (default: made anew below the setting public_url).")
    ] = "",
    without_callback: Annotated[
        bool, Parameter(negative=(), help="Register no callback: what changes there is seen by polling.")
    ] = False,
    begin_anew: Annotated[
        bool, Parameter(negative=(), help="Our old tenant is gone for good: this one is ours from now on.")
    ] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Make what is missing there: tenant, catalog, settings, callback. What others made is left, and told."""
    with opened(where) as here:
        books = second_books(here.store, here.container)
        care = books.care()
        if begin_anew and not act.dry_run:
            here.require_yes(act, "Open every lease anew in this tenant? What stood in the old one is not looked at.")
        url = "" if without_callback else callback_url or _callback(here, dry_run=act.dry_run)
        found = [*care.set_up(url, dry_run=act.dry_run)]
        if not act.dry_run or all(it.is_well for it in found):
            ours = books.our_books()
            if begin_anew:
                ours.begin_anew(dry_run=act.dry_run)
            found.append(ours.check())
        return _answer(here, found, dry_run=act.dry_run)


@app.command
def check(*, where: Where = HERE) -> int:
    """Whether it answers and knows us, its catalog and settings are as we need them, and what amounts it holds."""
    with opened(where) as here:
        return _answer(here, second_books(here.store, here.container).check()())


def _callback(here: Session, *, dry_run: bool) -> str:
    """The address of a route made for it; none where one is open, so that setting up again adds none."""
    work, now = work_of(here.store), here.container.clock().now()
    if any(it.partner == PARTNER and it.disabled_at is None for it in work.routes()):
        here.output.say("a hook for Kill Bill is open already, and its address stays; see marketplace hooks list")
        return ""
    base = here.settings.public_url.rstrip("/")
    if not base:
        here.output.say(
            "no callback: what changes in Kill Bill is seen at the next poll; set public_url or give --callback-url"
        )
        return ""
    token = secrets.token_urlsafe(32)
    if not dry_run:
        route = HookRoute(RouteId(f"hook-{secrets.token_hex(6)}"), PARTNER, None, None, now)
        work.add_route(route, token_digest(token))
    return f"{base}/hooks/killbill/{token}"


def _answer(here: Session, found: Sequence[EngineFinding], *, dry_run: bool = False) -> int:
    is_well = dry_run or all(it.is_well for it in found)
    told: Plain = {"ok": is_well, "dry_run": dry_run, "checks": [plain_check(it) for it in found]}
    return here.answer(told, checks_table(found), code=Exit.DONE if is_well else Exit.FAILED)
