"""Reversals of payments that are not here, and what a person says of them."""

from __future__ import annotations

from marketplace_core.domain.reversal import AwaitedReversal
from marketplace_core.services.payments import open_reversals
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import opened


def list_reversals(*, where: Where = HERE) -> int:
    """Reversals that wait for their payment, or for a person where they name none or another amount."""
    with opened(where) as here:
        found = list(open_reversals(here.ports, here.portfolio_id))
        rows = ((it.transaction_id, it.value_date, it.amount, it.original_transaction_id, it.place) for it in found)
        return here.answer(
            {"reversals": [_plain(it) for it in found]},
            f"{len(found)} reversals wait",
            table(("reversal", "on", "amount", "of payment", "place"), rows),
        )


def dismiss(reversal: str, *, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Say that nothing here is taken back by a reversal, by its transaction id; --reason is kept with it."""
    with opened(where) as here:
        here.require_reason(act, "dismiss")
        command = here.command("reversal.dismiss", act)
        found = here.container.dismiss_reversal()(command, reversal, dry_run=act.dry_run)
        verb = "Would dismiss" if act.dry_run else "Dismissed"
        told = {**_plain(found), "dry_run": act.dry_run}
        return here.answer(told, f"{verb} reversal {found.transaction_id} of {found.amount}")


def _plain(it: AwaitedReversal) -> plain.Plain:
    return {
        "reversal": it.reversal_id,
        "transaction": it.transaction_id,
        "original": it.original_transaction_id,
        "account": it.collection_account_id,
        "on": plain.day(it.value_date),
        "amount": plain.money(it.amount),
        "place": it.place,
    }
