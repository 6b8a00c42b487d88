"""Kill Bill's objects as our records: strict about what we need, blind to the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from attrs import evolve

from marketplace_adapters.killbill.answers import Fields
from marketplace_core.domain.days import DateSpan, one_day
from marketplace_core.domain.money import Currency, Money, total
from marketplace_core.domain.outside_engine.markers import marker_in
from marketplace_core.domain.outside_engine.records import (
    ItemKind,
    TheirAccount,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirItem,
    TheirPayment,
    TheirPaymentState,
    TheirPrice,
    TheirSubscription,
)
from marketplace_core.errors import InvalidAmount, PartnerUnavailable

NO_CURRENCY: Final = Currency("XXX")
"""Of an account that somebody made without one."""

_KINDS: Final[Mapping[str, ItemKind]] = {
    "RECURRING": ItemKind.RECURRING,
    "EXTERNAL_CHARGE": ItemKind.CHARGE,
    "FIXED": ItemKind.CHARGE,
    "USAGE": ItemKind.CHARGE,
    "TAX": ItemKind.CHARGE,
    "PARENT_SUMMARY": ItemKind.CHARGE,
    "REPAIR_ADJ": ItemKind.REPAIR,
    "ITEM_ADJ": ItemKind.ADJUSTMENT,
    "CREDIT_ADJ": ItemKind.CREDIT_GIVEN,
    "CBA_ADJ": ItemKind.CREDIT_MOVED,
}
_STATUSES: Final[Mapping[str, TheirInvoiceStatus]] = {
    "DRAFT": TheirInvoiceStatus.DRAFT,
    "COMMITTED": TheirInvoiceStatus.COMMITTED,
    "VOID": TheirInvoiceStatus.VOID,
}
_UNSETTLED: Final = frozenset({"PENDING", "UNKNOWN"})
_STARTS: Final = frozenset({"START_BILLING", "CHANGE"})


def currency_of(said: Fields) -> Currency:
    """The object's currency."""
    code = said.words("currency")
    try:
        return Currency.of(code) if code else NO_CURRENCY
    except InvalidAmount as problem:
        raise PartnerUnavailable(f"Kill Bill's answer to {said.where}: {code!r} is no currency") from problem


def account_of(said: Fields) -> TheirAccount:
    """An account that was asked for with its balance; ``balance`` is net: what is owed less the credit."""
    currency = currency_of(said)
    return TheirAccount(
        said.text("accountId"),
        said.words("externalKey"),
        said.money("accountBalance", currency),
        said.money("accountCBA", currency),
    )


def subscription_of(said: Fields, currency: Currency, billed_until: date | None = None) -> TheirSubscription:
    """A subscription; each event that begins a price names a plan, whose price stands beside it.

    Kill Bill's own ``chargedThroughDate`` does not go back when an invoice is voided or an item repaired: up to which
    day it is billed is told by the items.
    """
    by_plan = {it.text("planName"): it.money_or_zero("recurringPrice", currency) for it in said.rows("prices")}
    prices: list[TheirPrice] = []
    for event in sorted(said.rows("events"), key=lambda it: it.day("effectiveDate")):
        if event.text("eventType") not in _STARTS:
            continue
        since, plan = event.day("effectiveDate"), event.text("plan")
        if plan not in by_plan:
            raise PartnerUnavailable(f"Kill Bill's answer to {said.where}: the price of plan {plan!r} is missing")
        if prices and prices[-1].since == since:
            prices.pop()
        if not prices or prices[-1].amount != by_plan[plan]:
            prices.append(TheirPrice(since, by_plan[plan]))
    return TheirSubscription(
        said.text("subscriptionId"),
        said.words("externalKey"),
        said.day("billingStartDate"),
        tuple(prices),
        said.day_or_none("billingEndDate"),
        billed_until,
        said.whole("billCycleDayLocal"),
    )


def invoice_of(said: Fields, keys: Mapping[str, str]) -> TheirInvoice:
    """An invoice with its items; ``keys`` are the subscriptions' keys by their ids."""
    currency = currency_of(said)
    status = said.text("status")
    if status not in _STATUSES:
        raise PartnerUnavailable(f"Kill Bill's answer to {said.where}: the invoice status {status!r} is not known")
    items = tuple(item_of(it, currency, keys) for it in said.rows("items"))
    return TheirInvoice(
        said.text("invoiceId"),
        said.text("accountId"),
        said.words("invoiceNumber"),
        _STATUSES[status],
        _issued_on(said, items),
        said.money("amount", currency),
        said.money("balance", currency),
        items,
    )


def with_keys_of_repairs(invoices: Sequence[TheirInvoice]) -> list[TheirInvoice]:
    """The same, each repair with the key of the subscription whose item it takes back: Kill Bill names none on it."""
    keys = {item.item_id: item.subscription_key for it in invoices for item in it.items if item.subscription_key}

    def keyed(item: TheirItem) -> TheirItem:
        if item.kind is not ItemKind.REPAIR or item.subscription_key:
            return item
        return evolve(item, subscription_key=keys.get(item.linked_item_id, ""))

    return [evolve(it, items=tuple(map(keyed, it.items))) for it in invoices]


def billed_until(invoices: Iterable[TheirInvoice]) -> Mapping[str, date]:
    """By subscription's key, the day up to which standing invoices bill it, less what was repaired from the end."""
    ends: dict[str, tuple[str, date]] = {}
    standing = [item for it in invoices if it.status is not TheirInvoiceStatus.VOID for item in it.items]
    for item in standing:
        if item.kind is ItemKind.RECURRING and item.span is not None:
            ends[item.item_id] = (item.subscription_key, item.span.end)
    for item in standing:
        if item.kind is ItemKind.REPAIR and item.span is not None and item.linked_item_id in ends:
            key, end = ends[item.linked_item_id]
            if item.span.end == end:
                ends[item.linked_item_id] = (key, item.span.start)
    found: dict[str, date] = {}
    for key, end in ends.values():
        found[key] = max(end, found.get(key, end))
    return found


def _issued_on(said: Fields, items: Sequence[TheirItem]) -> date:
    """The day on which it began to count: a draft on which a run billed keeps the day on which it was begun."""
    day = said.day("invoiceDate")
    kinds = {it.kind for it in items}
    if ItemKind.RECURRING in kinds and ItemKind.CHARGE in kinds:
        return max(day, said.day_or_none("targetDate") or day)
    return day


def item_of(said: Fields, currency: Currency, keys: Mapping[str, str]) -> TheirItem:
    """One line of an invoice; its marker stands in its description."""
    kind = said.text("itemType")
    if kind not in _KINDS:
        raise PartnerUnavailable(f"Kill Bill's answer to {said.where}: the item type {kind!r} is not known")
    description = said.words("description")
    return TheirItem(
        said.text("invoiceItemId"),
        _KINDS[kind],
        said.money("amount", currency),
        _span(said.day_or_none("startDate"), said.day_or_none("endDate")),
        keys.get(said.words("subscriptionId"), ""),
        description,
        marker_in(description),
        said.words("linkedInvoiceItemId"),
    )


def payment_of(said: Fields) -> TheirPayment:
    """A payment, with its invoice where that was asked for; its sums come from its transactions.

    Kill Bill counts repeated chargebacks of a payment once; a refund that it made outside stands as a payment of its
    own that was only given back: nothing paid, and less than nothing kept.
    """
    currency = currency_of(said)
    transactions = said.rows("transactions")
    bought = [it for it in transactions if it.text("transactionType") in {"PURCHASE", "CAPTURE"}]
    settled = [it for it in transactions if it.text("status") == "SUCCESS"]
    paid = _sum(settled, {"PURCHASE", "CAPTURE"}, currency)
    kept = paid - _sum(settled, {"REFUND", "CREDIT"}, currency)
    kept -= max(Money.zero(currency), min(kept, _sum(settled, {"CHARGEBACK"}, currency)))
    state = _state(transactions, settled)
    if state is not TheirPaymentState.SETTLED:
        paid = _sum(bought, {"PURCHASE", "CAPTURE"}, currency)
    return TheirPayment(
        said.text("paymentId"),
        said.text("accountId"),
        said.words("paymentExternalKey"),
        state,
        paid,
        kept,
        _first(transactions, said),
        said.words("targetInvoiceId"),
    )


def _state(transactions: list[Fields], settled: list[Fields]) -> TheirPaymentState:
    if any(it.text("status") in _UNSETTLED for it in transactions):
        return TheirPaymentState.UNSETTLED
    return TheirPaymentState.SETTLED if settled else TheirPaymentState.FAILED


def _sum(transactions: list[Fields], kinds: set[str], currency: Currency) -> Money:
    found = [it for it in transactions if it.text("transactionType") in kinds]
    for it in found:
        if currency_of(it) not in (currency, NO_CURRENCY):
            raise PartnerUnavailable(f"Kill Bill's answer to {it.where}: a payment in two currencies")
    return total((it.money("amount", currency) for it in found), currency)


def _first(transactions: list[Fields], said: Fields) -> datetime:
    if not transactions:
        raise PartnerUnavailable(f"Kill Bill's answer to {said.where}: a payment without transactions")
    return min(it.instant("effectiveDate") for it in transactions)


def _span(start: date | None, end: date | None) -> DateSpan | None:
    """What has no end, or one on its first day, is of that day alone."""
    if start is None:
        return None
    return DateSpan(start, end) if end is not None and start < end else one_day(start)
