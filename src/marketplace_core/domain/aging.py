"""Aging: how long what is owed has been due, in buckets that sum to the outstanding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import UnitId
from marketplace_core.domain.invoice import Invoice
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


def report_of(sums: Mapping[str, Sequence[int]], as_of: date, currency: Currency, buckets: AgingBuckets) -> AgingReport:
    """The report of minor units by key: each bucket in order, then the unapplied credit."""
    zero = Money.zero(currency)
    kept = [(key, minors) for key in sorted(sums) if any(minors := sums[key])]
    totals = [sum([minors[column] for _, minors in kept]) for column in range(len(buckets.bounds) + 2)]
    rows = tuple([_row(key, minors, currency, zero) for key, minors in kept])
    return AgingReport(as_of, currency, buckets.labels, rows, _row("total", totals, currency, zero))


def _row(key: str, minors: Sequence[int], currency: Currency, zero: Money) -> AgingRow:
    """A row of validated money; most of a report's amounts are nothing, or all that the row owes."""
    *aged, unapplied = minors
    owed = sum(aged)
    outstanding = Money(owed, currency) if owed else zero
    buckets = tuple([zero if not minor else outstanding if minor == owed else Money(minor, currency) for minor in aged])
    return AgingRow(key, buckets, outstanding, Money(unapplied, currency) if unapplied else zero)


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

    Days are ``as_of`` less the due date (or the invoice date): up to the first bound is the first bucket. Keys that
    owe and have nothing are left out. ``property_of`` says each unit's property and is needed to group by property.
    """
    width = len(buckets.bounds) + 1
    sums: dict[str, list[int]] = {}
    indexes: dict[date, int] = {}
    by_due = basis is AgingBasis.DUE_DATE
    for account in accounts:
        seen = account.known(known_on)
        lease = seen.lease
        key = lease.lease_id if by is AgingGroup.LEASE else group_key(lease, by, property_of or {})
        owed, unapplied = standing_minor(seen, as_of)
        if not owed and not unapplied:
            continue
        row = sums.get(key)
        if row is None:
            row = sums[key] = [0] * (width + 1)
        for invoice, left_minor in owed:
            _require_currency(key, "owes", left_minor, invoice.amount.currency, currency)
            day = invoice.due_date if by_due else invoice.issue_date
            index = indexes.get(day)
            if index is None:
                index = indexes[day] = buckets.index_of((as_of - day).days)
            row[index] += left_minor
        if unapplied:
            _require_currency(key, "has a credit of", unapplied, lease.currency, currency)
            row[width] += unapplied
    return report_of(sums, as_of, currency, buckets)


def standing_minor(account: LeaseAccount, as_of: date) -> tuple[list[tuple[Invoice, int]], int]:
    """What each invoice owes on a day and the unapplied credit, in minor units: one pass over each kind of row.

    The figures of ``LeaseAccount.open_invoices`` and ``LeaseAccount.unapplied`` without their order and objects.
    """
    unapplied = 0
    counting: set[str] = set()
    for credit in account.credits:
        if (
            credit.value_date <= as_of
            and ((ended_on := credit.ended_on) is None or as_of < ended_on)
            and credit.source is not CreditSource.WRITE_OFF
        ):
            unapplied += credit.amount.amount_minor
            counting.add(credit.credit_id)
    for use in account.uses:
        if use.counts(as_of) and use.credit_id in counting:
            unapplied -= use.amount.amount_minor
    paid: dict[str, int] = {}
    for it in account.allocations:
        if (
            it.superseded_at is None
            and it.value_date <= as_of
            and ((ended_on := it.ended_on) is None or as_of < ended_on)
        ):
            minor = it.amount.amount_minor
            invoice_id = it.invoice_id
            paid[invoice_id] = paid[invoice_id] + minor if invoice_id in paid else minor
            if it.credit_id in counting:
                unapplied -= minor
    owed = [
        (invoice, left_minor)
        for invoice in account.invoices
        if (left_minor := invoice.amount.amount_minor - paid.get(invoice.invoice_id, 0)) and invoice.issue_date <= as_of
    ]
    if owed and account.voids:
        void = {it.invoice.invoice_id for it in account.voids if it.voided_on <= as_of}
        owed = [it for it in owed if it[0].invoice_id not in void]
    return owed, unapplied


def _require_currency(key: str, verb: str, minor: int, found: Currency, wanted: Currency) -> None:
    if found is not wanted and found != wanted:
        raise CurrencyMismatch(f"{key} {verb} {Money(minor, found)}: age each currency apart")


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
