"""The tables of the books in memory, and transactions that write beside them until they are committed."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

from attrs import define, field

from marketplace_core.domain.account import LeaseAccount
from marketplace_core.domain.event_log import Event
from marketplace_core.domain.facts import PaymentContradicted
from marketplace_core.domain.identifiers import (
    ApplicationId,
    CollectionAccountId,
    CommandId,
    InquiryId,
    InvoiceId,
    LeaseId,
    ListingId,
    MatchId,
    PaymentId,
    PersonId,
    PortfolioId,
    PostingId,
    PropertyId,
    ReceiptId,
    TicketId,
    UnitId,
)
from marketplace_core.domain.ledger import Posting
from marketplace_core.domain.listings.applications import Application
from marketplace_core.domain.listings.copies import ListingCopy
from marketplace_core.domain.listings.file import ListingFile
from marketplace_core.domain.listings.inquiries import Inquiry
from marketplace_core.domain.maintenance.file import TicketFile
from marketplace_core.domain.matching import Match, Proposal
from marketplace_core.domain.money import Money
from marketplace_core.domain.occupancy import Occupancy, OccupancyKey
from marketplace_core.domain.party import Person, Portfolio, Property, Unit
from marketplace_core.domain.payment import CollectionAccount, PayerAlias, Payment, PaymentReport, Receipt, ReportSource
from marketplace_core.domain.reversal import AwaitedReversal

K = TypeVar("K")
V = TypeVar("V")

_GONE: Final = object()


class Layer(Generic[K, V]):
    """What a transaction changed of one table; the table itself stays as it was until ``merge``."""

    __slots__ = ("_base", "_changes")

    def __init__(self, base: dict[K, V]) -> None:
        """Stand over a table."""
        self._base = base
        self._changes: dict[K, Any] = {}

    def get(self, key: K) -> V | None:
        """The row as the transaction sees it, None where there is none."""
        found = self._changes.get(key, self._base.get(key))
        return None if found is _GONE else found

    def __contains__(self, key: K) -> bool:
        """True where the transaction sees such a row."""
        return self.get(key) is not None

    def put(self, key: K, row: V) -> None:
        """Add or replace a row."""
        self._changes[key] = row

    def drop(self, key: K) -> None:
        """Remove a row, if it is there."""
        self._changes[key] = _GONE

    def merge(self) -> None:
        """Write the changes into the table."""
        for key, row in self._changes.items():
            if row is _GONE:
                self._base.pop(key, None)
            else:
                self._base[key] = row


class Transaction:
    """Changes to any tables, whole or not at all: dropping it undoes everything."""

    def __init__(self) -> None:
        """Begin."""
        self._layers: dict[int, Layer[Any, Any]] = {}
        self.touched: dict[LeaseId, None] = {}
        """The leases whose allocations must be checked before the commit, in the order of their first change."""

    def on(self, table: dict[K, V]) -> Layer[K, V]:
        """The transaction's view of a table."""
        layer = self._layers.get(id(table))
        if layer is None:
            layer = self._layers[id(table)] = Layer(table)
        return layer

    def commit(self) -> None:
        """Write everything."""
        for layer in self._layers.values():
            layer.merge()


@define(eq=False)
class Book:
    """One portfolio's tables. Rows are frozen values, so that what a reader was given never changes."""

    portfolio_id: PortfolioId
    portfolio: dict[PortfolioId, Portfolio] = field(factory=dict[PortfolioId, Portfolio])
    collection_accounts: dict[CollectionAccountId, CollectionAccount] = field(
        factory=dict[CollectionAccountId, CollectionAccount]
    )
    properties: dict[PropertyId, Property] = field(factory=dict[PropertyId, Property])
    units: dict[UnitId, Unit] = field(factory=dict[UnitId, Unit])
    unit_codes: dict[str, UnitId] = field(factory=dict[str, UnitId])
    people: dict[PersonId, Person] = field(factory=dict[PersonId, Person])
    links: dict[tuple[str, str, str], str] = field(factory=dict[tuple[str, str, str], str])
    accounts: dict[LeaseId, LeaseAccount] = field(factory=dict[LeaseId, LeaseAccount])
    leases_of_unit: dict[UnitId, tuple[LeaseId, ...]] = field(factory=dict[UnitId, tuple[LeaseId, ...]])
    references: dict[str, LeaseId] = field(factory=dict[str, LeaseId])
    taken_ids: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])
    standing_invoices: dict[Any, InvoiceId] = field(factory=dict[Any, InvoiceId])
    last_number: dict[str, int] = field(factory=dict[str, int])
    foreign_numbers: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])
    payments: dict[PaymentId, Payment] = field(factory=dict[PaymentId, Payment])
    reports: dict[PaymentId, tuple[PaymentReport, ...]] = field(factory=dict[PaymentId, tuple[PaymentReport, ...]])
    contradicted: dict[tuple[PaymentId, ReportSource, Money], PaymentContradicted] = field(
        factory=dict[tuple[PaymentId, ReportSource, Money], PaymentContradicted]
    )
    credited_minor: dict[PaymentId, int] = field(factory=dict[PaymentId, int])
    matches: dict[MatchId, Match] = field(factory=dict[MatchId, Match])
    matches_of_payment: dict[PaymentId, tuple[MatchId, ...]] = field(factory=dict[PaymentId, tuple[MatchId, ...]])
    proposals: dict[PaymentId, Proposal] = field(factory=dict[PaymentId, Proposal])
    aliases: dict[tuple[str, str, str], PayerAlias] = field(factory=dict[tuple[str, str, str], PayerAlias])
    reversals: dict[str, AwaitedReversal] = field(factory=dict[str, AwaitedReversal])
    receipts: dict[ReceiptId, Receipt] = field(factory=dict[ReceiptId, Receipt])
    postings: dict[PostingId, Posting] = field(factory=dict[PostingId, Posting])
    occupancies: dict[OccupancyKey, Occupancy] = field(factory=dict[OccupancyKey, Occupancy])
    events: dict[int, Event] = field(factory=dict[int, Event])
    vault: dict[tuple[int, int], dict[str, Any]] = field(factory=dict[tuple[int, int], dict[str, Any]])
    commands: dict[CommandId, int] = field(factory=dict[CommandId, int])
    tickets: dict[TicketId, TicketFile] = field(factory=dict[TicketId, TicketFile])
    listings: dict[ListingId, ListingFile] = field(factory=dict[ListingId, ListingFile])
    copies: dict[tuple[str, ListingId], ListingCopy] = field(factory=dict[tuple[str, ListingId], ListingCopy])
    applications: dict[ApplicationId, Application] = field(factory=dict[ApplicationId, Application])
    inquiries: dict[InquiryId, Inquiry] = field(factory=dict[InquiryId, Inquiry])


@define(eq=False)
class Shared:
    """What portfolios have in common: collection accounts, their references, and whose payment a transaction is."""

    collection_accounts: dict[CollectionAccountId, CollectionAccount] = field(
        factory=dict[CollectionAccountId, CollectionAccount]
    )
    owner_of_payment: dict[PaymentId, PortfolioId] = field(factory=dict[PaymentId, PortfolioId])
    references: dict[tuple[str, str], LeaseId] = field(factory=dict[tuple[str, str], LeaseId])
    held: dict[tuple[PaymentId, ReportSource, Money], PaymentReport] = field(
        factory=dict[tuple[PaymentId, ReportSource, Money], PaymentReport]
    )


@define(eq=False)
class Workplace:
    """What a writing function works on: one portfolio's book, what all share, and the transaction over both."""

    book: Book
    shared: Shared
    transaction: Transaction = field(factory=Transaction)
