"""However many differences stand, each is counted, repaired and judged; a list says of how many it shows the first."""

from __future__ import annotations

from attrs import evolve
from tests.unit.services.outside_engine.desk import Desk

from marketplace_core.services.outside_engine.full_pass import RunFullPass
from marketplace_core.services.outside_engine.known_differences import known_differences
from marketplace_core.services.outside_engine.overview import BillingOverview
from marketplace_entrypoints.cli.sync import difference_tables

MANY = 1_203


def with_strangers(leases: int) -> Desk:
    """Leases that were billed and whose books then differ, and many accounts there that are none of ours."""
    desk = Desk(leases, page=200)
    desk.settle()
    for number in range(MANY):
        desk.engine.by_hand.open_account(f"stranger-{number}")
    for number in range(1, leases + 1):
        desk.engine.by_hand.credit(desk.key(number), desk.life.money(number))
    return desk


def test_each_is_counted_by_the_pass_the_verdict_and_the_overview() -> None:
    """Accounts of nobody and leases; two differences a lease."""
    desk = with_strangers(2)
    desk.full_pass()
    total = MANY + 2 * 2
    assert desk.records.passes(1)[0].differences == total
    assert f"{total} differences stand" in desk.judge().reason
    assert len(desk.repair.known()) == total
    overview = BillingOverview(desk.books, desk.books, desk.records, desk.records, desk.work, desk.judge)()
    assert (len(overview.unknown_accounts), [len(it.drift) for it in overview.portfolios]) == (MANY, [4])


def test_a_repair_reaches_the_leases_behind_all_of_them() -> None:
    """What stands for accounts of nobody comes first in every list, and is no lease's."""
    desk = with_strangers(1)
    desk.full_pass()
    (repaired,) = desk.repair()
    assert repaired.key == desk.key()
    assert {it.key for it in known_differences(desk.records) if it.is_drift} == {None}


def test_a_pass_that_goes_on_forgets_none() -> None:
    """Each page of accounts adds its own to those of the pages before, whatever the size of a page."""
    desk = with_strangers(1)
    run: RunFullPass = evolve(desk.run_pass, page=7, report_only=True)
    run("p1")
    assert len([it for it in known_differences(desk.records, page=11) if it.key is None]) == MANY


def test_a_long_list_says_of_how_many_it_shows_the_first() -> None:
    """And a short one says nothing."""
    desk = with_strangers(1)
    desk.full_pass()
    (shown,) = difference_tables(desk.repair.known())
    assert (len(shown.rows), shown.title) == (1_000, f"the first 1,000 of {MANY + 2:,} differences")
    (shown,) = difference_tables(desk.repair.known()[-2:])
    assert (len(shown.rows), shown.title) == (2, "")
