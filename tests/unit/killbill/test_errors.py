"""Each answer of Kill Bill's that says no means one thing to us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fixtures.killbill_answers import HTML_401, html, refused

from marketplace_adapters.killbill.answers import Answer
from marketplace_adapters.killbill.errors import TABLE, is_known, rule_of, translated
from marketplace_core.errors import ConfigurationError, MarketplaceError, NotFound, PartnerUnavailable, RuleViolation

SAMPLES = Path(__file__).parents[4] / "shared" / "facts" / "killbill" / "samples.json"
OVERFLOW = "org.postgresql.util.PSQLException: ERROR: numeric field overflow"
JSON = {"content-type": "application/json"}
JACKSON = "com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException"


def _answer(said: httpx.Response) -> Answer:
    return Answer("POST /x", said.status_code, said.text, is_json="json" in said.headers.get("content-type", ""))


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (html(401, HTML_401), ConfigurationError, "does not know our tenant"),
        (httpx.Response(401), ConfigurationError, "refuses our sign-in"),
        (httpx.Response(403), ConfigurationError, "permission"),
        (refused(409, 3000), RuleViolation, "account of that key already"),
        (refused(404, 3003), NotFound, "no such account"),
        (refused(400, 4018), NotFound, "no such invoice"),
        (refused(404, 7020), NotFound, "no such payment"),
        (refused(404, None, "Object id=1 type=INVOICE doesn't exist!"), NotFound, "no such thing"),
        (refused(500, None, "Object id=1 type=ACCOUNT doesn't belong to tenant id=2"), NotFound, "another tenant"),
        (html(404), ConfigurationError, r"killbill\.url"),
        (html(408), PartnerUnavailable, "unclear whether it was done"),
        (refused(400, 1015), RuleViolation, "subscription of that key already"),
        (refused(400, 1085), RuleViolation, "subscription of that key already"),
        (refused(400, 1022), RuleViolation, "reopen it first"),
        (refused(500, 1021), RuleViolation, "cannot change"),
        (refused(400, 2021), ConfigurationError, "lacks our plan"),
        (refused(500, None, "No existing versions in the VersionedCatalog catalog"), ConfigurationError, "no catalog"),
        (refused(400, 4023, "status VOID is invalid. Current status is VOID"), RuleViolation, "void already"),
        (refused(400, 4023, "Current status is DRAFT"), RuleViolation, "in its status"),
        (refused(400, 4028), RuleViolation, "take them back first"),
        (refused(400, 7032), RuleViolation, "payment of that key already"),
        (refused(400, 7034), RuleViolation, "another account"),
        (refused(400, 7199), RuleViolation, "no more than an invoice is open for"),
        (refused(500, None, OVERFLOW), RuleViolation, "cannot hold the amount"),
        (refused(500, 7019, f"Internal payment error : {OVERFLOW}"), RuleViolation, "cannot hold the amount"),
        (refused(500, None, "duplicate key value violates"), RuleViolation, "of that key already"),
        (refused(400, None, "Unrecognized field", JACKSON), RuleViolation, "does not understand"),
        (refused(400, None, "USD", "java.lang.IllegalArgumentException"), RuleViolation, "does not understand"),
        (refused(400, 9999), PartnerUnavailable, "unclear whether it was done"),
        (refused(500, None, "anything"), PartnerUnavailable, "unclear whether it was done"),
        (refused(500, 7019, "Internal payment error"), PartnerUnavailable, "unclear whether it was done"),
        (html(503), PartnerUnavailable, "not ready"),
        (html(500), PartnerUnavailable, "unclear whether it was done"),
        (httpx.Response(302), PartnerUnavailable, "unclear whether it was done"),
        (
            httpx.Response(400, headers={"content-type": "application/json"}, text='{"code": 7'),
            PartnerUnavailable,
            "unclear",
        ),
    ],
)
def test_each_refusal_means_one_error(said: httpx.Response, kind: type[MarketplaceError], words: str) -> None:
    """And says where it came from; what the table does not know leaves open what was done."""
    error = translated(_answer(said))
    assert type(error) is kind
    with pytest.raises(kind, match=words):
        raise error
    assert "POST /x" in str(error)


def test_no_page_is_told() -> None:
    """Tomcat's pages hold keys and versions: their words stay out of messages."""
    assert "Submitted" not in str(translated(_answer(html(401, HTML_401))))


def test_every_rule_can_be_reached() -> None:
    """The control of the table's order: for each rule there is an answer that it is the first to fit."""
    for rule in TABLE:
        status = rule.status or 400
        said = html(status) if rule.of_html else refused(status, rule.code, rule.words)
        if rule.words.startswith(("java", "com.")):
            said = refused(status, rule.code, "no", rule.words)
        assert rule_of(_answer(said)) is rule, rule


def test_what_is_known_is_a_repeat() -> None:
    """Only refusals of something that stands there already, or is in that state already."""
    codes = {rule.code for rule in TABLE if rule.is_known and rule.code}
    assert codes == {3000, 1014, 1015, 1085, 1031, 1070, 1071, 8004, 3950, 4023, 7030, 7032}
    assert not is_known(_answer(httpx.Response(200)))
    assert not is_known(_answer(refused(400, 4023, "Current status is DRAFT")))


@pytest.mark.shared
def test_every_refusal_that_was_measured_is_known() -> None:
    """Of the recorded refusals none leaves open what was done, but those that nobody of ours can bring about."""
    if not SAMPLES.exists():
        pytest.skip("the recorded answers are not beside the repository")
    samples: dict[str, Any] = json.loads(SAMPLES.read_text("utf-8"))
    unknown = {
        name.partition("#")[0]
        for name, it in samples.items()
        if it["response"]["status"] >= 400 and rule_of(_recorded(it)).kind is PartnerUnavailable
    }
    assert unknown <= NOT_OURS, unknown - NOT_OURS


NOT_OURS = {"direct_payment_default_pm"}
"""A payment of no invoice."""


def _recorded(sample: dict[str, Any]) -> Answer:
    reply = sample["response"]
    body = reply["body"]
    is_json = "json" in reply["headers"].get("content-type", "")
    return Answer("GET /x", reply["status"], body if isinstance(body, str) else json.dumps(body), is_json=is_json)
