"""Refunds, write-offs and reversals above the limit that wait for a second person."""

from __future__ import annotations

from marketplace_core.domain.access import Actor, Grant
from marketplace_core.domain.party import Role
from marketplace_core.domain.pending_acts import PendingAct
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened

app = group("approvals", "Acts that wait for a second person.")


@app.default
@app.command(name="list")
def list_approvals(*, where: Where = HERE) -> int:
    """What waits: who asked for it, why, and until when."""
    with opened(where) as here:
        now = here.container.clock().now()
        found = here.container.four_eyes().waiting(_actor("system"), here.portfolio_id, now)
        told = {"approvals": [_told(it) for it in found]}
        rows = (
            (it.act_id, it.wanted.kind, it.wanted.amount, _target(it), it.asked_by, it.expires_at.date(), it.reason)
            for it in found
        )
        header = ("id", "act", "amount", "of", "asked by", "until", "reason")
        words = f"{len(found)} {'act waits' if len(found) == 1 else 'acts wait'} for a second person"
        return here.answer(told, words, table(header, rows))


@app.command(name="confirm")
def confirm(approval: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Do what another person asked for; you are the second pair of eyes."""
    with opened(where) as here:
        found = here.ports.act(here.portfolio_id, approval)
        who, now = here.command("approval.confirm", act).actor, here.container.clock().now()
        if act.dry_run:
            found.confirmed(who, now)
            return here.answer({**_told(found), "dry_run": True}, f"Would do: {_said(found)}")
        here.require_yes(act, f"Do this, asked for by {found.asked_by}: {_said(found)}?")
        recorded = here.container.four_eyes().confirm(_actor(who), here.portfolio_id, approval, now)
        told = {**_told(_again(here, approval)), "repeated": recorded.repeated}
        return here.answer(told, f"{'Was done before' if recorded.repeated else 'Done'}: {_said(found)}")


@app.command(name="refuse")
def refuse(approval: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Say no to an act, with a reason; or take back what you asked for."""
    with opened(where) as here:
        here.require_reason(act, "refuse")
        found = here.ports.act(here.portfolio_id, approval)
        who, now = here.command("approval.refuse", act).actor, here.container.clock().now()
        if act.dry_run:
            found.refused(who, now, act.reason)
            return here.answer({**_told(found), "dry_run": True}, f"Would refuse: {_said(found)}")
        refused = here.container.four_eyes().refuse(_actor(who), here.portfolio_id, approval, now, act.reason)
        return here.answer(_told(refused), f"Refused: {_said(refused)}")


def _actor(name: str) -> Actor:
    """Whoever is at the machine of the books may do everything in them."""
    return Actor(name, (Grant(Role.ADMIN, None),))


def _again(here: Session, approval: str) -> PendingAct:
    return here.ports.act(here.portfolio_id, approval)


def _target(it: PendingAct) -> str:
    wanted = it.wanted
    parts = (wanted.lease_id, wanted.credit_id, wanted.invoice_id, wanted.payment_id)
    return " ".join(part for part in parts if part is not None)


def _said(it: PendingAct) -> str:
    return f"{it.wanted.kind.replace('_', ' ')} of {it.wanted.amount}, {_target(it)}, on {it.wanted.on}"


def _told(it: PendingAct) -> plain.Plain:
    wanted = it.wanted
    return {
        "approval": it.act_id,
        "act": wanted.kind.value,
        "amount": plain.money(wanted.amount),
        "on": plain.day(wanted.on),
        "lease": wanted.lease_id,
        "credit": wanted.credit_id,
        "invoice": wanted.invoice_id,
        "payment": wanted.payment_id,
        "reason": it.reason,
        "asked_by": it.asked_by,
        "asked_at": plain.instant(it.asked_at),
        "expires_at": plain.instant(it.expires_at),
        "state": it.state.value,
        "decided_by": it.decided_by,
        "decision_reason": it.decision_reason,
    }
