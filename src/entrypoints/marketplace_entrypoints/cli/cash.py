"""Cash taken over the counter, one payment at a time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer
from marketplace_core.errors import InvalidInput
from marketplace_core.services.cash import CashBox, RecordCash
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.failures import Refused
from marketplace_entrypoints.cli.finding import collection_account
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.session import Session, opened


def record_cash(
    amount: Amount,
    *,
    receipt: Annotated[str, Parameter(help="Number of the receipt that was given: no other payment there has it.")],
    on: Annotated[Day | None, Parameter(help="The day it was paid (default: today).")] = None,
    reference: Annotated[str, Parameter(help="What it was paid for: a payment reference, or a unit's code.")] = "",
    payer: Annotated[str, Parameter(help="Who paid.")] = "",
    phone: Annotated[str, Parameter(help="Phone of who paid, such as 254712345678.")] = "",
    account: Annotated[str, Parameter(help="Cash box (default: the only one).")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Record one payment in cash; `reconcile` finds its lease. What a statement tells is imported instead."""
    with opened(where) as here:
        record, day = here.container.record_cash(), on or here.today
        box = _on(here, record, _cash_box(here, account), day)
        given = here.amount(amount, box.account.currency)
        report = box.report(given, receipt.strip(), reference, Payer(payer, phone))
        command = here.command("payments.record", act)
        done = record(command, box, report, dry_run=act.dry_run, shows_reference=True)
        told = {
            "payment": report.payment_id,
            "receipt": report.transaction_id,
            "account": report.collection_account_id,
            "on": plain.day(day),
            "amount": plain.money(given),
            "received": done.outcome.received,
            "held": done.outcome.held,
            "dry_run": act.dry_run,
        }
        where_to = f"receipt {report.transaction_id} in {report.collection_account_id}"
        if done.is_known:
            return here.answer(told, f"{given} with {where_to} was recorded before; nothing is written")
        verb = "Would record" if act.dry_run else "Recorded"
        hint = "; it names no book: see marketplace payments held" if done.outcome.held else ""
        return here.answer(told, f"{verb} {given} of {day} with {where_to}{hint}")


def _on(here: Session, record: RecordCash, account: CollectionAccount, day: date) -> CashBox:
    """The cash box on that day; a day to come is asked for wrongly."""
    try:
        return record.box(here.portfolio_id, account.collection_account_id, day, here.container.clock().now())
    except InvalidInput as error:
        raise Refused(str(error)) from error


def _cash_box(here: Session, named: str) -> CollectionAccount:
    """The cash account of that name, or the only one."""
    if named:
        account = collection_account(here, named)
        if account.kind is not CollectionKind.CASH:
            raise Refused(f"{account.collection_account_id} is no cash box: import its statement")
        return account
    boxes = [it for it in here.ports.collection_accounts(here.portfolio_id) if it.kind is CollectionKind.CASH]
    if len(boxes) == 1:
        return boxes[0]
    if boxes:
        raise Refused(f"name the cash box with --account: {', '.join(it.collection_account_id for it in boxes)}")
    raise Refused(
        f"portfolio {here.portfolio_id} has no cash box: open one with "
        f"marketplace init {here.portfolio_id} --account cash:NAME"
    )
