"""Read everything there against everything here, page by page, and go on where it was cut off."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from itertools import islice

from attrs import evolve, frozen

from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, FullPass, PassStage
from marketplace_core.domain.outside_engine.records import AccountKey, TheirAccount
from marketplace_core.errors import ConcurrentChange, InvalidInput, NotFound
from marketplace_core.ports.outside_engine.engine_log import EngineLog
from marketplace_core.ports.outside_engine.engine_sums import EngineSums
from marketplace_core.services.outside_engine.known_differences import of_unknown_accounts
from marketplace_core.services.outside_engine.notice_by_hand import forget_by_hand
from marketplace_core.services.outside_engine.sync_lease import SyncLease


@frozen
class PassBudget:
    """How much one call does of a pass: so many pages, or until so long has passed."""

    pages: int = 1000
    time: timedelta = timedelta(minutes=5)


@frozen
class RunFullPass:
    """Looks at each account there for a lease, then at each lease ever let here as a whole; memory is a page's.

    ``report_only`` records and sends nothing: what differs is only said. A page is done again where it was cut off.
    """

    log: EngineLog
    sums: EngineSums
    sync: SyncLease
    page: int = 100
    report_only: bool = False

    def __call__(self, pass_id: str, budget: PassBudget | None = None) -> FullPass:
        """The pass as far as it is; one that has begun goes on, whatever ``pass_id`` is. Ended: ``ended_at`` is set.

        Where another worker moved it on meanwhile, this one stops. ``PartnerUnavailable``: what was done is kept.
        """
        given = budget or PassBudget()
        self.sync.compare.view.ours.require_no_others()
        until = self._now() + given.time
        ended = next((it for it in self.log.passes() if it.pass_id == pass_id and it.ended_at is not None), None)
        if ended is not None:
            return ended
        running = self.log.begin_pass(FullPass(pass_id, self._now()))
        for _ in range(given.pages):
            if running.ended_at is not None or self._now() >= until:
                break
            after = self._accounts(running) if running.stage is not PassStage.LEASES else self._leases(running)
            try:
                self.log.advance_pass(running, after)
            except ConcurrentChange:
                break
            running = after
        if running.is_clean:
            forget_by_hand(self.log, running.begun_at)
        return running

    def _accounts(self, running: FullPass) -> FullPass:
        """One page of accounts there: those that are no lease of ours are kept as differences."""
        offset = int(running.cursor or 0)
        page = self.sync.compare.view.reading.account_page(offset, self.page)
        strange = [_unknown(it) for it in page.rows if not self._is_ours(it)]
        known = of_unknown_accounts(self.log) if offset else ()
        fresh = {it.subject for it in strange}
        kept = [*(it for it in known if it.subject not in fresh), *strange]
        self.log.put_differences(None, kept, self._now())
        found = running.differences + len(strange)
        if page.next_offset is None:
            return evolve(running, stage=PassStage.LEASES, cursor="", differences=found)
        return evolve(running, cursor=str(page.next_offset), differences=found)

    def _leases(self, running: FullPass) -> FullPass:
        """The next leases here, each with its account there."""
        drift = checked = 0
        cursor = running.cursor
        for key in self._keys_after(cursor):
            drift += self._compared(key) if self.report_only else self._synced(key)
            checked, cursor = checked + 1, str(key)
        ended = self._now() if checked < self.page else None
        return evolve(
            running,
            stage=PassStage.DONE if ended else PassStage.LEASES,
            cursor=cursor,
            checked=running.checked + checked,
            differences=running.differences + drift,
            ended_at=ended,
        )

    def _compared(self, key: AccountKey) -> int:
        return sum(it.is_drift for it in self.sync.compare(key))

    def _synced(self, key: AccountKey) -> int:
        """What differs, and what came here in silence: both books say it now, but nobody knew that they did not."""
        found = self.sync(key)
        return found.drift + len(found.untold)

    def _keys_after(self, cursor: str) -> list[AccountKey]:
        """A page of leases, by portfolio and id; no stream of the store stays open while the engine is asked."""
        stream = self._all_after(AccountKey.parse(cursor) if cursor else None)
        found = list(islice(stream, self.page))
        if isinstance(stream, Generator):
            stream.close()
        return found

    def _all_after(self, last: AccountKey | None) -> Iterator[AccountKey]:
        for portfolio in self.sync.compare.view.directory.portfolios():
            own = portfolio.portfolio_id
            if last is not None and own < last.portfolio_id:
                continue
            after: LeaseId | None = last.lease_id if last is not None and own == last.portfolio_id else None
            for net in self.sums.nets(own, after):
                yield AccountKey(own, net.lease_id)

    def _is_ours(self, account: TheirAccount) -> bool:
        try:
            key = AccountKey.parse(account.key)
            self.sync.compare.view.accounts.lease(key.portfolio_id, key.lease_id)
        except (InvalidInput, NotFound):
            return False
        return True

    def _now(self) -> datetime:
        return self.sync.compare.view.clock.now()


def _unknown(it: TheirAccount) -> Difference:
    words = f"account {it.account_id} ({it.key[:80] or 'without a key'}) there is no lease of ours"
    return Difference(None, DifferenceKind.UNKNOWN_ACCOUNT, it.account_id, None, it.balance, words, "a person decides")
