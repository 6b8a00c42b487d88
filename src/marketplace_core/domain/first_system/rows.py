"""The rows of the first system's files as typed values."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from marketplace_core.domain.lease import LeaseStatus
from marketplace_core.domain.money import Money


@frozen
class PropertyRow:
    """A row of properties.csv."""

    line: int
    property_id: str
    name: str
    address: str
    landlord_name: str
    landlord_phone: tuple[str, ...]


@frozen
class UnitRow:
    """A row of units.csv."""

    line: int
    unit_id: str
    property_id: str
    code: str


@frozen
class TenantRow:
    """A row of tenants.csv."""

    line: int
    tenant_id: str
    name: str
    phones: tuple[str, ...]
    email: str
    national_id: str


@frozen
class LeaseRow:
    """A row of leases.csv."""

    line: int
    lease_id: str
    unit_id: str
    tenant_ids: tuple[str, ...]
    start_day: date
    last_day: date | None
    status: LeaseStatus | None
    rent: Money
    service_charge: Money | None
    water: Money | None
    electricity: Money | None
    garbage: Money | None
    parking: Money | None
    billing_day: int | None
    due_day: int | None
    grace_days: int | None
    deposit: Money | None
    deposit_held: Money | None
    opening_balance: Money | None
    currency: str


@frozen
class InvoiceRow:
    """A row of invoices.csv."""

    line: int
    invoice_id: str
    number: str
    lease_id: str
    issue_day: date
    due_day: date
    amount: Money
    balance: Money | None
    description: str
    currency: str


@frozen
class PaymentRow:
    """A row of payments.csv."""

    line: int
    payment_id: str
    lease_id: str
    day: date
    amount: Money
    transaction_id: str
    reference: str
    payer_name: str
    payer_phone: tuple[str, ...]
    currency: str


@frozen
class ReceiptRow:
    """A row of receipts.csv."""

    line: int
    receipt_id: str
    number: str
    payment_id: str
    invoice_id: str
    day: date
    amount: Money


@frozen
class Book:
    """All rows of all files, each sound by itself."""

    properties: tuple[PropertyRow, ...]
    units: tuple[UnitRow, ...]
    tenants: tuple[TenantRow, ...]
    leases: tuple[LeaseRow, ...]
    invoices: tuple[InvoiceRow, ...]
    payments: tuple[PaymentRow, ...]
    receipts: tuple[ReceiptRow, ...]
