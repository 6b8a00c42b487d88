"""What an admin sees of an outside engine: the data of the billing dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind, FullPass, Verdict
from marketplace_core.domain.outside_engine.digests import is_unchanged
from marketplace_core.domain.outside_engine.intents import Intent
from marketplace_core.domain.outside_engine.records import AccountKey
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_log import EngineLog
from marketplace_core.ports.outside_engine.engine_sums import EngineSums
from marketplace_core.services.outside_engine.known_differences import known_differences
from marketplace_core.services.outside_engine.watch import JudgeEngine

_MOST: Final = 1000


@frozen
class PortfolioBilling:
    """One portfolio in both books.

    ``synced`` of ``leases`` agree and have not changed here since. Sums and counts of invoices and payments are ours;
    ``net_theirs`` is ``net_ours`` and the differences of balances that stand: what the last comparison saw there.
    """

    portfolio_id: PortfolioId
    leases: int
    synced: int
    invoices: int
    invoiced: Money
    payments: int
    paid: Money
    net_ours: Money
    net_theirs: Money
    drift: tuple[Difference, ...]
    drift_total: Money


@frozen
class Overview:
    """The installation's engine at one instant; ``queue_lag`` is how long the oldest due job waits."""

    at: datetime
    verdict: Verdict
    last_pass: FullPass | None
    portfolios: tuple[PortfolioBilling, ...]
    unknown_accounts: tuple[Difference, ...]
    told: tuple[Difference, ...]
    open_intents: tuple[Intent, ...]
    queue_waiting: int
    queue_dead: int
    queue_lag: timedelta


@frozen
class BillingOverview:
    """Reads what is kept here only: it answers while the engine does not."""

    directory: Directory
    sums: EngineSums
    log: EngineLog
    intents: EngineIntents
    jobs: Jobs
    judge: JudgeEngine

    def __call__(self, portfolios: Iterable[PortfolioId] | None = None) -> Overview:
        """Of these portfolios, or of all."""
        now = self.judge.clock.now()
        found = tuple(known_differences(self.log))
        chosen = [it.portfolio_id for it in self.directory.portfolios()] if portfolios is None else list(portfolios)
        counts = self.jobs.counts(now)
        last = self.log.passes(1)
        return Overview(
            now,
            self.judge(),
            last[0] if last else None,
            tuple(self._portfolio(it, found) for it in chosen),
            tuple(it for it in found if it.key is None),
            tuple(it for it in found if not it.is_drift),
            self.intents.open_intents(_MOST),
            counts.waiting,
            counts.dead,
            now - counts.oldest_due if counts.oldest_due else timedelta(),
        )

    def _portfolio(self, portfolio_id: PortfolioId, found: Iterable[Difference]) -> PortfolioBilling:
        currency = self.directory.portfolio(portfolio_id).currency
        leases = synced = invoices = invoiced = payments = paid = net = 0
        for it in self.sums.nets(portfolio_id):
            leases += 1
            synced += is_unchanged(self.log.lease_digest(AccountKey(portfolio_id, it.lease_id)), it)
            invoices, invoiced = invoices + it.invoices, invoiced + it.invoiced_minor
            payments, paid = payments + it.payments, paid + it.paid_minor
            net += it.net_minor
        drift = tuple(it for it in found if it.key and it.key.portfolio_id == portfolio_id and it.is_drift)
        balances = [it for it in drift if it.kind is DifferenceKind.BALANCE]
        return PortfolioBilling(
            portfolio_id,
            leases,
            synced,
            invoices,
            Money(invoiced, currency),
            payments,
            Money(paid, currency),
            Money(net, currency),
            Money(net + sum(_more_there(it) for it in balances), currency),
            drift,
            _total(balances, currency),
        )


def _more_there(it: Difference) -> int:
    return (it.theirs.amount_minor if it.theirs else 0) - (it.ours.amount_minor if it.ours else 0)


def _total(balances: Iterable[Difference], currency: Currency) -> Money:
    """Every balance's difference, whichever way it goes: what is too much of one lease makes up for no other."""
    return Money(sum(abs(_more_there(it)) for it in balances), currency)
