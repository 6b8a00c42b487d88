"""What is refused before it is sent, and what is not believed after it was: without a server."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.fixtures.killbill_answers import SERVER, UUIDS, Line, client_over, made, said

from marketplace_adapters.killbill import KillBillWriting, catalog
from marketplace_adapters.killbill.answers import Answer
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import Charge, Step, Subscribe, TakeBackPayment, VoidInvoice
from marketplace_core.errors import PartnerUnavailable, RuleViolation

KEY = AccountKey(PortfolioId("p"), LeaseId("l"))
DAY = date(2026, 1, 1)
MARKER = "mk_" + "a" * 24
ACCOUNT, INVOICE, PAYMENT = UUIDS[1], UUIDS[2], UUIDS[3]


@pytest.mark.parametrize(
    "step",
    [
        Charge(MARKER, Money(100_000_000, KES), DAY, "Water"),
        Subscribe(MARKER, "p/l/rent", DAY, Money(100_000_000, KES), 1),
    ],
)
def test_a_million_is_refused_before_it_is_sent(step: Step) -> None:
    """Its columns hold 999,999.99; the refusal says which setting and what to do, and no call is made."""
    line = Line({})
    writing = KillBillWriting(client_over(line))
    with pytest.raises(RuleViolation, match=r"killbill\.most_amount is 999999\.99.*widen"):
        writing.perform(KEY, ACCOUNT, step)
    assert line.asked == []


def test_the_largest_amount_is_held() -> None:
    """The control: a cent less than a million is sent."""
    KillBillWriting(client_over(Line({}))).require_holds(Charge(MARKER, Money(99_999_999, KES), DAY, "Water"))
    assert SERVER.holds(Money(99_999_999, KES))
    assert not SERVER.holds(Money(100_000_000, KES))


@pytest.mark.parametrize(
    ("ours", "theirs", "says"),
    [
        ("<value>0.00</value>", "<value>77.00</value>", "costs KES 77.00"),
        ("<alignment>ACCOUNT</alignment>", "<alignment>SUBSCRIPTION</alignment>", "is SUBSCRIPTION and not ACCOUNT"),
        ("<policy>IMMEDIATE</policy>", "<policy>END_OF_TERM</policy>", "is END_OF_TERM and not IMMEDIATE"),
        ("MONTHLY", "ANNUAL", "is billed ANNUAL"),
        ("IN_ADVANCE", "IN_ARREAR", "it bills IN_ARREAR"),
        ("<currency>KES</currency>", "<currency>UGX</currency>", "has no price in KES"),
        ('"lease-monthly"', '"other"', "there is no plan lease-monthly (its plans: other)"),
    ],
)
def test_another_catalog_is_told_by_what_differs(ours: str, theirs: str, says: str) -> None:
    """Each thing by which it would bill otherwise; our own differs in nothing."""
    text = catalog.catalog_xml(SERVER)
    assert catalog.differences(SERVER, Answer("GET /catalog/xml", 200, text, is_json=False)) == []
    assert ours in text
    found = catalog.differences(SERVER, Answer("GET /catalog/xml", 200, text.replace(ours, theirs), is_json=False))
    assert any(says in it for it in found), found


def payment(**more: object) -> dict[str, Any]:
    """A payment of five shillings that is kept."""
    bought = {
        "transactionType": "PURCHASE",
        "status": "SUCCESS",
        "amount": 5,
        "currency": "KES",
        "effectiveDate": "2026-01-01T08:00:00.000Z",
    }
    return {
        "paymentId": PAYMENT,
        "accountId": ACCOUNT,
        "targetInvoiceId": INVOICE,
        "paymentExternalKey": "mp/c/i",
        "currency": "KES",
        "transactions": [bought],
        **more,
    }


@pytest.mark.parametrize("is_chargeback", [False, True])
def test_money_that_is_still_kept_was_not_taken_back(is_chargeback: bool) -> None:  # noqa: FBT001 - both ways
    """Kill Bill says well, and the payment keeps it all the same: nobody knows whether it was done."""
    line = Line({"GET /invoicePayments": [said(payment())], "POST": [made(f"payments/{PAYMENT}")]})
    step = TakeBackPayment(MARKER, PAYMENT, Money(500, KES), is_chargeback=is_chargeback)
    with pytest.raises(PartnerUnavailable, match="still keeps"):
        KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step)


def invoice() -> dict[str, Any]:
    """One that brought five shillings of credit."""
    item = {"invoiceItemId": UUIDS[4], "itemType": "CBA_ADJ", "amount": 5, "currency": "KES", "startDate": "2026-01-01"}
    return {
        "invoiceId": INVOICE,
        "accountId": ACCOUNT,
        "invoiceNumber": "7",
        "status": "COMMITTED",
        "invoiceDate": "2026-01-01",
        "amount": 0,
        "balance": 0,
        "currency": "KES",
        "items": [item],
    }


@pytest.mark.parametrize(("credit", "is_sent"), [(5, True), (4.99, False)])
def test_an_invoice_whose_credit_is_used_is_not_voided(credit: float, is_sent: bool) -> None:  # noqa: FBT001 - expected
    """Kill Bill would void it and owe less than nothing; while the credit is there, it is voided."""
    account = {
        "accountId": ACCOUNT,
        "externalKey": str(KEY),
        "currency": "KES",
        "accountBalance": -credit,
        "accountCBA": credit,
    }
    line = Line({"GET /invoices": [said(invoice())], "GET /accounts": [said(account)], "PUT": [said({})]})
    step = VoidInvoice(MARKER, INVOICE)
    if is_sent:
        KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step)
    else:
        with pytest.raises(RuleViolation, match="is used: charge it back"):
            KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step)
    assert any(it.method == "PUT" for it in line.asked) == is_sent
