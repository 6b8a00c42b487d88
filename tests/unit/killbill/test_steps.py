"""How steps go where Kill Bill answers oddly: each ends in what is sure, or says that nobody knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest
from tests.fixtures.killbill_answers import UUIDS, Line, client_over, html, made, refused, said

from marketplace_adapters.killbill import KillBillReading, KillBillWriting
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import (
    ChangePrice,
    Charge,
    DropPrice,
    EndSubscription,
    OpenAccount,
    RecordPayment,
    ReopenSubscription,
    Step,
)
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerUnavailable, RuleViolation

KEY = AccountKey(PortfolioId("p"), LeaseId("l"))
DAY = date(2026, 1, 1)
MARKER = "mk_" + "a" * 24
ACCOUNT, INVOICE, PAYMENT, SUBSCRIPTION = UUIDS[1], UUIDS[2], UUIDS[3], UUIDS[4]
PAY = RecordPayment(MARKER, "mp/c/i", INVOICE, Money(40_000, KES), DAY)
OPEN = OpenAccount(MARKER, KEY, "Lease l", KES, "Africa/Nairobi", 5)
CHARGE = Charge(MARKER, Money(1_000, KES), DAY, "Water")
RIDES = Charge(MARKER, Money(1_000, KES), DAY, "Water", rides=True)
THEIR_INVOICE = {"invoiceId": INVOICE, "accountId": ACCOUNT, "currency": "KES", "status": "COMMITTED"}
THEIR_ACCOUNT = {
    "accountId": ACCOUNT,
    "externalKey": "p/l",
    "currency": "KES",
    "timeZone": "Africa/Nairobi",
    "billCycleDayLocal": 5,
    "accountBalance": 0,
    "accountCBA": 0,
}
THEIR_SUBSCRIPTION: dict[str, Any] = {
    "subscriptionId": SUBSCRIPTION,
    "externalKey": "p/l/c",
    "billingStartDate": "2026-01-01",
    "billCycleDayLocal": 1,
    "prices": [{"planName": "a", "recurringPrice": 100}],
    "events": [{"eventType": "START_BILLING", "effectiveDate": "2026-01-01", "plan": "a"}],
}
ITEM = {"invoiceItemId": UUIDS[5], "description": f"Water [{MARKER}]", "amount": 10.0, "currency": "KES"}


def _payment(**other: object) -> httpx.Response:
    bought = {
        "transactionType": "PURCHASE",
        "status": "SUCCESS",
        "amount": 400,
        "currency": "KES",
        "effectiveDate": "2026-01-01T08:00:00.000Z",
    }
    body = {
        "paymentId": PAYMENT,
        "accountId": ACCOUNT,
        "paymentExternalKey": "mp/c/i",
        "currency": "KES",
        "targetInvoiceId": INVOICE,
        "transactions": [bought],
    }
    return said(body | other)


def _do(step: Step, routes: dict[str, list[httpx.Response | Exception]]) -> tuple[str | MarketplaceError, list[str]]:
    """What came of it, and what was asked."""
    line = Line(routes)
    try:
        return KillBillWriting(client_over(line)).perform(KEY, ACCOUNT, step), line.calls()
    except MarketplaceError as problem:
        return problem, line.calls()


def test_a_payment_that_made_nothing_is_not_done() -> None:
    """204 is what Kill Bill says for a paid, void or waiting invoice."""
    found, _ = _do(PAY, {"GET /invoices": [said(THEIR_INVOICE)], "POST": [httpx.Response(204)]})
    assert isinstance(found, RuleViolation)


def test_a_payment_is_sent_once_more_after_it_was_looked_for() -> None:
    """Its reply lost and nothing found, it is sent again under its key; Kill Bill lets one of them happen."""
    routes: dict[str, list[httpx.Response | Exception]] = {
        "GET /invoices": [said(THEIR_INVOICE)],
        "POST": [httpx.ReadTimeout("lost"), refused(400, 7032)],
        "GET /payments": [refused(404, 7020), said({"paymentId": PAYMENT})],
        "GET /invoicePayments": [_payment()],
    }
    found, asked = _do(PAY, routes)
    assert found == PAYMENT
    assert [it.partition(" ")[0] for it in asked] == ["GET", "POST", "GET", "POST", "GET", "GET"]


@pytest.mark.parametrize(
    "other", [{"targetInvoiceId": UUIDS[9]}, {"accountId": UUIDS[9]}, {"transactions": [], "currency": "KES"}]
)
def test_a_payment_of_that_key_must_be_the_same(other: dict[str, object]) -> None:
    """Of that invoice, that account and that amount: else a person must look."""
    routes: dict[str, list[httpx.Response | Exception]] = {
        "GET /invoices": [said(THEIR_INVOICE)],
        "POST": [refused(400, 7032)],
        "GET /payments": [said({"paymentId": PAYMENT})],
        "GET /invoicePayments": [_payment(**other)],
    }
    found, _ = _do(PAY, routes)
    assert isinstance(found, RuleViolation | PartnerUnavailable)


@pytest.mark.parametrize(
    "answer", [httpx.ReadTimeout("lost"), refused(409, 3000), refused(500, None, "duplicate key value")]
)
def test_an_account_that_is_there_is_taken(answer: httpx.Response | Exception) -> None:
    """After a lost reply, a known key, or the race of two; its tags are put on in any case."""
    routes: dict[str, list[httpx.Response | Exception]] = {
        f"GET /accounts/{ACCOUNT}/bundles": [said([])],
        "GET /accounts": [said(THEIR_ACCOUNT)],
        f"POST /accounts/{ACCOUNT}/tags": [made("x")],
        "POST /accounts": [answer],
    }
    found, asked = _do(OPEN, routes)
    assert (found, asked[-1]) == (ACCOUNT, f"POST /accounts/{ACCOUNT}/tags")


def test_what_was_made_must_be_said() -> None:
    """201 without an address leaves it open: it is looked for by its key."""
    routes: dict[str, list[httpx.Response | Exception]] = {
        "GET /accounts": [refused(404, 3003)],
        "POST /accounts": [httpx.Response(201)],
    }
    found, asked = _do(OPEN, routes)
    assert isinstance(found, PartnerUnavailable)
    assert asked.count("POST /accounts") == 2


@pytest.mark.parametrize(
    "body",
    [
        [],
        [ITEM | {"amount": 10.01}],
        [ITEM | {"currency": "USD"}],
        [ITEM | {"description": "Water"}],
        {"code": 1},
        [5],
    ],
)
def test_a_charge_is_done_only_where_it_is_shown(body: object) -> None:
    """With its marker, amount and currency."""
    found, asked = _do(CHARGE, {"POST": [said(body)]})
    assert isinstance(found, PartnerUnavailable)
    assert len(asked) == 1
    assert _do(CHARGE, {"POST": [said([ITEM])]})[0] == UUIDS[5]


def test_a_charge_rides_on_the_draft_that_waits() -> None:
    """Else on a new one; where the draft became an invoice meanwhile, nothing was added and a new one is begun."""
    draft = THEIR_INVOICE | {"status": "DRAFT"}
    cases: list[tuple[list[object], list[httpx.Response | Exception], int]] = [
        ([draft, THEIR_INVOICE], [said([ITEM])], 1),
        ([THEIR_INVOICE], [said([ITEM])], 1),
        ([draft], [refused(400, 4024), said([ITEM])], 2),
    ]
    for invoices, answers, times in cases:
        routes: dict[str, list[httpx.Response | Exception]] = {
            "GET": [said(invoices)],
            "POST /accounts": [made("x")],
            "POST /invoices": answers,
        }
        found, asked = _do(RIDES, routes)
        assert (found, asked.count(f"POST /invoices/charges/{ACCOUNT}")) == (UUIDS[5], times)


def test_a_charge_for_a_draft_is_not_sent_twice_where_it_is_unclear() -> None:
    """Only the refusal that says that the draft is none any more lets another be begun."""
    for answer in (refused(400, 9999), html(500), httpx.ReadTimeout("lost"), refused(400, None, "x", "java.lang.Foo")):
        routes: dict[str, list[httpx.Response | Exception]] = {
            "GET": [said([THEIR_INVOICE | {"status": "DRAFT"}])],
            "POST /accounts": [made("x")],
            "POST /invoices": [answer],
        }
        found, asked = _do(RIDES, routes)
        assert isinstance(found, PartnerUnavailable)
        assert len([it for it in asked if it.startswith("POST /invoices")]) == 1


@pytest.mark.parametrize(
    ("step", "answer"),
    [(DropPrice("m", SUBSCRIPTION), refused(400, 1071)), (ReopenSubscription("m", SUBSCRIPTION), refused(400, 8004))],
)
def test_what_is_done_already_is_no_error(step: Step, answer: httpx.Response) -> None:
    """No price to come, no end to come."""
    assert _do(step, {"PUT": [answer], "GET": [said(THEIR_SUBSCRIPTION)]})[0] == ""


def test_an_end_that_has_come_cannot_be_forgotten() -> None:
    """Kill Bill says so in the same words as for no end at all."""
    ended = THEIR_SUBSCRIPTION | {"billingEndDate": "2026-01-10"}
    found, _ = _do(ReopenSubscription("m", SUBSCRIPTION), {"PUT": [refused(400, 1070)], "GET": [said(ended)]})
    assert isinstance(found, RuleViolation)


@pytest.mark.parametrize(
    "step",
    [
        ChangePrice("m", SUBSCRIPTION, date(2026, 2, 1), Money(12_000, KES)),
        EndSubscription("m", SUBSCRIPTION, date(2026, 2, 1)),
    ],
)
def test_what_is_not_seen_afterwards_is_not_sure(step: Step) -> None:
    """Kill Bill says well and nothing changed: it is not said to be done."""
    routes: dict[str, list[httpx.Response | Exception]] = {
        "GET": [said(THEIR_SUBSCRIPTION)],
        "PUT": [httpx.Response(204)],
        "DELETE": [httpx.Response(204)],
    }
    assert isinstance(_do(step, routes)[0], PartnerUnavailable)


def test_a_currency_without_prices_is_not_sent() -> None:
    """Kill Bill would take the account, and never bill it."""
    dollars = OpenAccount(MARKER, KEY, "Lease l", Money.parse("1", "USD").currency, "Africa/Nairobi", 5)
    found, asked = _do(dollars, {})
    assert isinstance(found, ConfigurationError)
    assert asked == []


@pytest.mark.parametrize(("header", "expected"), [("40", 40), ("", None)])
def test_pages_go_on_where_the_header_says(header: str, expected: int | None) -> None:
    """And end where it says nothing."""
    headers = {"X-Killbill-Pagination-NextOffset": header} if header else {}
    line = Line({"GET": [said([THEIR_ACCOUNT], headers)]})
    page = KillBillReading(client_over(line)).account_page(20, 20)
    assert (page.next_offset, [it.key for it in page.rows]) == (expected, ["p/l"])
    assert dict(line.asked[0].url.params) == {"offset": "20", "limit": "20", "accountWithBalanceAndCBA": "true"}


def test_books_that_moved_while_they_were_read_are_read_again() -> None:
    """Their invoices must sum up to the balance; after three readings they are given as they are."""
    line = Line({f"GET /accounts/{ACCOUNT}": [said([])], "GET /accounts": []})
    moved = THEIR_ACCOUNT | {"accountBalance": 5}
    line.routes["GET /accounts"] = [said(moved), said(THEIR_ACCOUNT)]
    books = KillBillReading(client_over(line)).books_of(KEY)
    assert books is not None
    assert (books.account.balance, line.calls().count("GET /accounts")) == (Money(0, KES), 2)
    line.routes["GET /accounts"] = [said(moved)]
    books = KillBillReading(client_over(line)).books_of(KEY)
    assert books is not None
    assert (books.account.balance, line.calls().count("GET /accounts")) == (Money(500, KES), 5)
