"""What every keeper of pending acts must do."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from attrs import evolve

from marketplace_core.domain.identifiers import LeaseId, PortfolioId
from marketplace_core.domain.pending_acts import ActKind, ActState, PendingAct, WantedAct
from marketplace_core.errors import AlreadyExists, IllegalTransition, NotFound
from marketplace_core.testing.contracts.base import StoreContract, at_once
from marketplace_core.testing.life import PortfolioLife


def an_act(life: PortfolioLife, amount: int = 90_000) -> PendingAct:
    """A refund of a deposit that the next command asks for."""
    wanted = WantedAct(ActKind.REFUND_DEPOSIT, life.money(amount), date(2026, 2, 1), LeaseId("l1"))
    return PendingAct.asked(life.command("refund_deposit", "moved out"), wanted)


class PendingActsContract(StoreContract):
    """Keeps each act once, and lets one at a time decide on it."""

    def test_an_act_comes_back_as_it_was_asked_for(self, life: PortfolioLife) -> None:
        """By its id, and among those that wait, the first asked for first; asked again, it is the same one."""
        acts = [an_act(life), an_act(life, 80_000)]
        for act in (*reversed(acts), acts[0]):
            assert life.store.ask(act) == act
        assert life.store.act(life.portfolio_id, acts[0].act_id) == acts[0]
        assert life.store.acts(life.portfolio_id) == tuple(acts)

    def test_another_act_under_its_id_is_refused(self, life: PortfolioLife) -> None:
        """And what was kept stays."""
        act = life.store.ask(an_act(life))
        with pytest.raises(AlreadyExists):
            life.store.ask(evolve(act, wanted=evolve(act.wanted, amount=life.money(1))))
        assert life.store.act(life.portfolio_id, act.act_id) == act

    def test_what_was_decided_is_kept_and_waits_no_more(self, life: PortfolioLife) -> None:
        """With who decided, when and why; asked for again, it stays decided."""
        act = life.store.ask(an_act(life))
        later = act.asked_at + timedelta(hours=1)
        refused = life.store.decide(
            life.portfolio_id, act.act_id, lambda it: it.refused("person:juma", later, "not agreed")
        )
        assert (refused.state, refused.decided_by, refused.decided_at) == (ActState.REFUSED, "person:juma", later)
        assert life.store.act(life.portfolio_id, act.act_id) == refused == life.store.ask(act)
        assert life.store.acts(life.portfolio_id) == ()

    def test_what_a_decision_raises_leaves_the_act(self, life: PortfolioLife) -> None:
        """Too late is too late, and nothing is written."""
        act = life.store.ask(an_act(life))
        with pytest.raises(IllegalTransition, match="expired"):
            life.store.decide(life.portfolio_id, act.act_id, lambda it: it.confirmed("person:juma", act.expires_at))
        assert life.store.act(life.portfolio_id, act.act_id) == act

    def test_of_eight_that_decide_at_once_one_does(self, life: PortfolioLife) -> None:
        """The others find it decided."""
        act = life.store.ask(an_act(life))

        def decide(number: int) -> PendingAct:
            return life.store.decide(
                life.portfolio_id, act.act_id, lambda it: it.confirmed(f"person:{number}", act.asked_at)
            )

        done = at_once([partial(decide, number) for number in range(8)])
        (first,) = [it for it in done if isinstance(it, PendingAct)]
        assert all(isinstance(it, IllegalTransition) for it in done if it != first)
        assert life.store.act(life.portfolio_id, act.act_id) == first

    def test_an_act_is_of_its_portfolio(self, life: PortfolioLife) -> None:
        """Neither found nor decided nor listed in another one; none is asked for in one that is not there."""
        act = life.store.ask(an_act(life))
        other = PortfolioLife(life.store, "p2", first_step=500).opened(1).portfolio_id
        with pytest.raises(NotFound):
            life.store.act(other, act.act_id)
        with pytest.raises(NotFound):
            life.store.decide(other, act.act_id, lambda it: it)
        with pytest.raises(NotFound):
            life.store.ask(evolve(act, portfolio_id=PortfolioId("nowhere")))
        assert life.store.acts(other) == ()
