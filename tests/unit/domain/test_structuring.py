"""Plain JSON → domain values: exactly the values that were written, and nothing that is not of its type."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import frozen

from marketplace_core.domain import facts
from marketplace_core.domain.charge import ChargeKind, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.codec import canonical, fact_from, from_plain, from_text, to_plain
from marketplace_core.domain.days import calendar_month
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import (
    ChargeId,
    InvoiceId,
    LeaseId,
    LineId,
    PersonId,
    PortfolioId,
    UnitId,
)
from marketplace_core.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm
from marketplace_core.domain.money import KES, Currency, Money
from marketplace_core.domain.structuring import Readers
from marketplace_core.errors import InvalidAmount, InvalidInput

MONTH = calendar_month(2026, 11)
INVOICE = Invoice(
    InvoiceId("inv-1"),
    PortfolioId("p1"),
    LeaseId("lease-1"),
    InvoiceKind.RECURRING,
    MONTH,
    date(2026, 11, 1),
    date(2026, 11, 5),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    (InvoiceLine(LineId("inv-1.0"), ChargeKind.RENT, Money(1_500_000, KES), MONTH, ChargeId("rent")),),
    number="INV-000001",
)
ODD = OneOffCharge(ChargeId("odd"), ChargeKind.REPAIR, Money(700, Currency("XTS", 4)), date(2026, 1, 9))
RENT = RecurringCharge(ChargeId("rent"), ChargeKind.RENT, (Rate(date(2026, 1, 1), Money(900, Currency("XTS", 4))),))


def _lease(*one_offs: OneOffCharge) -> Lease:
    return Lease(
        LeaseId("lease-1"),
        PortfolioId("p1"),
        UnitId("unit-1"),
        (PersonId("person-1"), PersonId("person-2")),
        (LeaseTerm(date(2026, 1, 1), date(2027, 1, 1)), LeaseTerm(date(2027, 1, 1))),
        Currency("XTS", 4),
        (RENT,),
        LeaseStatus.ACTIVE,
        one_off_charges=one_offs,
    )


@pytest.mark.parametrize("value", [INVOICE, _lease(), Money(-1, Currency("JPY", 0)), MONTH], ids=lambda it: str(it)[:8])
def test_a_value_comes_back_from_its_canonical_text(value: object) -> None:
    """As text, as bytes and as plain JSON."""
    text = canonical(to_plain(value))
    assert from_text(text, type(value)) == value
    assert from_text(text.encode(), type(value)) == value
    assert from_plain(to_plain(value), type(value)) == value


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in to_plain(INVOICE).items() if name != key}


def _with_line(**changes: object) -> dict[str, Any]:
    plain = to_plain(INVOICE)
    return {**plain, "lines": [{**plain["lines"][0], **changes}]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (_without("due_date"), "due_date"),
        ({**to_plain(INVOICE), "colour": "red"}, "an? Invoice has no colour"),
        ({**_without("number"), "colour": "red"}, "an? Invoice has no colour"),
        ({**to_plain(INVOICE), "lease_id": 7}, "of type int where str"),
        ({**to_plain(INVOICE), "subject": None}, "of type NoneType where str"),
        ({**to_plain(INVOICE), "kind": "gift"}, "gift"),
        ({**to_plain(INVOICE), "lines": "abc"}, "of type str where list"),
        ({**to_plain(INVOICE), "lines": []}, "needs a line"),
        ({**to_plain(INVOICE), "issue_date": "2026-13-01"}, "month must be in"),
        (
            {**to_plain(INVOICE), "period": {"start": "2026-11-01", "end": "2026-12-01", "zone": "x"}},
            "an object of start and end",
        ),
        ({**to_plain(INVOICE), "period": {"start": "2026-11-01", "finish": "2026-12-01"}}, "end"),
        ({**to_plain(INVOICE), "period": {"start": "2026-11-01", "end": "2026-11-01"}}, "must be after the start"),
        ({**to_plain(INVOICE), "period": ["2026-11-01", "2026-12-01"]}, "this is no Invoice"),
        ({**to_plain(INVOICE), "due_date": "2026-10-31"}, "before its issue"),
        (_with_line(amount=[0, "KES"]), "total must be above zero"),
        (_with_line(amount=[True, "KES"]), "whole number"),
        (_with_line(amount=[1_500_000.0, "KES"]), "whole number"),
        (_with_line(amount=[2**63, "KES"]), "64 bits"),
        (_with_line(amount=[1, "kes"]), "three capital letters"),
        (_with_line(amount=[1, "KES", 2]), "too many values"),
        (_with_line(amount=1), "this is no InvoiceLine"),
        (_with_line(tax=0), "an? InvoiceLine has no tax"),
        (["inv-1"], "object with keys"),
        ("", "object with keys"),
        (None, "object with keys"),
    ],
)
def test_what_is_no_invoice_is_refused_with_the_reason(body: object, says: str) -> None:
    """Missing, unknown and mistyped fields are all invalid input, and so is what the constructor refuses."""
    with pytest.raises(InvalidInput, match=says):
        from_plain(body, Invoice)


@pytest.mark.parametrize("minor", [1.0, True, "1"])
def test_an_amount_that_equals_a_kept_one_is_still_no_whole_number(minor: object) -> None:
    """1.0 and true equal 1 in Python, and are no amounts."""
    assert from_plain([1, "KES"], Money) == Money(1, KES)
    with pytest.raises(InvalidAmount):
        from_plain([minor, "KES"], Money)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e2", "1500000.0", "true", "null"])
def test_an_amount_that_json_or_python_would_take_for_a_number_is_refused(number: str) -> None:
    """What is no whole number is refused within an invoice's text too, after the same number was read and kept."""
    text = canonical(to_plain(INVOICE))
    assert from_text(text, Invoice) == INVOICE
    with pytest.raises(InvalidAmount, match="whole number"):
        from_text(text.replace("[1500000,", f"[{number},"), Invoice)


@pytest.mark.parametrize("text", ['{"end":"2026-12-01","start":"2026-11-01"} 1', "{", "[1,2"])
def test_a_text_that_is_not_one_json_value_is_refused(text: str) -> None:
    """Half a value and a value and a half are invalid input."""
    with pytest.raises(InvalidInput):
        from_text(text, type(MONTH))


def test_every_kind_of_fact_can_be_read() -> None:
    """Each fact's fields are of types that a log can be read into: what misses is a field, never a way to read it."""
    kinds = [it for it in vars(facts).values() if isinstance(it, type) and issubclass(it, Fact) and it is not Fact]
    assert len(kinds) > 20
    for kind in kinds:
        with pytest.raises(InvalidInput, match="is missing"):
            fact_from(kind, {})


def test_a_rare_field_is_read_where_it_stands() -> None:
    """One-off charges, which few leases have, come back."""
    assert from_text(json.dumps(to_plain(_lease(ODD))), Lease) == _lease(ODD)


@frozen(kw_only=True)
class _Named:
    first: int
    flags: tuple[bool, ...] = (True,)


@frozen
class _Unreadable:
    fraction: float


def test_fields_given_by_name_only_are_read() -> None:
    """A class that takes its fields by name is called by name, and its defaults hold."""
    readers = Readers({})
    assert readers.of(_Named)({"first": 1}) == _Named(first=1)
    assert readers.of(_Named)({"first": 1, "flags": [False]}) == _Named(first=1, flags=(False,))


@frozen
class _Optional:
    first: int = 0


@pytest.mark.parametrize("body", ["", [], (), "first"])
def test_an_object_of_which_every_field_may_miss_is_an_object(body: object) -> None:
    """Nothing but an object has no keys."""
    readers = Readers({})
    assert readers.of(_Optional)({}) == _Optional()
    with pytest.raises(InvalidInput, match="object with keys"):
        readers.of(_Optional)(body)


def test_a_type_without_exact_values_has_no_reader() -> None:
    """A field that is a float is found when its reader is made, not when a value is lost."""
    with pytest.raises(TypeError, match="float"):
        Readers({}).of(_Unreadable)
