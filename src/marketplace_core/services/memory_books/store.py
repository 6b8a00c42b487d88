"""The books in memory, whole: every port, what a replay needs besides, and erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from typing_extensions import override

from marketplace_core.domain.command import Command
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.event_log import Event, command_of
from marketplace_core.domain.facts import (
    BillingRunRecorded,
    CollectionAccountOpened,
    Fact,
    ListingChanged,
    ListingTold,
    PersonErased,
    PersonMerged,
    PortfolioOpened,
)
from marketplace_core.domain.identifiers import CommandId, PersonId, PortfolioId
from marketplace_core.domain.merging import merge_facts
from marketplace_core.domain.money import KES, Currency
from marketplace_core.domain.party import ExternalId, Portfolio
from marketplace_core.domain.payment import CollectionAccount
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import IntegrityBroken
from marketplace_core.ports.billing_runs import BillLease
from marketplace_core.ports.books import Recorded
from marketplace_core.ports.erasure import Erasure
from marketplace_core.ports.merging import Merging
from marketplace_core.services.memory_books.applying import Applying
from marketplace_core.services.memory_books.beside import Beside
from marketplace_core.services.memory_books.bringing import Bringing
from marketplace_core.services.memory_books.cash_desk import Counter
from marketplace_core.services.memory_books.erasure import erase
from marketplace_core.services.memory_books.residing import Residing
from marketplace_core.services.memory_books.writing import write_one

_OPENED_AT = datetime(2020, 1, 1, tzinfo=UTC)


class MemoryBooks(Applying, Counter, Beside, Bringing, Residing, Erasure, Merging):
    """A book of every portfolio in plain dictionaries, behind all ports that a database serves.

    Transactions are whole or not at all; constraints, document numbers, the chain of events and its erasable
    vault are those of a database. ``lock`` is held while something is read or written: pass a reentrant one
    where threads share the books.
    """

    @classmethod
    def with_portfolio(
        cls, portfolio_id: str, *accounts: CollectionAccount, currency: Currency = KES, name: str = ""
    ) -> Self:
        """Books in which one portfolio is open and collects in the accounts."""
        books = cls()
        own = PortfolioId(portfolio_id)
        command = Command(CommandId(f"open-{own}"), own, "portfolio.open", "system", _OPENED_AT)
        opened = [CollectionAccountOpened(own, account) for account in accounts]
        books.record(command, [PortfolioOpened(Portfolio(own, name or own, currency)), *opened])
        return books

    def adopt(
        self,
        event: Event,
        facts: Sequence[Fact],
        personals: Mapping[int, dict[str, Any]],
        bill_lease: BillLease,
    ) -> None:
        """Write a link of another store's log as it stands there; its billing run is run again by ``bill_lease``.

        Of listings the log has digests alone: they stand beside the books that a replay makes. ``IntegrityBroken``
        where the run gives other invoices than the log recorded. The chain itself is the caller's to check.
        """
        with self._lock:
            work = self._begin(event.portfolio_id)
            for fact in facts:
                if isinstance(fact, BillingRunRecorded):
                    window = DateSpan(fact.window_start, fact.window_end)
                    tally, _ = self._bill(work, command_of(event), window, bill_lease, None)
                    if tally.fact(command_of(event), window) != fact:
                        raise IntegrityBroken(
                            f"event {event.sequence}: billing {window} again gives {tally.outcome()}, the log says "
                            f"{fact.invoices} invoices of {fact.amount}; the rules or the log were altered"
                        )
                elif isinstance(fact, PersonErased):
                    erase(work, fact.person_id, event.recorded_at)
                elif isinstance(fact, ListingChanged | ListingTold):
                    continue
                elif write_one(work, fact) != fact:
                    raise IntegrityBroken(
                        f"event {event.sequence}: a {type(fact).__name__} comes out of the replay with another number"
                    )
            self._append(work, event, dict(personals))

    @override
    def erase_person(self, command: Command, person_id: PersonId, *, dry_run: bool = False) -> Recorded:
        with self._lock:
            self._book(command.portfolio_id)
            work = self._begin(command.portfolio_id)
            known = self._known(work, command)
            if known is not None:
                return known
            erased = erase(work, person_id, command.recorded_at)
            if erased is None:
                return Recorded((), self._last_sequence(work.book))
            if dry_run:
                return Recorded((erased,), self._last_sequence(work.book))
            return Recorded((erased,), self._commit(work, command, (erased,)))

    @override
    def merge_people(
        self, command: Command, duplicate_id: PersonId, kept_id: PersonId, *, dry_run: bool = False
    ) -> Recorded:
        with self._lock:
            book = self._book(command.portfolio_id)
            leases = [it.lease for _, it in sorted(book.accounts.items()) if duplicate_id in it.lease.tenant_ids]
            properties = [it for _, it in sorted(book.properties.items()) if it.landlord_id == duplicate_id]
            links = sorted(ExternalId(*key) for key, our_id in book.links.items() if our_id == duplicate_id)

            def decide(_: Locked) -> Sequence[Fact]:
                merged = PersonMerged(book.portfolio_id, duplicate_id, kept_id)
                return merge_facts(merged, book.people, leases, properties, links)

            return self.change(command, decide, leases=[it.lease_id for it in leases], dry_run=dry_run)
