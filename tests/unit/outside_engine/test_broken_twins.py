"""A law that cannot fail is not tested: each twin breaks one part, and both books disagree."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from attrs import evolve
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.unit.outside_engine.machine import TwoBooks
from tests.unit.outside_engine.pair import Pair

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.outside_engine.ingesting import Ingestion, ingest
from marketplace_core.domain.outside_engine.planning import plan
from marketplace_core.domain.outside_engine.records import ItemKind, TheirBooks, TheirItem
from marketplace_core.domain.outside_engine.setting import LinkKind, Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.steps import Charge, GiveCredit, Step, TakeBackPayment, VoidInvoice
from marketplace_core.services.leases import ChangeLease


def live(pair: Pair) -> None:
    """A life in which each part has something to do."""
    pair.life.let(deposit=pair.life.money(30_000))
    pair.sync()
    pair.require_agreement()
    match_id = pair.life.give(pair.life.pay("T1", 50_000, "2026-01-05"), {"l1": 50_000})
    pair.sync()
    pair.require_agreement()
    pair.move_to("2026-02-01")
    pair.sync()
    pair.require_agreement()
    pair.life.undo(match_id)
    pair.sync()
    pair.require_agreement()
    last = pair.life.invoices()[-1]
    pair.life.correct.void_invoice(
        pair.life.command(reason="x"), LeaseId("l1"), last.invoice_id, max(last.issue_date, date(2026, 2, 2))
    )
    pair.sync()
    pair.require_agreement()
    ChangeLease(pair.life.store).end(pair.life.command(reason="x"), LeaseId("l1"), date(2026, 1, 11))
    pair.sync()
    pair.require_agreement()


def without(*kinds: type[Step]) -> Callable[[Pair], None]:
    """A plan that forgets some kinds of steps."""

    def broken(pair: Pair) -> None:
        def forgetful(
            account: LeaseAccount, theirs: TheirBooks | None, links: Links, setting: PlanSetting, sent: Sent
        ) -> tuple[Step, ...]:
            return tuple(it for it in plan(account, theirs, links, setting, sent) if not isinstance(it, kinds))

        pair.planning = forgetful

    return broken


def takes_moved_credit_for_money(pair: Pair) -> None:
    """Ingestion for which credit that moves between invoices is something asked for."""

    def broken(
        account: LeaseAccount, theirs: TheirBooks, links: Links, setting: PlanSetting, recorded_at: datetime
    ) -> Ingestion:
        invoices = tuple(evolve(it, items=tuple(map(_as_charge, it.items))) for it in theirs.invoices)
        return ingest(account, evolve(theirs, invoices=invoices), links, setting, recorded_at)

    pair.ingesting = broken


def never_gives_back(pair: Pair) -> None:
    """Ingestion that makes no credit notes of repairs."""

    def broken(
        account: LeaseAccount, theirs: TheirBooks, links: Links, setting: PlanSetting, recorded_at: datetime
    ) -> Ingestion:
        found = ingest(account, theirs, links, setting, recorded_at)
        return evolve(found, notes=(), links=tuple(it for it in found.links if it.kind is not LinkKind.CREDIT_NOTE))

    pair.ingesting = broken


def _as_charge(item: TheirItem) -> TheirItem:
    return evolve(item, kind=ItemKind.CHARGE) if item.kind is ItemKind.CREDIT_MOVED else item


def test_the_whole_one_agrees() -> None:
    """The control of the twins."""
    live(Pair())


@pytest.mark.parametrize(
    "broken",
    [
        without(GiveCredit),
        without(Charge),
        without(TakeBackPayment),
        without(VoidInvoice),
        takes_moved_credit_for_money,
        never_gives_back,
    ],
    ids=["no rest", "no charge", "no refund", "no void", "credit moved is money", "no notes"],
)
def test_a_broken_twin_disagrees(broken: Callable[[Pair], None]) -> None:
    """Drift is told, or it never comes to rest."""
    pair = Pair()
    broken(pair)
    with pytest.raises(AssertionError):
        live(pair)


class Forgetful(TwoBooks):
    """Random lives whose plan never gives credit."""

    broken = without(GiveCredit)


def test_random_lives_find_a_plan_that_forgets_the_rest() -> None:
    """The law of random lives can fail."""
    quick = settings(settings.default, phases=[Phase.generate], stateful_step_count=30)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Forgetful, settings=quick)
