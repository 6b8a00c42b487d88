"""What is asked of Kill Bill is what was measured to be needed: tags, times and switches of its calls."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from tests.fixtures.killbill_answers import UUIDS, Line, client_over, made, refused, said

from marketplace_adapters.killbill import KillBillReading, KillBillWriting
from marketplace_adapters.killbill.accounts import AUTO_INVOICING_OFF, AUTO_INVOICING_REUSE_DRAFT, AUTO_PAY_OFF
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import Charge, EndSubscription, OpenAccount, RecordPayment, Subscribe
from marketplace_core.errors import RuleViolation

KEY = AccountKey(PortfolioId("p"), LeaseId("l"))
ACCOUNT, SUBSCRIPTION = UUIDS[1], UUIDS[2]
OPEN = OpenAccount("mk_o", KEY, "A1", KES, "Africa/Nairobi", 31)
END = EndSubscription("mk_e", SUBSCRIPTION, date(2026, 3, 1))


def account(**more: object) -> dict[str, Any]:
    """The account as Kill Bill tells it."""
    told = {"accountId": ACCOUNT, "externalKey": str(KEY), "currency": "KES", "timeZone": "Africa/Nairobi"}
    return {**told, "billCycleDayLocal": 31, "accountBalance": 0, "accountCBA": 0, **more}


def subscription(end: str | None) -> dict[str, Any]:
    """A subscription, with its end."""
    told: dict[str, Any] = {"subscriptionId": SUBSCRIPTION, "accountId": ACCOUNT, "externalKey": "p/l/rent"}
    told |= {"billingStartDate": "2026-01-01", "billingEndDate": end, "billCycleDayLocal": 1}
    return {**told, "prices": [], "events": []}


def test_an_account_is_opened_paused_and_charges_nobody_by_itself() -> None:
    """Tags: no payments of its own, drafts ride, nothing is billed yet; runs begin as Nairobi's day does."""
    line = Line({"POST /accounts/": [said([])], "POST /accounts": [made(f"accounts/{ACCOUNT}")], "GET": [said([])]})
    assert KillBillWriting(client_over(line)).perform(KEY, "", OPEN) == ACCOUNT
    bodies = [json.loads(it.content) for it in line.asked if it.method == "POST"]
    assert bodies[0]["referenceTime"] == "2023-12-31T21:00:01.000Z"
    assert bodies[0]["billCycleDayLocal"] == 31
    assert {tag for body in bodies[1:] for tag in body} == {
        AUTO_PAY_OFF,
        AUTO_INVOICING_REUSE_DRAFT,
        AUTO_INVOICING_OFF,
    }


@pytest.mark.parametrize("other", [{"currency": "USD"}, {"timeZone": "UTC"}, {"billCycleDayLocal": 30}])
def test_an_account_of_other_terms_is_not_taken_for_ours(other: dict[str, object]) -> None:
    """One of that key stands there, and would bill by another currency, zone or day."""
    line = Line({"POST": [refused(409, 3000)], "GET": [said(account(**other))]})
    with pytest.raises(RuleViolation, match="a person must look"):
        KillBillWriting(client_over(line)).perform(KEY, "", OPEN)


@pytest.mark.parametrize(
    "other",
    [{"accountId": UUIDS[9]}, {"billingStartDate": "2026-01-02"}, {"billingEndDate": "2026-02-01"}, {"prices": 2}],
)
def test_a_subscription_of_other_terms_is_not_taken_for_ours(other: dict[str, Any]) -> None:
    """One of that key stands there: another account's, from another day on, ended, or at another price."""
    event = {"eventType": "START_BILLING", "effectiveDate": "2026-01-01", "plan": "x"}
    price = {"planName": "x", "recurringPrice": 150 - other.pop("prices", 0)}
    told = {**subscription(None), "prices": [price], "events": [event], **other}
    line = Line({"POST /accounts": [said([])], "POST": [refused(409, 1015)], "GET": [said(told)]})
    step = Subscribe("mk_s", "p/l/rent", date(2026, 1, 1), Money(15_000, KES), 1)
    with pytest.raises(RuleViolation):
        KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step)


@pytest.mark.parametrize("other", [{"accountId": UUIDS[9]}, {"currency": "USD"}])
def test_an_invoice_of_another_account_is_not_paid(other: dict[str, str]) -> None:
    """Kill Bill would take the payment: credit must not cross leases."""
    line = Line({"GET": [said({"accountId": ACCOUNT, "currency": "KES", **other})]})
    step = RecordPayment("mk_p", "mp/c/i", UUIDS[3], Money(500, KES), date(2026, 1, 1))
    with pytest.raises(RuleViolation, match="another account's"):
        KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step)
    assert {it.method for it in line.asked} == {"GET"}


@pytest.mark.parametrize(("rides", "is_committed"), [(False, "true"), (True, "false")])
def test_only_what_rides_is_left_a_draft(rides: bool, is_committed: str) -> None:  # noqa: FBT001 - both ways
    """Our own invoice counts at once; a charge that rides waits for the next recurring one."""
    marker = "mk_" + "a" * 24
    row = {"invoiceItemId": UUIDS[5], "amount": 5, "currency": "KES", "description": f"Water [{marker}]"}
    line = Line({"GET": [said([])], "POST /accounts": [said([])], "POST /invoices/charges": [said([row])]})
    step = Charge(marker, Money(500, KES), date(2026, 1, 1), "Water", rides=rides)
    KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step)
    (sent,) = (it for it in line.asked if "charges" in it.url.path)
    assert sent.url.params["autoCommit"] == is_committed


def test_an_end_holds_for_billing_too() -> None:
    """Without the switch Kill Bill would bill on to the end of the period."""
    line = Line({"GET": [said(subscription(None)), said(subscription("2026-03-01"))], "DELETE": [said({})]})
    KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, END)
    (sent,) = (it for it in line.asked if it.method == "DELETE")
    asked = (sent.url.params["requestedDate"], sent.url.params["useRequestedDateForBilling"])
    assert asked == ("2026-03-01", "true")


def test_an_end_that_stands_is_not_moved() -> None:
    """Kill Bill would say well and leave it where it is."""
    line = Line({"GET": [said(subscription("2026-02-01"))]})
    with pytest.raises(RuleViolation, match="ends on 2026-02-01"):
        KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, END)
    assert {it.method for it in line.asked} == {"GET"}


def test_void_invoices_are_read_too() -> None:
    """What is void there must be void here: Kill Bill leaves such invoices out unless it is asked for them."""
    line = Line({"GET /accounts/": [said([])], "GET /accounts": [said(account())]})
    KillBillReading(client_over(line)).books_of(KEY)
    (asked,) = (it for it in line.asked if it.url.path.endswith("/invoices"))
    assert asked.url.params["includeVoidedInvoices"] == "true"


def test_a_preview_asks_for_each_day_on_which_something_falls_due() -> None:
    """Billing days, a price in their middle, the end: a dry run shows only what the last run up to its day bills."""
    told = subscription("2026-03-20") | {
        "prices": [{"planName": "x", "recurringPrice": 150}, {"planName": "y", "recurringPrice": 160}],
        "events": [
            {"eventType": "START_BILLING", "effectiveDate": "2026-01-01", "plan": "x"},
            {"eventType": "CHANGE", "effectiveDate": "2026-02-10", "plan": "y"},
        ],
    }
    line = Line(
        {
            f"GET /accounts/{ACCOUNT}/bundles": [said([{"subscriptions": [told]}])],
            f"GET /accounts/{ACCOUNT}/invoices": [said([])],
            "GET /accounts": [said(account())],
            "POST /invoices/dryRun": [said({"items": []})],
        }
    )
    KillBillReading(client_over(line)).preview(ACCOUNT, date(2026, 3, 31))
    days = [it.url.params["targetDate"] for it in line.asked if it.method == "POST"]
    assert days == ["2026-01-01", "2026-02-01", "2026-02-10", "2026-03-01", "2026-03-20"]
