"""What Kill Bill says becomes our records exactly, or is refused by name; more than we need does no harm."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.fixtures.killbill_answers import UUIDS

from marketplace_adapters.killbill.answers import Answer, Fields
from marketplace_adapters.killbill.records import (
    account_of,
    billed_until,
    invoice_of,
    payment_of,
    subscription_of,
    with_keys_of_repairs,
)
from marketplace_core.domain.days import DateSpan, one_day
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import (
    ItemKind,
    TheirInvoice,
    TheirInvoiceStatus,
    TheirPaymentState,
    TheirPrice,
)
from marketplace_core.errors import PartnerUnavailable

MARKER = "mk_" + "a" * 24
ACCOUNT: dict[str, Any] = {
    "accountId": UUIDS[1],
    "externalKey": "p/l",
    "currency": "KES",
    "accountBalance": 12.5,
    "accountCBA": 0,
    "more": [{}],
}
ITEM: dict[str, Any] = {
    "invoiceItemId": UUIDS[4],
    "itemType": "RECURRING",
    "amount": 100.0,
    "startDate": "2026-01-01",
    "endDate": "2026-02-01",
    "subscriptionId": UUIDS[6],
    "description": None,
    "linkedInvoiceItemId": None,
}
INVOICE: dict[str, Any] = {
    "invoiceId": UUIDS[3],
    "accountId": UUIDS[1],
    "invoiceNumber": "7",
    "status": "COMMITTED",
    "invoiceDate": "2026-01-01",
    "targetDate": "2026-01-01",
    "currency": "KES",
    "amount": 100.0,
    "balance": 0,
    "items": [ITEM],
}
BOUGHT: dict[str, Any] = {
    "transactionType": "PURCHASE",
    "status": "SUCCESS",
    "amount": 400.0,
    "currency": "KES",
    "effectiveDate": "2026-01-01T08:00:00.000Z",
}
PAYMENT: dict[str, Any] = {
    "paymentId": UUIDS[5],
    "accountId": UUIDS[1],
    "paymentExternalKey": "mp/c/i",
    "currency": "KES",
    "targetInvoiceId": UUIDS[3],
    "transactions": [BOUGHT],
}
SUBSCRIPTION: dict[str, Any] = {
    "subscriptionId": UUIDS[6],
    "externalKey": "p/l/c",
    "billingStartDate": "2026-01-01",
    "billingEndDate": None,
    "chargedThroughDate": "2026-02-01",
    "billCycleDayLocal": 1,
    "prices": [{"planName": "a", "recurringPrice": 100.0}, {"planName": "b", "recurringPrice": 120}],
    "events": [
        {"eventType": "START_BILLING", "effectiveDate": "2026-01-01", "plan": "a"},
        {"eventType": "START_ENTITLEMENT", "effectiveDate": "2026-01-01", "plan": "a"},
        {"eventType": "CHANGE", "effectiveDate": "2026-03-01", "plan": "b"},
        {"eventType": "CHANGE", "effectiveDate": "2026-02-01", "plan": "a"},
    ],
}


def _fields(body: object) -> Fields:
    return Answer("GET /x", 200, json.dumps(body)).fields()


def _payment(*transactions: dict[str, Any]) -> dict[str, Any]:
    return PAYMENT | {"transactions": [BOUGHT, *(BOUGHT | it for it in transactions)]}


def test_money_is_read_exactly() -> None:
    """Digits of the text, not of a float: 2 ** 53 + 1 cents keep their last one."""
    text = json.dumps(ACCOUNT).replace("12.5", "90071992547409.93")
    with pytest.raises(PartnerUnavailable):
        account_of(Answer("GET /x", 200, text).fields())
    text = json.dumps(ACCOUNT).replace("12.5", "9007199254740.93")
    assert account_of(Answer("GET /x", 200, text).fields()).balance == Money(900719925474093, KES)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "12.505", "1e400", "null", '"12.50"', "true", "[]"])
def test_what_is_no_exact_amount_is_refused(amount: str) -> None:
    """Not rounded, not guessed: the answer is not taken."""
    text = json.dumps(ACCOUNT).replace("12.5", amount)
    with pytest.raises(PartnerUnavailable):
        account_of(Answer("GET /x", 200, text).fields())


@pytest.mark.parametrize("cut", range(0, len(json.dumps(INVOICE)), 23))
def test_half_an_answer_is_none(cut: int) -> None:
    """Wherever it breaks off."""
    with pytest.raises(PartnerUnavailable, match="GET /x"):
        Answer("GET /x", 200, json.dumps(INVOICE)[:cut]).fields()


@pytest.mark.parametrize("text", ["[]", "null", "5", "<html>", "[" * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    """A list, nothing, a page, or a tower of brackets."""
    with pytest.raises(PartnerUnavailable, match="GET /x"):
        Answer("GET /x", 200, text).fields()


@pytest.mark.parametrize("wrong", [None, True, "", [], {}])
@pytest.mark.parametrize("name", ["invoiceId", "accountId", "status", "invoiceDate", "amount", "balance"])
def test_what_we_need_must_be_there(name: str, wrong: object) -> None:
    """What is missing or of another type is named."""
    with pytest.raises(PartnerUnavailable, match=name):
        invoice_of(_fields(INVOICE | {name: wrong}), {})


def test_an_account_without_currency_is_somebodys() -> None:
    """It does not stop the reading of a page."""
    assert account_of(_fields(ACCOUNT | {"currency": None})).balance.currency.code == "XXX"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("EXTERNAL_CHARGE", ItemKind.CHARGE),
        ("REPAIR_ADJ", ItemKind.REPAIR),
        ("ITEM_ADJ", ItemKind.ADJUSTMENT),
        ("CREDIT_ADJ", ItemKind.CREDIT_GIVEN),
        ("CBA_ADJ", ItemKind.CREDIT_MOVED),
        ("TAX", ItemKind.CHARGE),
    ],
)
def test_items_are_of_a_kind(kind: str, expected: ItemKind) -> None:
    """A charge is of its day; its marker is read from its description."""
    body = ITEM | {"itemType": kind, "endDate": None, "subscriptionId": None, "description": f"Water [{MARKER}]"}
    (item,) = invoice_of(_fields(INVOICE | {"items": [body]}), {}).items
    assert (item.kind, item.marker, item.span) == (expected, MARKER, one_day(date(2026, 1, 1)))


def test_an_unknown_item_is_refused() -> None:
    """Money of a kind that we do not know is not passed over."""
    with pytest.raises(PartnerUnavailable, match="SURPRISE"):
        invoice_of(_fields(INVOICE | {"items": [ITEM | {"itemType": "SURPRISE"}]}), {})


def test_a_draft_that_was_billed_on_is_issued_on_the_day_of_the_run() -> None:
    """Kill Bill keeps the day on which the draft was begun; an invoice that was late keeps its own."""
    charge = ITEM | {"itemType": "EXTERNAL_CHARGE", "endDate": None}
    rode = INVOICE | {"items": [ITEM, charge], "targetDate": "2026-01-10"}
    late = INVOICE | {"targetDate": "2025-11-01"}
    assert [invoice_of(_fields(it), {}).issued_on.day for it in (rode, late)] == [10, 1]


def _invoices(*bodies: dict[str, Any]) -> list[TheirInvoice]:
    return [invoice_of(_fields(it), {UUIDS[6]: "p/l/c"}) for it in bodies]


def test_billed_until_is_told_by_the_items() -> None:
    """A repair from a day on takes the rest back, a void invoice counts no more, and a new item bills again."""
    february = ITEM | {"invoiceItemId": UUIDS[7], "startDate": "2026-02-01", "endDate": "2026-03-01"}
    repair = ITEM | {
        "invoiceItemId": UUIDS[8],
        "itemType": "REPAIR_ADJ",
        "amount": -50,
        "startDate": "2026-01-20",
        "linkedInvoiceItemId": UUIDS[4],
    }
    again = ITEM | {"invoiceItemId": UUIDS[9], "startDate": "2026-01-20"}
    cases = {
        date(2026, 2, 1): _invoices(INVOICE),
        date(2026, 3, 1): _invoices(INVOICE, INVOICE | {"items": [february]}),
        date(2026, 1, 20): _invoices(INVOICE, INVOICE | {"items": [repair]}),
    }
    for expected, invoices in cases.items():
        assert billed_until(invoices) == {"p/l/c": expected}
    assert billed_until(_invoices(INVOICE | {"status": "VOID"})) == {}
    assert billed_until(_invoices(INVOICE, INVOICE | {"items": [repair, again]})) == {"p/l/c": date(2026, 2, 1)}


def test_a_repair_has_the_key_of_what_it_takes_back() -> None:
    """Kill Bill names no subscription on it, but the item, which may stand on another invoice."""
    repair = ITEM | {
        "invoiceItemId": UUIDS[8],
        "itemType": "REPAIR_ADJ",
        "subscriptionId": None,
        "amount": -50,
        "linkedInvoiceItemId": UUIDS[4],
    }
    read = _invoices(INVOICE, INVOICE | {"items": [repair]})
    assert read[1].items[0].subscription_key == ""
    assert with_keys_of_repairs(read)[1].items[0].subscription_key == "p/l/c"
    assert with_keys_of_repairs(read)[0] == read[0]


def test_prices_stand_in_order_of_their_days() -> None:
    """Each event's plan has its price beside it; one that changes nothing is not told."""
    found = subscription_of(_fields(SUBSCRIPTION), KES)
    assert found.prices == (
        TheirPrice(date(2026, 1, 1), Money(10_000, KES)),
        TheirPrice(date(2026, 3, 1), Money(12_000, KES)),
    )
    with pytest.raises(PartnerUnavailable, match="'b'"):
        subscription_of(_fields(SUBSCRIPTION | {"prices": SUBSCRIPTION["prices"][:1]}), KES)


@pytest.mark.parametrize(
    ("more", "state", "paid", "kept"),
    [
        ([], TheirPaymentState.SETTLED, 400, 400),
        ([{"transactionType": "REFUND", "amount": 150}], TheirPaymentState.SETTLED, 400, 250),
        ([{"transactionType": "REFUND"}] * 2, TheirPaymentState.SETTLED, 400, -400),
        ([{"transactionType": "CHARGEBACK"}] * 3, TheirPaymentState.SETTLED, 400, 0),
        ([{"transactionType": "REFUND", "status": "PENDING"}], TheirPaymentState.UNSETTLED, 400, 400),
        ([{"transactionType": "REFUND", "status": "PLUGIN_FAILURE"}], TheirPaymentState.SETTLED, 400, 400),
    ],
)
def test_what_a_payment_keeps(more: list[dict[str, Any]], state: TheirPaymentState, paid: int, kept: int) -> None:
    """Its transactions tell: Kill Bill takes a refund too many, and counts a repeated chargeback once."""
    found = payment_of(_fields(_payment(*more)))
    assert (found.state, found.paid, found.kept) == (state, Money(paid * 100, KES), Money(kept * 100, KES))
    assert found.paid_at == datetime(2026, 1, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PENDING", TheirPaymentState.UNSETTLED),
        ("UNKNOWN", TheirPaymentState.UNSETTLED),
        ("PAYMENT_FAILURE", TheirPaymentState.FAILED),
        ("PLUGIN_FAILURE", TheirPaymentState.FAILED),
    ],
)
def test_a_payment_that_did_not_move_money_keeps_none(status: str, state: TheirPaymentState) -> None:
    """What was asked for is told, and nothing is kept."""
    found = payment_of(_fields(PAYMENT | {"transactions": [BOUGHT | {"status": status}]}))
    assert (found.state, found.paid, found.kept) == (state, Money(40_000, KES), Money(0, KES))


def test_a_refund_made_outside_is_a_payment_less_than_nothing() -> None:
    """Kill Bill keeps it as a payment of its own without an invoice."""
    found = payment_of(
        _fields(PAYMENT | {"transactions": [BOUGHT | {"transactionType": "CREDIT"}], "targetInvoiceId": None})
    )
    assert (found.paid, found.kept, found.invoice_id) == (Money(0, KES), Money(-40_000, KES), "")


def test_a_month_is_the_span_of_its_item() -> None:
    """Up to but without its end, as Kill Bill says it."""
    (item,) = invoice_of(_fields(INVOICE), {UUIDS[6]: "p/l/c"}).items
    assert (item.span, item.subscription_key) == (DateSpan(date(2026, 1, 1), date(2026, 2, 1)), "p/l/c")
    assert invoice_of(_fields(INVOICE), {}).status is TheirInvoiceStatus.COMMITTED
