"""Compare a lease's two books and keep what differs, to the cent."""

from __future__ import annotations

from attrs import frozen

from marketplace_core.domain.outside_engine.agreement import Difference
from marketplace_core.domain.outside_engine.comparing import compare
from marketplace_core.domain.outside_engine.digests import digest_of
from marketplace_core.domain.outside_engine.nets import net_of
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.ports.outside_engine.engine_log import EngineLog
from marketplace_core.services.outside_engine.lease_view import LeaseView, ViewLease


@frozen
class CompareLease:
    """Says where a lease's two books differ, and keeps it in the place of what was known; changes neither book."""

    view: ViewLease
    log: EngineLog

    def __call__(self, key: AccountKey) -> tuple[Difference, ...]:
        """As both stand now."""
        return self.on(self.view(key))

    def on(self, view: LeaseView, *, is_settled: bool = True) -> tuple[Difference, ...]:
        """As both were read; where they agree and nothing waits, what both said is remembered."""
        cash = self.view.cash(view.account)
        found = compare(view.account, view.theirs, view.links, view.setting, cash, view.sent)
        agrees = is_settled and not any(it.is_drift for it in found)
        digest = digest_of(net_of(view.account), view.theirs) if agrees else ""
        self.log.put_differences(view.key, found, view.looked_at)
        self.log.remember_lease(view.key, digest, view.looked_at)
        return found
