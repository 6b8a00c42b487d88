"""Compare what every lease owes in both books by their balances alone: quick, to the cent, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.money import Money
from marketplace_core.domain.outside_engine.agreement import Difference, DifferenceKind
from marketplace_core.domain.outside_engine.nets import LeaseNet
from marketplace_core.domain.outside_engine.records import AccountKey, TheirAccount
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.outside_engine.engine_reading import EngineReading
from marketplace_core.ports.outside_engine.engine_sums import EngineSums


@frozen
class MoneyChecked:
    """How many accounts there and leases here were looked at, and where the balances differ."""

    accounts: int
    leases: int
    differences: tuple[Difference, ...]


@frozen
class CheckMoney:
    """Holds one figure a lease: some hundred bytes each."""

    reading: EngineReading
    directory: Directory
    sums: EngineSums
    page: int = 100

    def __call__(self) -> MoneyChecked:
        """Each account against its lease; a lease that is owed nothing needs no account there."""
        nets = {str(AccountKey(own, it.lease_id)): it for own, it in self._nets()}
        leases, accounts = len(nets), 0
        found: list[Difference] = []
        for account in self._accounts():
            accounts += 1
            net = nets.pop(account.key, None)
            if net is None:
                words = f"account {account.account_id} there is no lease of ours"
                subject, kind = account.account_id, DifferenceKind.UNKNOWN_ACCOUNT
                found.append(Difference(None, kind, subject, None, account.balance, words))
            elif net.net != account.balance:
                found.append(_differs(AccountKey.parse(account.key), net, account.balance))
        missing = ((key, net) for key, net in nets.items() if net.net_minor)
        found.extend(_differs(AccountKey.parse(key), net, None) for key, net in missing)
        return MoneyChecked(accounts, leases, tuple(found))

    def _nets(self) -> Iterator[tuple[PortfolioId, LeaseNet]]:
        for portfolio in self.directory.portfolios():
            for net in self.sums.nets(portfolio.portfolio_id):
                yield portfolio.portfolio_id, net

    def _accounts(self) -> Iterator[TheirAccount]:
        offset: int | None = 0
        while offset is not None:
            page = self.reading.account_page(offset, self.page)
            yield from page.rows
            offset = page.next_offset


def _differs(key: AccountKey, net: LeaseNet, theirs: Money | None) -> Difference:
    if theirs is None:
        words = f"lease {key} comes to {net.net} here and has no account there"
        return Difference(key, DifferenceKind.NO_ACCOUNT, key.lease_id, net.net, None, words)
    words = f"lease {key} comes to {net.net} here and to {theirs} there"
    return Difference(key, DifferenceKind.BALANCE, key.lease_id, net.net, theirs, words)
