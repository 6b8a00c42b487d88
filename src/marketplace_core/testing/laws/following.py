"""The laws after each step of a life: the whole books, beside a replay that goes on instead of beginning again.

A replay from the first link after each step costs more than all else together. So laws 11, 19 and 20, which need one,
follow the log link by link here; every other law is checked over all that the books hold. What a link read earlier
says now, and what is known of every earlier instant, is checked at the end of the life, by ``check_laws``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.facts import Fact
from marketplace_core.domain.identifiers import LeaseId, MatchId, PortfolioId
from marketplace_core.domain.matching import Match
from marketplace_core.domain.reconciliation import DEFAULT_RULES
from marketplace_core.domain.state import StateRow
from marketplace_core.errors import LawBroken, MarketplaceError
from marketplace_core.services.certificate_audit import CertificateAudit, require_fits
from marketplace_core.services.memory_books import MemoryBooks
from marketplace_core.services.replay import Replay
from marketplace_core.testing.laws import laws
from marketplace_core.testing.laws.knowledge import Earlier, Knowledge, require_known
from marketplace_core.testing.laws.laws import LAWS
from marketplace_core.testing.life import BookStore

EARLIER_INSTANTS: Final = 2
"""At how many earlier instants, beside the last, an account is compared with what was known; in turn."""

Rows: TypeAlias = Sequence[StateRow]
Accounts: TypeAlias = Sequence[LeaseAccount]


class FollowedLaws:
    """Checks one portfolio's books after each step; the life's end is the caller's to check, by ``check_laws``."""

    def __init__(self, store: BookStore, portfolio_id: PortfolioId) -> None:
        """Stand before the first link."""
        self._store, self._portfolio_id = store, portfolio_id
        self._replay = Replay(store, portfolio_id)
        self._audit = CertificateAudit([DEFAULT_RULES])
        self._knowledge = Knowledge()
        self._then: list[Earlier] = []
        self._turn, self._owned, self._seen = 0, 0, 0
        self._accounts: dict[LeaseId, LeaseAccount] = {}
        self._matches: dict[MatchId, Match] = {}
        self._checks: dict[int, Callable[[Rows, Accounts], None]] = {
            1: self._moving,
            2: self._folded,
            3: self._turning,
            11: self._known,
            12: self._exact,
            13: self._own,
            19: self._replayed,
            20: self._certified,
        }
        """Those on rows and accounts read once, or along the log; each other law reads for itself."""

    def require(self) -> None:
        """``LawBroken`` names the first law that does not hold of the books as they are now."""
        for broken in self.broken():
            raise broken

    def broken(self) -> Iterator[LawBroken]:
        """Each law that does not hold of the books as they are now."""
        rows = list(self._store.state(self._portfolio_id))
        accounts = list(self._store.accounts(self._portfolio_id))
        for law in LAWS:
            check = self._checks.get(law.number)
            try:
                if check is None:
                    law.check(self._store, self._portfolio_id)
                else:
                    check(rows, accounts)
            except LawBroken as error:
                named = LawBroken(f"law {law.number} ({law.statement}): {error}")
                named.__cause__ = error
                yield named

    def _moving(self, rows: Rows, _: Accounts) -> None:
        laws.require_moving(laws.postings_in(rows))

    def _folded(self, rows: Rows, accounts: Accounts) -> None:
        laws.require_folded(laws.postings_in(rows), accounts)

    def _turning(self, rows: Rows, _: Accounts) -> None:
        laws.require_turning(laws.postings_in(rows)[:20])

    def _exact(self, rows: Rows, _: Accounts) -> None:
        laws.require_exact(rows)

    def _own(self, rows: Rows, _: Accounts) -> None:
        laws.require_own_rows(rows, self._portfolio_id)
        further = list(self._store.events(self._portfolio_id, self._owned))
        laws.require_own_events(further, self._portfolio_id)
        self._owned += len(further)

    def _replayed(self, rows: Rows, _: Accounts) -> None:
        self._go_on()
        laws.require_same(rows, self._replay.books.state(self._portfolio_id))

    def _go_on(self) -> None:
        """Follow the log, and keep what was known before each link: accounts are values, so this costs no copies."""
        try:
            self._replay.go_on(watch=self._watch)
            self._then.extend(self._knowledge.see(self._replay.books.accounts(self._portfolio_id)))
        except LawBroken:
            raise
        except MarketplaceError as error:
            raise LawBroken(str(error)) from error

    def _watch(self, books: MemoryBooks, event: Event, facts: Sequence[Fact]) -> None:
        self._then.extend(self._knowledge.watch(books, event))
        self._audit.watch(books, event, facts)

    def _known(self, _: Rows, accounts: Accounts) -> None:
        self._go_on()
        live = {it.lease.lease_id: it for it in accounts}
        for lease_id, account in live.items():
            if self._accounts.get(lease_id) != account:
                laws.require_following(account)
        instants = self._then[self._seen :]
        for _turn in range(EARLIER_INSTANTS if self._then else 0):
            self._turn += 1
            instants.append(self._then[self._turn % len(self._then)])
        for at, then in instants:
            require_known(live[then.lease.lease_id], at, then)
        self._accounts, self._seen = live, len(self._then)

    def _certified(self, _: Rows, __: Accounts) -> None:
        self._go_on()
        try:
            for match in self._store.matches(self._portfolio_id):
                if match.certificate and self._matches.get(match.match_id) != match:
                    require_fits(match)
                    self._matches[match.match_id] = match
            found = next(iter(self._audit.findings(self._store, self._portfolio_id)), None)
        except MarketplaceError as error:
            raise LawBroken(str(error)) from error
        laws.require(found is None, f"{found}")
