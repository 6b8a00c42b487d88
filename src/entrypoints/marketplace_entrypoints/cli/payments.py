"""Payments: statements in, lists out, and what the provider took back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Action
from marketplace_core.domain.feed import FeedRow, ReversalReport
from marketplace_core.domain.money import Money
from marketplace_core.domain.payment import CollectionAccount
from marketplace_core.errors import NotFound
from marketplace_core.ports.payment_feed import PaymentFeed
from marketplace_core.services.payments import PaymentImport
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.cash import record_cash
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.finding import collection_account, find_payment
from marketplace_entrypoints.cli.held import assign, list_held
from marketplace_entrypoints.cli.output import Table, table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Day, Where
from marketplace_entrypoints.cli.reversals import dismiss, list_reversals
from marketplace_entrypoints.cli.session import opened

app = group("payments", "Import statements, record cash; list, assign and reverse payments.")
app.command(record_cash, name="record")
app.command(list_held, name="held")
app.command(assign, name="assign")
app.command(list_reversals, name="reversals")
app.command(dismiss, name="dismiss")


@app.command(name="import")
def import_statement(
    file: Path,
    *,
    account: Annotated[str, Parameter(help="Collection account (default: the only one).")] = "",
    layout: Annotated[
        str, Parameter(name=["--format"], help="mpesa, debit-credit, signed-amount, or a bank profile FILE.toml.")
    ] = "mpesa",
    continue_on_error: Annotated[
        bool, Parameter(negative=(), help="Take the good rows of a file with bad ones.")
    ] = False,
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take a statement's payments; the same file twice adds nothing."""
    from marketplace_entrypoints.composition import payment_feed

    feed = payment_feed(layout)
    if not file.is_file():
        raise NotFound(f"there is no file {file}")
    with opened(where) as here, here.output.progress("Payments") as progress:
        target = collection_account(here, account)
        done = here.container.import_payments()(
            here.command("payments.import", act),
            lambda: _rows(file, feed, target),
            target.currency,
            keep_going=continue_on_error,
            dry_run=act.dry_run,
            progress=progress,
        )
        for caution in done.cautions:
            here.output.say(f"{caution.file}, line {caution.line}: {caution.reason}")
        code = Exit.DONE if done.is_whole and not done.cautions else Exit.PARTLY
        told = _plain_import(file, target, done, dry_run=act.dry_run)
        return here.answer(told, *_words(done, target, dry_run=act.dry_run), code=code)


@app.command(name="list")
def list_payments(
    *,
    waiting: Annotated[
        bool, Parameter(negative=(), help="Only those of which something is not given to a lease.")
    ] = False,
    where: Where = HERE,
) -> int:
    """Every payment, with what of it is given to no lease yet."""
    with opened(where) as here:
        if waiting:
            standings = list(here.ports.waiting(here.portfolio_id))
        else:
            ids = [payment.payment_id for payment in here.ports.payments(here.portfolio_id)]
            standings = [here.ports.payment(here.portfolio_id, payment_id) for payment_id in ids]
        standings.sort(key=lambda it: (it.payment.value_date, it.payment.transaction_id))
        told = {
            "payments": [
                {
                    "payment": it.payment.payment_id,
                    "transaction": it.payment.transaction_id,
                    "account": it.payment.collection_account_id,
                    "on": plain.day(it.payment.value_date),
                    "amount": plain.money(it.payment.amount),
                    "unapplied": plain.money(Money(it.unapplied_minor, it.payment.amount.currency)),
                    "reference": it.payment.reference_text,
                    "payer": it.payment.payer.name,
                    "reversed_on": plain.day(it.payment.reversed_on),
                }
                for it in standings
            ]
        }
        rows = (
            (
                it.payment.transaction_id,
                it.payment.value_date,
                it.payment.amount,
                Money(it.unapplied_minor, it.payment.amount.currency),
                it.payment.reference_text,
                it.payment.payer.name,
                f"taken back {it.payment.reversed_on}" if it.payment.reversed_on else "",
            )
            for it in standings
        )
        return here.answer(told, table(("transaction", "on", "amount", "unapplied", "reference", "payer", ""), rows))


@app.command(name="reverse")
def reverse(
    payment: str,
    *,
    on: Annotated[Day, Parameter(help="Day on which the provider took it back.")],
    confirmed_by: Annotated[str, Parameter(help="The second person, above the four-eyes limit.")] = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Take back a payment that the provider took back: from that day it pays nothing."""
    with opened(where) as here:
        here.require_reason(act, "reverse")
        standing = find_payment(here, payment)
        amount = standing.payment.amount
        command = here.command("payment.reverse", act)
        here.require_second_person(Action.REVERSE, amount, command, confirmed_by)
        here.require_yes(act, f"Reverse transaction {standing.payment.transaction_id} of {amount}?")
        recorded = here.container.reverse_payment()(command, standing.payment.payment_id, on, dry_run=act.dry_run)
        told = {
            "payment": standing.payment.payment_id,
            "transaction": standing.payment.transaction_id,
            "amount": plain.money(amount),
            "on": plain.day(on),
            "facts": len(recorded.facts),
            "dry_run": act.dry_run,
        }
        verb = "Would reverse" if act.dry_run else "Reversed"
        return here.answer(told, f"{verb} {standing.payment.transaction_id} of {amount} from {on} on")


def _rows(file: Path, feed: PaymentFeed, account: CollectionAccount) -> Iterator[FeedRow]:
    with file.open("rb") as content:
        yield from feed.read(content, account, file.name)


def _plain_import(file: Path, account: CollectionAccount, done: PaymentImport, *, dry_run: bool) -> plain.Plain:
    received = Money(done.outcome.received_minor, account.currency)
    return {
        "file": file.name,
        "account": account.collection_account_id,
        "rows": done.summary.rows,
        "payments": {"count": done.summary.payments.count, "total": plain.money(done.summary.payments.amount)},
        "received": {"count": done.outcome.received, "total": plain.money(received)},
        "told_again": done.outcome.told_again,
        "repeated": done.outcome.repeated,
        "held": done.outcome.held,
        "contradictions": [
            {"transaction": it.report.transaction_id, "place": it.report.place, "reason": it.reason}
            for it in done.outcome.contradictions
        ],
        "skipped": {
            reason.value: {"count": tally.count, "total": plain.money(tally.amount)}
            for reason, tally in done.summary.skipped
        },
        "rejected": done.summary.rejected,
        "problems": [
            {"file": it.error.file, "line": it.error.line, "column": it.error.column, "reason": it.error.reason}
            for it in done.rejected
        ],
        "cautions": [{"file": it.file, "line": it.line, "reason": it.reason} for it in done.cautions],
        "reversed": done.reversed,
        "reversals_waiting": [
            {"transaction": it.transaction_id, "original": it.original_transaction_id, "amount": plain.money(it.amount)}
            for it in done.reversals_waiting
        ],
        "dry_run": dry_run,
    }


def _original(it: ReversalReport) -> str:
    """What the reversal names: it waits since that is not here, or not of that amount."""
    return f"{it.original_transaction_id}, which is not here with that amount" if it.original_transaction_id else "?"


def _words(done: PaymentImport, account: CollectionAccount, *, dry_run: bool) -> list[str | Table]:
    received = Money(done.outcome.received_minor, account.currency)
    verb = "would receive" if dry_run else "received"
    known = f"{done.outcome.repeated} known already, {done.outcome.told_again} told again by this source"
    lines: list[str | Table] = [
        f"{done.summary.rows} rows: {verb} {done.outcome.received} payments, {received} ({known})"
    ]
    lines.extend(
        f"  left out, {reason.value}: {tally.count} rows, {tally.amount}" for reason, tally in done.summary.skipped
    )
    if done.reversed:
        lines.append(f"  taken back by the provider: {done.reversed}")
    lines.extend(
        f"  it waits (payments reversals): {it.amount} taken back in {it.transaction_id}, of {_original(it)}"
        for it in done.reversals_waiting
    )
    if done.outcome.held:
        lines.append(f"  needs a person: {done.outcome.held} payments name no book; see marketplace payments held")
    lines.extend(f"  refused: {it.report.place}: {it.reason}" for it in done.outcome.contradictions)
    lines.extend(f"  bad row: {it.error}" for it in done.rejected)
    return lines
