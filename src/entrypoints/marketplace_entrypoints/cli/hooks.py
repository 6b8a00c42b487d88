"""The addresses that partners post to, and what they posted."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from cyclopts import Parameter

from marketplace_core.domain.hooks import HookId, HookRoute, HookState, RouteId, tells_payments, token_digest
from marketplace_core.errors import NotFound
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.finding import collection_account
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.work_services import receive_payment_hook, work_of

app = group("hooks", "The addresses that partners post to, and what they posted.")
_FORBIDDEN = ("mpesa", "safaricom")
"""Safaricom refuses addresses with these words in them."""


@app.command
def add(
    partner: Annotated[str, Parameter(help="Who posts: mpesa-c2b, killbill or condo.")] = "mpesa-c2b",
    *,
    account: Annotated[str, Parameter(help="Collection account (default: the only one).")] = "",
    where: Where = HERE,
) -> int:
    """Let a partner post; the address is shown once, and who has it can post."""
    with opened(where) as here:
        token, route_id = _new_token(), RouteId(f"hook-{secrets.token_hex(6)}")
        now = here.container.clock().now()
        if tells_payments(partner):
            target = collection_account(here, account).collection_account_id
            route = HookRoute(route_id, partner, here.portfolio_id, target, now)
        else:
            route = HookRoute(route_id, partner, None, None, now)
        work_of(here.store).add_route(route, token_digest(token))
        return _shown(here, route, token)


@app.default
@app.command(name="list")
def list_routes(*, where: Where = HERE) -> int:
    """Every way in: for what, whether it is open, and how many tokens live."""
    with opened(where) as here:
        found = work_of(here.store).routes()
        told = {"routes": [_plain_route(it) for it in found]}
        rows = (
            (
                it.route_id,
                it.partner,
                it.portfolio_id or "every one",
                it.collection_account_id or "",
                it.live_tokens,
                f"disabled {it.disabled_at:%Y-%m-%d}" if it.disabled_at else "open",
            )
            for it in found
        )
        return here.answer(told, table(("route", "partner", "portfolio", "account", "tokens", ""), rows))


@app.command
def rotate(
    route: str,
    *,
    end_old: Annotated[bool, Parameter(negative=(), help="Make no new token: end the one before the newest.")] = False,
    where: Where = HERE,
) -> int:
    """Give a route a new token; the one before lives on until --end-old, so that nothing is lost meanwhile."""
    with opened(where) as here:
        work, now, route_id = work_of(here.store), here.container.clock().now(), RouteId(route)
        if end_old:
            ended = work.end_old_tokens(route_id, now)
            return here.answer({"route": route, "ended": ended}, f"{ended} old tokens of {route} ended")
        found = next((it for it in work.routes() if it.route_id == route), None)
        if found is None:
            raise NotFound(f"there is no route {route}; see marketplace hooks list")
        token = _new_token()
        work.add_token(route_id, token_digest(token), now)
        return _shown(here, found, token)


@app.command
def disable(route: str, *, where: Where = HERE) -> int:
    """Let nothing in by a route any more."""
    with opened(where) as here:
        work_of(here.store).disable(RouteId(route), here.container.clock().now())
        return here.answer({"route": route, "disabled": True}, f"Nothing is let in by {route} any more")


@app.command
def kept(
    *,
    state: Annotated[Literal["kept", "processed", "refused"], Parameter(help="Those in this state.")] = "refused",
    limit: int = 100,
    where: Where = HERE,
) -> int:
    """What was posted and could not be used, with the reason; or what waits, or was used."""
    with opened(where) as here:
        found = work_of(here.store).hooks(HookState(state), limit)
        told = {
            "hooks": [
                {
                    "hook": it.hook_id,
                    "route": it.route_id,
                    "received_at": plain.instant(it.received_at),
                    "bytes": len(it.body),
                    "state": it.state.value,
                    "reason": it.reason,
                }
                for it in found
            ]
        }
        rows = ((it.hook_id, it.route_id, it.received_at.isoformat(), len(it.body), it.reason) for it in found)
        return here.answer(told, table(("hook", "route", "received", "bytes", "reason"), rows))


@app.command
def replay(hook: str, *, where: Where = HERE) -> int:
    """Have a kept hook read again; what it told already is not written twice."""
    with opened(where) as here:
        job_id = receive_payment_hook(here.store, here.container, "service:worker").replay(HookId(hook))
        return here.answer({"hook": hook, "job": job_id}, f"Job {job_id} reads hook {hook} again")


def _new_token() -> str:
    while True:
        token = secrets.token_urlsafe(32)
        if not any(word in token.lower() for word in _FORBIDDEN):
            return token


def _shown(here: Session, route: HookRoute, token: str) -> int:
    if not tells_payments(route.partner):
        path = f"/hooks/{route.partner}/{token}"
        words = f"Route {route.route_id}; the address, shown once: {path}"
        return here.answer({"route": route.route_id, "path": path}, words)
    path = f"/hooks/payments/{token}"
    told = {"route": route.route_id, "path": f"{path}/confirmation", "validation_path": f"{path}/validation"}
    words = (
        f"Route {route.route_id}; the address, shown once: {path}/confirmation (validation requests: {path}/validation)"
    )
    return here.answer(told, words)


def _plain_route(route: HookRoute) -> plain.Plain:
    return {
        "route": route.route_id,
        "partner": route.partner,
        "portfolio": route.portfolio_id,
        "account": route.collection_account_id,
        "live_tokens": route.live_tokens,
        "disabled_at": plain.instant(route.disabled_at),
    }
