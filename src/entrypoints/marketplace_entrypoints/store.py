"""What an entrypoint works with: every port of one store, and what its keeper can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from attrs import frozen

from marketplace_core.domain.identifiers import PortfolioId
from marketplace_core.domain.outside_property.records import OutsideProperty
from marketplace_core.ports.aging import Aging
from marketplace_core.ports.balances import Balances
from marketplace_core.ports.billing_runs import BillingRuns
from marketplace_core.ports.books import Books
from marketplace_core.ports.cash_desk import CashDesk
from marketplace_core.ports.directory import Directory
from marketplace_core.ports.erasure import Erasure
from marketplace_core.ports.event_log import BooksState, EventLog
from marketplace_core.ports.exact_references import ExactReferences
from marketplace_core.ports.holdings import Holdings
from marketplace_core.ports.hook_inbox import HookInbox
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.ports.job_queue import JobQueue
from marketplace_core.ports.jobs import Jobs
from marketplace_core.ports.kept_answers import KeptAnswers
from marketplace_core.ports.lease_accounts import LeaseAccounts
from marketplace_core.ports.listings.applications import Applications
from marketplace_core.ports.listings.inquiries import Inquiries
from marketplace_core.ports.listings.listing_copies import ListingCopies
from marketplace_core.ports.listings.listings import Listings
from marketplace_core.ports.listings.public_listings import PublicListings
from marketplace_core.ports.matches import Matches
from marketplace_core.ports.merging import Merging
from marketplace_core.ports.outside_engine.engine_intents import EngineIntents
from marketplace_core.ports.outside_engine.engine_links import EngineLinks
from marketplace_core.ports.outside_engine.engine_log import EngineLog
from marketplace_core.ports.outside_engine.engine_sums import EngineSums
from marketplace_core.ports.outside_property.occupancies import Occupancies
from marketplace_core.ports.outside_property.property_books import PropertyBooks
from marketplace_core.ports.outside_property.sync_progress import SyncProgress
from marketplace_core.ports.payment_inbox import PaymentInbox
from marketplace_core.ports.pending_acts import PendingActs
from marketplace_core.ports.register import Register
from marketplace_core.ports.shared_inbox import SharedInbox
from marketplace_core.ports.subscriptions import Subscriptions
from marketplace_core.ports.tickets import Tickets


class EveryPort(
    Books,
    BillingRuns,
    PaymentInbox,
    CashDesk,
    LeaseAccounts,
    Directory,
    Matches,
    Aging,
    EventLog,
    BooksState,
    Erasure,
    Merging,
    Balances,
    ExactReferences,
    SharedInbox,
    Holdings,
    Register,
    PendingActs,
    EngineLinks,
    EngineSums,
    Tickets,
    PropertyBooks,
    Occupancies,
    Listings,
    ListingCopies,
    Applications,
    Inquiries,
    PublicListings,
    Protocol,
):
    """A store that is all ports in one object."""


class EveryWork(Jobs, JobQueue, HookInbox, Subscriptions, Protocol):
    """A store that keeps jobs, and what is kept in one transaction with them, in one object."""


class EveryEngineRecord(EngineIntents, EngineLog, Protocol):
    """A store that keeps what is done in an outside engine's books, and what is known of the agreement with them."""


@frozen
class Finding:
    """What a check found: ``fix`` says what to do where it is not well."""

    name: str
    is_well: bool
    says: str
    fix: str = ""


class Keeper(Protocol):
    """What only the keeper of a store does: look after it, back it up, put it back."""

    @abstractmethod
    def check(self) -> Sequence[Finding]:
        """Server, schema and rights."""

    @abstractmethod
    def check_sums(self) -> Sequence[Finding]:
        """Each sum that the store keeps for speed and that is not the sum of its rows; none where all hold."""

    @abstractmethod
    def backup(self, target: Path, created_at: datetime) -> str:
        """Write one file with everything; what it says of itself. Never overwrites."""

    @abstractmethod
    def look_into(self, backup: Path) -> str:
        """Prove that a backup is whole; what it says of itself."""

    @abstractmethod
    def restore(self, backup: Path, *, replace: bool) -> str:
        """Put a backup back, all of it or nothing; what it says of itself."""


DiffSql = Callable[[PortfolioId, str, Iterable[Sequence[OutsideProperty]]], Iterator[str]]
"""Writes SQL that shows how a portfolio's properties and units differ from pages of what a system of a name tells."""


@frozen
class Store:
    """An open store."""

    ports: EveryPort
    keeper: Keeper | None = None
    work: EveryWork | None = None
    identities: Identities | None = None
    kept_answers: KeptAnswers | None = None
    engine_records: EveryEngineRecord | None = None
    sync_progress: SyncProgress | None = None
    diff_sql: DiffSql | None = None
