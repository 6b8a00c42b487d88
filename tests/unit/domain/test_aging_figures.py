"""The aging of accounts is that of their open invoices and unapplied credit, one by one."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.aging import AgingBasis, AgingBuckets, AgingGroup, age_accounts, report_of
from marketplace_core.domain.credit import CreditSource
from marketplace_core.domain.identifiers import LeaseId, PropertyId
from marketplace_core.domain.money import KES, Currency
from marketplace_core.errors import CurrencyMismatch, InvalidInput
from marketplace_core.testing import strategies as of
from marketplace_core.testing.laws.histories import lived
from marketplace_core.testing.strategies import Step

pytestmark = pytest.mark.laws


def aged_one_by_one(
    account: LeaseAccount, as_of: date, known_on: datetime | None, basis: AgingBasis, buckets: AgingBuckets
) -> list[int]:
    """Each bucket and the unapplied credit in minor units, by the account's own figures."""
    seen = account.known(known_on)
    sums: Counter[int] = Counter()
    for it in seen.open_invoices(as_of):
        since = it.invoice.due_date if basis is AgingBasis.DUE_DATE else it.invoice.issue_date
        sums[buckets.index_of((as_of - since).days)] += it.outstanding.amount_minor
    places = range(len(buckets.bounds) + 1)
    return [*(sums[place] for place in places), seen.unapplied(as_of).amount_minor]


def _turns(account: LeaseAccount) -> set[date]:
    """Each day on which a figure may change, and the day before it."""
    found = {it.issue_date for it in account.invoices} | {it.voided_on for it in account.voids}
    found |= {it.value_date for it in account.uses}
    found |= {it.value_date for it in account.credits} | {it.value_date for it in account.allocations}
    ends = [it.ended_on for it in account.credits] + [it.ended_on for it in account.allocations]
    found.update(end for end in ends if end is not None)
    return {day - timedelta(days=back) for day in found for back in (0, 1)}


@given(of.histories(), st.sampled_from(AgingBasis), st.sampled_from([(0, 30, 60, 90), (10,), (0, 7)]))
def test_an_account_ages_as_its_invoices_and_credits_do(
    steps: list[Step], basis: AgingBasis, bounds: tuple[int, ...]
) -> None:
    """After any history, on each day that turns something and the day before, known now and at each instant."""
    history, buckets = lived(steps), AgingBuckets(bounds)
    account = history.account
    for known_on in (None, *(at for at, _ in history.past)):
        for as_of in _turns(account):
            found = age_accounts([account], as_of, KES, known_on=known_on, basis=basis, buckets=buckets)
            expected = aged_one_by_one(account, as_of, known_on, basis, buckets)
            assert found == report_of({account.lease.lease_id: expected}, as_of, KES, buckets)


def _owing() -> LeaseAccount:
    return lived([Step("bill", of.FIRST_DAY, 1, 0), Step("bill", of.FIRST_DAY, 1, 1)]).account


def test_a_write_off_is_never_credit_and_an_ended_credit_takes_its_uses_along() -> None:
    """A write-off that pays nothing any more is no unapplied credit; a use of a credit that ended takes nothing."""
    first, last = of.FIRST_DAY, date(2026, 7, 1)
    paid = lived([Step("pay", first, 700, 1), Step("refund", first, 300, 0)]).account
    assert len(paid.uses) == 1
    off = evolve(paid, credits=tuple(evolve(it, source=CreditSource.WRITE_OFF) for it in paid.credits))
    ended = evolve(paid, credits=tuple(evolve(it, ended_on=last) for it in paid.credits))
    aged = [age_accounts([it], last, KES).total.unapplied.amount_minor for it in (paid, off, ended)]
    assert aged == [400, 0, 0]
    assert [it.unapplied(last).amount_minor for it in (paid, off, ended)] == aged


def test_another_currency_is_refused() -> None:
    """What is owed and what stands to credit must be of the report's currency."""
    paid = lived([Step("pay", of.FIRST_DAY, 700, 1)]).account
    for account, says in ((_owing(), "owes"), (paid, "has a credit")):
        with pytest.raises(CurrencyMismatch, match=says):
            age_accounts([account], date(2026, 7, 1), Currency.of("UGX"))


def test_a_unit_without_a_property_is_named() -> None:
    """By property every unit needs one; with it the row is the property's."""
    account = _owing()
    with pytest.raises(InvalidInput, match="u1"):
        age_accounts([account], date(2026, 7, 1), KES, by=AgingGroup.PROPERTY)
    property_of = {account.lease.unit_id: PropertyId("block")}
    report = age_accounts([account], date(2026, 7, 1), KES, by=AgingGroup.PROPERTY, property_of=property_of)
    assert [row.key for row in report.rows] == ["block"]


def test_leases_of_one_key_are_summed_and_the_clear_left_out() -> None:
    """Two leases of one tenant are one row; a lease that neither owes nor has credit is none."""
    account = _owing()
    other = evolve(account, lease=evolve(account.lease, lease_id=LeaseId("l2")))
    clear = LeaseAccount(evolve(account.lease, lease_id=LeaseId("l3")))
    day = account.invoices[0].due_date + timedelta(days=1)
    by_lease = age_accounts([account, other, clear], day, KES)
    by_tenant = age_accounts([account, other, clear], day, KES, by=AgingGroup.TENANT)
    assert [row.key for row in by_lease.rows] == ["l1", "l2"]
    assert [(row.key, row.outstanding) for row in by_tenant.rows] == [("t1", by_lease.total.outstanding)]
