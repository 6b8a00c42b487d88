"""What undoes in an outside engine's books what nobody here decided."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.comparing import matters_of
from marketplace_core.domain.outside_engine.planning import plan
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.repair_steps import repair_of
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.sight import look
from marketplace_core.domain.outside_engine.steps import Step


def repair(
    account: LeaseAccount, theirs: TheirBooks | None, links: Links, setting: PlanSetting, sent: Sent | None = None
) -> tuple[Step, ...]:
    """The steps of ``plan``; where there are none, those that take back duplicates and what was changed by hand.

    Once there is nothing to repair, none. What a person must decide is not among them.
    """
    steps = plan(account, theirs, links, setting, sent)
    if steps or theirs is None:
        return steps
    sight = look(account, theirs, links, setting, sent)
    found = (repair_of(sight, matter) for matter in matters_of(sight))
    return tuple(step for step in found if step is not None)
