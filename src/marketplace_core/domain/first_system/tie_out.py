"""Files and plan, counted and totalled apart, side by side."""

from __future__ import annotations

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.first_system.checks import OPENING_PREFIX
from marketplace_core.domain.first_system.money_planning import MoneyPlanner
from marketplace_core.domain.first_system.plan import TieKind, TieLine, sum_of
from marketplace_core.domain.first_system.portfolio_planning import PortfolioPlanner
from marketplace_core.domain.first_system.rows import Book
from marketplace_core.domain.money import Currency


def tie_out(book: Book, currency: Currency, people: PortfolioPlanner, money: MoneyPlanner) -> tuple[TieLine, ...]:
    """One line a kind: the left side is summed over the rows, the right side over the planned values."""
    leases = tuple(people.lease_of_old.values())
    tenants = [link for link in people.links if link.kind == "tenant"]
    balances = [row.opening_balance for row in book.leases if row.opening_balance]
    debts = [balance for balance in balances if balance.is_positive]
    credits_ = [-balance for balance in balances if not balance.is_positive]
    held = [row.deposit_held for row in book.leases if row.deposit_held]
    opening = {OPENING_PREFIX + row.lease_id for row in book.leases}
    old_numbers = {row.number for row in book.invoices}
    old = [invoice for invoice in money.invoices if invoice.number in old_numbers]
    opened = [invoice for invoice in money.invoices if invoice.number in opening - old_numbers]
    rents = [charge.rates[0].amount for lease in leases for charge in lease.charges if charge.kind is ChargeKind.RENT]
    pins = [pin.amount for payment in money.payments for share in payment.shares for pin in share.pins]
    invoiced = sum_of((row.amount for row in book.invoices), currency)
    received = sum_of((row.amount for row in book.payments), currency)
    receipted = sum_of((row.amount for row in book.receipts), currency)
    planned = sum_of((invoice.amount for invoice in old), currency)
    shared = sum_of((share.amount for payment in money.payments for share in payment.shares), currency)
    pinned = sum_of(pins, currency)
    return (
        TieLine(TieKind.PROPERTIES, len(book.properties), len(people.properties)),
        TieLine(TieKind.UNITS, len(book.units), len(people.units)),
        TieLine(TieKind.TENANTS, len(book.tenants), len([link for link in tenants if link.our_id in people.people])),
        TieLine(TieKind.LEASES, len(book.leases), len(leases)),
        TieLine(
            TieKind.RENT,
            len(book.leases),
            len(rents),
            sum_of((r.rent for r in book.leases), currency),
            sum_of(rents, currency),
        ),
        TieLine(TieKind.INVOICES, len(book.invoices), len(old), invoiced, planned),
        TieLine(TieKind.PAYMENTS, len(book.payments), len(money.payments), received, shared),
        TieLine(
            TieKind.RECEIPTS,
            len(book.receipts),
            len(money.receipts),
            receipted,
            sum_of((receipt.amount for receipt in money.receipts), currency),
        ),
        TieLine(
            TieKind.OPENING_DEBT,
            len(debts),
            len(opened),
            sum_of(debts, currency),
            sum_of((invoice.amount for invoice in opened), currency),
        ),
        TieLine(
            TieKind.OPENING_CREDIT,
            len(credits_),
            len(money.opening_credits),
            sum_of(credits_, currency),
            sum_of((credit.amount for credit in money.opening_credits), currency),
        ),
        TieLine(
            TieKind.DEPOSITS,
            len(held),
            len(money.deposits),
            sum_of(held, currency),
            sum_of((entry.amount for entry in money.deposits), currency),
        ),
        TieLine(TieKind.OUTSTANDING, len(book.invoices), len(old), invoiced - receipted, planned - pinned),
        TieLine(TieKind.UNAPPLIED, len(book.payments), len(money.payments), received - receipted, shared - pinned),
    )
