"""What the fake engine tells of its books."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import TypeVar

from typing_extensions import override

from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    ItemKind,
    TheirAccount,
    TheirBooks,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
    TheirPayment,
    TheirSubscription,
)
from marketplace_core.errors import NotFound
from marketplace_core.ports.outside_engine.engine_reading import EngineReading, Page
from marketplace_core.testing.outside_engine.books import EngineBooks
from marketplace_core.testing.outside_engine.recurring import standing
from marketplace_core.testing.outside_engine.rows import AccountRow, SubscriptionRow

T = TypeVar("T")


class MemoryReading(EngineReading):
    """Reads books in memory, each answer of one moment."""

    def __init__(self, books: EngineBooks) -> None:
        """Read those books."""
        self._books = books

    @override
    def books_of(self, key: AccountKey) -> TheirBooks | None:
        with self._books.lock:
            account = self._books.account_of_key(str(key))
            if account is None:
                return None
            return TheirBooks(
                _shown_account(account),
                tuple(_shown_subscription(account, it) for it in account.subscriptions),
                tuple(account.shown(it) for it in account.invoices),
                tuple(account.payments),
            )

    @override
    def account_key_of(self, account_id: str) -> str:
        with self._books.lock:
            found = self._books.owners.get(account_id)
            if found is None or found.account_id != account_id:
                raise NotFound(f"the engine has no account {account_id!r}")
            return found.key

    @override
    def preview(self, account_id: str, until: date) -> tuple[TheirItem, ...]:
        with self._books.lock:
            self.account_key_of(account_id)
            account = deepcopy(self._books.account(account_id))
        invoice = EngineBooks(until).run(account, until)
        items = invoice.items if invoice else []
        return tuple(it for it in items if it.kind in (ItemKind.RECURRING, ItemKind.REPAIR))

    @override
    def account_page(self, offset: int, limit: int) -> Page[TheirAccount]:
        return self._page(offset, limit, lambda: [_shown_account(it) for it in self._books.accounts])

    @override
    def invoice_page(self, offset: int, limit: int) -> Page[TheirInvoice]:
        return self._page(offset, limit, self._invoices)

    @override
    def payment_page(self, offset: int, limit: int) -> Page[TheirPayment]:
        return self._page(offset, limit, self._payments)

    def _invoices(self) -> list[TheirInvoice]:
        found = ((account, row) for account in self._books.accounts for row in account.invoices)
        counted = ((account, row) for account, row in found if row.status is not TheirInvoiceStatus.DRAFT)
        return [account.shown(row) for account, row in sorted(counted, key=lambda it: int(it[1].number))]

    def _payments(self) -> list[TheirPayment]:
        return sorted((it for one in self._books.accounts for it in one.payments), key=lambda it: it.payment_id)

    def _page(self, offset: int, limit: int, rows: Callable[[], list[T]]) -> Page[T]:
        with self._books.lock:
            found = rows()
        end = offset + limit
        return Page(tuple(found[offset:end]), end if end < len(found) else None)


def _shown_account(account: AccountRow) -> TheirAccount:
    return TheirAccount(account.account_id, account.key, account.balance(), account.credit(), account.is_paused)


def _shown_subscription(account: AccountRow, row: SubscriptionRow) -> TheirSubscription:
    return TheirSubscription(
        row.subscription_id,
        row.key,
        row.starts_on,
        tuple(row.prices),
        row.ends_on,
        max((span.end for _, span in standing(account, row.key)), default=None),
        row.billing_day,
    )
