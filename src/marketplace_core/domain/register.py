"""The register: how what is in the books shows to whom it is shown, and what each kind may be asked by."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from marketplace_core.domain.identifiers import LeaseId, PropertyId
from marketplace_core.domain.invoice import CreditNote, Invoice, InvoiceKind
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.listings.applications import Application, ApplicationStatus
from marketplace_core.domain.listings.inquiries import Inquiry, InquiryStatus
from marketplace_core.domain.listings.listing import Listing, ListingStatus
from marketplace_core.domain.maintenance.status import TicketPriority, TicketStatus
from marketplace_core.domain.maintenance.ticket import Ticket
from marketplace_core.domain.money import Money
from marketplace_core.domain.paging import ONLY_EQUAL, RANGE, Field, Kind, Operator, Sort
from marketplace_core.domain.party import Person, Property, Unit
from marketplace_core.domain.payment import Payment, Receipt

LAST_DAY: Final = date.max
"""Stands for the end of an open lease where leases are filtered and sorted by their ends."""


class InvoiceStatus(StrEnum):
    """What of an invoice is paid."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    VOID = "void"


class PaymentState(StrEnum):
    """How much of a payment was given to leases; ``reversed`` where the provider took it back."""

    WAITING = "waiting"
    PART = "part"
    MATCHED = "matched"
    REVERSED = "reversed"


class Archived(StrEnum):
    """Whether a property, unit or ticket is kept only for what was."""

    YES = "yes"
    NO = "no"

    @staticmethod
    def of(it: Property | Unit | Ticket) -> Archived:
        """Of a property, unit or ticket."""
        return Archived.NO if it.archived_on is None else Archived.YES


@frozen
class UnitEntry:
    """A unit, and its leases that are active or on notice and in reach, the earliest first."""

    unit: Unit
    property_name: str
    lease_ids: tuple[LeaseId, ...]


@frozen
class LeaseEntry:
    """A lease with where it is and its tenants' names, in their order; empty for who is unknown or was erased."""

    lease: Lease
    property_id: PropertyId
    unit_code: str
    tenant_names: tuple[str, ...]


@frozen
class InvoiceEntry:
    """An invoice and what is outstanding of it, as the books stand; nothing is of a void one."""

    invoice: Invoice
    unit_code: str
    status: InvoiceStatus
    outstanding: Money

    @staticmethod
    def of(invoice: Invoice, unit_code: str, allocated_minor: int, *, is_void: bool) -> InvoiceEntry:
        """The entry of an invoice of which so much is paid."""
        left = 0 if is_void else invoice.amount.amount_minor - allocated_minor
        status = invoice_status(invoice.amount.amount_minor, allocated_minor, is_void=is_void)
        return InvoiceEntry(invoice, unit_code, status, Money(left, invoice.currency))


@frozen
class PaymentEntry:
    """A payment, how much of it was given to leases, and to which of those in reach, by id."""

    payment: Payment
    given: Money
    state: PaymentState
    lease_ids: tuple[LeaseId, ...]

    @staticmethod
    def of(payment: Payment, given_minor: int, lease_ids: tuple[LeaseId, ...]) -> PaymentEntry:
        """The entry of a payment of which so much was given."""
        state = payment_state(payment.amount.amount_minor, given_minor, is_reversed=payment.reversed_on is not None)
        return PaymentEntry(payment, Money(given_minor, payment.amount.currency), state, lease_ids)


@frozen
class ReceiptEntry:
    """A receipt with its payment's transaction, and the leases in reach that the payment was given to, by id.

    ``reversed_on`` is the day on which the provider took the payment back.
    """

    receipt: Receipt
    transaction_id: str
    lease_ids: tuple[LeaseId, ...]
    reversed_on: date | None = None


@frozen
class TicketEntry:
    """A ticket with the names of its place; empty where that is unknown."""

    ticket: Ticket
    property_name: str
    unit_code: str


@frozen
class ListingEntry:
    """A listing with the names of its place."""

    listing: Listing
    property_name: str
    unit_code: str

    @property
    def changed_on(self) -> date:
        """The day, in UTC, on which it came to be as it is."""
        return self.listing.status_at.date()


@frozen
class ApplicationEntry:
    """An application with its place."""

    application: Application
    property_id: PropertyId
    property_name: str
    unit_code: str


@frozen
class InquiryEntry:
    """An inquiry with its place."""

    inquiry: Inquiry
    property_id: PropertyId
    property_name: str
    unit_code: str

    @property
    def asked_on(self) -> date:
        """The day, in UTC, on which it was asked first."""
        return self.inquiry.asked_at.date()


class Waiting(StrEnum):
    """Whether an application waits to be settled, be it for a person."""

    YES = "yes"
    NO = "no"

    @staticmethod
    def of(it: Application) -> Waiting:
        """Of an application."""
        return Waiting.YES if it.is_waiting else Waiting.NO


def invoice_status(amount_minor: int, allocated_minor: int, *, is_void: bool) -> InvoiceStatus:
    """What of an invoice is paid."""
    if is_void:
        return InvoiceStatus.VOID
    if not allocated_minor:
        return InvoiceStatus.OPEN
    return InvoiceStatus.PAID if allocated_minor == amount_minor else InvoiceStatus.PART_PAID


def payment_state(amount_minor: int, given_minor: int, *, is_reversed: bool) -> PaymentState:
    """How much of a payment was given to leases."""
    if is_reversed:
        return PaymentState.REVERSED
    if not given_minor:
        return PaymentState.WAITING
    return PaymentState.MATCHED if given_minor == amount_minor else PaymentState.PART


_NOTHING: Final[tuple[Operator, ...]] = ()
_LEASE: Final = Field("lease_id", str, "of this lease")
_UNIT: Final = Field("unit_id", str, "of this unit")
_PROPERTY: Final = Field("property_id", str, "of this property")
_ARCHIVED: Final = Field("archived", Archived, "kept only for what was, or not")


def _by_id(name: str) -> Field:
    return Field(name, str, "by id", _NOTHING, is_sortable=True)


PROPERTIES: Final = Kind(
    "properties",
    "property",
    "property_id",
    Property,
    Sort("name"),
    (
        _by_id("property_id"),
        Field("name", str, "its name", (Operator.EQUAL, Operator.STARTS), is_sortable=True),
        _ARCHIVED,
    ),
)
UNITS: Final = Kind(
    "units",
    "unit",
    "unit_id",
    UnitEntry,
    Sort("code"),
    (
        _by_id("unit_id"),
        _PROPERTY,
        Field("code", str, "its code", (Operator.EQUAL, Operator.STARTS), is_sortable=True),
        Field("vacant_on", date, "without a lease in reach on this day"),
        _ARCHIVED,
    ),
)
PEOPLE: Final = Kind(
    "people",
    "person",
    "person_id",
    Person,
    Sort("name"),
    (
        _by_id("person_id"),
        Field("name", str, "the name, as it is written", (Operator.EQUAL, Operator.STARTS), is_sortable=True),
        Field("phone", str, "with this phone, such as 0712345678"),
    ),
)
LEASES: Final = Kind(
    "leases",
    "lease",
    "lease_id",
    LeaseEntry,
    Sort("starts_on"),
    (
        _by_id("lease_id"),
        _PROPERTY,
        _UNIT,
        Field("tenant_id", str, "with this tenant"),
        Field("status", LeaseStatus, "where it is in its life"),
        Field("reference", str, "with this payment reference"),
        Field("starts_on", date, "its first day", RANGE, is_sortable=True),
        Field("ends_on", date, "the day after its last one; 9999-12-31 while open", RANGE, is_sortable=True),
    ),
)
INVOICES: Final = Kind(
    "invoices",
    "invoice",
    "invoice_id",
    InvoiceEntry,
    Sort("due_date", descending=True),
    (
        _by_id("invoice_id"),
        _PROPERTY,
        _UNIT,
        _LEASE,
        Field("kind", InvoiceKind, "why it exists"),
        Field("status", InvoiceStatus, "what of it is paid"),
        Field("number", str, "with this number"),
        Field("issue_date", date, "its value date", RANGE),
        Field("due_date", date, "the day on which it is due", RANGE, is_sortable=True),
    ),
)
CREDIT_NOTES: Final = Kind(
    "credit_notes",
    "credit note",
    "credit_note_id",
    CreditNote,
    Sort("issue_date", descending=True),
    (
        _by_id("credit_note_id"),
        _LEASE,
        Field("invoice_id", str, "of this invoice"),
        Field("number", str, "with this number", ONLY_EQUAL, is_sortable=True),
        Field("issue_date", date, "its value date", RANGE, is_sortable=True),
    ),
)
PAYMENTS: Final = Kind(
    "payments",
    "payment",
    "payment_id",
    PaymentEntry,
    Sort("value_date", descending=True),
    (
        _by_id("payment_id"),
        _LEASE,
        Field("state", PaymentState, "how much of it was given to leases"),
        Field("collection_account_id", str, "received in this account"),
        Field("transaction_id", str, "with this transaction id, in capitals"),
        Field("value_date", date, "the day on which it was paid", RANGE, is_sortable=True),
    ),
)
RECEIPTS: Final = Kind(
    "receipts",
    "receipt",
    "receipt_id",
    ReceiptEntry,
    Sort("issued_on", descending=True),
    (
        _by_id("receipt_id"),
        _LEASE,
        Field("payment_id", str, "of this payment"),
        Field("number", str, "with this number", ONLY_EQUAL, is_sortable=True),
        Field("issued_on", date, "its day", RANGE, is_sortable=True),
    ),
)
TICKETS: Final = Kind(
    "tickets",
    "ticket",
    "ticket_id",
    TicketEntry,
    Sort("opened_on", descending=True),
    (
        _by_id("ticket_id"),
        _PROPERTY,
        _UNIT,
        Field("status", TicketStatus, "where it stands"),
        Field("priority", TicketPriority, "how much it presses"),
        _ARCHIVED,
        Field("opened_on", date, "the day on which it was opened", RANGE, is_sortable=True),
    ),
)
_LISTING: Final = Field("listing_id", str, "of this listing")
LISTINGS: Final = Kind(
    "listings",
    "listing",
    "listing_id",
    ListingEntry,
    Sort("changed_on", descending=True),
    (
        _by_id("listing_id"),
        _PROPERTY,
        _UNIT,
        Field("status", ListingStatus, "where it is in its life"),
        Field("changed_on", date, "the day on which it came to be as it is", RANGE, is_sortable=True),
    ),
)
APPLICATIONS: Final = Kind(
    "applications",
    "application",
    "application_id",
    ApplicationEntry,
    Sort("starts_on", descending=True),
    (
        _by_id("application_id"),
        _PROPERTY,
        _UNIT,
        _LISTING,
        Field("status", ApplicationStatus, "where it stands"),
        Field("waiting", Waiting, "waits to be settled, or not"),
        Field("starts_on", date, "the first day that was booked", RANGE, is_sortable=True),
    ),
)
INQUIRIES: Final = Kind(
    "inquiries",
    "inquiry",
    "inquiry_id",
    InquiryEntry,
    Sort("asked_on", descending=True),
    (
        _by_id("inquiry_id"),
        _PROPERTY,
        _UNIT,
        _LISTING,
        Field("status", InquiryStatus, "where it stands"),
        Field("asked_on", date, "the day on which it was asked first", RANGE, is_sortable=True),
    ),
)
KINDS: Final[tuple[Kind[Any], ...]] = (
    PROPERTIES,
    UNITS,
    PEOPLE,
    LEASES,
    INVOICES,
    CREDIT_NOTES,
    PAYMENTS,
    RECEIPTS,
    TICKETS,
    LISTINGS,
    APPLICATIONS,
    INQUIRIES,
)
"""Every kind: the one table of what may be asked."""
