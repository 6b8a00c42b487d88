"""The engine of the books in memory: transactions, the event log, and the port that writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from typing_extensions import override

from marketplace_core.domain.codec import canonical, digest, unseal
from marketplace_core.domain.command import Command, require_kind
from marketplace_core.domain.event_log import GENESIS, Event, link, opened, sealed_payload
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import CommandId, LeaseId, PaymentId, PortfolioId, UnitId
from marketplace_core.domain.standing import Locked
from marketplace_core.errors import NotFound
from marketplace_core.ports.books import Books, Recorded
from marketplace_core.ports.event_log import EventLog
from marketplace_core.services.memory_books.account_facts import require_account
from marketplace_core.services.memory_books.lease_facts import leases_of_unit
from marketplace_core.services.memory_books.payment_facts import standing_of
from marketplace_core.services.memory_books.tables import Book, Shared, Workplace
from marketplace_core.services.memory_books.writing import require_bounds, write

SaltOf = Callable[[Command, int], str]
"""The salt of a command's n-th sealed fact."""


def derived_salt(command: Command, position: int) -> str:
    """A salt that anybody could compute: enough for books that no erasure must protect, and the same in every run."""
    return digest(canonical([command.portfolio_id, command.command_id, position]))


class Engine(Books, EventLog):
    """Writes facts whole or not at all, one transaction after another, and keeps the chain.

    ``lock`` is held while a transaction or a read runs (a reentrant lock where threads share the books);
    ``salt_of`` gives the salts of personal parts (secret random ones where digests must betray nobody).
    """

    def __init__(self, *, lock: AbstractContextManager[object] | None = None, salt_of: SaltOf = derived_salt) -> None:
        """Begin with empty books."""
        self._lock: AbstractContextManager[object] = nullcontext() if lock is None else lock
        self._salt_of = salt_of
        self._books: dict[PortfolioId, Book] = {}
        self._shared = Shared()

    @override
    def record(self, command: Command, facts: Sequence[Fact], *, dry_run: bool = False) -> Recorded:
        return self.change(command, lambda _: facts, dry_run=dry_run)

    @override
    def change(
        self,
        command: Command,
        decide: Callable[[Locked], Sequence[Fact]],
        *,
        leases: Sequence[LeaseId] = (),
        payments: Sequence[PaymentId] = (),
        units: Sequence[UnitId] = (),
        dry_run: bool = False,
    ) -> Recorded:
        with self._lock:
            work = self._begin(command.portfolio_id)
            known = self._known(work, command)
            if known is not None:
                return known
            locked = Locked.by(
                command,
                {lease_id: require_account(work, lease_id) for lease_id in sorted(set(leases))},
                {payment_id: standing_of(work, payment_id) for payment_id in sorted(set(payments))},
                {unit_id: leases_of_unit(work, unit_id) for unit_id in sorted(set(units))},
            )
            facts = write(work, decide(locked))
            if not facts:
                return Recorded((), self._last_sequence(work.book))
            require_bounds(work)
            if dry_run:
                return Recorded(facts, self._last_sequence(work.book))
            return Recorded(facts, self._commit(work, locked.command, facts))

    @override
    def events(self, portfolio_id: PortfolioId, after_sequence: int = 0) -> Iterator[Event]:
        book = self._book(portfolio_id)
        sequence = after_sequence + 1
        while (event := book.events.get(sequence)) is not None:
            yield event
            sequence += 1

    @override
    def event_of(self, portfolio_id: PortfolioId, command_id: CommandId) -> Event | None:
        with self._lock:
            book = self._book(portfolio_id)
            sequence = book.commands.get(command_id)
            return None if sequence is None else book.events[sequence]

    @override
    def personal(self, portfolio_id: PortfolioId, sequence: int) -> dict[int, dict[str, Any]]:
        with self._lock:
            vault = self._book(portfolio_id).vault
            count = self._fact_count(portfolio_id, sequence)
            return {place: vault[sequence, place] for place in range(count) if (sequence, place) in vault}

    def _fact_count(self, portfolio_id: PortfolioId, sequence: int) -> int:
        event = self._book(portfolio_id).events.get(sequence)
        return 0 if event is None else len(json.loads(event.payload))

    def facts_of(self, portfolio_id: PortfolioId, sequence: int) -> tuple[Fact, ...]:
        """The facts of a link, read from the chain and the vault."""
        event = self._book(portfolio_id).events[sequence]
        publics = json.loads(event.payload)
        personal = self.personal(portfolio_id, sequence)
        sealed = opened(publics, [personal.get(place) for place in range(len(publics))])
        return tuple(unseal(one) for one in sealed)

    def _begin(self, portfolio_id: PortfolioId) -> Workplace:
        book = self._books.get(portfolio_id)
        return Workplace(Book(portfolio_id) if book is None else book, self._shared)

    def _known(self, work: Workplace, command: Command) -> Recorded | None:
        """What the command wrote before, if it did."""
        sequence = work.book.commands.get(command.command_id)
        if sequence is None:
            return None
        require_kind(command, work.book.events[sequence].kind)
        return Recorded(self.facts_of(command.portfolio_id, sequence), sequence, repeated=True)

    def _commit(self, work: Workplace, command: Command, facts: Sequence[Fact]) -> int:
        """Write the transaction and its link."""
        book = work.book
        last = self._last_sequence(book)
        salts = (self._salt_of(command, position) for position in range(len(facts)))
        payload, personals = sealed_payload(facts, salts)
        previous = book.events[last].hash if last else GENESIS
        self._append(work, link(previous, last + 1, command, payload), dict(enumerate(personals)))
        return last + 1

    def _append(self, work: Workplace, event: Event, personals: dict[int, dict[str, Any] | None]) -> None:
        """Write the transaction with a link that is made already."""
        transaction, book = work.transaction, work.book
        transaction.on(book.events).put(event.sequence, event)
        transaction.on(book.commands).put(event.command_id, event.sequence)
        for place, personal in personals.items():
            if personal is not None:
                transaction.on(book.vault).put((event.sequence, place), personal)
        transaction.commit()
        self._books[book.portfolio_id] = book

    @staticmethod
    def _last_sequence(book: Book) -> int:
        return len(book.events)

    def _book(self, portfolio_id: PortfolioId) -> Book:
        book = self._books.get(portfolio_id)
        if book is None:
            raise NotFound(f"there is no portfolio {portfolio_id}; open it first")
        return book
