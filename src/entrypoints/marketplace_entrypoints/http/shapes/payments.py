"""Payments, receipts, and how payments are given to leases."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from marketplace_core.domain.matching import Slice
from marketplace_core.domain.register import PaymentEntry, PaymentState, ReceiptEntry
from marketplace_entrypoints.http.bounded import Identifier, Name, Reason, Words
from marketplace_entrypoints.http.shapes.money import Money


@frozen
class PaymentShape:
    """Money received; ``lease_ids`` are those it was given to, as far as the caller sees them."""

    payment_id: str
    transaction_id: str
    collection_account_id: str
    value_date: date
    amount: Money
    given: Money
    state: PaymentState
    reference: str
    payer_name: str
    payer_phone: str
    lease_ids: tuple[str, ...]
    reversed_on: date | None

    @classmethod
    def of(cls, it: PaymentEntry) -> PaymentShape:
        """The shape of a payment."""
        paid = it.payment
        return cls(
            paid.payment_id,
            paid.transaction_id,
            paid.collection_account_id,
            paid.value_date,
            Money.of(paid.amount),
            Money.of(it.given),
            it.state,
            paid.reference_text,
            paid.payer.name,
            paid.payer.phone,
            it.lease_ids,
            paid.reversed_on,
        )


@frozen
class PaymentPage:
    """A page of payments."""

    payments: tuple[PaymentShape, ...]
    next: str | None


@frozen
class ReceiptShape:
    """The document that acknowledges a payment; with ``reversed_on`` it does so no more: the provider took it back."""

    receipt_id: str
    number: str
    payment_id: str
    transaction_id: str
    issued_on: date
    amount: Money
    lease_ids: tuple[str, ...]
    reversed_on: date | None

    @classmethod
    def of(cls, it: ReceiptEntry) -> ReceiptShape:
        """The shape of a receipt."""
        receipt = it.receipt
        return cls(
            receipt.receipt_id,
            receipt.number,
            receipt.payment_id,
            it.transaction_id,
            receipt.issued_on,
            Money.of(receipt.amount),
            it.lease_ids,
            it.reversed_on,
        )


@frozen
class ReceiptPage:
    """A page of receipts."""

    receipts: tuple[ReceiptShape, ...]
    next: str | None


@frozen
class PaymentBody:
    """Cash taken over the counter: the number of the receipt that was given is its transaction id."""

    amount: Money
    receipt: Identifier
    day: date
    collection_account_id: Identifier
    reference: Words = ""
    payer_name: Words = ""
    payer_phone: Words = ""


@frozen
class PaymentRecorded:
    """A payment as recorded; ``known`` where it was told before, ``held`` where it names no book yet."""

    payment_id: str
    transaction_id: str
    amount: Money
    known: bool
    held: bool
    dry_run: bool


@frozen
class ReverseBody:
    """The day on which the provider took the payment back, and why."""

    day: date
    reason: Reason


@frozen
class SliceShape:
    """Part of a payment for one lease."""

    lease_id: Identifier
    amount: Money

    @classmethod
    def of(cls, it: Slice) -> SliceShape:
        """The shape of a slice."""
        return cls(it.lease_id, Money.of(it.amount))


@frozen
class MatchBody:
    """To which leases a payment goes, and how much of it."""

    slices: tuple[SliceShape, ...]
    reason: Words = ""


@frozen
class AcceptBody:
    """Which of the proposed answers is taken, counted from 1."""

    side: Annotated[int, Meta(ge=1, le=100)] = 1
    reason: Words = ""


@frozen
class ReasonBody:
    """Why."""

    reason: Reason


@frozen
class SideShape:
    """One of the answers that are proposed for a payment."""

    rule: Name
    slices: tuple[SliceShape, ...]


@frozen
class ProposalShape:
    """A payment that waits for a person, with what is proposed and why."""

    payment_id: str
    transaction_id: str
    amount: Money
    state: str
    payer_name: str
    reference: str
    reason: str
    sides: tuple[SideShape, ...]


@frozen
class ProposalList:
    """Every payment that waits for a person, largest first."""

    proposals: tuple[ProposalShape, ...]
    total: Money


@frozen
class MatchShape:
    """A payment's match: who or what decided it, and whether it was taken back."""

    match_id: str
    payment_id: str
    amount: Money
    slices: tuple[SliceShape, ...]
    decided_by: str
    undone: bool
    certificate: str
    certificate_digest: str


@frozen
class MatchList:
    """Every match of a payment, in the order they were made."""

    matches: tuple[MatchShape, ...]


@frozen
class ReconcileBody:
    """The day as of which invoices are open (default: today)."""

    as_of: date | None = None


@frozen
class DecisionShape:
    """What was decided on a payment."""

    payment_id: str
    outcome: str
    amount: Money
    slices: tuple[SliceShape, ...]


@frozen
class ReconciliationShape:
    """What a run decided: payments applied, those that wait for a person and those that fit nothing."""

    as_of: date
    decisions: tuple[DecisionShape, ...]
    applied: int
    applied_total: Money
    stale: tuple[str, ...]
    dry_run: bool
