"""What of a book in memory is in reach, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from marketplace_core.domain.access import Reach, Target
from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.identifiers import LeaseId, PaymentId, PropertyId
from marketplace_core.domain.lease import Lease
from marketplace_core.services.memory_books.tables import Book


@frozen
class ShownRow:
    """An entry, its id, and its value for each field: a tuple where it has many, a function where it is asked a day."""

    key: str
    entry: Any
    values: Mapping[str, Any]


@frozen
class Shown:
    """A book through a reach."""

    book: Book
    reach: Reach

    def property_of(self, lease: Lease) -> PropertyId:
        """Where a lease is."""
        return self.book.units[lease.unit_id].property_id

    def accounts(self) -> Iterator[LeaseAccount]:
        """The accounts of leases in reach, the earliest lease first."""
        accounts = sorted(self.book.accounts.values(), key=lambda it: (it.lease.start, it.lease.lease_id))
        return (it for it in accounts if self.shows(it.lease))

    def shows(self, lease: Lease) -> bool:
        """True for a lease in reach."""
        own = Target(self.book.portfolio_id, self.property_of(lease), lease.lease_id)
        return self.reach.shows(own)

    def given(self, payment_id: PaymentId) -> tuple[int, tuple[LeaseId, ...]]:
        """How much of a payment was given to leases, and to which of those in reach."""
        book = self.book
        matches = [book.matches[it] for it in book.matches_of_payment.get(payment_id, ())]
        standing = [it for it in matches if it.undone_at is None]
        leases = {part.lease_id for it in standing for part in it.slices}
        shown = sorted(it for it in leases if self.shows(book.accounts[it].lease))
        return sum(it.amount_minor for it in standing), tuple(shown)
