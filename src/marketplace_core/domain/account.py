"""The lease account: a lease with its invoices, credits and allocations; the unit of consistency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TypeVar

from attrs import evolve, frozen

from marketplace_core.domain.allocation import Stand
from marketplace_core.domain.credit import Allocation, Credit, CreditUse
from marketplace_core.domain.deposit import DepositEntry, DepositStanding, standing
from marketplace_core.domain.facts import (
    AccountFact,
    AllocationMade,
    AllocationSuperseded,
    CreditAdded,
    CreditEnded,
    CreditNoteIssued,
    CreditUsed,
    CreditUseEnded,
    DepositMoved,
    InvoiceIssued,
    InvoiceVoided,
    LeaseRecorded,
)
from marketplace_core.domain.identifiers import ChargeId, CreditId, InvoiceId
from marketplace_core.domain.invoice import CreditNote, Invoice, InvoiceKind, StandingKey
from marketplace_core.domain.lease import Lease
from marketplace_core.domain.money import Money
from marketplace_core.errors import NotFound

Ending = TypeVar("Ending", Credit, CreditUse)


@frozen
class OpenInvoice:
    """An invoice and what of it is outstanding on a day."""

    invoice: Invoice
    outstanding: Money


@frozen
class LeaseAccount:
    """Everything of money that concerns one lease, as last known; ``known`` gives an earlier knowledge."""

    lease: Lease
    invoices: tuple[Invoice, ...] = ()
    voids: tuple[InvoiceVoided, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    credits: tuple[Credit, ...] = ()
    uses: tuple[CreditUse, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    deposit_entries: tuple[DepositEntry, ...] = ()

    def applied(self, facts: Iterable[AccountFact]) -> LeaseAccount:
        """The account after the facts."""
        account = self
        for fact in facts:
            account = _fold(account, fact)
        return account

    def known(self, known_on: datetime | None) -> LeaseAccount:
        """The account as it was known at an instant (None: now); later knowledge is taken out again."""
        if known_on is None:
            return self
        return LeaseAccount(
            lease=self.lease,
            invoices=tuple(it for it in self.invoices if it.recorded_at <= known_on),
            voids=tuple(it for it in self.voids if it.recorded_at <= known_on),
            credit_notes=tuple(it for it in self.credit_notes if it.recorded_at <= known_on),
            credits=tuple(_end_as_known(it, known_on) for it in self.credits if it.recorded_at <= known_on),
            uses=tuple(_end_as_known(it, known_on) for it in self.uses if it.recorded_at <= known_on),
            allocations=tuple(
                _allocation_as_known(it, known_on) for it in self.allocations if it.recorded_at <= known_on
            ),
            deposit_entries=tuple(it for it in self.deposit_entries if it.recorded_at <= known_on),
        )

    def recorded_last(self) -> datetime | None:
        """The instant of the last thing of money that is known of the lease; None where there is nothing."""
        found = [
            it.recorded_at
            for them in (
                self.invoices,
                self.voids,
                self.credit_notes,
                self.credits,
                self.uses,
                self.allocations,
                self.deposit_entries,
            )
            for it in them
        ]
        ends = [it.ended_recorded_at for them in (self.credits, self.uses) for it in them]
        ends += [it.superseded_at for it in self.allocations]
        return max([*found, *(end for end in ends if end is not None)], default=None)

    def stands(self) -> tuple[Stand, ...]:
        """Each invoice with the day from which it is void, if it is."""
        void = {it.invoice.invoice_id: it.voided_on for it in self.voids}
        return tuple(Stand(invoice, void.get(invoice.invoice_id)) for invoice in self.invoices)

    def standing_allocations(self) -> Iterator[Allocation]:
        """The allocations as known last, whatever days they hold on."""
        return (allocation for allocation in self.allocations if allocation.superseded_at is None)

    def open_invoices(self, as_of: date) -> tuple[OpenInvoice, ...]:
        """What is outstanding on a day, oldest due first; invoices issued later or void by then are not in it."""
        paid: dict[InvoiceId, int] = {}
        for it in self.standing_allocations():
            if it.holds(as_of):
                paid[it.invoice_id] = paid.get(it.invoice_id, 0) + it.amount.amount_minor
        found = [
            OpenInvoice(invoice, Money(left, invoice.currency))
            for invoice, voided_on in self.stands()
            if invoice.issue_date <= as_of and (voided_on is None or as_of < voided_on)
            if (left := invoice.amount.amount_minor - paid.get(invoice.invoice_id, 0))
        ]
        return tuple(sorted(found, key=lambda it: (it.invoice.due_date, it.invoice.issue_date, it.invoice.invoice_id)))

    def unapplied_of(self, credit_id: CreditId, as_of: date) -> Money:
        """What of a credit pays nothing and was not used by a day."""
        credit = self.credit(credit_id)
        if not credit.counts(as_of) or credit.pinned_only:
            return Money.zero(credit.amount.currency)
        minor = credit.amount.amount_minor
        minor -= sum(it.amount.amount_minor for it in self.uses if it.credit_id == credit_id and it.counts(as_of))
        minor -= sum(
            it.amount.amount_minor
            for it in self.standing_allocations()
            if it.credit_id == credit_id and it.holds(as_of)
        )
        return Money(minor, credit.amount.currency)

    def unapplied(self, as_of: date) -> Money:
        """What stands to the lease's credit on a day and pays nothing."""
        minor = sum(self.unapplied_of(credit.credit_id, as_of).amount_minor for credit in self.credits)
        return Money(minor, self.lease.currency)

    def outstanding(self, as_of: date) -> Money:
        """What is open on a day over all invoices; unapplied credit is not taken off."""
        return Money(sum(it.outstanding.amount_minor for it in self.open_invoices(as_of)), self.lease.currency)

    def deposit(self, as_of: date, known_on: datetime | None = None) -> DepositStanding:
        """The deposit on a day."""
        return standing(self.deposit_entries, self.allocations, self.lease.currency, as_of, known_on)

    def least_held(self, since: date) -> Money:
        """The least that the deposit holds on any day from ``since`` on."""
        days = {since, *(it.value_date for it in self.deposit_entries)}
        for it in self.standing_allocations():
            if it.invoice_kind is InvoiceKind.DEPOSIT:
                days.update(day for day in (it.value_date, it.ended_on) if day is not None)
        return min((self.deposit(day).held for day in days if day >= since), key=lambda held: held.amount_minor)

    def invoice(self, invoice_id: InvoiceId) -> Invoice:
        """The invoice of that id, void or not."""
        for invoice in self.invoices:
            if invoice.invoice_id == invoice_id:
                return invoice
        raise NotFound(
            f"lease {self.lease.lease_id} has no invoice {invoice_id}; look at its statement for the right one"
        )

    def credit(self, credit_id: CreditId) -> Credit:
        """The credit of that id, ended or not."""
        for credit in self.credits:
            if credit.credit_id == credit_id:
                return credit
        raise NotFound(f"lease {self.lease.lease_id} has no credit {credit_id}")

    def use(self, use_id: str) -> CreditUse:
        """The use of credit of that id, ended or not."""
        for use in self.uses:
            if use.use_id == use_id:
                return use
        raise NotFound(f"lease {self.lease.lease_id} has no refund {use_id}")

    def is_void(self, invoice_id: InvoiceId) -> bool:
        """True when the invoice was voided."""
        return any(it.invoice.invoice_id == invoice_id for it in self.voids)

    def voided_on(self, invoice: Invoice) -> tuple[date, ...]:
        """The days on which invoices of its key were voided, in the order in which it was recorded."""
        return tuple(it.voided_on for it in self.voids if it.invoice.key == invoice.key)

    def standing_invoices(self) -> Iterator[Invoice]:
        """The invoices that are not void."""
        void = {it.invoice.invoice_id for it in self.voids}
        return (it for it in self.invoices if it.invoice_id not in void)

    def standing_keys(self) -> frozenset[StandingKey]:
        """The keys of the invoices that are not void."""
        return frozenset(it.key_of_lease for it in self.standing_invoices())

    def billed_charges(self) -> frozenset[ChargeId]:
        """The one-off charges that a standing invoice has."""
        once = {charge.charge_id for charge in self.lease.one_off_charges}
        return frozenset(
            line.charge_id
            for invoice in self.standing_invoices()
            for line in invoice.lines
            if line.charge_id is not None and line.charge_id in once
        )


def _end_as_known(it: Ending, known_on: datetime) -> Ending:
    if it.ended_recorded_at is not None and it.ended_recorded_at > known_on:
        return evolve(it, ended_on=None, ended_recorded_at=None)
    return it


def _allocation_as_known(allocation: Allocation, known_on: datetime) -> Allocation:
    if allocation.superseded_at is not None and allocation.superseded_at > known_on:
        return evolve(allocation, superseded_at=None)
    return allocation


def _with_use(uses: tuple[CreditUse, ...], use: CreditUse) -> tuple[CreditUse, ...]:
    """The uses with one that is new, or that has ended."""
    if all(it.use_id != use.use_id for it in uses):
        return (*uses, use)
    return tuple(use if it.use_id == use.use_id else it for it in uses)


def _fold(account: LeaseAccount, fact: AccountFact) -> LeaseAccount:
    match fact:
        case InvoiceIssued(invoice):
            return evolve(account, invoices=(*account.invoices, invoice))
        case InvoiceVoided():
            return evolve(account, voids=(*account.voids, fact))
        case CreditNoteIssued(credit_note):
            return evolve(account, credit_notes=(*account.credit_notes, credit_note))
        case CreditAdded(credit):
            return evolve(account, credits=(*account.credits, credit))
        case CreditEnded(credit):
            kept = tuple(credit if it.credit_id == credit.credit_id else it for it in account.credits)
            return evolve(account, credits=kept)
        case CreditUsed(use) | CreditUseEnded(use):
            return evolve(account, uses=_with_use(account.uses, use))
        case AllocationMade(allocation):
            return evolve(account, allocations=(*account.allocations, allocation))
        case AllocationSuperseded(allocation):
            kept_allocations = tuple(
                allocation if it.allocation_id == allocation.allocation_id else it for it in account.allocations
            )
            return evolve(account, allocations=kept_allocations)
        case DepositMoved(entry):
            return evolve(account, deposit_entries=(*account.deposit_entries, entry))
        case LeaseRecorded(lease):
            return evolve(account, lease=lease)
