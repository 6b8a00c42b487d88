"""What a lease owes net by our books, whichever credit pays which invoice."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.money import Money


def net_of(account: LeaseAccount) -> Money:
    """Standing invoices and uses less credits, whatever days they are of: what is owed less what is unapplied."""
    minor = sum(it.amount.amount_minor for it in account.standing_invoices())
    minor += sum(it.amount.amount_minor for it in account.uses if it.ended_on is None)
    minor -= sum(it.amount.amount_minor for it in account.credits if it.ended_on is None)
    return Money(minor, account.lease.currency)
