"""Bill a portfolio by an outside engine: follow what it billed, and send it what changed here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from attrs import evolve, frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.billing import periods_beginning_in
from marketplace_core.domain.days import ONE_DAY, DateSpan, day_in_zone
from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.invoice import InvoiceKind
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.digests import is_unchanged
from marketplace_core.domain.outside_engine.nets import LeaseNet
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.ports.outside_engine.engine_sums import EngineSums
from marketplace_core.services.outside_engine.sync_lease import LeaseSynced, SyncLease


@frozen
class OutsideRun:
    """What a run did: leases brought together and skipped, invoices that were recorded here, steps, what still waits.

    ``later`` are the leases to come back to, each with when in ``again`` of its `LeaseSynced`.
    """

    synced: int
    skipped: int
    invoices: int
    amount: Money
    steps: int
    drift: int
    later: tuple[LeaseSynced, ...]


@frozen
class BillOutside:
    """The billing cycle of a portfolio where an outside engine bills; again it changes nothing.

    A lease is looked at where something of it changed here since both books agreed last, or where a billing period
    of it has begun in the window that is not invoiced here yet. Deposits, charges that ride on nothing and late fees
    are ours: they are recorded here and sent like every other change.
    """

    sums: EngineSums
    sync: SyncLease

    def __call__(
        self, portfolio_id: PortfolioId, window: DateSpan, progress: Callable[[int], None] | None = None
    ) -> OutsideRun:
        """Bring each lease together that needs it. ``PartnerUnavailable``: what was done stays, the rest is left."""
        portfolio = self.sync.compare.view.directory.portfolio(portfolio_id)
        run = OutsideRun(0, 0, 0, Money.zero(portfolio.currency), 0, 0, ())
        today = day_in_zone(self.sync.send.clock.now(), portfolio.zone)
        for number, net in enumerate(list(self.sums.nets(portfolio_id)), 1):
            key = AccountKey(portfolio_id, net.lease_id)
            if self._is_needed(key, net, window, today):
                run = _with(run, self.sync(key))
            else:
                run = evolve(run, skipped=run.skipped + 1)
            if progress is not None:
                progress(number)
        return run

    def _is_needed(self, key: AccountKey, net: LeaseNet, window: DateSpan, today: date) -> bool:
        if not is_unchanged(self.sync.compare.log.lease_digest(key), net):
            return True
        return _is_unbilled(self.sync.compare.view.accounts.account(key.portfolio_id, key.lease_id), window, today)


def _is_unbilled(account: LeaseAccount, window: DateSpan, today: date) -> bool:
    begun = window.intersection(window.start, today + ONE_DAY)
    if begun is None or not account.lease.is_billable:
        return False
    standing = account.standing_keys()
    periods = periods_beginning_in(account.lease, begun)
    return any((InvoiceKind.RECURRING, period.start, "") not in standing for period, _ in periods)


def _with(run: OutsideRun, it: LeaseSynced) -> OutsideRun:
    invoices = [invoice for found in it.recorded for invoice in found.invoices]
    amount = run.amount
    for invoice in invoices:
        amount += invoice.amount
    return evolve(
        run,
        synced=run.synced + 1,
        invoices=run.invoices + len(invoices),
        amount=amount,
        steps=run.steps + it.done,
        drift=run.drift + it.drift,
        later=(*run.later, it) if it.again_at is not None else run.later,
    )
