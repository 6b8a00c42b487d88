"""Who is told of events, with what keys; how far they are."""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.delivery import Subscription, SubscriptionId
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, Where
from marketplace_entrypoints.cli.session import Session, opened
from marketplace_entrypoints.work_services import key_of, work_of

app = group("webhooks", "Who is told of events, with what keys; how far they are.")


@app.command
def add(
    url: str,
    *,
    kind: Annotated[list[str] | None, Parameter(help="Only events of this kind, such as bill; several may be.")] = None,
    from_start: Annotated[bool, Parameter(negative=(), help="Tell what has happened so far, too.")] = False,
    where: Where = HERE,
) -> int:
    """Tell an address of the portfolio's events; the secret that proves who tells is shown now, and by rotate."""
    from marketplace_entrypoints.composition import event_sink

    with opened(where) as here:
        event_sink(here.settings).check(url)
        keys = key_of(here.settings)
        sequence = 0
        if not from_start:
            for event in here.ports.events(here.portfolio_id):
                sequence = event.sequence
        now, new_id = here.container.clock().now(), SubscriptionId(f"sub-{secrets.token_hex(6)}")
        made = Subscription(new_id, here.portfolio_id, url, now, tuple(kind or ()), sequence=sequence)
        work_of(here.store).add_subscription(made)
        return _shown(here, made, keys(new_id, 1))


@app.default
@app.command(name="list")
def list_subscriptions(*, where: Where = HERE) -> int:
    """Who is told what, up to which event, and what fails."""
    with opened(where) as here:
        found = work_of(here.store).subscriptions(here.portfolio_id)
        told = {"subscriptions": [_plain(it) for it in found]}
        rows = (
            (
                it.subscription_id,
                it.url,
                ", ".join(it.kinds) or "every kind",
                it.sequence,
                f"disabled {it.disabled_at:%Y-%m-%d}" if it.disabled_at else f"{it.failures} failures",
                it.last_words,
            )
            for it in found
        )
        return here.answer(told, table(("subscription", "address", "kinds", "told up to", "", "last words"), rows))


@app.command
def rotate(
    subscription: str,
    *,
    end_old: Annotated[bool, Parameter(negative=(), help="Make no new key: sign with the newest alone.")] = False,
    where: Where = HERE,
) -> int:
    """Sign with a new secret beside the present one, until --end-old."""
    with opened(where) as here:
        keys = key_of(here.settings)
        told = work_of(here.store).rotate_key(SubscriptionId(subscription), end_old=end_old)
        return _shown(here, told, keys(told.subscription_id, told.key_version))


@app.command
def disable(subscription: str, *, where: Where = HERE) -> int:
    """Tell it nothing any more."""
    with opened(where) as here:
        work_of(here.store).disable_subscription(SubscriptionId(subscription), here.container.clock().now())
        return here.answer({"subscription": subscription, "disabled": True}, f"{subscription} is told nothing any more")


@app.command
def enable(subscription: str, *, where: Where = HERE) -> int:
    """Tell it again, from where it stopped."""
    with opened(where) as here:
        work_of(here.store).enable_subscription(SubscriptionId(subscription))
        return here.answer({"subscription": subscription, "disabled": False}, f"{subscription} is told again")


def _shown(here: Session, told: Subscription, key: bytes) -> int:
    secret = f"whsec_{b64encode(key).decode()}"
    words = f"Subscription {told.subscription_id}; the secret that its receiver checks signatures with: {secret}"
    return here.answer({**_plain(told), "secret": secret}, words)


def _plain(it: Subscription) -> plain.Plain:
    return {
        "subscription": it.subscription_id,
        "portfolio": it.portfolio_id,
        "url": it.url,
        "kinds": list(it.kinds),
        "sequence": it.sequence,
        "keys": 1 if it.old_key_version is None else 2,
        "failures": it.failures,
        "failing_since": plain.instant(it.failing_since),
        "last_words": it.last_words,
        "disabled_at": plain.instant(it.disabled_at),
    }
