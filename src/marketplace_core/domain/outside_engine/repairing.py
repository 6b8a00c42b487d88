"""What undoes in an outside engine's books what nobody here decided."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.comparing import matters_of
from marketplace_core.domain.outside_engine.planning import plan
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.refused import matters_left_alone
from marketplace_core.domain.outside_engine.repair_steps import repair_of
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.sight import look
from marketplace_core.domain.outside_engine.steps import Step


def repair(
    account: LeaseAccount, theirs: TheirBooks | None, links: Links, setting: PlanSetting, sent: Sent | None = None
) -> tuple[Step, ...]:
    """The steps of ``plan``; where none is new, also those that take back duplicates and what was changed by hand.

    Once there is nothing to repair, none. What a person must decide is not among them. A step that was refused stays
    as it is and holds up nothing but what it is about.
    """
    steps = plan(account, theirs, links, setting, sent)
    refused = sent.refused if sent is not None else frozenset[str]()
    if theirs is None or any(it.marker not in refused for it in steps):
        return steps
    sight = look(account, theirs, links, setting, sent)
    matters = matters_of(sight)
    left = matters_left_alone(sight, steps, matters)
    found = (repair_of(sight, matter) for matter in matters if matter.subject not in left)
    return (*steps, *(step for step in found if step is not None))
