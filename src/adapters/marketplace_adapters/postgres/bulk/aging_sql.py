"""The statements of the aging report: by kept sums for what is known now, by joins for what was known before."""

from __future__ import annotations

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

_OPEN_NOW: Final = """
SELECT lease_id, {basis} AS day, amount_minor - allocated_minor AS left_minor, currency
FROM invoices
WHERE portfolio_id = %(portfolio)s AND allocated_minor <> amount_minor
  AND issue_date <= %(as_of)s AND (voided_on IS NULL OR voided_on > %(as_of)s)
"""

_FREE_NOW: Final = """
SELECT lease_id, amount_minor - allocated_minor - used_minor AS free_minor, currency
FROM credits
WHERE portfolio_id = %(portfolio)s AND source <> 'write_off' AND allocated_minor + used_minor < amount_minor
  AND value_date <= %(as_of)s AND ended_on IS NULL
UNION ALL
SELECT lease_id, amount_minor - allocated_minor - used_minor, currency
FROM credits
WHERE portfolio_id = %(portfolio)s AND source <> 'write_off' AND allocated_minor + used_minor < amount_minor
  AND value_date <= %(as_of)s AND ended_on > %(as_of)s
"""
"""Two halves, so that the first reads only the partial index of credits that are not used up."""

_MOVED: Final = """
    SELECT invoice_id, credit_id, amount_minor AS minor FROM allocations
    WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL AND value_date > %(as_of)s AND ended_on IS NULL
    UNION ALL
    SELECT invoice_id, credit_id, -amount_minor FROM allocations
    WHERE portfolio_id = %(portfolio)s AND superseded_at IS NULL AND value_date <= %(as_of)s AND ended_on > %(as_of)s
"""
"""How much more the kept sum has than the day's: what began after it, less what held on it and has ended since."""

_HELD: Final = """
    SELECT invoice_id, credit_id, amount_minor AS minor FROM allocations
    WHERE portfolio_id = %(portfolio)s AND value_date <= %(as_of)s AND (ended_on IS NULL OR ended_on > %(as_of)s)
      AND recorded_at <= %(known_on)s AND (superseded_at IS NULL OR superseded_at > %(known_on)s)
"""
"""What was held on the day to be paid, as known at the instant."""

_BY_INVOICE: Final = "SELECT invoice_id, sum(minor)::bigint AS minor FROM moves GROUP BY invoice_id"
_BY_CREDIT: Final = "SELECT credit_id, sum(minor)::bigint AS minor FROM moves GROUP BY credit_id"

_OPEN_BACK: Final = """
SELECT i.lease_id, i.{basis} AS day, i.amount_minor - i.allocated_minor + coalesce(moved.minor, 0) AS left_minor,
       i.currency
FROM invoices i LEFT JOIN ({moves}) moved ON moved.invoice_id = i.invoice_id
WHERE i.portfolio_id = %(portfolio)s AND i.issue_date <= %(as_of)s
  AND (i.voided_on IS NULL OR i.voided_on > %(as_of)s)
  AND i.amount_minor - i.allocated_minor + coalesce(moved.minor, 0) <> 0
"""

_FREE_BACK: Final = """
SELECT c.lease_id,
       c.amount_minor - c.allocated_minor - c.used_minor + coalesce(moved.minor, 0) + coalesce(used.minor, 0)
           AS free_minor,
       c.currency
FROM credits c
LEFT JOIN ({moves}) moved ON moved.credit_id = c.credit_id
LEFT JOIN (
    SELECT credit_id, sum(CASE WHEN ended_on IS NULL THEN amount_minor ELSE -amount_minor END)::bigint AS minor
    FROM credit_uses
    WHERE portfolio_id = %(portfolio)s
      AND (value_date > %(as_of)s AND ended_on IS NULL OR value_date <= %(as_of)s AND ended_on > %(as_of)s)
    GROUP BY credit_id
) used ON used.credit_id = c.credit_id
WHERE c.portfolio_id = %(portfolio)s AND c.source <> 'write_off' AND c.value_date <= %(as_of)s
  AND (c.ended_on IS NULL OR c.ended_on > %(as_of)s)
  AND c.amount_minor - c.allocated_minor - c.used_minor + coalesce(moved.minor, 0) + coalesce(used.minor, 0) <> 0
"""
"""From today's kept sums back to a day: what is older than the day is not summed again."""

_OPEN_THEN: Final = """
SELECT i.lease_id, i.{basis} AS day, i.amount_minor - coalesce(paid.minor, 0) AS left_minor, i.currency
FROM invoices i LEFT JOIN ({moves}) paid ON paid.invoice_id = i.invoice_id
WHERE i.portfolio_id = %(portfolio)s AND i.issue_date <= %(as_of)s AND i.recorded_at <= %(known_on)s
  AND (i.voided_on IS NULL OR i.voided_on > %(as_of)s OR i.void_recorded_at > %(known_on)s)
  AND i.amount_minor <> coalesce(paid.minor, 0)
"""

_FREE_THEN: Final = """
SELECT c.lease_id, c.amount_minor - coalesce(given.minor, 0) - coalesce(used.minor, 0) AS free_minor, c.currency
FROM credits c
LEFT JOIN ({moves}) given ON given.credit_id = c.credit_id
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
WITH {moves}open_items AS ({open}), free AS ({free}), items AS (
    SELECT lease_id, left_minor, NULL::bigint AS free_minor, currency, %(as_of)s::date - day AS days FROM open_items
    UNION ALL
    SELECT lease_id, NULL, free_minor, currency, NULL FROM free
)
SELECT {key} AS key, {bucket_sums}, coalesce(sum(free_minor), 0)::bigint, bool_or(items.currency <> %(currency)s)
FROM items {join}
GROUP BY 1
"""
"""Items are summed once, by the key itself: a sum by lease before the joins costs more than it spares."""


def report_statement(by: AgingGroup, basis: AgingBasis, buckets: AgingBuckets, *, now: bool, known: bool) -> str:
    """The statement of a report: a key, each bucket's sum, the unapplied credit, and whether currencies mix.

    ``now`` reads the kept sums alone; ``known`` joins all allocations as they were known at ``known_on``; neither
    goes from the kept sums back to the day by what has moved since.
    """
    day = "due_date" if basis is AgingBasis.DUE_DATE else "issue_date"
    if now:
        moves, open_items, free = "", _OPEN_NOW.format(basis=day), _FREE_NOW
    else:
        templates = (_HELD, _OPEN_THEN, _FREE_THEN) if known else (_MOVED, _OPEN_BACK, _FREE_BACK)
        # Read once: else every worker of a parallel plan sums all allocations for itself, and twice.
        moves = f"moves AS MATERIALIZED ({templates[0]}), "
        open_items = templates[1].format(basis=day, moves=_BY_INVOICE)
        free = templates[2].format(moves=_BY_CREDIT)
    key, join = _KEYS[by]
    sums = ", ".join(_bucket_sums(buckets))
    return _REPORT.format(moves=moves, open=open_items, free=free, bucket_sums=sums, key=key, join=join)


def _bucket_sums(buckets: AgingBuckets) -> list[str]:
    """One sum a bucket: days up to its bound and above the one before it; the last is open."""
    conditions = [f"days <= {buckets.bounds[0]}"]
    conditions += [
        f"days > {low} AND days <= {high}" for low, high in zip(buckets.bounds, buckets.bounds[1:], strict=False)
    ]
    conditions.append(f"days > {buckets.bounds[-1]}")
    return [f"coalesce(sum(left_minor) FILTER (WHERE {condition}), 0)::bigint" for condition in conditions]
