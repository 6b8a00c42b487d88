"""Rows of our own tables and bytes of our own log → domain objects, faster than the general codec.

The domain's constructors still check every value. Whole fields of a kind (days, spans, amounts) repeat all over
a book, so each is made once and shared: they are frozen values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from cattrs import Converter

from marketplace_core.domain.charge import ChargeKind, Rate, RecurringCharge
from marketplace_core.domain.codec import from_plain
from marketplace_core.domain.days import DateSpan, require_instant
from marketplace_core.domain.identifiers import ChargeId
from marketplace_core.domain.lease import Lease, LeaseStatus, LeaseTerm, Proration
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import InvalidInput

T = TypeVar("T")

_KEPT_AT_MOST: Final = 65_536
_SPAN_KEYS: Final = {"start", "end"}

day_of = lru_cache(_KEPT_AT_MOST)(date.fromisoformat)
"""The day of an ISO text."""


@lru_cache(256)
def currency_of(text: str) -> Currency:
    """The currency of its code in our tables."""
    return from_plain(text, Currency)


@lru_cache(_KEPT_AT_MOST)
def money_of(amount_minor: int, code: str) -> Money:
    """An amount; equal ones are one object."""
    return Money(amount_minor, currency_of(code))


@lru_cache(_KEPT_AT_MOST)
def span_of(start: str, end: str) -> DateSpan:
    """A span of days; equal ones are one object."""
    return DateSpan(day_of(start), day_of(end))


@lru_cache(_KEPT_AT_MOST)
def _instant_of(text: str) -> datetime:
    return require_instant(datetime.fromisoformat(text))


@lru_cache(_KEPT_AT_MOST)
def _rate_of(effective_from: str, amount_minor: int, code: str) -> Rate:
    return Rate(day_of(effective_from), money_of(amount_minor, code))


@lru_cache(_KEPT_AT_MOST)
def _term_of(start: str, end: str | None) -> LeaseTerm:
    return LeaseTerm(day_of(start), None if end is None else day_of(end))


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, omit_if_default=True, prefer_attrib_converters=False)
    converter.register_structure_hook(date, lambda text, _: day_of(text))
    converter.register_structure_hook(datetime, lambda text, _: _instant_of(text))
    converter.register_structure_hook(Currency, lambda text, _: currency_of(text))
    converter.register_structure_hook(Money, _money_hook)
    converter.register_structure_hook(DateSpan, _span_hook)
    return converter


def _money_hook(pair: Any, _: type[Money]) -> Money:  # noqa: ANN401 - plain JSON before it is known
    amount_minor, code = pair
    if type(amount_minor) is not int:
        # 1.0 and true equal 1 and would find its kept amount: let the constructor refuse them.
        return Money(amount_minor, currency_of(code))
    return money_of(amount_minor, code)


def _span_hook(body: Any, _: type[DateSpan]) -> DateSpan:  # noqa: ANN401 - plain JSON before it is known
    if body.keys() != _SPAN_KEYS:
        raise InvalidInput(f"a span has a start and an end, not {sorted(body)}")
    return span_of(body["start"], body["end"])


_converter: Final = _make_converter()


def structured(text: bytes | str, kind: type[T]) -> T:
    """The domain value of a canonical JSON text: what ``from_plain(json.loads(text), kind)`` gives."""
    return _converter.structure(json.loads(text), kind)


_STATUSES: Final = {status.value: status for status in LeaseStatus}
_PRORATIONS: Final = {proration.value: proration for proration in Proration}
_CHARGE_KINDS: Final = {kind.value: kind for kind in ChargeKind}
_PLAIN_LEASE: Final = frozenset(
    [
        "lease_id",
        "portfolio_id",
        "unit_id",
        "tenant_ids",
        "terms",
        "currency",
        "charges",
        "status",
        "billing_day",
        "due_day",
        "grace_days",
        "deposit",
        "proration",
        "reference",
        "collection_account_id",
        "previous_lease_id",
        "version",
    ]
)
"""What most leases have; whatever else a body has goes through the codec, as do fields of later versions."""


def lease_of(body: Mapping[str, Any]) -> Lease:
    """The lease of its body in the table of leases."""
    if not body.keys() <= _PLAIN_LEASE:
        return _converter.structure(body, Lease)
    get = body.get
    deposit = get("deposit")
    return Lease(
        body["lease_id"],
        body["portfolio_id"],
        body["unit_id"],
        tuple(body["tenant_ids"]),
        tuple([_term_of(term["start"], term.get("end")) for term in body["terms"]]),
        currency_of(body["currency"]),
        tuple([_charge_of(charge) for charge in body["charges"]]),
        _STATUSES[get("status", "draft")],
        get("billing_day", 1),
        get("due_day"),
        get("grace_days", 0),
        deposit=None if deposit is None else money_of(*deposit),
        proration=_PRORATIONS[get("proration", "actual")],
        reference=get("reference", ""),
        collection_account_id=get("collection_account_id"),
        previous_lease_id=get("previous_lease_id"),
        version=get("version", 1),
    )


def _charge_of(body: Mapping[str, Any]) -> RecurringCharge:
    get = body.get
    starts_on, ends_on = get("starts_on"), get("ends_on")
    return RecurringCharge(
        ChargeId(body["charge_id"]),
        _CHARGE_KINDS[body["kind"]],
        tuple([_rate_of(rate["effective_from"], *rate["amount"]) for rate in body["rates"]]),
        get("description", ""),
        None if starts_on is None else day_of(starts_on),
        None if ends_on is None else day_of(ends_on),
    )
