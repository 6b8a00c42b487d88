"""Read what an outside engine posted: it asks for a look at a lease, and nothing it says is believed."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from marketplace_core.domain.hooks import HookId, HookState
from marketplace_core.domain.jobs import Job
from marketplace_core.domain.outside_engine.hints import account_of_hint, hint_request
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.errors import InvalidInput, NotFound
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.services.run_jobs import Told


@frozen
class ReceiveHint:
    """The job of an engine's hook: asks for a look at the lease of the account that it names.

    However many come of one lease, one look waits; ``gathering`` is how long it waits for more of them. What is
    forged, or names no lease of ours, is refused and asks for nothing.
    """

    inbox: HookInbox
    jobs: Jobs
    reading: EngineReading
    accounts: LeaseAccounts
    clock: Clock
    gathering: timedelta = timedelta(seconds=2)

    def __call__(self, job: Job) -> Told:
        """What came of it. ``PartnerUnavailable`` where the engine cannot say whose account it is: tried again."""
        hook_id = HookId(job.request.arguments.get("hook", ""))
        hook, _ = self.inbox.hook(hook_id)
        try:
            key = self._lease_of(account_of_hint(hook.body))
        except (InvalidInput, NotFound) as problem:
            self.inbox.settle(hook_id, HookState.REFUSED, str(problem), self.clock.now())
            return {"hook": hook_id, "refused": str(problem)}
        if key is not None:
            self.jobs.enqueue(hint_request(key, self.clock.now() + self.gathering))
        self.inbox.settle(hook_id, HookState.PROCESSED, str(key or "about no account"), self.clock.now())
        return {"hook": hook_id, "lease": str(key or "")}

    def _lease_of(self, account_id: str) -> AccountKey | None:
        """The lease whose account it is, as the engine itself says; None where the hint is about no account."""
        if not account_id:
            return None
        key = AccountKey.parse(self.reading.account_key_of(account_id))
        self.accounts.lease(key.portfolio_id, key.lease_id)
        return key
