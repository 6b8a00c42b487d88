"""Reads the books in memory: directory, accounts, matches, aging and the state for proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import TypeVar

from typing_extensions import override

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.aging import (
    DEFAULT_BUCKETS,
    AgingBasis,
    AgingBuckets,
    AgingGroup,
    AgingReport,
    age_accounts,
)
from marketplace_core.domain.identifiers import LeaseId, MatchId, PaymentId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.party import ExternalId, Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, PayerAlias
from marketplace_core.domain.state import StateRow
from marketplace_core.domain.state_rows import (
    StateValue,
    alias_row,
    certificate_row,
    contradiction_row,
    link_row,
    payer_row,
    person_row,
    report_row,
    row_of,
)
from marketplace_core.errors import NotFound
from marketplace_core.ports.aging import Aging
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.event_log import BooksState
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.matches import Matches
from marketplace_core.services.memory_books.engine import Engine
from marketplace_core.services.memory_books.payment_facts import standing_of
from marketplace_core.services.memory_books.tables import Book

K = TypeVar("K", bound=str)
V = TypeVar("V")


class Reading(Engine, Directory, LeaseAccounts, Matches, Aging, BooksState):
    """What the books say; each stream is of the books as they were when it began."""

    def _by_id(self, table: Mapping[K, V]) -> list[V]:
        with self._lock:
            return [table[key] for key in sorted(table)]

    def _require(self, table: Mapping[K, V], key: K, portfolio_id: PortfolioId, what: str) -> V:
        found = table.get(key)
        if found is None:
            raise NotFound(f"portfolio {portfolio_id} has no {what} {key}")
        return found

    @override
    def portfolio(self, portfolio_id: PortfolioId) -> Portfolio:
        return self._book(portfolio_id).portfolio[portfolio_id]

    @override
    def portfolios(self) -> tuple[Portfolio, ...]:
        return tuple(book.portfolio[book.portfolio_id] for book in self._by_id(self._books))

    @override
    def collection_accounts(self, portfolio_id: PortfolioId) -> tuple[CollectionAccount, ...]:
        return tuple(self._by_id(self._book(portfolio_id).collection_accounts))

    @override
    def properties(self, portfolio_id: PortfolioId) -> Iterator[Property]:
        return iter(self._by_id(self._book(portfolio_id).properties))

    @override
    def units(self, portfolio_id: PortfolioId) -> Iterator[Unit]:
        return iter(self._by_id(self._book(portfolio_id).units))

    @override
    def unit(self, portfolio_id: PortfolioId, unit_id: UnitId) -> Unit:
        return self._require(self._book(portfolio_id).units, unit_id, portfolio_id, "unit")

    @override
    def people(self, portfolio_id: PortfolioId) -> Mapping[PersonId, Person]:
        with self._lock:
            return MappingProxyType(dict(self._book(portfolio_id).people))

    @override
    def person(self, portfolio_id: PortfolioId, person_id: PersonId) -> Person:
        return self._require(self._book(portfolio_id).people, person_id, portfolio_id, "person")

    @override
    def our_id(self, portfolio_id: PortfolioId, system: str, kind: str, external_id: str) -> str | None:
        return self._book(portfolio_id).links.get((system, kind, external_id))

    @override
    def external_ids(self, portfolio_id: PortfolioId, our_id: str) -> tuple[ExternalId, ...]:
        with self._lock:
            links = self._book(portfolio_id).links
            return tuple(sorted(ExternalId(*key) for key, known in links.items() if known == our_id))

    @override
    def lease(self, portfolio_id: PortfolioId, lease_id: LeaseId) -> Lease:
        return self.account(portfolio_id, lease_id).lease

    @override
    def leases(self, portfolio_id: PortfolioId) -> Iterator[Lease]:
        return (account.lease for account in self._by_id(self._book(portfolio_id).accounts))

    @override
    def account(self, portfolio_id: PortfolioId, lease_id: LeaseId) -> LeaseAccount:
        return self._require(self._book(portfolio_id).accounts, lease_id, portfolio_id, "lease")

    @override
    def accounts(self, portfolio_id: PortfolioId) -> Iterator[LeaseAccount]:
        return iter(self._by_id(self._book(portfolio_id).accounts))

    @override
    def match(self, portfolio_id: PortfolioId, match_id: MatchId) -> Match:
        return self._require(self._book(portfolio_id).matches, match_id, portfolio_id, "match")

    @override
    def matches_of(self, portfolio_id: PortfolioId, payment_id: PaymentId) -> tuple[Match, ...]:
        book = self._book(portfolio_id)
        with self._lock:
            return tuple(book.matches[match_id] for match_id in book.matches_of_payment.get(payment_id, ()))

    @override
    def matches(self, portfolio_id: PortfolioId) -> Iterator[Match]:
        return iter(self._by_id(self._book(portfolio_id).matches))

    @override
    def proposals(self, portfolio_id: PortfolioId) -> tuple[Proposal, ...]:
        with self._lock:
            work = self._begin(portfolio_id)
            waiting = [
                proposal
                for payment_id, proposal in self._book(portfolio_id).proposals.items()
                if standing_of(work, payment_id).unapplied_minor
            ]
        return tuple(sorted(waiting, key=lambda it: (-it.amount.amount_minor, it.payment_id)))

    @override
    def aliases(self, portfolio_id: PortfolioId) -> tuple[PayerAlias, ...]:
        with self._lock:
            aliases = self._book(portfolio_id).aliases
            return tuple(aliases[key] for key in sorted(aliases))

    @override
    def report(
        self,
        portfolio_id: PortfolioId,
        as_of: date,
        *,
        known_on: datetime | None = None,
        by: AgingGroup = AgingGroup.LEASE,
        basis: AgingBasis = AgingBasis.DUE_DATE,
        buckets: AgingBuckets | None = None,
    ) -> AgingReport:
        return age_accounts(
            self.accounts(portfolio_id),
            as_of,
            self.portfolio(portfolio_id).currency,
            known_on=known_on,
            by=by,
            property_of={unit.unit_id: unit.property_id for unit in self.units(portfolio_id)},
            basis=basis,
            buckets=buckets or DEFAULT_BUCKETS,
        )

    @override
    def state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        book = self._book(portfolio_id)
        with self._lock:
            kinds = [sorted(rows(book)) for rows in _ROWS]
        for rows_of_kind in kinds:
            yield from rows_of_kind

    @override
    def evidence_state(self, portfolio_id: PortfolioId) -> Iterator[StateRow]:
        book = self._book(portfolio_id)
        with self._lock:
            kinds = [sorted(rows(book)) for rows in _EVIDENCE]
        for rows_of_kind in kinds:
            yield from rows_of_kind


def _rows(values: Iterable[StateValue]) -> Iterator[StateRow]:
    return (row_of(value) for value in values)


_ROWS: tuple[Callable[[Book], Iterator[StateRow]], ...] = (
    lambda book: _rows(it for account in book.accounts.values() for it in account.allocations),
    lambda book: _rows(book.collection_accounts.values()),
    lambda book: _rows(it for account in book.accounts.values() for it in account.credits),
    lambda book: _rows(it for account in book.accounts.values() for it in account.credit_notes),
    lambda book: _rows(it for account in book.accounts.values() for it in account.deposit_entries),
    lambda book: _rows(it for account in book.accounts.values() for it in account.invoices),
    lambda book: _rows(account.lease for account in book.accounts.values()),
    lambda book: (link_row(*key, our_id) for key, our_id in book.links.items()),
    lambda book: _rows(book.matches.values()),
    lambda book: _rows(book.payments.values()),
    lambda book: _rows(book.portfolio.values()),
    lambda book: _rows(book.postings.values()),
    lambda book: _rows(book.properties.values()),
    lambda book: _rows(book.proposals.values()),
    lambda book: _rows(book.receipts.values()),
    lambda book: _rows(book.reversals.values()),
    lambda book: _rows(book.units.values()),
    lambda book: _rows(it for account in book.accounts.values() for it in account.uses),
    lambda book: _rows(it for account in book.accounts.values() for it in account.voids),
)
"""The rows of each kind, in the order of ``state_rows.KINDS``."""

_EVIDENCE: tuple[Callable[[Book], Iterator[StateRow]], ...] = (
    lambda book: map(alias_row, book.aliases.values()),
    lambda book: (
        contradiction_row(payment_id, source, told, it.reason, it.report.paid_at)
        for (payment_id, source, told), it in book.contradicted.items()
    ),
    lambda book: map(certificate_row, book.matches.values()),
    lambda book: map(payer_row, book.payments.values()),
    lambda book: map(person_row, book.people.values()),
    lambda book: map(certificate_row, book.proposals.values()),
    lambda book: (
        report_row(payment_id, position, it.report_id, it)
        for payment_id, reports in book.reports.items()
        for position, it in enumerate(reports)
    ),
)
"""The rows of each kind, in the order of ``state_rows.EVIDENCE_KINDS``."""
