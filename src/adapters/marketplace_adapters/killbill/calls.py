"""Reads that several parts of the adapter share."""

from __future__ import annotations

from urllib.parse import quote

from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_adapters.killbill.client import Client
from marketplace_adapters.killbill.errors import rule_of
from marketplace_core.errors import NotFound


def path(*parts: str) -> str:
    """An address of those parts: ids stand in it as they are, and cannot lead elsewhere."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def fields_or_none(client: Client, answer: Answer) -> Fields | None:
    """The object that was asked for; None where Kill Bill says that there is none."""
    if not answer.is_well and rule_of(answer).kind is NotFound:
        return None
    return client.well(answer).fields()


def account_by_key(client: Client, key: str) -> Fields | None:
    """An account with its balance."""
    answer = client.get("/accounts", externalKey=key, accountWithBalanceAndCBA=True)
    return fields_or_none(client, answer)


def account_by_id(client: Client, account_id: str) -> Fields | None:
    """An account with its balance; an id that is none of Kill Bill's is no account either."""
    return fields_or_none(client, client.get(path("accounts", account_id), accountWithBalanceAndCBA=True))


def subscriptions_of(client: Client, account_id: str) -> list[Fields]:
    """The subscriptions of an account, ended ones with them."""
    bundles = client.well(client.get(path("accounts", account_id, "bundles"))).rows()
    return [it for bundle in bundles for it in bundle.rows("subscriptions")]


def subscription_by_key(client: Client, key: str) -> Fields | None:
    """A subscription."""
    return fields_or_none(client, client.get("/subscriptions", externalKey=key))


def subscription_by_id(client: Client, subscription_id: str) -> Fields:
    """A subscription; NotFound where there is none."""
    return client.well(client.get(path("subscriptions", subscription_id))).fields()


def payment_by_id(client: Client, payment_id: str) -> Fields:
    """A payment with the invoice that it pays; NotFound where there is none."""
    return client.well(client.get(path("invoicePayments", payment_id))).fields()


def payment_by_key(client: Client, key: str) -> Fields | None:
    """A payment with the invoice that it pays."""
    found = fields_or_none(client, client.get("/payments", externalKey=key))
    return None if found is None else payment_by_id(client, found.text("paymentId"))


def invoices_of(client: Client, account_id: str) -> list[Fields]:
    """The invoices of an account with their items, drafts and void ones with them."""
    return client.well(client.get(path("accounts", account_id, "invoices"), includeVoidedInvoices=True)).rows()
