"""List, void, credit and write off invoices."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from marketplace_core.domain.access import Action
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.money import Money
from marketplace_entrypoints.cli import plain
from marketplace_entrypoints.cli.app import group
from marketplace_entrypoints.cli.failures import Exit
from marketplace_entrypoints.cli.finding import find_invoice
from marketplace_entrypoints.cli.output import table
from marketplace_entrypoints.cli.parameters import HERE, PLAINLY, Act, Amount, Day, Where
from marketplace_entrypoints.cli.session import Session, opened

app = group("invoices", "List, void, credit and write off invoices.")
Confirmed = Annotated[str, Parameter(help="The second person, above the four-eyes limit.")]


@app.command(name="list")
def list_invoices(
    lease: Annotated[str, Parameter(help="Lease id, unit code or reference (default: all).")] = "",
    *,
    is_open: Annotated[bool, Parameter(name="--open", negative=(), help="Only what is outstanding.")] = False,
    as_of: Annotated[Day | None, Parameter(help="Day (default: today).")] = None,
    where: Where = HERE,
) -> int:
    """Invoices with what of each is outstanding on a day."""
    with opened(where) as here:
        day = as_of or here.today
        one = here.lease(lease).lease_id if lease else None
        accounts = [here.ports.account(here.portfolio_id, one)] if one else list(here.ports.accounts(here.portfolio_id))
        labels = here.labels()
        found = [
            (invoice, left, account.is_void(invoice.invoice_id))
            for account in accounts
            for invoice, left in _outstanding(account, day)
            if left or not is_open
        ]
        told = {
            "as_of": plain.day(day),
            "invoices": [
                {**plain.invoice(invoice), "outstanding": plain.money(left), "void": void}
                for invoice, left, void in found
            ],
        }
        rows = (
            (
                invoice.number,
                labels.unit(invoice.lease_id),
                invoice.kind.value,
                str(invoice.period),
                invoice.due_date,
                invoice.amount,
                left,
                "void" if void else f"issued {invoice.issue_date}" if invoice.issue_date > day else "",
            )
            for invoice, left, void in found
        )
        header = ("number", "unit", "kind", "period", "due", "amount", "outstanding", "")
        return here.answer(told, table(header, rows))


@app.command(name="void")
def void(invoice: str, *, on: Day | None = None, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Void an invoice from a day on; its number is kept and what paid it is free again."""
    with opened(where) as here:
        here.require_reason(act, "void")
        account, found = find_invoice(here, invoice)
        here.require_yes(act, f"Void invoice {found.number} of {found.amount}?")
        day = on or max(here.today, found.issue_date)
        here.container.correct_account().void_invoice(
            here.command("invoice.void", act), account.lease.lease_id, found.invoice_id, day, dry_run=act.dry_run
        )
        return _answer(here, act, "void", found, found.amount)


@app.command(name="credit")
def credit(invoice: str, amount: Amount, *, on: Day | None = None, where: Where = HERE, act: Act = PLAINLY) -> int:
    """Take back part of an invoice by a credit note, or all."""
    with opened(where) as here:
        here.require_reason(act, "credit")
        account, found = find_invoice(here, invoice)
        given = here.amount(amount, found.currency)
        here.container.correct_account().credit_invoice(
            here.command("invoice.credit", act),
            account.lease.lease_id,
            found.invoice_id,
            given,
            on or here.today,
            dry_run=act.dry_run,
        )
        return _answer(here, act, "credit", found, given)


@app.command(name="write-off")
def write_off(
    invoice: str,
    amount: Amount,
    *,
    on: Day | None = None,
    confirmed_by: Confirmed = "",
    where: Where = HERE,
    act: Act = PLAINLY,
) -> int:
    """Give up part of what is outstanding of an invoice, or all."""
    with opened(where) as here:
        here.require_reason(act, "write off")
        account, found = find_invoice(here, invoice)
        given = here.amount(amount, found.currency)
        command = here.command("invoice.write_off", act)
        here.require_second_person(Action.WRITE_OFF, given, command, confirmed_by)
        here.require_yes(act, f"Write off {given} of invoice {found.number}?")
        here.container.correct_account().write_off(
            command, account.lease.lease_id, found.invoice_id, given, on or here.today, dry_run=act.dry_run
        )
        return _answer(here, act, "write off", found, given)


def _answer(here: Session, act: Act, verb: str, invoice: Invoice, amount: Money) -> int:
    told = {
        "invoice": invoice.invoice_id,
        "number": invoice.number,
        "lease": invoice.lease_id,
        "done": verb,
        "amount": plain.money(amount),
        "reason": act.reason,
        "dry_run": act.dry_run,
    }
    words = f"{'Would ' if act.dry_run else 'Done: '}{verb} {amount} of invoice {invoice.number}"
    return here.answer(told, words, code=Exit.DONE)


def _outstanding(account: LeaseAccount, day: date) -> list[tuple[Invoice, Money]]:
    left = {it.invoice.invoice_id: it.outstanding for it in account.open_invoices(day)}
    return [(it, left.get(it.invoice_id, Money.zero(it.currency))) for it in account.invoices]
