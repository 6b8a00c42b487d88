"""Leases: parties, unit, term and what is billed; their life, and that a unit is let once at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from attrs import evolve, field, frozen

from marketplace_core.domain.charge import ChargeKind, Escalation, OneOffCharge, Rate, RecurringCharge
from marketplace_core.domain.days import add_months
from marketplace_core.domain.identifiers import ChargeId, CollectionAccountId, LeaseId, PersonId, PortfolioId, UnitId
from marketplace_core.domain.money import Currency, Money
from marketplace_core.errors import CurrencyMismatch, IllegalTransition, InvalidInput, LeaseOverlap, NotFound


class LeaseStatus(StrEnum):
    """Where a lease is in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    NOTICE = "notice"
    ENDED = "ended"
    CANCELLED = "cancelled"


_NEXT: Final = {
    LeaseStatus.DRAFT: frozenset([LeaseStatus.ACTIVE, LeaseStatus.CANCELLED]),
    LeaseStatus.ACTIVE: frozenset([LeaseStatus.NOTICE, LeaseStatus.ENDED]),
    LeaseStatus.NOTICE: frozenset([LeaseStatus.ACTIVE, LeaseStatus.ENDED]),
    LeaseStatus.ENDED: frozenset[LeaseStatus](),
    LeaseStatus.CANCELLED: frozenset[LeaseStatus](),
}

_EVER_ACTIVE: Final = (LeaseStatus.ACTIVE, LeaseStatus.NOTICE, LeaseStatus.ENDED)


class Proration(StrEnum):
    """How a part of a billing period is charged."""

    ACTUAL = "actual"
    FIXED_30 = "fixed_30"
    KILLBILL_FACTOR = "killbill_factor"
    FULL_PERIOD = "full_period"


@frozen
class LateFeeRule:
    """A flat amount or basis points of the overdue principal, capped, once per invoice and period.

    ``every_months`` None charges an invoice once; 1 again each month that it stays overdue. Never on fees. A fee day
    before ``since`` costs nothing, for the rule was not agreed yet (None: it always was).
    """

    flat: Money | None = None
    basis_points: int = 0
    cap: Money | None = None
    every_months: int | None = None
    since: date | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a rule that charges nothing, both ways at once, or less than nothing."""
        if (self.flat is None) == (self.basis_points == 0):
            raise InvalidInput("a late fee is either flat or basis points: give exactly one")
        if self.basis_points < 0 or (self.flat is not None and not self.flat.is_positive):
            raise InvalidInput("a late fee must be above zero")
        if self.every_months is not None and self.every_months < 1:
            raise InvalidInput("a late fee repeats every 1 or more months, or not at all")


@frozen
class LeaseTerm:
    """One agreed stretch of a lease: from ``start`` up to but without ``end`` (None: open)."""

    start: date
    end: date | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a term without a day."""
        if self.end is not None and self.end <= self.start:
            raise InvalidInput(f"lease term {self.start} to {self.end}: the end must be after the start")

    def overlaps(self, other: LeaseTerm) -> bool:
        """True when a day is in both."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)


def _terms_in_order(_instance: object, _attribute: object, terms: tuple[LeaseTerm, ...]) -> None:
    if not terms:
        raise InvalidInput("a lease needs a term")
    for earlier, later in pairwise(terms):
        if earlier.end != later.start:
            raise InvalidInput(f"terms must follow each other without gap or overlap: {earlier.end} then {later.start}")


@frozen
class Lease:
    """A tenancy of one unit and how it is billed.

    ``billing_day`` 1–31 anchors the periods; ``due_day`` 1–31 is the first such day on or after the covered
    start (None: due on the covered start); late fees are free for ``grace_days`` after the due day.
    ``billed_from`` is the first day that is billed here, where another system billed before (its deposit too).
    ``reference`` is the payment reference. ``version`` rises with each change, for optimistic checks.
    """

    lease_id: LeaseId
    portfolio_id: PortfolioId
    unit_id: UnitId
    tenant_ids: tuple[PersonId, ...]
    terms: tuple[LeaseTerm, ...] = field(validator=_terms_in_order)
    currency: Currency
    charges: tuple[RecurringCharge, ...]
    status: LeaseStatus = LeaseStatus.DRAFT
    billing_day: int = 1
    due_day: int | None = None
    grace_days: int = 0
    one_off_charges: tuple[OneOffCharge, ...] = ()
    deposit: Money | None = None
    escalation: Escalation | None = None
    late_fee: LateFeeRule | None = None
    proration: Proration = Proration.ACTUAL
    reference: str = ""
    collection_account_id: CollectionAccountId | None = None
    previous_lease_id: LeaseId | None = None
    billed_from: date | None = None
    version: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse days out of a month, mixed currencies and charges with one id."""
        if not 1 <= self.billing_day <= 31:  # noqa: PLR2004 - days of a month
            raise InvalidInput(f"lease {self.lease_id}: billing day {self.billing_day} must be 1 to 31")
        if self.due_day is not None and not 1 <= self.due_day <= 31:  # noqa: PLR2004 - days of a month
            raise InvalidInput(f"lease {self.lease_id}: due day {self.due_day} must be 1 to 31")
        if self.grace_days < 0:
            raise InvalidInput(f"lease {self.lease_id}: grace days {self.grace_days} must be 0 or more")
        if not self.tenant_ids:
            raise InvalidInput(f"lease {self.lease_id}: needs a tenant")
        ids = [charge.charge_id for charge in self.charges]
        ids += [charge.charge_id for charge in self.one_off_charges]
        if len(set(ids)) != len(ids):
            raise InvalidInput(f"lease {self.lease_id}: two charges have one id")
        currency = self.currency
        for amount in self._amounts():
            if amount.currency is not currency and amount.currency != currency:
                raise CurrencyMismatch(f"lease {self.lease_id} is in {currency.code}, but has {amount}")

    def _amounts(self) -> list[Money]:
        amounts = [rate.amount for charge in self.charges for rate in charge.rates]
        amounts += [charge.amount for charge in self.one_off_charges]
        if self.deposit is not None:
            amounts.append(self.deposit)
        if self.late_fee is not None:
            amounts += [amount for amount in (self.late_fee.flat, self.late_fee.cap) if amount is not None]
        return amounts

    @property
    def start(self) -> date:
        """The first day of the first term."""
        return self.terms[0].start

    @property
    def end(self) -> date | None:
        """The day after the last one, None while open."""
        return self.terms[-1].end

    @property
    def is_billable(self) -> bool:
        """True for every lease that was ever active: what ended is still billed up to its end."""
        return self.status in _EVER_ACTIVE

    @property
    def occupies_unit(self) -> bool:
        """True when its days exclude other leases of the unit."""
        return self.is_billable

    def moved_to(self, status: LeaseStatus) -> Lease:
        """The lease in its next status; a step that life does not have is refused."""
        if status not in _NEXT[self.status]:
            allowed = ", ".join(sorted(_NEXT[self.status])) or "nothing"
            raise IllegalTransition(f"lease {self.lease_id} is {self.status}: may become {allowed}, not {status}")
        return evolve(self, status=status, version=self.version + 1)

    def activated(self) -> Lease:
        """A draft made active; a lease under notice would keep its last day, and is renewed instead."""
        if self.status is not LeaseStatus.DRAFT:
            raise IllegalTransition(f"lease {self.lease_id} is {self.status}: only a draft is activated")
        return self.moved_to(LeaseStatus.ACTIVE)

    def given_notice(self, end: date) -> Lease:
        """Notice to end: billed up to but without ``end``; given again, to another end."""
        if end <= self.start:
            raise InvalidInput(f"lease {self.lease_id}: notice to {end}, but it starts on {self.start}")
        if self.status is LeaseStatus.NOTICE:
            return evolve(self, terms=_cut(self.terms, end), version=self.version + 1)
        return evolve(self.moved_to(LeaseStatus.NOTICE), terms=_cut(self.terms, end))

    def ended(self, end: date) -> Lease:
        """Ended: billed up to but without ``end``."""
        if end <= self.start:
            raise InvalidInput(f"lease {self.lease_id}: to end on {end}, but it starts on {self.start}")
        return evolve(self.moved_to(LeaseStatus.ENDED), terms=_cut(self.terms, end))

    def renewed(self, until: date | None) -> Lease:
        """A further term right after the last one; history stays."""
        if self.end is None:
            raise IllegalTransition(f"lease {self.lease_id} is open-ended: there is nothing to renew")
        if self.status not in (LeaseStatus.ACTIVE, LeaseStatus.NOTICE):
            raise IllegalTransition(f"lease {self.lease_id} is {self.status}: only a running lease is renewed")
        terms = (*self.terms, LeaseTerm(self.end, until))
        return evolve(self, terms=terms, status=LeaseStatus.ACTIVE, version=self.version + 1)

    def with_rent(self, amount: Money, effective_from: date) -> Lease:
        """Another rent from a day on, up to the next one that was agreed before; what was billed stays."""
        rents = [charge for charge in self.charges if charge.kind is ChargeKind.RENT]
        if len(rents) != 1:
            raise InvalidInput(f"lease {self.lease_id} has {len(rents)} rent charges: name the charge to change")
        if self.status is LeaseStatus.ENDED and self.end is not None and effective_from >= self.end:
            raise IllegalTransition(
                f"lease {self.lease_id} ended on {self.end}: no rent from {effective_from} is billed"
            )
        later = [it.effective_from for it in rents[0].rates if it.effective_from > effective_from]
        if later and min(later) <= self.start:
            raise InvalidInput(
                f"lease {self.lease_id} begins on {self.start}, and a rent from {effective_from} would hold only until"
                f" {min(later)}: name that day or a later one"
            )
        changed = rents[0].with_rate(Rate(effective_from, amount))
        charges = tuple(changed if charge is rents[0] else charge for charge in self.charges)
        return evolve(self, charges=charges, version=self.version + 1)

    def with_tenant(self, kept_id: PersonId, instead_of: PersonId) -> Lease:
        """Another person in one tenant's place, nobody twice; for two records of one person."""
        named = (kept_id if it == instead_of else it for it in self.tenant_ids)
        return evolve(self, tenant_ids=tuple(dict.fromkeys(named)), version=self.version + 1)

    def with_late_fee(self, rule: LateFeeRule | None) -> Lease:
        """Another rule for late fees, or none; what was charged stays."""
        return evolve(self, late_fee=rule, version=self.version + 1)

    def with_charge(self, charge: RecurringCharge | OneOffCharge) -> Lease:
        """A further charge, with an id of its own; what was billed stays."""
        if isinstance(charge, OneOffCharge):
            return evolve(self, one_off_charges=(*self.one_off_charges, charge), version=self.version + 1)
        return evolve(self, charges=(*self.charges, charge), version=self.version + 1)

    def without_charge(self, charge_id: ChargeId, from_day: date | None = None) -> Lease:
        """Without a charge of every period from a day on, or without one that is once; what was billed stays.

        Rent goes on for as long as the lease does.
        """
        if any(charge.charge_id == charge_id for charge in self.one_off_charges):
            if from_day is not None:
                raise InvalidInput(f"charge {charge_id} is once: it is dropped as a whole, without a day")
            kept = tuple(charge for charge in self.one_off_charges if charge.charge_id != charge_id)
            return evolve(self, one_off_charges=kept, version=self.version + 1)
        charge = next((charge for charge in self.charges if charge.charge_id == charge_id), None)
        if charge is None:
            raise NotFound(f"lease {self.lease_id} has no charge {charge_id}")
        if charge.kind is ChargeKind.RENT:
            raise InvalidInput(f"charge {charge_id} is the rent: change it, or end the lease")
        if from_day is None:
            raise InvalidInput(f"charge {charge_id} is of every period: say from which day it stops")
        if charge.ends_on is not None and charge.ends_on < from_day:
            raise IllegalTransition(f"charge {charge_id} stops on {charge.ends_on} already")
        stopped = tuple(evolve(it, ends_on=from_day) if it is charge else it for it in self.charges)
        return evolve(self, charges=stopped, version=self.version + 1)

    def escalated(self, until: date) -> tuple[RecurringCharge, ...]:
        """The charges with the rent's escalation written out as rates up to a day."""
        if self.escalation is None:
            return self.charges
        return tuple(
            evolve(charge, rates=_risen(charge.rates, self.escalation, until))
            if charge.kind is ChargeKind.RENT
            else charge
            for charge in self.charges
        )


def _cut(terms: tuple[LeaseTerm, ...], end: date) -> tuple[LeaseTerm, ...]:
    """The terms up to a day; a later end lengthens the last one."""
    kept = [term for term in terms if term.start < end]
    return (*kept[:-1], LeaseTerm(kept[-1].start, end))


def _risen(rates: tuple[Rate, ...], escalation: Escalation, until: date) -> tuple[Rate, ...]:
    """Each agreed rate, risen by the escalation until the next agreed one."""
    found: list[Rate] = []
    for index, rate in enumerate(rates):
        stop = rates[index + 1].effective_from if index + 1 < len(rates) else until
        found.extend(escalation.rates(rate, min(stop, until)))
    return tuple(found)


def require_no_overlap(lease: Lease, others: Iterable[Lease]) -> None:
    """Refuse a lease whose unit another active lease already has on one of its days."""
    if not lease.occupies_unit:
        return
    for other in others:
        if other.lease_id == lease.lease_id or other.unit_id != lease.unit_id or not other.occupies_unit:
            continue
        if LeaseTerm(lease.start, lease.end).overlaps(LeaseTerm(other.start, other.end)):
            raise LeaseOverlap(
                f"unit {lease.unit_id}: lease {lease.lease_id} from {lease.start} overlaps lease {other.lease_id} "
                f"({other.start} to {other.end or 'open'}); end that one first, or choose other days"
            )


def extended_months(lease: Lease, months: int) -> date:
    """The end of a renewal by whole months, on the lease's own anchor."""
    if lease.end is None:
        raise IllegalTransition(f"lease {lease.lease_id} is open-ended")
    return add_months(lease.end, months, lease.start.day)
