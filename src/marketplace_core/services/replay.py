"""Build a portfolio's books again from its event log, checking each link on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from attrs import frozen

from marketplace_core.domain.billing import bill
from marketplace_core.domain.codec import unseal
from marketplace_core.domain.days import DateSpan
from marketplace_core.domain.event_log import GENESIS, Event, opened, verify_chain
from marketplace_core.domain.facts import BillingRunRecorded, Fact
from marketplace_core.domain.identifiers import ChargeId, PortfolioId
from marketplace_core.domain.invoice import Invoice, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.errors import ChainBroken, InvalidInput
from marketplace_core.ports.billing_runs import BillLease
from marketplace_core.ports.event_log import EventLog
from marketplace_core.services.memory_books import MemoryBooks

Watch = Callable[[MemoryBooks, Event, Sequence[Fact]], None]
"""Is shown the books as they stood before a link, the link and its facts."""


@frozen
class Replayed:
    """The books that the log gives; ``head_hash`` is the last link's, ``erased`` how many personal parts are gone."""

    books: MemoryBooks
    events: int
    head_hash: str
    erased: int


class Replay:
    """A replay that goes on where it stopped when the log has grown; after an error it is of no more use.

    ``books`` are those that the links read so far give, ``events`` how many they are. A link is read once: what is
    done to it later is only seen by a replay from the beginning.
    """

    def __init__(self, log: EventLog, portfolio_id: PortfolioId) -> None:
        """Stand before the first link."""
        self._log, self._portfolio_id = log, portfolio_id
        self._head_hash, self._erased = GENESIS, 0
        self.books = MemoryBooks()
        self.events = 0

    def go_on(self, *, watch: Watch | None = None, progress: Callable[[int], None] | None = None) -> Replayed:
        """Read, check and write each further link before the next is read."""
        for event in self._log.events(self._portfolio_id, self.events):
            self.events, self._head_hash = verify_chain([event], self._head_hash, self.events)
            publics = json.loads(event.payload)
            personals = self._log.personal(self._portfolio_id, event.sequence)
            if stray := personals.keys() - {place for place, one in enumerate(publics) if "personal_digest" in one}:
                raise ChainBroken(
                    f"event {event.sequence} of portfolio {self._portfolio_id}: no fact has the part {min(stray)}"
                )
            sealed = opened(publics, [personals.get(place) for place in range(len(publics))])
            self._erased += sum(one.personal is None and "personal_digest" in one.public for one in sealed)
            try:
                facts = [unseal(one) for one in sealed]
            except InvalidInput as error:
                raise ChainBroken(f"event {event.sequence} of portfolio {self._portfolio_id}: {error}") from error
            if watch is not None:
                watch(self.books, event, facts)
            self.books.adopt(event, facts, personals, _biller(facts))
            if progress is not None:
                progress(self.events)
        return Replayed(self.books, self.events, self._head_hash, self._erased)


def replay(
    log: EventLog,
    portfolio_id: PortfolioId,
    *,
    watch: Watch | None = None,
    progress: Callable[[int], None] | None = None,
) -> Replayed:
    """The books again, from nothing but the log; ``ChainBroken`` or ``IntegrityBroken`` where it does not hold.

    Billing runs are run again by the native engine and must give what the log recorded. What was erased comes
    back empty. A link is read, checked and written before the next is read.
    """
    return Replay(log, portfolio_id).go_on(watch=watch, progress=progress)


def _biller(facts: Sequence[Fact]) -> BillLease:
    """The pure decision of the link's billing run, for leases as they stand in the replay."""
    run = next((fact for fact in facts if isinstance(fact, BillingRunRecorded)), None)

    def bill_lease(
        lease: Lease, recorded_at: datetime, billed: AbstractSet[ChargeId], standing: AbstractSet[StandingKey]
    ) -> tuple[Invoice, ...]:
        if run is None:
            return ()
        return bill(lease, DateSpan(run.window_start, run.window_end), recorded_at, billed, standing)

    return bill_lease
