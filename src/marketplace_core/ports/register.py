"""The port that pages through what is in the books, never further than the asker's reach."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol, TypeVar

from marketplace_core.domain.access import Reach
from marketplace_core.domain.paging import Kind, Page, PageAsk

E = TypeVar("E")


class Register(Protocol):
    """Shows entries of the kinds in ``domain.register``, none without a ``Reach``; a page costs what it holds.

    A property shows where it, or a lease of one of its units, is in reach; a unit where its property or a lease of it
    is; a lease where it or its property is. Invoices and credit notes follow their lease. Payments follow the leases
    that matches, not undone, give them to, and receipts their payment: what waits shows to a whole reach only. People
    show where they themselves are in reach, or are tenants on a property that is. Listings, applications and inquiries
    show where their property is, so that tenants see none. Of what is out of reach, no entry
    names the lease and no filter tells.
    """

    @abstractmethod
    def page(self, reach: Reach, kind: Kind[E], ask: PageAsk | None = None) -> Page[E]:
        """The entries after a position, in order; ``InvalidInput`` for fields or operators that the kind has not.

        An unknown portfolio has none.
        """

    @abstractmethod
    def one(self, reach: Reach, kind: Kind[E], key: str) -> E:
        """The entry of that id; ``NotFound`` where there is none or it is out of reach, in the same words."""
