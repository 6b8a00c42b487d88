"""The statements of the aging report: by kept sums for what is known now, by joins for what was known before."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from marketplace_core.domain.aging import AgingBasis, AgingBuckets, AgingGroup

KEPT_SUMS_HOLD: Final = """
SELECT NOT EXISTS (
    SELECT FROM allocations WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL AND value_date > %(as_of)s
) AND NOT EXISTS (
    SELECT FROM allocations WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL AND ended_on > %(as_of)s
) AND NOT EXISTS (
    SELECT FROM credit_uses
    WHERE portfolio_id = %(portfolio)s AND (value_date > %(as_of)s OR ended_on > %(as_of)s)
)
"""
"""Whether the kept sums are those of the day.

``allocated_minor`` sums the standing allocations without an end. Those that hold on a day are the standing ones
that began by then and did not end by then. The two differ by allocations that begin after the day (in the kept
sum only) and by those that hold on it and end later (in the day's only): where neither exists they are one set.
``used_minor`` sums the uses without an end, so none may begin or end after the day. Days of invoices, voids and
credits are compared in the statement itself.
"""

_OPEN: Final = """
SELECT lease_id, %(as_of)s::date - {basis} AS days, amount_minor - allocated_minor AS left_minor,
       NULL::bigint AS free_minor, currency
FROM invoices
WHERE portfolio_id = %(portfolio)s AND allocated_minor <> amount_minor
  AND issue_date <= %(as_of)s AND (voided_on IS NULL OR voided_on > %(as_of)s)
"""

_FREE: Final = """
SELECT lease_id, NULL::integer AS days, NULL::bigint AS left_minor,
       amount_minor - allocated_minor - used_minor AS free_minor, currency
FROM credits
WHERE portfolio_id = %(portfolio)s AND source <> 'write_off' AND allocated_minor + used_minor < amount_minor
  AND value_date <= %(as_of)s AND {end}
"""
_FREE_NOW: Final = (_FREE.format(end="ended_on IS NULL"), _FREE.format(end="ended_on > %(as_of)s"))
"""Two halves, so that the first reads only the partial index of credits that are not used up."""

_MOVED: Final = """
    SELECT {item}, amount_minor AS minor FROM allocations
    WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL AND value_date > %(as_of)s AND ended_on IS NULL
    UNION ALL
    SELECT {item}, -amount_minor FROM allocations
    WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL AND value_date <= %(as_of)s AND ended_on > %(as_of)s
"""
"""How much more the kept sum has than the day's: what began after it, less what held on it and has ended since."""

_USES_MOVED: Final = """
    SELECT credit_id, CASE WHEN ended_on IS NULL THEN amount_minor ELSE -amount_minor END AS minor FROM credit_uses
    WHERE portfolio_id = %(portfolio)s
      AND (value_date > %(as_of)s AND ended_on IS NULL OR value_date <= %(as_of)s AND ended_on > %(as_of)s)
"""

_OPEN_MOVED: Final = """
SELECT i.lease_id, %(as_of)s::date - i.{basis} AS days, moved.minor AS left_minor,
       NULL::bigint AS free_minor, i.currency
FROM ({moves}) moved JOIN invoices i ON i.portfolio_id = %(portfolio)s AND i.invoice_id = moved.invoice_id
WHERE i.issue_date <= %(as_of)s AND (i.voided_on IS NULL OR i.voided_on > %(as_of)s)
"""

_FREE_MOVED: Final = """
SELECT c.lease_id, NULL::integer AS days, NULL::bigint AS left_minor, moved.minor AS free_minor, c.currency
FROM ({moves}) moved JOIN credits c ON c.portfolio_id = %(portfolio)s AND c.credit_id = moved.credit_id
WHERE c.source <> 'write_off' AND c.value_date <= %(as_of)s AND (c.ended_on IS NULL OR c.ended_on > %(as_of)s)
"""
"""From today's kept sums back to a day, as items of their own beside what is open now.

A bucket sums whatever its items say, so no sum by invoice or by credit is needed first: what is paid and has not moved
since is not read, and no table of a book's invoices is built. An invoice's items may cancel out, and so these tell of
a currency that owes nothing on the day: ask the statement of what was known then.
"""

_HELD: Final = """
    SELECT invoice_id, credit_id, amount_minor AS minor FROM allocations
    WHERE portfolio_id = %(portfolio)s AND value_date <= %(as_of)s AND (ended_on IS NULL OR ended_on > %(as_of)s)
      AND recorded_at <= %(known_on)s AND (superseded_at IS NULL OR superseded_at > %(known_on)s)
"""
"""What was held on the day to be paid, as known at the instant."""

_BY_INVOICE: Final = "SELECT invoice_id, sum(minor)::bigint AS minor FROM held GROUP BY invoice_id"
_BY_CREDIT: Final = "SELECT credit_id, sum(minor)::bigint AS minor FROM held GROUP BY credit_id"

_OPEN_THEN: Final = """
SELECT i.lease_id, %(as_of)s::date - i.{basis} AS days, i.amount_minor - coalesce(paid.minor, 0) AS left_minor,
       NULL::bigint AS free_minor, i.currency
FROM invoices i LEFT JOIN ({held}) paid ON paid.invoice_id = i.invoice_id
WHERE i.portfolio_id = %(portfolio)s AND i.issue_date <= %(as_of)s AND i.recorded_at <= %(known_on)s
  AND (i.voided_on IS NULL OR i.voided_on > %(as_of)s OR i.void_recorded_at > %(known_on)s)
  AND i.amount_minor <> coalesce(paid.minor, 0)
"""

_FREE_THEN: Final = """
SELECT c.lease_id, NULL::integer AS days, NULL::bigint AS left_minor,
       c.amount_minor - coalesce(given.minor, 0) - coalesce(used.minor, 0) AS free_minor, c.currency
FROM credits c
LEFT JOIN ({held}) given ON given.credit_id = c.credit_id
LEFT JOIN (
    SELECT credit_id, sum(amount_minor)::bigint AS minor FROM credit_uses u
    WHERE u.portfolio_id = %(portfolio)s AND u.value_date <= %(as_of)s AND u.recorded_at <= %(known_on)s
      AND (u.ended_on IS NULL OR u.ended_on > %(as_of)s OR u.ended_recorded_at > %(known_on)s)
    GROUP BY credit_id
) used ON used.credit_id = c.credit_id
WHERE c.portfolio_id = %(portfolio)s AND c.source <> 'write_off' AND c.value_date <= %(as_of)s
  AND c.recorded_at <= %(known_on)s
  AND (c.ended_on IS NULL OR c.ended_on > %(as_of)s OR c.ended_recorded_at > %(known_on)s)
  AND c.amount_minor <> coalesce(given.minor, 0) + coalesce(used.minor, 0)
"""

_KEYS: Final = {
    AgingGroup.LEASE: ("items.lease_id", ""),
    AgingGroup.PORTFOLIO: ("%(portfolio)s::text", ""),
    AgingGroup.TENANT: (
        "l.first_tenant_id",
        "JOIN leases l ON l.portfolio_id = %(portfolio)s AND l.lease_id = items.lease_id",
    ),
    AgingGroup.PROPERTY: (
        "u.property_id",
        (
            "JOIN leases l ON l.portfolio_id = %(portfolio)s AND l.lease_id = items.lease_id"
            " JOIN units u ON u.portfolio_id = %(portfolio)s AND u.unit_id = l.unit_id"
        ),
    ),
}

_REPORT: Final = """
WITH {held}items AS ({items})
SELECT {key} AS key, {bucket_sums}, coalesce(sum(free_minor), 0)::bigint, bool_or(items.currency <> %(currency)s)
FROM items {join}
GROUP BY 1
"""
"""Items are summed once, by the key itself: a sum by lease before the joins costs more than it spares."""


class Reading(StrEnum):
    """From what a report is read: see `report_statement`."""

    NOW = "now"
    BACK = "back"
    KNOWN = "known"


def report_statement(by: AgingGroup, basis: AgingBasis, buckets: AgingBuckets, reading: Reading) -> str:
    """The statement of a report: a key, each bucket's sum, the unapplied credit, and whether currencies mix.

    ``NOW`` reads the kept sums alone; ``BACK`` goes from the kept sums back to the day by what has moved since, and
    may say that currencies mix where the other one owes nothing on the day; ``KNOWN`` joins all allocations as they
    were known at ``known_on``.
    """
    day = "due_date" if basis is AgingBasis.DUE_DATE else "issue_date"
    held = ""
    items = [_OPEN.format(basis=day), *_FREE_NOW]
    match reading:
        case Reading.NOW if by is AgingGroup.LEASE:
            items = [f"({item} ORDER BY lease_id)" for item in items]
        case Reading.NOW:
            pass
        case Reading.BACK:
            items += [
                _OPEN_MOVED.format(basis=day, moves=_MOVED.format(item="invoice_id")),
                _FREE_MOVED.format(moves=_MOVED.format(item="credit_id")),
                _FREE_MOVED.format(moves=_USES_MOVED),
            ]
        case Reading.KNOWN:
            # Read once: else every worker of a parallel plan sums all allocations for itself, and twice.
            held = f"held AS MATERIALIZED ({_HELD}), "
            items = [_OPEN_THEN.format(basis=day, held=_BY_INVOICE), _FREE_THEN.format(held=_BY_CREDIT)]
    key, join = _KEYS[by]
    sums = ", ".join(_bucket_sums(buckets))
    return _REPORT.format(held=held, items=" UNION ALL ".join(items), bucket_sums=sums, key=key, join=join)


def _bucket_sums(buckets: AgingBuckets) -> list[str]:
    """One sum a bucket: days up to its bound and above the one before it; the last is open."""
    conditions = [f"days <= {buckets.bounds[0]}"]
    conditions += [
        f"days > {low} AND days <= {high}" for low, high in zip(buckets.bounds, buckets.bounds[1:], strict=False)
    ]
    conditions.append(f"days > {buckets.bounds[-1]}")
    return [f"coalesce(sum(left_minor) FILTER (WHERE {condition}), 0)::bigint" for condition in conditions]
