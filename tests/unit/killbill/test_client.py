"""What is repeated, what is not, when calls fail at once, and that nothing secret is ever shown."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import date

import httpx
import pytest
from attrs import evolve
from tests.fixtures.killbill_answers import (
    HTML_401,
    SECRETS,
    SERVER,
    UUIDS,
    Clocks,
    Line,
    client_over,
    html,
    refused,
    said,
)
from typing_extensions import override

from marketplace_adapters.killbill import Client, KillBillCare, KillBillReading, KillBillServer, KillBillWriting
from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, TakeBackPayment
from marketplace_core.errors import ConfigurationError, MarketplaceError, PartnerUnavailable

KEY = AccountKey(PortfolioId("p"), LeaseId("l"))
DAY = date(2026, 1, 1)
MARKER = "mk_" + "a" * 24
HOOK = "https://books.example.org/hook?token=canary-token-4715"
BROKEN = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("gone"),
    httpx.ReadError("reset"),
]


@pytest.mark.parametrize("problem", BROKEN, ids=lambda it: type(it).__name__)
def test_a_read_is_repeated(problem: Exception) -> None:
    """Twice without an answer, then one: it is given, after pauses that grow and differ."""
    line, clocks = Line({"GET": [problem, problem, refused(404, 3003)]}), Clocks()
    assert KillBillReading(client_over(line, clocks)).books_of(KEY) is None
    assert clocks.slept == [0.2, 0.4]


def test_a_read_is_given_up() -> None:
    """Three times without an answer is none."""
    line = Line({"GET": [httpx.ReadTimeout("slow")]})
    with pytest.raises(PartnerUnavailable, match="did not answer in time"):
        KillBillReading(client_over(line)).books_of(KEY)
    assert len(line.asked) == 3


@pytest.mark.parametrize("answer", [*BROKEN, html(503), html(502), html(504), refused(500, None), html(408)])
@pytest.mark.parametrize("step", [Charge(MARKER, Money(5, KES), DAY, "x"), GiveCredit(MARKER, Money(5, KES), DAY, "x")])
def test_what_has_no_key_is_sent_once(answer: httpx.Response | Exception, step: Charge | GiveCredit) -> None:
    """However it fails, a charge or credit is never sent again from inside: it may have been done."""
    line = Line({"POST": [answer]})
    with pytest.raises(PartnerUnavailable):
        KillBillWriting(client_over(line)).perform(KEY, UUIDS[1], step)
    assert len(line.asked) == 1


def test_a_refund_whose_reply_is_lost_is_not_sent_again() -> None:
    """It is looked at the next time, by its key and by what the payment keeps."""
    payment = {
        "paymentId": UUIDS[2],
        "accountId": UUIDS[1],
        "paymentExternalKey": "mp/c/i",
        "currency": "KES",
        "targetInvoiceId": UUIDS[3],
        "transactions": [
            {
                "transactionType": "PURCHASE",
                "status": "SUCCESS",
                "amount": 5,
                "currency": "KES",
                "effectiveDate": "2026-01-01T08:00:00.000Z",
            }
        ],
    }
    line = Line({"GET /invoicePayments": [said(payment)], "POST": [httpx.ReadTimeout("slow")]})
    step = TakeBackPayment(MARKER, UUIDS[2], Money(500, KES), is_chargeback=False)
    with pytest.raises(PartnerUnavailable):
        KillBillWriting(client_over(line)).perform(KEY, UUIDS[1], step)
    assert [it.method for it in line.asked].count("POST") == 1


def test_after_failures_in_a_row_calls_fail_at_once() -> None:
    """Five calls without an answer open the breaker; nothing is sent until one probes, and its answer closes it."""
    line, clocks = Line({"GET": [*(httpx.ConnectError("refused") for _ in range(6)), refused(404, 3003)]}), Clocks()
    reading = KillBillReading(client_over(line, clocks, evolve(SERVER, attempts=1)))
    for _ in range(5):
        with pytest.raises(PartnerUnavailable, match=f"at {SERVER.url} could not be reached.*see whether it runs"):
            reading.books_of(KEY)
    with pytest.raises(PartnerUnavailable, match="5 times in a row"):
        reading.books_of(KEY)
    assert len(line.asked) == 5
    clocks.now += 15
    with pytest.raises(PartnerUnavailable, match="could not be reached"):
        reading.books_of(KEY)
    with pytest.raises(PartnerUnavailable, match="6 times in a row"):
        reading.books_of(KEY)
    assert len(line.asked) == 6
    clocks.now += 15
    assert reading.books_of(KEY) is None
    assert reading.books_of(KEY) is None


@pytest.mark.parametrize(
    ("answers", "name", "fix"),
    [
        ({"GET": [httpx.ConnectError("refused")]}, "reachable", "killbill.url"),
        ({"GET": [refused(401, 0)]}, "reachable", "killbill.password"),
        (
            {"GET /1.0/healthcheck": [said({})], "GET /nodesInfo": [said([])], "GET": [html(401, HTML_401)]},
            "tenant",
            "marketplace killbill setup",
        ),
    ],
)
def test_what_is_not_well_says_what_to_do(
    answers: dict[str, list[httpx.Response | Exception]], name: str, fix: str
) -> None:
    """Not there, not signed in, no tenant: each names the setting or the command that mends it."""
    found = KillBillCare(client_over(Line(answers))).check()[-1]
    assert (found.name, found.is_well) == (name, False)
    assert fix in found.fix


def test_refusals_do_not_open_the_breaker() -> None:
    """Kill Bill that says no is well."""
    line = Line({"GET": [refused(404, 3003)]})
    reading = KillBillReading(client_over(line))
    assert [reading.books_of(KEY) for _ in range(10)] == [None] * 10


def test_an_answer_that_comes_too_slowly_is_cut_off() -> None:
    """A drop now and then would keep to each bound of a step: the whole call has one."""
    clocks = Clocks()

    class Drops(httpx.SyncByteStream):
        @override
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(1000):
                clocks.now += 1
                yield b" "

    transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Drops()))
    client = Client(evolve(SERVER, attempts=1), transport, clocks.time)
    with pytest.raises(PartnerUnavailable, match="too long or too slow"):
        client.get("/accounts")
    assert clocks.now == 21


def _everything(client: Client) -> list[Callable[[], object]]:
    reading, writing, care = KillBillReading(client), KillBillWriting(client), KillBillCare(client)
    return [
        lambda: reading.books_of(KEY),
        lambda: reading.account_key_of(UUIDS[1]),
        lambda: reading.account_page(0, 10),
        lambda: writing.perform(KEY, UUIDS[1], Charge(MARKER, Money(5, KES), DAY, "x")),
        lambda: care.set_up(HOOK),
        care.check,
    ]


@pytest.mark.parametrize(
    "answer",
    [
        html(401, HTML_401),
        httpx.Response(401),
        refused(500, None, f"it says {SECRETS[0]} and {SECRETS[1]} and {SECRETS[2]}"),
        refused(400, 9999, " ".join(SECRETS), "java.lang.IllegalArgumentException"),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, text="<html>"),
    ],
)
def test_nothing_secret_is_shown(answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a message or its causes, a log at its most talkative, a finding, or the objects' own words."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    for act in _everything(client_over(Line({"": [answer]}))):
        try:
            shown.append(repr(act()))
        except MarketplaceError as problem:
            shown.extend(traceback.format_exception(problem))
    client = client_over(Line({"": [answer]}))
    shown.extend((caplog.text, repr(client), repr(client.server), str(client.server), repr(KillBillCare(client))))
    assert [it for it in shown if "canary" in it] == []
    assert any("Kill Bill" in it for it in shown)


def test_the_secrets_go_where_they_belong() -> None:
    """The control: each is in the headers of a request, and none in its address."""
    line = Line({"GET": [refused(404, 3003)]})
    KillBillReading(client_over(line)).books_of(KEY)
    headers = line.asked[0].headers
    assert (headers["x-killbill-apikey"], headers["x-killbill-apisecret"]) == SECRETS[:2]
    assert headers["x-killbill-createdby"] == "marketplace-core"
    assert "canary" not in str(line.asked[0].url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "killbill.test"},
        {"url": "http://user:pw@killbill.test"},
        {"api_secret": ""},
        {"timeout_seconds": 0.0},
        {"currencies": ()},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    """Before the first call."""
    right: dict[str, object] = {
        "url": SERVER.url,
        "api_key": "k",
        "api_secret": "s",
        "user": "u",
        "password": "p",
    }
    with pytest.raises(ConfigurationError):
        KillBillServer(**(right | wrong))  # type: ignore[arg-type]
