"""Aging: how long what is owed has been due, in buckets that sum to the outstanding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from attrs import field, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import CurrencyMismatch, InvalidInput


class AgingBasis(StrEnum):
    """From which day an invoice's age counts."""

    DUE_DATE = "due_date"
    INVOICE_DATE = "invoice_date"


class AgingGroup(StrEnum):
    """What a row of the report stands for."""

    LEASE = "lease"
    TENANT = "tenant"
    PROPERTY = "property"
    PORTFOLIO = "portfolio"


def _rising(_instance: object, _attribute: object, bounds: tuple[int, ...]) -> None:
    if not bounds or list(bounds) != sorted(set(bounds)) or bounds[0] < 0:
        raise InvalidInput(f"aging bounds {list(bounds)}: give rising day counts such as 0, 30, 60, 90")


@frozen
class AgingBuckets:
    """The last day of each bucket but the open one: 0, 30, 60, 90 → current, 1–30, 31–60, 61–90, 90+."""

    bounds: tuple[int, ...] = field(default=(0, 30, 60, 90), validator=_rising)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the buckets are called, in order."""
        first = "current" if self.bounds[0] == 0 else f"0-{self.bounds[0]}"
        middle = (f"{low + 1}-{high}" for low, high in zip(self.bounds, self.bounds[1:], strict=False))
        return (first, *middle, f"{self.bounds[-1]}+")

    def index_of(self, days: int) -> int:
        """In which bucket an invoice so many days past its day falls; before it is the first bucket."""
        for index, bound in enumerate(self.bounds):
            if days <= bound:
                return index
        return len(self.bounds)


DEFAULT_BUCKETS: Final = AgingBuckets()


class OpenItem(NamedTuple):
    """What of an invoice is outstanding, and the two days an age may count from."""

    key: str
    due_date: date
    issue_date: date
    outstanding: Money


@frozen
class AgingRow:
    """What one lease, tenant, property or portfolio owes by age; unapplied credit stands apart, never netted."""

    key: str
    buckets: tuple[Money, ...]
    outstanding: Money
    unapplied: Money


@frozen
class AgingReport:
    """Rows by key, and their total, whose buckets sum to the outstanding."""

    as_of: date
    currency: Currency
    labels: tuple[str, ...]
    rows: tuple[AgingRow, ...]
    total: AgingRow


def age(
    items: Iterable[OpenItem],
    credits_: Iterable[tuple[str, Money]],
    as_of: date,
    currency: Currency,
    buckets: AgingBuckets = DEFAULT_BUCKETS,
    basis: AgingBasis = AgingBasis.DUE_DATE,
) -> AgingReport:
    """Open items by key and age, with each key's unapplied credit; keys that owe and have nothing are left out.

    Days are ``as_of`` less the due date (or the invoice date): up to the first bound is the first bucket.
    """
    width = len(buckets.bounds) + 1
    sums: dict[str, list[int]] = {}
    indexes: dict[int, int] = {}
    today = as_of.toordinal()
    by_due = basis is AgingBasis.DUE_DATE
    for key, due, issued, outstanding in items:
        if outstanding.currency is not currency and outstanding.currency != currency:
            raise CurrencyMismatch(f"{key} owes {outstanding}: age each currency apart")
        days = today - (due if by_due else issued).toordinal()
        index = indexes.get(days)
        if index is None:
            index = indexes[days] = buckets.index_of(days)
        row = sums.get(key)
        if row is None:
            row = sums[key] = [0] * (width + 1)
        row[index] += outstanding.amount_minor
    for key, credit in credits_:
        if credit.currency != currency:
            raise CurrencyMismatch(f"{key} has a credit of {credit}: age each currency apart")
        sums.setdefault(key, [0] * (width + 1))[width] += credit.amount_minor
    return report_of(sums, as_of, currency, buckets)


def report_of(sums: Mapping[str, list[int]], as_of: date, currency: Currency, buckets: AgingBuckets) -> AgingReport:
    """The report of minor units by key: each bucket in order, then the unapplied credit."""
    rows = tuple(_row(key, sums[key], currency) for key in sorted(sums) if any(sums[key]))
    width = len(buckets.bounds) + 2
    totals = [sum(sums[key][index] for key in sums) for index in range(width)]
    return AgingReport(as_of, currency, buckets.labels, rows, _row("total", totals, currency))


def _row(key: str, sums: list[int], currency: Currency) -> AgingRow:
    return AgingRow(
        key=key,
        buckets=tuple(Money(minor, currency) for minor in sums[:-1]),
        outstanding=Money(sum(sums[:-1]), currency),
        unapplied=Money(sums[-1], currency),
    )


def age_accounts(
    accounts: Iterable[LeaseAccount],
    as_of: date,
    currency: Currency,
    *,
    known_on: datetime | None = None,
    by: AgingGroup = AgingGroup.LEASE,
    property_of: Mapping[UnitId, str] | None = None,
    basis: AgingBasis = AgingBasis.DUE_DATE,
    buckets: AgingBuckets = DEFAULT_BUCKETS,
) -> AgingReport:
    """Lease accounts aged as of a day, as known at an instant; a shared lease is under its first tenant.

    ``property_of`` says each unit's property and is needed to group by property.
    """
    items: list[OpenItem] = []
    unapplied: list[tuple[str, Money]] = []
    for account in accounts:
        seen = account.known(known_on)
        key = group_key(seen.lease, by, property_of or {})
        items.extend(
            OpenItem(key, it.invoice.due_date, it.invoice.issue_date, it.outstanding)
            for it in seen.open_invoices(as_of)
        )
        credit = seen.unapplied(as_of)
        if credit:
            unapplied.append((key, credit))
    return age(items, unapplied, as_of, currency, buckets, basis)


def group_key(lease: Lease, by: AgingGroup, property_of: Mapping[UnitId, str]) -> str:
    """Under which key a lease is summed; ``property_of`` needs every unit's property to group by property."""
    match by:
        case AgingGroup.LEASE:
            return lease.lease_id
        case AgingGroup.TENANT:
            return lease.tenant_ids[0]
        case AgingGroup.PORTFOLIO:
            return lease.portfolio_id
        case AgingGroup.PROPERTY:
            if lease.unit_id not in property_of:
                raise InvalidInput(f"unit {lease.unit_id} has no property in property_of: give every unit's property")
            return property_of[lease.unit_id]
