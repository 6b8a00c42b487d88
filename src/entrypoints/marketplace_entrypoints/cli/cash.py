"""Cash taken over the counter, one payment at a time."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.days import start_of_day
from marketplace_core.domain.payment import CollectionAccount, CollectionKind, Payer, PaymentReport, ReportSource
from marketplace_core.errors import TransactionConflict
from marketplace_core.ports.payment_inbox import InboxOutcome
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
        box, day = _cash_box(here, account), on or here.today
        if day > here.today:
            raise Refused(f"cash paid on {day}, which is to come: today is {here.today}")
        given = here.amount(amount, box.currency)
        report = PaymentReport(
            box.collection_account_id,
            receipt.strip(),
            ReportSource.CASH,
            given,
            start_of_day(day, here.portfolio.zone),
            day,
            reference,
            Payer(payer, phone),
            "recorded by hand",
        )
        command = here.command("payments.record", act)
        done = here.container.import_payments()(command, lambda: iter([report]), box.currency, dry_run=act.dry_run)
        _require_same(here, report, done.outcome)
        told = {
            "payment": report.payment_id,
            "receipt": report.transaction_id,
            "account": box.collection_account_id,
            "on": plain.day(day),
            "amount": plain.money(given),
            "received": done.outcome.received,
            "held": done.outcome.held,
            "dry_run": act.dry_run,
        }
        where_to = f"receipt {report.transaction_id} in {box.collection_account_id}"
        if done.outcome.repeated or done.outcome.told_again:
            return here.answer(told, f"{given} with {where_to} was recorded before; nothing is written")
        verb = "Would record" if act.dry_run else "Recorded"
        hint = "; it names no book: see marketplace payments held" if done.outcome.held else ""
        return here.answer(told, f"{verb} {given} of {day} with {where_to}{hint}")


def _require_same(here: Session, report: PaymentReport, outcome: InboxOutcome) -> None:
    """Refuse a receipt's number that another payment has: a second one told as the first would be lost."""
    for it in outcome.contradictions:
        raise TransactionConflict(f"receipt {report.transaction_id}: {it.reason}")
    if not (outcome.repeated or outcome.told_again):
        return
    known = here.ports.payment(here.portfolio_id, report.payment_id).payment
    if (known.value_date, known.reference_text) != (report.value_date, report.reference_text):
        raise TransactionConflict(
            f"receipt {report.transaction_id} is that of {known.amount} of {known.value_date} for "
            f"{known.reference_text or 'nothing said'}: give this payment the number of its own receipt"
        )


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
