"""Route what comes into a shared collection account to the portfolio that it belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Final

from attrs import evolve, frozen

from marketplace_core.domain.command import Command
from marketplace_core.domain.identifiers import CollectionAccountId, PaymentId, PortfolioId
from marketplace_core.domain.payment import PaymentReport
from marketplace_core.domain.reconciliation.exact import named_reference
from marketplace_core.errors import NotFound
from marketplace_core.ports.exact_references import ExactReferences
from marketplace_core.ports.payment_inbox import InboxOutcome, PaymentInbox
from marketplace_core.ports.shared_inbox import SharedInbox

CHUNK_SIZE: Final = 1000
"""How many reports are looked up at once."""


@frozen
class RouteReports:
    """Takes reports into the right books: a payment goes where it is already, else where its reference is let.

    A reference is evidence only where its check character is right and one lease of one of the account's
    portfolios has it. Everything else is held for a person. An account that one portfolio has needs no evidence.
    """

    inbox: PaymentInbox
    shared: SharedInbox
    references: ExactReferences

    def is_shared(self, account_id: CollectionAccountId) -> bool:
        """True where several portfolios collect in the account."""
        return len(self.shared.sharers(account_id)) > 1

    def receive(
        self,
        command: Command,
        reports: Iterable[PaymentReport],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> InboxOutcome:
        """What came of the reports in all books together; ``held`` counts the payments that wait for a person.

        Each book gets a command of its own, derived from this one. Run again after a kill, it completes what is
        left. A dry run looks at each thousand reports by themselves.
        """
        total = InboxOutcome(0, 0, 0, 0)
        done = 0
        stream = iter(reports)
        while chunk := tuple(islice(stream, CHUNK_SIZE)):
            total = total.plus(self._take(command, chunk, dry_run=dry_run))
            done += len(chunk)
            if progress is not None:
                progress(done)
        return total

    def route_held(self, command: Command, account_id: CollectionAccountId, *, dry_run: bool = False) -> InboxOutcome:
        """Look again at what is held, now that leases have come or references have changed."""
        return self.receive(command, tuple(self.shared.held(account_id)), dry_run=dry_run)

    def assign(self, command: Command, payment_id: PaymentId, account_id: CollectionAccountId) -> InboxOutcome:
        """Take a held payment into the command's book, as a person says; ``NotFound`` where it is not held."""
        reports = [it for it in self.shared.held(account_id) if it.payment_id == payment_id]
        if not reports:
            raise NotFound(f"payment {payment_id} is not held in account {account_id}; a book may have it already")
        outcome = self.inbox.receive(command, reports)
        self.shared.release(account_id, [payment_id])
        return outcome

    def _take(self, command: Command, chunk: Sequence[PaymentReport], *, dry_run: bool) -> InboxOutcome:
        routed, unrouted = self._routed(chunk)
        earlier = self._held_before(chunk, routed)
        total = InboxOutcome(0, 0, 0, 0)
        for portfolio_id in sorted(routed):
            own = command if portfolio_id == command.portfolio_id else _command_of(command, portfolio_id)
            told = [*earlier.get(portfolio_id, ()), *routed[portfolio_id]]
            total = total.plus(self.inbox.receive(own, told, dry_run=dry_run))
        if dry_run:
            return evolve(total, held=total.held + len({it.payment_id for it in unrouted}))
        for account_id in {it.collection_account_id for it in chunk}:
            here = (it for reports in routed.values() for it in reports if it.collection_account_id == account_id)
            self.shared.release(account_id, {it.payment_id for it in here})
        return evolve(total, held=total.held + self.shared.hold(unrouted, command.recorded_at))

    def _held_before(
        self, chunk: Sequence[PaymentReport], routed: Mapping[PortfolioId, Sequence[PaymentReport]]
    ) -> Mapping[PortfolioId, Sequence[PaymentReport]]:
        """By book, what was held of the payments that it now gets: it was told first, and no report is lost."""
        home = {it.payment_id: own for own, reports in routed.items() for it in reports}
        new, earlier = set(chunk), defaultdict[PortfolioId, list[PaymentReport]](list)
        for account_id in sorted({it.collection_account_id for it in chunk}):
            for report in self.shared.held(account_id, home.keys()):
                if report not in new:
                    earlier[home[report.payment_id]].append(report)
        return earlier

    def _routed(
        self, chunk: Sequence[PaymentReport]
    ) -> tuple[dict[PortfolioId, list[PaymentReport]], list[PaymentReport]]:
        """The reports by portfolio, and those that nothing routes."""
        routed: defaultdict[PortfolioId, list[PaymentReport]] = defaultdict(list)
        unrouted: list[PaymentReport] = []
        for account_id, of_account in groupby(chunk, key=lambda it: it.collection_account_id):
            reports = list(of_account)
            sharers = self.shared.sharers(account_id)
            owners = dict(self.shared.owners(reports))
            if len(sharers) > 1:
                for report, portfolio_id in self._named(reports, sharers):
                    owners.setdefault(report.payment_id, portfolio_id)
            elif sharers:
                owners.update({it.payment_id: sharers[0] for it in reports})
            else:
                raise NotFound(f"nobody collects in account {account_id}; open it first")
            for report in reports:
                own = owners.get(report.payment_id)
                (unrouted if own is None else routed[own]).append(report)
        return dict(routed), unrouted

    def _named(
        self, reports: Sequence[PaymentReport], sharers: Sequence[PortfolioId]
    ) -> Iterator[tuple[PaymentReport, PortfolioId]]:
        """Each report whose text names one lease of one of the portfolios."""
        named = {it.report_id: named_reference(it.reference_text) for it in reports}
        asked = sorted({reference for reference in named.values() if reference})
        homes: defaultdict[str, list[PortfolioId]] = defaultdict(list)
        for portfolio_id in sharers if asked else ():
            for reference in self.references.leases_named(portfolio_id, asked):
                homes[reference].append(portfolio_id)
        for report in reports:
            found = homes.get(named[report.report_id], [])
            if len(found) == 1:
                yield report, found[0]


def _command_of(command: Command, portfolio_id: PortfolioId) -> Command:
    return evolve(command.part(f"route {portfolio_id}"), portfolio_id=portfolio_id)
