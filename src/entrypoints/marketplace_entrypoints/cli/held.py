"""Payments of a shared collection account that no evidence gives to a portfolio."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.identifiers import PaymentId
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.errors import NotFound
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Where
from marketplace_entrypoints.cli.session import Session, opened


def list_held(*, where: Where = HERE) -> int:
    """Payments of shared accounts that are in no book yet, since no reference in them names one lease."""
    with opened(where) as here:
        found = _held(here)
        told = {
            "held": [
                {
                    "payment": it.payment_id,
                    "transaction": it.transaction_id,
                    "account": it.collection_account_id,
                    "on": plain.day(it.value_date),
                    "amount": plain.money(it.amount),
                    "reference": it.reference_text,
                    "payer": it.payer.name,
                }
                for it in found.values()
            ]
        }
        rows = (
            (it.transaction_id, it.collection_account_id, it.value_date, it.amount, it.reference_text, it.payer.name)
            for it in found.values()
        )
        return here.answer(told, table(("transaction", "account", "on", "amount", "reference", "payer"), rows))


def assign(
    payment: Annotated[str, Parameter(help="Transaction or payment id.")], *, where: Where = HERE, act: Act = PLAINLY
) -> int:
    """Take a held payment into the book that --portfolio names; --reason is kept with it."""
    with opened(where) as here:
        here.require_reason(act, "assign")
        found = next(
            (it for it in _held(here).values() if payment in {it.payment_id, it.transaction_id}),
            None,
        )
        if found is None:
            raise NotFound(f"no payment {payment} is held; see marketplace payments held")
        here.require_yes(act, f"Take transaction {found.transaction_id} of {found.amount} into {here.portfolio_id}?")
        if not act.dry_run:
            route = here.container.route_reports()
            route.assign(here.command("payment.assign", act), found.payment_id, found.collection_account_id)
        told = {
            "payment": found.payment_id,
            "transaction": found.transaction_id,
            "amount": plain.money(found.amount),
            "portfolio": here.portfolio_id,
            "dry_run": act.dry_run,
        }
        verb = "Would take" if act.dry_run else "Took"
        return here.answer(told, f"{verb} {found.transaction_id} of {found.amount} into {here.portfolio_id}")


def _held(here: Session) -> dict[PaymentId, PaymentReport]:
    """The first report of each payment held in an account of the portfolio."""
    found: dict[PaymentId, PaymentReport] = {}
    for account in here.ports.collection_accounts(here.portfolio_id):
        for report in here.ports.held(account.collection_account_id):
            found.setdefault(report.payment_id, report)
    return found
