"""The check before a commit that no invoice and no credit is allocated beyond its amount on any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.money import Money
from marketplace_core.errors import OverAllocation

_Change = tuple[date, int]


def require_within_bounds(account: LeaseAccount) -> None:
    """Refuse an account whose allocations and uses are more than what they are of, on any day, as known last."""
    of_invoice: defaultdict[str, list[_Change]] = defaultdict(list)
    of_credit: defaultdict[str, list[_Change]] = defaultdict(list)
    for it in account.standing_allocations():
        minor = it.amount.amount_minor
        for changes in (of_invoice[it.invoice_id], of_credit[it.credit_id]):
            changes.append((it.value_date, minor))
            if it.ended_on is not None:
                changes.append((it.ended_on, -minor))
    for use in account.uses:
        of_credit[use.credit_id].append((use.value_date, use.amount.amount_minor))
        if use.ended_on is not None:
            of_credit[use.credit_id].append((use.ended_on, -use.amount.amount_minor))
    for invoice in account.invoices:
        _require(f"invoice {invoice.number or invoice.invoice_id}", of_invoice[invoice.invoice_id], invoice.amount)
    for credit in account.credits:
        _require(f"credit {credit.credit_id}", of_credit[credit.credit_id], credit.amount)


def _require(what: str, changes: Iterable[_Change], amount: Money) -> None:
    reached = 0
    for day, change in sorted(changes):
        reached += change
        if reached > amount.amount_minor:
            raise OverAllocation(f"{what} of {amount}: {Money(reached, amount.currency)} would be allocated on {day}")
