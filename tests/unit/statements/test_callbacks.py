"""The C2B callback: a confirmation is a payment, a validation is not, anything else is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from marketplace_adapters.statements import read_c2b
from marketplace_core.domain.money import KES, Money
from marketplace_core.domain.payment import CollectionAccount, Payer, PaymentReport, ReportSource
from marketplace_core.errors import InvalidInput

BODY: dict[str, object] = {
    "TransactionType": "Pay Bill",
    "TransID": "TK60708BHZ",
    "TransTime": "20251106230212",
    "TransAmount": "1.00",
    "BusinessShortCode": "600995",
    "BillRefNumber": "UM001",
    "InvoiceNumber": "",
    "OrgAccountBalance": "41880264.80",
    "ThirdPartyTransID": "",
    "MSISDN": "2547 ***** 126",
    "FirstName": "JOHN",
    "MiddleName": "",
    "LastName": "DOE",
}


def _body(**changes: object) -> bytes:
    return json.dumps({**BODY, **changes}).encode()


def test_a_confirmation_is_a_payment(paybill: CollectionAccount) -> None:
    """A real body gives amount, Nairobi time, reference and payer; it tells of the same payment as the statement."""
    report = read_c2b(_body()).report(paybill)
    assert report == PaymentReport(
        paybill.collection_account_id,
        "TK60708BHZ",
        ReportSource.CALLBACK,
        Money(100, KES),
        datetime(2025, 11, 6, 20, 2, 12, tzinfo=UTC),
        date(2025, 11, 6),
        "UM001",
        Payer("JOHN DOE", "2547*****126"),
        "callback TK60708BHZ",
    )
    assert report.payment_id == evolve(report, source=ReportSource.STATEMENT).payment_id


@pytest.mark.parametrize(
    ("given_phone", "kept"),
    [
        ("254712345126", "254712345126"),
        (254712345126, "254712345126"),
        ("0712345126", "254712345126"),
        ("2547 ***** 126", "2547*****126"),
        (sha256(b"254712345126").hexdigest().upper(), sha256(b"254712345126").hexdigest()),
        ("", ""),
        ("nobody", ""),
    ],
)
def test_each_form_of_phone_is_kept(given_phone: object, kept: str) -> None:
    """A phone in clear, masked or hashed is kept in one form; what is none is not."""
    assert read_c2b(_body(MSISDN=given_phone)).payer.phone == kept


def test_a_validation_request_is_no_payment(paybill: CollectionAccount) -> None:
    """An empty balance marks the question before the payment, which gives no report."""
    body = read_c2b(_body(OrgAccountBalance=""))
    assert body.is_validation
    with pytest.raises(InvalidInput, match="nothing was paid"):
        body.report(paybill)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"TransID": "A", "TransID": "B"}', "'TransID' twice"),
        (b'{"TransAmount": NaN}', "NaN"),
        (b'{"TransAmount": 1e999999999999999999999}', "callback"),
        (b"[1]", "not a JSON object"),
        (b"[" * 60_000, "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"x" * 70_000, "at most"),
        (_body(TransAmount="1e9"), "digits"),
        (_body(TransAmount="Infinity"), "digits"),
        (_body(TransAmount=True), "TransAmount must be"),
        (_body(TransAmount=None), "TransAmount must be"),
        (_body(TransAmount="1.001"), "decimals"),
        (_body(TransTime="20250231000000"), "does not exist"),
        (_body(TransTime="2025-01-01"), "yyyymmdd"),
        (_body(TransID=["A"]), "TransID must be a text"),
        (_body(TransID=""), "not a transaction id"),
        (_body(TransID="A B"), "not a transaction id"),
        (_body(BillRefNumber=5), "BillRefNumber must be a text"),
        (_body(BillRefNumber="\ud800"), "no text"),
        (_body(BillRefNumber="x" * 500), "longer than"),
        (_body(OrgAccountBalance=None), "OrgAccountBalance must be"),
        (_body(BusinessShortCode=""), "BusinessShortCode is empty"),
    ],
)
def test_a_wrong_body_is_refused(body: bytes, words: str) -> None:
    """Duplicate keys, NaN, wrong types, other shapes and impossible values are refused with the key."""
    with pytest.raises(InvalidInput, match=words):
        read_c2b(body)


def test_another_short_code_is_refused(paybill: CollectionAccount) -> None:
    """A callback is a report only of the collection account that it names."""
    body = read_c2b({**BODY, "BusinessShortCode": "123456", "Extra": 1})
    assert body.further == ("Extra",)
    with pytest.raises(InvalidInput, match="123456"):
        body.report(paybill)


def test_numbers_of_json_are_exact(paybill: CollectionAccount) -> None:
    """An amount sent as a JSON number keeps its cents."""
    body = _body().replace(b'"1.00"', b"9007199254740.93")
    assert read_c2b(body).report(paybill).amount == Money(900_719_925_474_093, KES)


def test_the_payer_does_not_show_in_repr() -> None:
    """Names and phones stay out of what logs may print."""
    assert "DOE" not in repr(read_c2b(_body()))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(sorted(BODY)), _JSON, max_size=6), st.binary(max_size=40), st.booleans())
def test_any_body_is_a_report_or_refused(changes: dict[str, object], noise: bytes, raw: bool) -> None:  # noqa: FBT001
    """Nothing but a body or InvalidInput comes out, whatever goes in."""
    content = noise if raw else json.dumps({**BODY, **changes}).encode()
    try:
        found = read_c2b(content)
    except InvalidInput:
        return
    assert found.transaction_id
