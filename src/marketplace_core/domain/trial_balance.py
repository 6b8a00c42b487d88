"""Balances: the trial balance over all postings, and what each lease, tenant or property owes by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Final

from attrs import frozen

from marketplace_core.domain.ledger import Posting, receivable, unapplied
from marketplace_core.domain.money import Currency, Money

LEASE_ACCOUNTS: Final = (receivable(""), unapplied(""))
"""How the two accounts begin that make a lease's balance: what it owes, and what stands to its credit."""


@frozen
class AccountBalance:
    """An account's postings of one currency, summed by side."""

    account: str
    debits: Money
    credits: Money

    @property
    def balance(self) -> Money:
        """Debits less credits."""
        return self.debits - self.credits


@frozen
class OwedBalance:
    """What a lease, tenant, property or portfolio owes by the ledger; below zero where it has more credit."""

    key: str
    balance: Money


@frozen
class TrialBalance:
    """Every account that ever moved, by name and currency; debits and credits are equal in each currency."""

    lines: tuple[AccountBalance, ...]

    def totals(self) -> tuple[AccountBalance, ...]:
        """Both sides of all accounts, a line a currency."""
        sums: dict[Currency, tuple[int, int]] = {}
        for line in self.lines:
            debits, credits_ = sums.get(line.debits.currency, (0, 0))
            sums[line.debits.currency] = (debits + line.debits.amount_minor, credits_ + line.credits.amount_minor)
        by_code = sorted(sums.items(), key=lambda one: one[0].code)
        return tuple(
            AccountBalance("total", Money(debits, currency), Money(credits_, currency))
            for currency, (debits, credits_) in by_code
        )

    @property
    def is_balanced(self) -> bool:
        """True where each currency's debits equal its credits."""
        return all(line.debits == line.credits for line in self.totals())


def trial_balance(
    postings: Iterable[Posting], as_of: date | None = None, known_on: datetime | None = None
) -> TrialBalance:
    """The postings summed by account, side and currency, up to a day and as known at an instant (None: all)."""
    sums: dict[tuple[str, Currency], list[int]] = {}
    for posting in postings:
        if (as_of is not None and posting.value_date > as_of) or (
            known_on is not None and posting.recorded_at > known_on
        ):
            continue
        currency, minor = posting.amount.currency, posting.amount.amount_minor
        sums.setdefault((posting.debit, currency), [0, 0])[0] += minor
        sums.setdefault((posting.credit, currency), [0, 0])[1] += minor
    in_order = sorted(sums, key=lambda key: (key[0], key[1].code))
    return TrialBalance(
        tuple(
            AccountBalance(account, *(Money(minor, currency) for minor in sums[account, currency]))
            for account, currency in in_order
        )
    )


def owed(trial: TrialBalance, key_of: Callable[[str], str]) -> tuple[OwedBalance, ...]:
    """What each key owes: the balances of its leases' receivables and credits; who owes nothing is left out.

    ``key_of`` says under which key a lease (by id) is summed. The sum is the closing balance of the statement.
    """
    sums: dict[tuple[str, Currency], int] = {}
    for line in trial.lines:
        lease_id = lease_of_account(line.account)
        if lease_id is not None:
            key = (key_of(lease_id), line.balance.currency)
            sums[key] = sums.get(key, 0) + line.balance.amount_minor
    in_order = sorted((key for key, minor in sums.items() if minor), key=lambda key: (key[0], key[1].code))
    return tuple(OwedBalance(key, Money(sums[key, currency], currency)) for key, currency in in_order)


def lease_of_account(account: str) -> str | None:
    """The lease whose balance an account is part of, None for any other account."""
    return next((account.removeprefix(start) for start in LEASE_ACCOUNTS if account.startswith(start)), None)
