"""The fake engine's books: accounts and the changes that keep them whole."""

from __future__ import annotations

from datetime import date
from itertools import count
from threading import RLock
from typing import TypeVar

from marketplace_core.domain.days import ONE_DAY, DateSpan
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.outside_engine.markers import marker_in
from marketplace_core.domain.outside_engine.records import ItemKind, TheirInvoiceStatus, TheirItem, TheirPayment
from marketplace_core.errors import RuleViolation
from marketplace_core.testing.outside_engine.recurring import due_days, missing
from marketplace_core.testing.outside_engine.rows import AccountRow, InvoiceRow, SubscriptionRow

Row = TypeVar("Row")


class EngineBooks:
    """Accounts of one tenant on a day of its own; whoever changes them holds ``lock``.

    ``keys`` are accounts by their key, ``owners`` by every id that is theirs, ``payments`` accounts and ids by key.
    """

    def __init__(self, today: date) -> None:
        """No accounts."""
        self.today = today
        self.lock = RLock()
        self.accounts: list[AccountRow] = []
        self.keys: dict[str, AccountRow] = {}
        self.owners: dict[str, AccountRow] = {}
        self.payments: dict[str, tuple[AccountRow, str]] = {}
        self._ids, self._numbers = count(1), count(1)

    def new_id(self, prefix: str) -> str:
        """An id that no other row has."""
        return f"{prefix}-{next(self._ids):06d}"

    def account(self, account_id: str) -> AccountRow:
        """The account of an id."""
        found = self.owners.get(account_id)
        return _found(found if found and found.account_id == account_id else None, f"account {account_id!r}")

    def account_of_key(self, key: str) -> AccountRow | None:
        """The account of a key."""
        return self.keys.get(key)

    def add_account(self, key: str, currency: Currency, zone: str) -> AccountRow:
        """A new account."""
        account = AccountRow(self.new_id("account"), key, currency, zone)
        self.accounts.append(account)
        self.keys[key] = self.owners[account.account_id] = account
        return account

    def invoice(self, invoice_id: str) -> tuple[AccountRow, InvoiceRow]:
        """An invoice and its account."""
        account = _found(self.owners.get(invoice_id), f"invoice {invoice_id!r}")
        row = next((it for it in account.invoices if it.invoice_id == invoice_id), None)
        return account, _found(row, f"invoice {invoice_id!r}")

    def payment(self, payment_id: str) -> tuple[AccountRow, TheirPayment]:
        """A payment and its account."""
        account = _found(self.owners.get(payment_id), f"payment {payment_id!r}")
        row = next((it for it in account.payments if it.payment_id == payment_id), None)
        return account, _found(row, f"payment {payment_id!r}")

    def subscription(self, account: AccountRow, subscription_id: str) -> SubscriptionRow:
        """A subscription of an account."""
        row = next((it for it in account.subscriptions if it.subscription_id == subscription_id), None)
        return _found(row, f"subscription {subscription_id!r}")

    def add_invoice(self, account: AccountRow, on: date, status: TheirInvoiceStatus) -> InvoiceRow:
        """A new invoice without items."""
        invoice = InvoiceRow(self.new_id("invoice"), str(next(self._numbers)), status, on)
        account.invoices.append(invoice)
        self.owners[invoice.invoice_id] = account
        return invoice

    def item(
        self,
        kind: ItemKind,
        amount: Money,
        span: DateSpan | None = None,
        subscription_key: str = "",
        description: str = "",
        linked_item_id: str = "",
    ) -> TheirItem:
        """A new item; its marker is read from its description."""
        found = marker_in(description)
        return TheirItem(self.new_id("item"), kind, amount, span, subscription_key, description, found, linked_item_id)

    def run(self, account: AccountRow, target: date) -> InvoiceRow | None:
        """Bill what is missing up to and with a day, drafts with it, on one invoice; None for nothing, or paused."""
        if account.is_paused:
            return None
        items: list[TheirItem] = []
        for one in account.subscriptions:
            repairs, parts = missing(account, one, target)
            for it in repairs:
                linked = it.item.item_id
                items.append(self.item(ItemKind.REPAIR, it.amount, it.span, one.key, linked_item_id=linked))
            for part in parts:
                item = self.item(ItemKind.RECURRING, part.amount, part.span, one.key)
                account.rates[item.item_id] = part.rate
                items.append(item)
        if not items:
            return None
        invoice = self.draft(account) or self.add_invoice(account, target, TheirInvoiceStatus.DRAFT)
        invoice.status, invoice.issued_on = TheirInvoiceStatus.COMMITTED, target
        invoice.items.extend(items)
        self.use_credit(account)
        return invoice

    def draft(self, account: AccountRow) -> InvoiceRow | None:
        """The invoice that waits for the next run."""
        return next((it for it in account.invoices if it.status is TheirInvoiceStatus.DRAFT), None)

    def use_credit(self, account: AccountRow) -> None:
        """Make credit of what is below zero, then let the oldest unpaid invoices use what there is."""
        for invoice in account.committed():
            self._move(invoice, min(account.open_amount(invoice), Money.zero(account.currency)))
        for invoice in sorted(account.committed(), key=lambda it: (it.issued_on, int(it.number))):
            self._move(invoice, min(account.open_amount(invoice), account.credit()))

    def move_to(self, day: date) -> None:
        """Let days pass one by one, and bill on each what is due on it."""
        if day < self.today:
            raise RuleViolation(f"the engine's day is {self.today}: it does not go back to {day}")
        while self.today < day:
            self.today += ONE_DAY
            for account in self.accounts:
                if any(due_days(it, self.today) for it in account.subscriptions):
                    self.run(account, self.today)

    def _move(self, invoice: InvoiceRow, amount: Money) -> None:
        if amount:
            invoice.items.append(self.item(ItemKind.CREDIT_MOVED, -amount))


def _found(row: Row | None, what: str) -> Row:
    if row is None:
        raise RuleViolation(f"the engine knows no {what}")
    return row
