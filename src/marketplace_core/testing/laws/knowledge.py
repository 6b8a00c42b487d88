"""What the log says was known of each account: law 11, along a replay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from attrs import evolve

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.allocation import AllocationSpan
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.identifiers import LeaseId
from marketplace_core.errors import LawBroken
from marketplace_core.services.memory_books import MemoryBooks

Earlier = tuple[datetime, LeaseAccount]
"""An account as it stood up to a link that changed it, and the instant of the last thing that was known of it."""


class Knowledge:
    """Follows the accounts of a replay; each link that changes one must be recorded after what it rests on.

    What lies between two links of an account is known alike at each instant between, so that one comparison a link
    is one at every instant.
    """

    def __init__(self) -> None:
        """Stand before the first link."""
        self._accounts: dict[LeaseId, LeaseAccount] = {}
        self._event: Event | None = None

    def watch(self, books: MemoryBooks, event: Event) -> list[Earlier]:
        """The accounts that the link before this one changed, as they were; ``books`` stand before this one."""
        found = self.see(books.accounts(event.portfolio_id)) if self._event is not None else []
        self._event = event
        return found

    def see(self, accounts: Iterable[LeaseAccount]) -> list[Earlier]:
        """The accounts that the last link changed, as they were; the accounts are those after it."""
        found: list[Earlier] = []
        now = {account.lease.lease_id: account for account in accounts}
        for lease_id, before in self._accounts.items():
            after = now[lease_id]
            at = before.recorded_last()
            if self._event is None or at is None or after is before or evolve(before, lease=after.lease) == after:
                continue
            if self._event.recorded_at < at:
                raise LawBroken(
                    f"lease {lease_id}: link {self._event.sequence} is recorded at {self._event.recorded_at}, "
                    f"before what it rests on, which was recorded at {at}"
                )
            if at < self._event.recorded_at:
                found.append((at, before))
        self._accounts = now
        return found


def require_known(live: LeaseAccount, at: datetime, then: LeaseAccount) -> None:
    """Law 11: the live account, as known at an instant, is the one that the log gives up to it."""
    now = live.known(at)
    if spans_of(now) != spans_of(then) or now.outstanding(date.max) != then.outstanding(date.max):
        raise LawBroken(f"lease {then.lease.lease_id} as known at {at}: the log says otherwise")


def spans_of(account: LeaseAccount) -> set[AllocationSpan]:
    """Its standing allocations."""
    return {
        AllocationSpan(it.credit_id, it.invoice_id, it.amount.amount_minor, it.value_date, it.ended_on)
        for it in account.standing_allocations()
    }
