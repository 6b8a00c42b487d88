"""Reads Kill Bill's books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from attrs import evolve, frozen
from typing_extensions import override

from marketplace_adapters.killbill import calls
from marketplace_adapters.killbill.accounts import is_paused
from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_adapters.killbill.calls import path
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.previewing import preview
from marketplace_adapters.killbill.records import (
    account_of,
    billed_until,
    currency_of,
    invoice_of,
    payment_of,
    subscription_of,
    with_keys_of_repairs,
)
from marketplace_core.domain.money import total
from marketplace_core.domain.outside_engine.records import (
    AccountKey,
    TheirAccount,
    TheirBooks,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
    TheirPayment,
)
from marketplace_core.errors import ConfigurationError, NotFound, PartnerUnavailable
from marketplace_core.ports.outside_engine.engine_reading import EngineReading, Page

_MOST_READS: Final = 3
_IDS_A_CALL: Final = 100
"""Ids of 36 characters that fit into one address."""


@frozen
class KillBillReading(EngineReading):
    """Reads one tenant."""

    client: Client

    @override
    def books_of(self, key: AccountKey) -> TheirBooks | None:
        """The account, subscriptions, invoices and payments, by five reads.

        Where something moved between them, so that the invoices do not sum up to the account's balance, all are read
        again; what still does not sum up after three readings is given as it is.
        """
        books: TheirBooks | None = None
        for _ in range(_MOST_READS):
            books = self._read(str(key))
            if books is None or _sums_up(books):
                break
        return books

    @override
    def account_key_of(self, account_id: str) -> str:
        try:
            found = calls.account_by_id(self.client, account_id)
        except ConfigurationError:
            # A text that is no id of Kill Bill's is not found as any unknown page is; so is a whole wrong address.
            if self.client.get("/accounts/pagination", offset=0, limit=1).is_well:
                found = None
            else:
                raise
        if found is None:
            raise NotFound(f"Kill Bill knows no account {account_id[:40]!r}")
        return found.words("externalKey")

    @override
    def preview(self, account_id: str, until: date) -> tuple[TheirItem, ...]:
        return preview(self.client, account_id, until)

    @override
    def account_page(self, offset: int, limit: int) -> Page[TheirAccount]:
        answer = self._page("/accounts/pagination", offset, limit, accountWithBalanceAndCBA=True)
        return Page(tuple(account_of(it) for it in answer.rows()), _next(answer))

    @override
    def invoice_page(self, offset: int, limit: int) -> Page[TheirInvoice]:
        """Kill Bill's own pages hold neither items nor amounts: the invoices of each account in them are read again."""
        answer = self._page("/invoices/pagination", offset, limit)
        rows = [(it.text("invoiceId"), it.text("accountId")) for it in answer.rows()]
        found: dict[str, TheirInvoice] = {}
        for account_id in dict.fromkeys(account for _, account in rows):
            found |= self._invoices(account_id, [invoice for invoice, account in rows if account == account_id])
        missing = [invoice for invoice, _ in rows if invoice not in found]
        if missing:
            raise PartnerUnavailable(f"Kill Bill lists the invoice {missing[0]} and does not give it")
        return Page(tuple(found[invoice] for invoice, _ in rows), _next(answer))

    @override
    def payment_page(self, offset: int, limit: int) -> Page[TheirPayment]:
        answer = self._page("/payments/pagination", offset, limit)
        return Page(tuple(payment_of(it) for it in answer.rows()), _next(answer))

    def _page(self, address: str, offset: int, limit: int, **query: object) -> Answer:
        return self.client.well(self.client.get(address, offset=offset, limit=limit, **query))

    def _read(self, key: str) -> TheirBooks | None:
        said = calls.account_by_key(self.client, key)
        if said is None:
            return None
        account = account_of(said)
        subscriptions = calls.subscriptions_of(self.client, account.account_id)
        keys = keys_of(subscriptions)
        read = [invoice_of(it, keys) for it in calls.invoices_of(self.client, account.account_id)]
        invoices = with_keys_of_repairs(read)
        until = billed_until(invoices)
        payments = self.client.well(self.client.get(path("accounts", account.account_id, "invoicePayments"))).rows()
        return TheirBooks(
            evolve(account, is_paused=is_paused(self.client, account.account_id)),
            tuple(subscription_of(it, currency_of(said), until.get(it.words("externalKey"))) for it in subscriptions),
            tuple(sorted(invoices, key=_in_order)),
            tuple(payment_of(it) for it in payments),
        )

    def _invoices(self, account_id: str, invoice_ids: Sequence[str]) -> Mapping[str, TheirInvoice]:
        rows: list[Fields] = []
        for start in range(0, len(invoice_ids), _IDS_A_CALL):
            wanted = ",".join(invoice_ids[start : start + _IDS_A_CALL])
            asked = path("accounts", account_id, "invoices")
            answer = self.client.get(asked, includeVoidedInvoices=True, invoicesFilter=wanted)
            rows.extend(self.client.well(answer).rows())
        is_recurring = any(item.words("subscriptionId") for row in rows for item in row.rows("items"))
        keys = keys_of(calls.subscriptions_of(self.client, account_id)) if is_recurring else {}
        return {it.invoice_id: it for it in (invoice_of(row, keys) for row in rows)}


def keys_of(subscriptions: Sequence[Fields]) -> dict[str, str]:
    """The keys of subscriptions by their ids."""
    return {it.text("subscriptionId"): it.words("externalKey") for it in subscriptions}


def _sums_up(books: TheirBooks) -> bool:
    standing = (it.balance for it in books.invoices if it.status is TheirInvoiceStatus.COMMITTED)
    account = books.account
    return total(standing, account.balance.currency) - account.credit == account.balance


def _in_order(invoice: TheirInvoice) -> tuple[int, str]:
    return (int(invoice.number) if invoice.number.isdigit() else 0, invoice.invoice_id)


def _next(answer: Answer) -> int | None:
    if not answer.next_offset:
        return None
    if not answer.next_offset.isdigit():
        raise PartnerUnavailable(f"Kill Bill's answer to {answer.call}: the next offset is no number")
    return int(answer.next_offset)
