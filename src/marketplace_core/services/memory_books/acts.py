"""Acts that wait for a second person, in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from typing_extensions import override

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.pending_acts import ActState, PendingAct
from marketplace_core.errors import NotFound
from marketplace_core.ports.pending_acts import PendingActs
from marketplace_core.services.memory_books.engine import SaltOf, derived_salt
from marketplace_core.services.memory_books.register import Registering


class Acting(Registering, PendingActs):
    """Acts by portfolio and id, beside the books."""

    def __init__(self, *, lock: AbstractContextManager[object] | None = None, salt_of: SaltOf = derived_salt) -> None:
        """Begin with none."""
        super().__init__(lock=lock, salt_of=salt_of)
        self._acts: dict[tuple[PortfolioId, str], PendingAct] = {}

    @override
    def ask(self, act: PendingAct) -> PendingAct:
        with self._lock:
            self._book(act.portfolio_id)
            kept = self._acts.setdefault((act.portfolio_id, act.act_id), act)
        kept.require_same(act)
        return kept

    @override
    def act(self, portfolio_id: PortfolioId, act_id: str) -> PendingAct:
        with self._lock:
            found = self._acts.get((portfolio_id, act_id))
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no act {act_id}")
        return found

    @override
    def acts(self, portfolio_id: PortfolioId) -> tuple[PendingAct, ...]:
        with self._lock:
            found = [it for it in self._acts.values() if it.portfolio_id == portfolio_id]
        waiting = (it for it in found if it.state is ActState.WAITING)
        return tuple(sorted(waiting, key=lambda it: (it.asked_at, it.act_id)))

    @override
    def decide(self, portfolio_id: PortfolioId, act_id: str, change: Callable[[PendingAct], PendingAct]) -> PendingAct:
        with self._lock:
            changed = change(self.act(portfolio_id, act_id))
            self._acts[portfolio_id, act_id] = changed
        return changed
