"""The shipped strategies give what the domain accepts, and enough variety to meet its edges."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, seed, settings

from marketplace_core.domain.charge import ChargeKind
from marketplace_core.domain.codec import canonical, from_plain, to_plain
from marketplace_core.domain.feed import Caution, FeedRow, Rejected, ReversalReport, Skipped
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.testing import strategies as of

pytestmark = pytest.mark.laws


@given(of.leases(), of.payment_reports())
def test_values_survive_being_written(lease: Lease, report: PaymentReport) -> None:
    """A drawn lease and a drawn report are read back from their plain form as they were."""
    assert from_plain(to_plain(lease), Lease) == lease
    assert from_plain(to_plain(report), PaymentReport) == report
    assert canonical(to_plain(lease))


@given(of.invoices())
def test_invoices_sum_to_their_lines(invoices: Sequence[Invoice]) -> None:
    """Each drawn invoice is above zero, and the sum of its lines."""
    for invoice in invoices:
        assert invoice.amount.amount_minor == sum(line.amount.amount_minor for line in invoice.lines) > 0


def test_every_kind_of_feed_row_and_line_comes() -> None:
    """Each kind of feed row is drawn; rent, a charge of once and a deposit are billed; some leases end."""
    rows: set[type[object]] = set()
    lines: set[ChargeKind] = set()
    ends: set[bool] = set()

    @seed(1)
    @settings(max_examples=200, derandomize=False)
    @given(of.feed_rows(), of.invoices(), of.leases())
    def collect(row: FeedRow, found: Sequence[Invoice], lease: Lease) -> None:
        rows.add(type(row))
        lines.update(line.kind for invoice in found for line in invoice.lines)
        ends.add(lease.end is None)

    collect()
    assert rows == {PaymentReport, ReversalReport, Skipped, Rejected, Caution}
    assert lines >= {ChargeKind.RENT, ChargeKind.REPAIR, ChargeKind.DEPOSIT}
    assert ends == {True, False}
