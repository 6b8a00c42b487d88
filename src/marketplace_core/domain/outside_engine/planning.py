"""What is still to be done in an outside engine's books, so that they say what ours say."""

from __future__ import annotations

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.outside_engine.plan_account import is_half_open, needs_account, open_account
from marketplace_core.domain.outside_engine.plan_charges import plan_charges, plan_rides, plan_stale_drafts, plan_uses
from marketplace_core.domain.outside_engine.plan_credits import plan_credits, plan_ends, plan_uses_back
from marketplace_core.domain.outside_engine.plan_not_given import plan_not_given
from marketplace_core.domain.outside_engine.plan_payments import plan_payments
from marketplace_core.domain.outside_engine.plan_terms import plan_terms
from marketplace_core.domain.outside_engine.plan_voids import plan_voids
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent
from marketplace_core.domain.outside_engine.sight import look
from marketplace_core.domain.outside_engine.steps import Step


def plan(
    account: LeaseAccount, theirs: TheirBooks | None, links: Links, setting: PlanSetting, sent: Sent | None = None
) -> tuple[Step, ...]:
    """The steps that are missing there, in an order that works; none where both say the same.

    Pure: planned again after a crash it gives the same markers. A step that needs what another one makes is planned
    once that is there: plan, send and read in rounds until nothing is left. What somebody changed there by hand is
    not undone by a plan but told by ``compare``, and undone by ``repair``.

    Slices of payments come first, as long as what is open there is as it was read; credit is given last, since it
    pays by itself whatever is open.
    """
    if theirs is None:
        return (open_account(account, setting),) if needs_account(account) else ()
    if sent is not None and is_half_open(theirs) and (step := open_account(account, setting)).marker not in sent.done:
        return (step,)
    sight = look(account, theirs, links, setting, sent)
    payments = plan_payments(sight)
    return (
        *payments.slices,
        *payments.taken_back,
        *plan_voids(sight),
        *plan_stale_drafts(sight),
        *plan_charges(sight),
        *plan_uses(sight),
        *payments.ended,
        *plan_ends(sight),
        *plan_not_given(sight),
        *plan_rides(sight),
        *plan_terms(sight),
        *plan_credits(sight),
        *payments.rests,
        *plan_uses_back(sight),
    )
