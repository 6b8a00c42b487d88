"""Leases, their charges and what is done with them."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import frozen

from marketplace_core.domain.charge import ChargeKind, OneOffCharge, RecurringCharge
from marketplace_core.domain.invoice import Invoice
from marketplace_core.domain.lease import Lease, LeaseStatus
from marketplace_core.domain.register import LeaseEntry
from marketplace_core.domain.what_if import BilledOtherwise
from marketplace_entrypoints.http.bounded import DayOfMonth, GraceDays, Identifier, Words
from marketplace_entrypoints.http.shapes.money import Money
from marketplace_entrypoints.lease_words import last_day_of, rent_of


@frozen
class RateShape:
    """An amount from a day on."""

    first_day: date
    amount: Money


@frozen
class ChargeShape:
    """A charge of every billing period, or once: then ``rates`` has one entry and ``billed`` says whether it stands."""

    charge_id: str
    kind: ChargeKind
    is_recurring: bool
    description: str
    rates: tuple[RateShape, ...]
    first_day: date
    end: date | None
    billed: bool | None

    @classmethod
    def recurring(cls, it: RecurringCharge, lease: Lease) -> ChargeShape:
        """A charge of every period."""
        rates = tuple(RateShape(rate.effective_from, Money.of(rate.amount)) for rate in it.rates)
        begins = it.starts_on or lease.start
        return cls(it.charge_id, it.kind, True, it.description, rates, begins, it.ends_on, None)  # noqa: FBT003 - a field

    @classmethod
    def once(cls, it: OneOffCharge, *, billed: bool | None) -> ChargeShape:
        """A charge that is once."""
        rates = (RateShape(it.charged_on, Money.of(it.amount)),)
        return cls(it.charge_id, it.kind, False, it.description, rates, it.charged_on, None, billed)  # noqa: FBT003 - a field


@frozen
class LeaseShape:
    """A tenancy; ``last_day`` is the last one leased, null while it is open; ``rent`` is that of today."""

    lease_id: str
    unit_id: str
    unit_code: str
    property_id: str
    tenant_ids: tuple[str, ...]
    tenant_names: tuple[str, ...]
    status: LeaseStatus
    first_day: date
    last_day: date | None
    billing_day: int
    due_day: int | None
    grace_days: int
    rent: Money
    deposit: Money | None
    reference: str
    version: int

    @classmethod
    def of(cls, it: LeaseEntry, today: date) -> LeaseShape:
        """The shape of a lease."""
        lease = it.lease
        return cls(
            lease_id=lease.lease_id,
            unit_id=lease.unit_id,
            unit_code=it.unit_code,
            property_id=it.property_id,
            tenant_ids=lease.tenant_ids,
            tenant_names=it.tenant_names,
            status=lease.status,
            first_day=lease.start,
            last_day=last_day_of(lease),
            billing_day=lease.billing_day,
            due_day=lease.due_day,
            grace_days=lease.grace_days,
            rent=Money.of(rent_of(lease, today)),
            deposit=Money.of(lease.deposit) if lease.deposit else None,
            reference=lease.reference,
            version=lease.version,
        )


@frozen
class LeasePage:
    """A page of leases."""

    leases: tuple[LeaseShape, ...]
    next: str | None


@frozen
class ChargeList:
    """What a lease is charged."""

    charges: tuple[ChargeShape, ...]


@frozen
class Otherwise:
    """A standing invoice that the changed terms no longer give."""

    invoice_id: str
    number: str
    billed: Money
    due: Money

    @classmethod
    def of(cls, it: BilledOtherwise) -> Otherwise:
        """The shape of one."""
        return cls(it.invoice.invoice_id, it.invoice.number, Money.of(it.billed), Money.of(it.due))


@frozen
class Unbilled:
    """What the changed terms ask for a past period, and no later run bills: bill its month again."""

    month: str
    kind: str
    due: Money

    @classmethod
    def of(cls, it: Invoice) -> Unbilled:
        """The shape of one."""
        return cls(f"{it.issue_date:%Y-%m}", it.kind.value, Money.of(it.amount))


@frozen
class LeaseChanged:
    """A lease after a change, and what a person must still look at."""

    lease: LeaseShape
    billed_otherwise: tuple[Otherwise, ...]
    left_unbilled: tuple[Unbilled, ...]
    dry_run: bool


@frozen
class SignBody:
    """A lease to sign; ``last_day`` null leaves it open. One that overlaps another of the unit is refused."""

    lease_id: Identifier
    unit_id: Identifier
    tenant_ids: tuple[Identifier, ...]
    first_day: date
    rent: Money
    last_day: date | None = None
    billing_day: DayOfMonth = 1
    due_day: DayOfMonth | None = None
    grace_days: GraceDays = 0
    deposit: Money | None = None
    is_draft: bool = False

    @property
    def end(self) -> date | None:
        """The day after the last one."""
        return self.last_day + timedelta(days=1) if self.last_day else None


@frozen
class LastDayBody:
    """The last day that is leased and billed."""

    last_day: date


@frozen
class RenewBody:
    """The last day of the further term; null leaves it open."""

    last_day: date | None = None


@frozen
class RentBody:
    """Another rent from a day on."""

    rent: Money
    first_day: date


@frozen
class ChargeBody:
    """A charge: once, with the next invoice or ``at_once`` by one of its own; or of every period from ``day`` on."""

    kind: ChargeKind
    amount: Money
    day: date
    description: Words = ""
    is_recurring: bool = False
    at_once: bool = False


@frozen
class StopBody:
    """The first day without a charge that is of every period."""

    from_day: date | None = None
