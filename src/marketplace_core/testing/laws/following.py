"""The laws after each step of a life: the whole books, beside a replay that goes on instead of beginning again.

A replay from the first link after each step costs more than all else together. So laws 11, 19 and 20, which need one,
follow the log link by link here; every other law is checked over all that the books hold. What a link read earlier
says now, and what is known of every earlier instant, is checked at the end of the life, by ``check_laws``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import LeaseId, MatchId, PortfolioId
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.matching import Match
from marketplace_core.domain.reconciliation import DEFAULT_RULES
from marketplace_core.domain.state import StateRow
from marketplace_core.errors import LawBroken, MarketplaceError
from marketplace_core.services.certificate_audit import CertificateAudit, require_fits
from marketplace_core.services.memory_books import MemoryBooks
from marketplace_core.services.replay import Replay
from marketplace_core.testing.laws import laws
from marketplace_core.testing.laws.laws import LAWS, check_laws, postings_in
from marketplace_core.testing.life import BookStore

EARLIER_INSTANTS: Final = 2
"""At how many earlier instants, beside the last, a changed account is compared with what was known; in turn."""

_OF_WHAT_WAS_READ: Final = {1, 2, 3, 11, 12, 13, 19, 20}
"""The laws that are checked here on rows and postings read once, or along the log; the others read for themselves."""


@frozen
class _Read:
    """The books after a step, read once for the laws that look at the same."""

    rows: Sequence[StateRow]
    postings: Sequence[Posting]
    accounts: Sequence[LeaseAccount]


class FollowedLaws:
    """Checks one portfolio's books after each step; the life's end is the caller's to check, by ``check_laws``."""

    def __init__(self, store: BookStore, portfolio_id: PortfolioId) -> None:
        """Stand before the first link."""
        self._store, self._portfolio_id = store, portfolio_id
        self._replay = Replay(store, portfolio_id)
        self._audit = CertificateAudit([DEFAULT_RULES])
        self._last: Event | None = None
        self._then: list[tuple[datetime, dict[LeaseId, LeaseAccount]]] = []
        self._turn = 0
        self._accounts: dict[LeaseId, LeaseAccount] = {}
        self._matches: dict[MatchId, Match] = {}
        self._others = [law for law in LAWS if law.number not in _OF_WHAT_WAS_READ]

    def require(self) -> None:
        """``LawBroken`` names the first law that does not hold of the books as they are now."""
        rows = list(self._store.state(self._portfolio_id))
        read = _Read(rows, postings_in(rows), list(self._store.accounts(self._portfolio_id)))
        self._named(1, lambda: laws.require_moving(read.postings))
        self._named(2, lambda: laws.require_folded(read.postings, read.accounts))
        self._named(3, lambda: laws.require_turning(read.postings[:20]))
        self._named(12, lambda: laws.require_exact(read.rows))
        self._named(13, lambda: laws.require_own_rows(read.rows, self._portfolio_id))
        check_laws(self._store, self._portfolio_id, self._others)
        self._named(19, self._go_on)
        self._named(19, lambda: laws.require_same(read.rows, self._replay.books.state(self._portfolio_id)))
        self._named(11, lambda: self._require_knowledge(read.accounts))
        self._named(20, self._require_certificates)

    @staticmethod
    def _named(number: int, check: Callable[[], None]) -> None:
        try:
            check()
        except LawBroken as error:
            statement = next(law.statement for law in LAWS if law.number == number)
            raise LawBroken(f"law {number} ({statement}): {error}") from error

    def _go_on(self) -> None:
        """Follow the log, and keep what was known before each link: accounts are values, so this costs no copies."""
        try:
            self._replay.go_on(watch=self._watch)
        except LawBroken:
            raise
        except MarketplaceError as error:
            raise LawBroken(str(error)) from error

    def _watch(self, books: MemoryBooks, event: Event, facts: Sequence[Fact]) -> None:
        laws.require_own_events([event], self._portfolio_id)
        if self._last is not None and self._last.recorded_at < event.recorded_at:
            known = {it.lease.lease_id: it for it in books.accounts(self._portfolio_id)}
            self._then.append((self._last.recorded_at, known))
        self._last = event
        self._audit.watch(books, event, facts)

    def _require_knowledge(self, accounts: Sequence[LeaseAccount]) -> None:
        changed = [it for it in accounts if self._accounts.get(it.lease.lease_id) != it]
        instants = self._then[-1:]
        for _ in range(EARLIER_INSTANTS if self._then else 0):
            self._turn += 1
            instants.append(self._then[self._turn % len(self._then)])
        for account in changed:
            laws.require_following(account)
            for at, known in instants:
                if account.lease.lease_id in known:
                    laws.require_known(account, at, known[account.lease.lease_id])
        self._accounts = {it.lease.lease_id: it for it in accounts}

    def _require_certificates(self) -> None:
        try:
            for match in self._store.matches(self._portfolio_id):
                if match.certificate and self._matches.get(match.match_id) != match:
                    require_fits(match)
                    self._matches[match.match_id] = match
            found = next(iter(self._audit.findings(self._store, self._portfolio_id)), None)
        except MarketplaceError as error:
            raise LawBroken(str(error)) from error
        laws.require(found is None, f"{found}")
