"""Sums and joins of the books in memory: balances by the pure functions, exact references by look-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from typing_extensions import override

from marketplace_core.domain.aging import AgingGroup, group_key
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PortfolioId
from marketplace_core.domain.reconciliation.exact import exact_references, owners_of
from marketplace_core.domain.trial_balance import OwedBalance, TrialBalance, owed, trial_balance
from marketplace_core.ports.balances import Balances
from marketplace_core.ports.exact_references import ExactReferences
from marketplace_core.services.memory_books.runs import Runs


class Sums(Runs, Balances, ExactReferences):
    """What a database would sum and join by itself."""

    @override
    def trial_balance(
        self, portfolio_id: PortfolioId, *, as_of: date | None = None, known_on: datetime | None = None
    ) -> TrialBalance:
        with self._lock:
            postings = tuple(self._book(portfolio_id).postings.values())
        return trial_balance(postings, as_of, known_on)

    @override
    def owed(
        self,
        portfolio_id: PortfolioId,
        *,
        by: AgingGroup = AgingGroup.LEASE,
        as_of: date | None = None,
        known_on: datetime | None = None,
    ) -> tuple[OwedBalance, ...]:
        with self._lock:
            book = self._book(portfolio_id)
            accounts = dict(book.accounts)
            property_of = {unit_id: unit.property_id for unit_id, unit in book.units.items()}
        trial = self.trial_balance(portfolio_id, as_of=as_of, known_on=known_on)
        return owed(trial, lambda lease_id: group_key(accounts[LeaseId(lease_id)].lease, by, property_of))

    @override
    def waiting_for(self, portfolio_id: PortfolioId) -> Mapping[PaymentId, LeaseId]:
        texts = ((it.payment.payment_id, it.payment.reference_text) for it in self.waiting(portfolio_id))
        return exact_references(texts, self._references(portfolio_id))

    @override
    def leases_named(self, portfolio_id: PortfolioId, references: Iterable[str]) -> Mapping[str, LeaseId]:
        owners = owners_of(self._references(portfolio_id))
        return {reference: owners[reference] for reference in sorted(set(references)) if reference in owners}

    def _references(self, portfolio_id: PortfolioId) -> Iterator[tuple[LeaseId, str]]:
        return ((lease.lease_id, lease.reference) for lease in self.leases(portfolio_id) if lease.is_billable)
