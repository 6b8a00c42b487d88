"""Everything of the books on one PostgreSQL, behind the core's ports."""

from __future__ import annotations

from typing import Self

from sqlalchemy import Engine

from marketplace_adapters.postgres.acting import PostgresPendingActs
from marketplace_adapters.postgres.bulk.aging import PostgresAging
from marketplace_adapters.postgres.bulk.billing import PostgresBillingRuns
from marketplace_adapters.postgres.cash_desk import PostgresCashDesk
from marketplace_adapters.postgres.engine import CONNECTIONS, make_engine
from marketplace_adapters.postgres.erasing import PostgresErasure
from marketplace_adapters.postgres.holding import PostgresSharedInbox
from marketplace_adapters.postgres.holdings import PostgresHoldings
from marketplace_adapters.postgres.listings.applications import PostgresApplications
from marketplace_adapters.postgres.listings.copies import PostgresListingCopies
from marketplace_adapters.postgres.listings.inquiries import PostgresInquiries
from marketplace_adapters.postgres.listings.keeping import PostgresListings
from marketplace_adapters.postgres.listings.public import PostgresPublicListings
from marketplace_adapters.postgres.merging import PostgresMerging
from marketplace_adapters.postgres.outside_engine.links import PostgresEngineLinks
from marketplace_adapters.postgres.outside_engine.sums import PostgresEngineSums
from marketplace_adapters.postgres.outside_property.bringing import PostgresPropertyBooks
from marketplace_adapters.postgres.outside_property.occupancies import PostgresOccupancies
from marketplace_adapters.postgres.reading import (
    PostgresDirectory,
    PostgresEventLog,
    PostgresLeaseAccounts,
    PostgresMatches,
)
from marketplace_adapters.postgres.register.adapter import PostgresRegister
from marketplace_adapters.postgres.server.dsn import Dsn
from marketplace_adapters.postgres.state import PostgresState
from marketplace_adapters.postgres.sums import PostgresSums
from marketplace_adapters.postgres.ticketing import PostgresTickets


class PostgresStore(
    PostgresErasure,
    PostgresMerging,
    PostgresDirectory,
    PostgresLeaseAccounts,
    PostgresMatches,
    PostgresCashDesk,
    PostgresBillingRuns,
    PostgresEventLog,
    PostgresState,
    PostgresAging,
    PostgresSums,
    PostgresSharedInbox,
    PostgresHoldings,
    PostgresRegister,
    PostgresPendingActs,
    PostgresEngineLinks,
    PostgresEngineSums,
    PostgresTickets,
    PostgresPropertyBooks,
    PostgresOccupancies,
    PostgresListings,
    PostgresListingCopies,
    PostgresApplications,
    PostgresInquiries,
    PostgresPublicListings,
):
    """Every port of the books over one pool of connections.

    The tables must be there (`migrations.migrate`, by the role that owns them); daily work needs less rights.
    """

    def __init__(self, engine: Engine) -> None:
        """Share the pool; whoever made it disposes of it, or `close`."""
        super().__init__(engine)

    @classmethod
    def connect(cls, dsn: Dsn, *, connections: int = CONNECTIONS) -> Self:
        """A store over a pool of its own; nothing is opened before it is needed."""
        return cls(make_engine(dsn, connections=connections))

    @property
    def engine(self) -> Engine:
        """The pool, for the bulk paths of the same database."""
        return self._engine

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
